// Lot files by upload: bucket → queue (with a dead-letter queue and its alarm) → Lambda on LLRT → the platform's capture.
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Architecture, Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { BlockPublicAccess, Bucket, BucketEncryption, EventType } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

const FUNCTION_TIMEOUT_S = 120;
const RECEIVES_MAX = 5;
const BATCH_SIZE = 5;
const MEMORY_MB = 512;

export interface IntakeProps extends StackProps {
  /** Full address of the platform's capture resource, https. */
  captureUrl: string;
  /** Folder with lambda.mjs and LLRT's bootstrap, from infra/aws/bundle.ts. */
  bundle: string;
}

export class IntakeStack extends Stack {
  constructor(scope: Construct, id: string, props: IntakeProps) {
    super(scope, id, props);
    const dead = new Queue(this, 'Dead', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const queue = new Queue(this, 'Uploads', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // six times the function's time, as AWS advises, so that a message is not handed out twice at once
      visibilityTimeout: Duration.seconds(6 * FUNCTION_TIMEOUT_S),
      deadLetterQueue: { queue: dead, maxReceiveCount: RECEIVES_MAX },
    });
    const bucket = new Bucket(this, 'LotFiles', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    bucket.addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(queue), { prefix: 'incoming/' });

    const key = new Secret(this, 'ApiKey', {
      description: 'Tagtrail API key with the right to capture; set its value after the first deployment',
    });
    const intake = new Function(this, 'Intake', {
      runtime: Runtime.PROVIDED_AL2023,
      architecture: Architecture.ARM_64,
      handler: 'lambda.handler',
      code: Code.fromAsset(props.bundle),
      memorySize: MEMORY_MB,
      timeout: Duration.seconds(FUNCTION_TIMEOUT_S),
      environment: { TAGTRAIL_CAPTURE_URL: props.captureUrl, TAGTRAIL_KEY_SECRET: key.secretName },
    });
    key.grantRead(intake);
    bucket.grantRead(intake, 'incoming/*');
    bucket.grantPut(intake, 'rejected/*');
    intake.addEventSource(new SqsEventSource(queue, { batchSize: BATCH_SIZE, reportBatchItemFailures: true }));

    new Alarm(this, 'DeadLetters', {
      metric: dead.metricApproximateNumberOfMessagesVisible(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: 'An uploaded document could not be brought to the platform.',
    });
  }
}
