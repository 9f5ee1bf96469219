// A document dropped in S3 → SQS → the handler → the platform: on Node with the AWS clients, then the bundle in QuickJS.
// fauxqs cannot notify a queue of an upload: the test writes the notification, in S3's form, and polls as Lambda does.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleLambda } from '../../infra/aws/bundle.ts';
import { byEventId, eventRun } from '../../src/store/event.ts';
import { DEFAULT_TENANT } from '../../src/store/open.ts';
import { startServer, type TestServer } from '../http/server.ts';
import { callInQuickJs } from './quickjs.ts';

const BUCKET = 'lot-files';
const QUEUE = 'uploads';
const REMAINING_MS = 20_000;
/** What LLRT's standard bundle carries; anything else must be in our own bundle. */
const CARRIED = ['@aws-sdk/client-s3', '@aws-sdk/client-secrets-manager', 'crypto'];
const BUNDLE_BYTES_MAX = 64 * 1024;

const event = (serial: string, changes: object = {}): object => ({
  type: 'ObjectEvent',
  eventID: `urn:uuid:00000000-0000-4000-8000-${serial.padStart(12, '0')}`,
  eventTime: '2026-05-01T08:00:00.000Z',
  eventTimeZoneOffset: '+00:00',
  action: 'ADD',
  bizStep: 'commissioning',
  epcList: [`urn:epc:id:sgtin:9521234.000001.${serial}`],
  ilmd: { 'cbvmda:lotNumber': 'L1' },
  ...changes,
});
const documentOf = (...eventList: object[]): string =>
  JSON.stringify({
    '@context': ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'],
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: '2026-05-01T09:00:00Z',
    epcisBody: { eventList },
  });
/** S3's notification; it writes a space in a key as +. */
const notification = (key: string, size?: number): string =>
  JSON.stringify({
    Records: [
      {
        eventName: 'ObjectCreated:Put',
        s3: {
          bucket: { name: BUCKET },
          object: { key: encodeURIComponent(key).replaceAll('%20', '+'), ...(size && { size }) },
        },
      },
    ],
  });

type Handler = (
  event: unknown,
  context: { getRemainingTimeInMillis(): number },
) => Promise<{ batchItemFailures: { itemIdentifier: string }[] }>;

describe('uploads by S3', () => {
  let aws: FauxqsServer;
  let s3: S3Client;
  let sqs: SQSClient;
  let platform: TestServer;
  let secrets: Server;
  let queueUrl: string;
  let bundle: string;
  let handle: Handler;
  const folder = mkdtempSync(join(tmpdir(), 'tagtrail-lambda-'));
  const saved = { ...process.env };

  const put = (key: string, body: string | Uint8Array) =>
    s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
  const report = async (key: string): Promise<Record<string, unknown> | undefined> => {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: `rejected/${key}.json` }));
      return JSON.parse(await Body!.transformToString());
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  };
  const stored = (serial: string) =>
    byEventId(platform.store, DEFAULT_TENANT, `urn:uuid:00000000-0000-4000-8000-${serial.padStart(12, '0')}`);
  const upload = async (key: string, body: string | Uint8Array): Promise<void> => {
    await put(key, body);
    aws.sendMessage(QUEUE, notification(key));
  };
  /** What Lambda's poller does: takes a batch, calls the function, removes all that did not fail. */
  const poll = async (): Promise<{ taken: number; failed: string[] }> => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 1 }),
    );
    const { batchItemFailures } = await handle(
      { Records: Messages.map((m) => ({ messageId: m.MessageId, body: m.Body })) },
      { getRemainingTimeInMillis: () => REMAINING_MS },
    );
    const failed = batchItemFailures.map((f) => f.itemIdentifier);
    for (const m of Messages)
      if (!failed.includes(m.MessageId!))
        await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: m.ReceiptHandle! }));
    return { taken: Messages.length, failed };
  };

  beforeAll(async () => {
    [aws, platform] = await Promise.all([startFauxqs({ port: 0, logger: false }), startServer('pglite')]);
    aws.createBucket(BUCKET);
    ({ queueUrl } = aws.createQueue(QUEUE));
    // Secrets Manager, of which fauxqs knows nothing: one operation of its JSON protocol
    secrets = createServer((_request, answer) => {
      answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      answer.end(JSON.stringify({ Name: 'tagtrail', SecretString: `${platform.keys.capture}\n` }));
    });
    await new Promise<void>((listening) => secrets.listen(0, '127.0.0.1', listening));
    Object.assign(process.env, {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_S3: aws.address,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`,
      TAGTRAIL_S3_PATH_STYLE: '1',
      TAGTRAIL_KEY_SECRET: 'tagtrail',
      TAGTRAIL_CAPTURE_URL: `${platform.url}/epcis/capture`,
    });
    s3 = new S3Client({ forcePathStyle: true });
    sqs = new SQSClient({ endpoint: aws.address, useQueueUrlAsEndpoint: false });
    handle = (await import('../../src/entry/lambda.ts')).handler as Handler;
    const { outputs } = await bundleLambda(folder);
    bundle = readFileSync(join(folder, 'lambda.mjs'), 'utf8');
    const [output] = Object.values(outputs);
    expect(
      output!.imports
        .filter((i) => i.external)
        .map((i) => i.path)
        .sort(),
    ).toEqual(CARRIED);
    expect(output!.bytes).toBeLessThan(BUNDLE_BYTES_MAX);
  });
  afterAll(async () => {
    process.env = saved;
    secrets?.close();
    await Promise.all([aws?.stop(), platform?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => aws.reset());

  it('captures a document, whatever its name', async () => {
    await upload('incoming/lots of 1 May & 2%.json', documentOf(event('1'), event('2')));
    expect(await poll()).toEqual({ taken: 1, failed: [] });
    expect(await stored('1')).toHaveLength(1);
    expect(await stored('2')).toHaveLength(1);
    expect(await poll()).toMatchObject({ taken: 0 });
  });

  it('takes the same upload twice as one', async () => {
    await upload('incoming/again.json', documentOf(event('3')));
    await poll();
    await upload('incoming/again.json', documentOf(event('3')));
    expect(await poll()).toEqual({ taken: 1, failed: [] });
    expect(await stored('3')).toHaveLength(1);
    expect(await report('incoming/again.json')).toBeUndefined();
  });

  it.each([
    ['noise.json', '{"type":', 400],
    ['list.json', '[]', 400],
    ['latin.json', Uint8Array.of(0x7b, 0xe9, 0x7d), 400],
    ['event.json', documentOf(event('4', { action: 'EAT' })), 400],
    ['check-digit.json', documentOf(event('5', { epcList: ['https://id.gs1.org/01/09506000134353/21/5'] })), 400],
  ])('reports %s under rejected/ and does not try again', async (name, body, status) => {
    const key = `incoming/${name}`;
    await upload(key, body);
    expect(await poll()).toEqual({ taken: 1, failed: [] });
    const found = await report(key);
    expect(found).toMatchObject({ bucket: BUCKET, key, message: expect.any(String) });
    expect([status, 422]).toContain(found!['status']);
    expect(await poll()).toMatchObject({ taken: 0 });
  });

  it('gives back only what failed', async () => {
    await upload('incoming/good.json', documentOf(event('6')));
    aws.sendMessage(QUEUE, 'no notification at all');
    aws.sendMessage(QUEUE, JSON.stringify({ Event: 's3:TestEvent', Bucket: BUCKET }));
    aws.sendMessage(QUEUE, notification('incoming/gone.json'));
    aws.sendMessage(QUEUE, notification('rejected/own-report.json'));
    const { taken, failed } = await poll();
    expect(taken).toBe(5);
    expect(failed).toHaveLength(1);
    expect(await stored('6')).toHaveLength(1);
  });

  it('refuses an object above the limit without fetching it', async () => {
    aws.sendMessage(QUEUE, notification('incoming/huge.json', 2 ** 31));
    expect(await poll()).toEqual({ taken: 1, failed: [] });
    expect(await report('incoming/huge.json')).toMatchObject({ status: 413 });
  });

  it('keeps the message while the platform is away, and brings it later', async () => {
    const { createHandler } = await import('../../src/entry/lambda-handler.ts');
    const lines: Record<string, unknown>[] = [];
    const intake = {
      captureUrl: 'http://127.0.0.1:9/epcis/capture', // the discard port: nobody listens
      key: platform.keys.capture,
      getObject: async () => new TextEncoder().encode(documentOf(event('7'))),
      putObject: async () => expect.fail('no report for a document that is not at fault'),
      log: (line: Record<string, unknown>) => void lines.push(line),
    };
    const batch = { Records: [{ messageId: 'm1', body: notification('incoming/later.json') }] };
    const short = { getRemainingTimeInMillis: () => 3_500 };
    expect(await createHandler(intake)(batch, short)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    // a wrong key is the function's fault, not the document's
    const wrongKey = { ...intake, captureUrl: `${platform.url}/epcis/capture`, key: 'wrong' };
    expect(await createHandler(wrongKey)(batch, short)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    const right = { ...wrongKey, key: platform.keys.capture };
    expect(await createHandler(right)(batch, short)).toEqual({ batchItemFailures: [] });
    expect(await stored('7')).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain(platform.keys.capture);
  });

  it('runs in QuickJS with the globals of LLRT alone', async () => {
    await put('incoming/quick.json', documentOf(event('8')));
    await put('incoming/quick-bad.json', documentOf(event('9', { eventTime: 'yesterday' })));
    const log: string[] = [];
    const host = {
      env: { TAGTRAIL_CAPTURE_URL: `${platform.url}/epcis/capture`, TAGTRAIL_KEY_SECRET: 'tagtrail' },
      log: (line: string) => void log.push(line),
      async aws(command: string, input: Record<string, string>) {
        if (command === 'GetSecretValueCommand') return platform.keys.capture;
        if (command === 'PutObjectCommand') return void (await put(input['Key']!, input['Body']!));
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: input['Bucket']!, Key: input['Key']! }));
        return Body!.transformToByteArray();
      },
    };
    const records = ['incoming/quick.json', 'incoming/quick-bad.json'].map((key, i) => ({
      messageId: `m${i}`,
      body: notification(key),
    }));
    expect(await callInQuickJs(bundle, host, { Records: records }, REMAINING_MS)).toEqual({ batchItemFailures: [] });
    expect(await stored('8')).toHaveLength(1);
    expect(await report('incoming/quick-bad.json')).toMatchObject({ key: 'incoming/quick-bad.json' });
    expect(log.map((line) => JSON.parse(line).message)).toEqual(['captured', 'rejected']);
    expect((await eventRun(platform.store, DEFAULT_TENANT, 1, 1000)).length).toBe(6);
  });
});
