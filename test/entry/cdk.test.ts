import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleLambda } from '../../infra/aws/bundle.ts';
import { IntakeStack } from '../../infra/aws/stack.ts';

describe('the AWS stack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tagtrail-cdk-'));
  const bundle = join(folder, 'bundle');
  let template: Template;
  beforeAll(async () => {
    await bundleLambda(bundle);
    template = Template.fromStack(
      new IntakeStack(new App({ outdir: join(folder, 'cdk.out') }), 'Test', {
        captureUrl: 'https://tagtrail.example/epcis/capture',
        bundle,
      }),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('hands failed messages back one by one, and after five tries to the dead-letter queue', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    template.hasResourceProperties('AWS::SQS::Queue', { RedrivePolicy: Match.objectLike({ maxReceiveCount: 5 }) });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 1 });
  });

  it('gives the queue more time than six runs of the function', () => {
    const [fn] = Object.values(
      template.findResources('AWS::Lambda::Function', { Properties: { Handler: 'lambda.handler' } }),
    );
    const queues = Object.values(template.findResources('AWS::SQS::Queue')).map(
      (q) => q['Properties'].VisibilityTimeout as number | undefined,
    );
    expect(Math.max(...queues.map((t) => t ?? 0))).toBeGreaterThanOrEqual(6 * fn!['Properties'].Timeout);
  });

  it('runs on LLRT, not on a managed Node', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'lambda.handler',
      Runtime: 'provided.al2023',
      Architectures: ['arm64'],
    });
  });

  it('lets only uploads under incoming/ in, and keeps the key out of the settings', () => {
    const text = JSON.stringify(template.toJSON());
    expect(text).toContain('incoming/');
    const [fn] = Object.values(
      template.findResources('AWS::Lambda::Function', { Properties: { Handler: 'lambda.handler' } }),
    );
    expect(Object.keys(fn!['Properties'].Environment.Variables).sort()).toEqual([
      'TAGTRAIL_CAPTURE_URL',
      'TAGTRAIL_KEY_SECRET',
    ]);
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: Match.objectLike({ BlockPublicAcls: true, RestrictPublicBuckets: true }),
    });
  });
});
