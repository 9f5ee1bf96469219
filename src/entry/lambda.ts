// Entry of the Lambda function: wires the AWS SDK, which LLRT carries itself, to the handler.
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createHandler } from './lambda-handler.ts';

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}

// One client each for the life of the instance; forcePathStyle only where a test or an on-premises store asks for it.
const s3 = new S3Client({ forcePathStyle: process.env['TAGTRAIL_S3_PATH_STYLE'] === '1' });

/** The API key, read once a cold start; only its secret's name stands in the function's settings. */
async function apiKey(): Promise<string> {
  const answer = await new SecretsManagerClient({}).send(
    new GetSecretValueCommand({ SecretId: setting('TAGTRAIL_KEY_SECRET') }),
  );
  if (!answer.SecretString) throw new Error('The secret of TAGTRAIL_KEY_SECRET holds no text.');
  return answer.SecretString.trim();
}

let ready: Promise<ReturnType<typeof createHandler>> | undefined;

const prepare = async (): Promise<ReturnType<typeof createHandler>> =>
  createHandler({
    captureUrl: setting('TAGTRAIL_CAPTURE_URL'),
    key: await apiKey(),
    async getObject(bucket, key) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return Body ? await Body.transformToByteArray() : new Uint8Array();
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    async putObject(bucket, key, body) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' }));
    },
    log: (line) => console.log(JSON.stringify(line)),
  });

/** Answers an SQS batch of S3 notifications with the messages that must come again. */
export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<unknown> {
  ready ??= prepare();
  try {
    return await (
      await ready
    )(event, context);
  } catch (error) {
    ready = undefined; // a secret that could not be read is asked for again
    throw error;
  }
}
