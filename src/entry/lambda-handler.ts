// S3 upload → SQS → here → POST /epcis/capture. Written for LLRT: fetch, no Node streams, no tls, no http module; the
// object store comes in as two functions. A message that fails goes back to the queue alone (partial batch failure).
import { createHash } from 'crypto'; // without `node:`, which early LLRT does not know
import * as z from 'zod/mini';

/** Larger objects are refused without being fetched; the platform's own limit may be lower and answers 413. */
const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;
const ATTEMPTS_MAX = 6;
const BACKOFF_MS_MIN = 200;
const BACKOFF_MS_MAX = 5_000;
/** Kept back of the invocation's time, so that the answer is sent and not cut off. */
const RESERVE_MS = 3_000;
const REQUEST_MS_MAX = 30_000;
const REPORT_ERRORS_MAX = 1_000;
const REJECTED = 'rejected/';

/** Worth another try: the document is not at fault. 401 and 403 too: a wrong key must not condemn a lot file. */
const RETRY_LATER = new Set([401, 403, 408, 425, 429]);

/** What the handler needs from outside. `getObject` resolves undefined for an object that is gone. */
export interface Intake {
  captureUrl: string;
  key: string;
  getObject(bucket: string, key: string): Promise<Uint8Array | undefined>;
  putObject(bucket: string, key: string, body: string): Promise<void>;
  log(line: Record<string, unknown>): void;
}

const SqsEvent = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });
const S3Notification = z.object({
  Records: z.array(
    z.object({
      s3: z.object({
        bucket: z.object({ name: z.string() }),
        object: z.object({ key: z.string(), size: z.optional(z.number()) }),
      }),
    }),
  ),
});
const S3TestEvent = z.object({ Event: z.literal('s3:TestEvent') });
const Envelope = z.object({ type: z.enum(['EPCISDocument', 'EPCISQueryDocument']), '@context': z.unknown() });
const Job = z.object({ running: z.boolean(), success: z.boolean(), errors: z.optional(z.array(z.unknown())) });

/** The document itself is refused: reported beside it under rejected/, never tried again. */
class Rejected extends Error {
  readonly status: number;
  readonly problem: unknown;

  constructor(status: number, message: string, problem?: unknown) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const backoffMs = (attempt: number): number => Math.random() * Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** attempt);

/** Names the content type of a document, or refuses what is no EPCIS document. */
function contentType(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Rejected(400, 'The document is not UTF-8.');
  }
  if (/^\uFEFF?\s*</.test(text)) return 'application/xml';
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Rejected(400, `The document is neither JSON nor XML: ${(error as Error).message}`);
  }
  const envelope = Envelope.safeParse(json);
  if (!envelope.success)
    throw new Rejected(400, 'The document has no EPCIS envelope: type and @context.', envelope.error.issues);
  return 'application/json';
}

/** One request with the key; network failures and answers worth a retry are tried again while time is left. */
async function call(
  intake: Intake,
  url: string,
  init: { method: string; headers?: Record<string, string>; body?: Uint8Array },
  until: number,
): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    let failure: string;
    let waitMs = backoffMs(attempt);
    try {
      const response = await fetch(url, {
        ...init,
        // a fresh copy: TypeScript's Uint8Array may sit on shared memory, a request body may not
        ...(init.body && { body: new Uint8Array(init.body) }),
        headers: { ...init.headers, authorization: `Bearer ${intake.key}` },
        signal: AbortSignal.timeout(REQUEST_MS_MAX),
      });
      if (!RETRY_LATER.has(response.status) && response.status < 500) return response;
      failure = `${response.status}`;
      const retryAfter = Number(response.headers.get('retry-after'));
      if (retryAfter > 0) waitMs = retryAfter * 1000;
    } catch (error) {
      failure = (error as Error).message;
    }
    if (attempt + 1 >= ATTEMPTS_MAX || Date.now() + waitMs > until)
      throw new Error(`${init.method} ${url}: ${failure}, ${attempt + 1} attempts`);
    await sleep(waitMs);
  }
}

/** The answer's JSON, or its first words: a proxy in between may answer in HTML. */
async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text.slice(0, 1000);
  }
}

/** Captures one document and waits for its verdict. Throws Rejected for the document's faults, else Error. */
async function capture(intake: Intake, bytes: Uint8Array, sha256: string, until: number): Promise<void> {
  const headers = { 'content-type': contentType(bytes), 'idempotency-key': `s3-${sha256}` };
  const response = await call(intake, intake.captureUrl, { method: 'POST', headers, body: bytes }, until);
  const answer = await bodyOf(response);
  if (response.status >= 400)
    throw new Rejected(response.status, `The platform refused the document with ${response.status}.`, answer);
  const location = response.headers.get('location');
  if (!location) return;
  for (let round = 0; Date.now() < until; round++) {
    const job = Job.safeParse(
      await bodyOf(await call(intake, new URL(location, intake.captureUrl).href, { method: 'GET' }, until)),
    );
    if (!job.success) throw new Error(`The capture job at ${location} cannot be read.`);
    if (!job.data.running) {
      if (job.data.success) return;
      throw new Rejected(422, 'The capture job failed.', (job.data.errors ?? []).slice(0, REPORT_ERRORS_MAX));
    }
    await sleep(Math.min(1000, 100 * 2 ** round));
  }
  throw new Error(`The capture job at ${location} is still running.`); // sent again later: a resend is never a second event
}

/** Brings one uploaded object in. Resolves when it is captured or its refusal is reported. */
async function take(
  intake: Intake,
  bucket: string,
  key: string,
  size: number | undefined,
  until: number,
): Promise<void> {
  if (key.startsWith(REJECTED)) return; // our own reports
  let sha256: string | undefined;
  try {
    if ((size ?? 0) > DOCUMENT_BYTES_MAX)
      throw new Rejected(413, `The document has ${size} bytes; ${DOCUMENT_BYTES_MAX} are allowed.`);
    const bytes = await intake.getObject(bucket, key);
    if (!bytes) return intake.log({ level: 'warn', message: 'object is gone', bucket, key });
    if (bytes.length > DOCUMENT_BYTES_MAX)
      throw new Rejected(413, `The document has ${bytes.length} bytes; ${DOCUMENT_BYTES_MAX} are allowed.`);
    sha256 = createHash('sha256').update(bytes).digest('hex');
    await capture(intake, bytes, sha256, until);
    intake.log({ level: 'info', message: 'captured', bucket, key, sha256 });
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    const report = {
      bucket,
      key,
      sha256,
      status: error.status,
      message: error.message,
      problem: error.problem,
      rejectedAt: new Date().toISOString(),
    };
    await intake.putObject(bucket, `${REJECTED}${key}.json`, JSON.stringify(report, null, 2));
    intake.log({ level: 'warn', message: 'rejected', bucket, key, sha256, status: error.status });
  }
}

/**
 * Makes the Lambda handler. Takes an SQS batch of S3 notifications and answers `{batchItemFailures}`: the ids of the
 * messages that must come again. Throws only when the batch itself cannot be read.
 */
export function createHandler(intake: Intake) {
  return async (
    event: unknown,
    context: { getRemainingTimeInMillis(): number },
  ): Promise<{ batchItemFailures: { itemIdentifier: string }[] }> => {
    const until = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS;
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const { messageId, body } of SqsEvent.parse(event).Records) {
      try {
        const message: unknown = JSON.parse(body);
        if (S3TestEvent.safeParse(message).success) continue;
        for (const { s3 } of S3Notification.parse(message).Records) {
          // S3 writes keys as a form does: + for a space, the rest percent-encoded
          await take(
            intake,
            s3.bucket.name,
            decodeURIComponent(s3.object.key.replaceAll('+', ' ')),
            s3.object.size,
            until,
          );
        }
      } catch (error) {
        intake.log({
          level: 'error',
          message: 'failed, stays on the queue',
          messageId,
          reason: (error as Error).message,
        });
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures };
  };
}
