import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createGunzip } from 'node:zlib';
import { AppError, messageOf } from '../../error.ts';
import { type Command, type Io, UsageError } from '../command.ts';

/** One answer of the server; an upload of a large document may take its time. */
const ANSWER_MS_MAX = 3_600_000;
/** A job that has not ended by then is given up on; it goes on without us. */
const JOB_MS_MAX = 3_600_000;
const POLL_MS_MIN = 50;
const POLL_MS_MAX = 2000;
const PER_PAGE = 1000;
/** Between two lines that say how far an upload has come. */
const PROGRESS_MS = 2000;
/** So much of a file tells JSON from XML. */
const HEAD_BYTES = 1024;

const HELP = `
tagtrail capture FILE… --url U --key K [--behaviour rollback|proceed] [--json]

Uploads EPCIS documents of any size (JSON, JSON-LD or XML, .gz too; - for standard input), waits for each capture job
and tells what became of each event; events that are there already are duplicates, and an event that is stored may carry
warnings: what it is at odds with across all that is known, such as a serial that was never commissioned. After a failure in the middle of many
files run the command again with --resume. Exit 0: every event is stored, or was there already; 1: one was rejected; 2: a
file cannot be read.

  --url U        the platform, such as http://127.0.0.1:3000
  --key K        an API key with the right to capture (or the variable TAGTRAIL_KEY)
  --behaviour B  of a document with a faulty event: rollback (default) stores nothing of it, proceed the others
  --type T       of standard input: json (default) or xml
  --resume       of files that were uploaded with --resume in the last days tell what came of them, upload the others
  --no-warnings  verdicts alone: quicker where a document has very many events
  --json         one line an event: {"file", "index", "verdict", "eventID", "hash", "reasons", "warnings"}

Example:
  tagtrail capture lot-4711.json --url http://127.0.0.1:3000 --key "$(cat data/operator.key)"
`;

interface Target {
  url: string;
  key: string;
  behaviour: string;
  type: string;
  resume: boolean;
  warnings: boolean;
}

interface Verdict {
  index: number;
  verdict: 'accepted' | 'duplicate' | 'rejected';
  eventID?: string;
  reasons?: string[];
  warnings?: { code: string; message: string }[];
}

type Call = Omit<RequestInit, 'headers'> & { headers?: Record<string, string>; duplex?: 'half' };

/** A request to the platform; a refusal becomes an AppError with the problem's detail. */
async function ask({ url, key }: Target, path: string, init: Call = {}): Promise<Response> {
  const target = new URL(path, url);
  let res: Response;
  try {
    const headers = { ...init.headers, authorization: `Bearer ${key}`, accept: 'application/json' };
    res = await fetch(target, { ...init, headers, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    throw new AppError('unavailable', `no answer from ${target.origin}: ${cause?.code ?? messageOf(error)}`);
  }
  if (res.ok) return res;
  const problem = (await res.json().catch(() => ({}))) as { title?: string; detail?: string };
  throw new AppError(
    'invalid',
    `${res.status} ${problem.title ?? res.statusText}${problem.detail ? `: ${problem.detail}` : ''}`,
  );
}

/** A document as it goes over the wire. */
interface Upload {
  body: NonNullable<RequestInit['body']>;
  headers: Record<string, string>;
  bytes?: number;
}

/** The first bytes of a file, unpacked where it is gzip. */
async function startOf(file: string, packed: boolean): Promise<string> {
  const source = createReadStream(file, packed ? {} : { end: HEAD_BYTES - 1 });
  const bytes = packed ? source.pipe(createGunzip()) : source;
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) return chunk.toString('latin1', 0, HEAD_BYTES);
    return '';
  } catch (error) {
    throw new UsageError(`${file}: cannot be read: ${messageOf(error)}`);
  } finally {
    source.destroy();
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

/** Every byte on its way, told about once in a while. */
const counted = (file: string, bytes: number, io: Io): TransformStream<Uint8Array, Uint8Array> => {
  let sent = 0;
  let told = Date.now();
  return new TransformStream({
    transform(chunk, controller) {
      sent += chunk.byteLength;
      if (Date.now() - told > PROGRESS_MS) {
        told = Date.now();
        io.stderr.write(`${file}: ${Math.round((sent / bytes) * 100)} % uploaded\n`);
      }
      controller.enqueue(chunk);
    },
  });
};

/** A file as a body that is never in memory whole: JSON or XML as it begins, gzip by its name. */
async function uploadOf(file: string, target: Target, io: Io): Promise<Upload> {
  if (file === '-') {
    const headers = { 'content-type': target.type === 'xml' ? 'application/xml' : 'application/json' };
    return { body: Readable.toWeb(io.stdin) as ReadableStream, headers };
  }
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file}: ${error.code === 'ENOENT' ? 'no such file' : error.code}`);
  });
  if (!info.isFile()) throw new UsageError(`${file}: not a file`);
  const packed = /\.gz$/i.test(file);
  // a byte order mark of UTF-8 or UTF-16, zeros of UTF-16, and blanks may stand before it
  const isXml = /^[\xef\xbb\xbf\xfe\xff\0\s]*</.test(await startOf(file, packed));
  const headers = {
    'content-type': isXml ? 'application/xml' : 'application/json',
    ...(target.resume && { 'idempotency-key': `file-${await digestOf(file)}-${target.behaviour}` }),
    ...(packed && { 'content-encoding': 'gzip' }),
  };
  const body = (await openAsBlob(file)).stream().pipeThrough(counted(file, info.size, io));
  return { body, headers, bytes: info.size };
}

/** Uploads one document; the path of its job. */
async function upload(file: string, target: Target, io: Io): Promise<string> {
  const { body, headers: own, bytes } = await uploadOf(file, target, io);
  io.stderr.write(`${file}: uploading${bytes === undefined ? '' : ` ${bytes} bytes`}\n`);
  const headers = { ...own, 'GS1-Capture-Error-Behaviour': target.behaviour };
  const res = await ask(target, '/epcis/capture', { method: 'POST', headers, body, duplex: 'half' });
  if (res.headers.has('idempotency-replayed'))
    io.stderr.write(`${file}: was uploaded before; this is what came of it\n`);
  const location = res.headers.get('location');
  if (location === null) throw new AppError('invalid', 'the server took the document but named no job');
  return location;
}

/** Waits for a job's end and resolves whether all of it is stored. */
async function finished(job: string, file: string, target: Target, io: Io): Promise<boolean> {
  const start = Date.now();
  for (let wait = POLL_MS_MIN; ; wait = Math.min(wait * 2, POLL_MS_MAX)) {
    const { running, success } = (await (await ask(target, job)).json()) as { running: boolean; success: boolean };
    if (!running) return success;
    if (Date.now() - start > JOB_MS_MAX)
      throw new AppError('unavailable', `the job ${job} has not ended after ${JOB_MS_MAX / 1000} s`);
    io.stderr.write(`${file}: being stored, ${Math.round((Date.now() - start) / 1000)} s\n`);
    await sleep(wait);
  }
}

/** The verdicts of a job, page by page. */
async function* verdicts(job: string, target: Target): AsyncGenerator<Verdict> {
  for (
    let next: string | undefined = `${job}/events?perPage=${PER_PAGE}&warnings=${target.warnings}`;
    next !== undefined;
  ) {
    const res: Response = await ask(target, next, { headers: { 'GS1-EPC-Format': 'Never_Translates' } });
    yield* ((await res.json()) as { member: Verdict[] }).member;
    next = /<([^>]+)>; *rel="next"/.exec(res.headers.get('link') ?? '')?.[1];
  }
}

/** One file from upload to the last verdict; whether nothing of it was rejected. */
async function captureFile(file: string, target: Target, json: boolean, io: Io): Promise<boolean> {
  const job = await upload(file, target, io);
  const success = await finished(job, file, target, io);
  const counts = { accepted: 0, duplicate: 0, rejected: 0, warned: 0 };
  for await (const verdict of verdicts(job, target)) {
    counts[verdict.verdict]++;
    if (json) io.stdout.write(`${JSON.stringify({ file, ...verdict })}\n`);
    else if (verdict.verdict === 'rejected') {
      io.stdout.write(`${file}: event ${verdict.index} rejected: ${verdict.reasons?.join(' ') ?? 'no reason given'}\n`);
    }
    const { warnings = [] } = verdict;
    if (warnings.length > 0) counts.warned++;
    if (!json)
      for (const { code, message } of warnings)
        io.stdout.write(`${file}: event ${verdict.index} ${code}: ${message}\n`);
  }
  const warned = counts.warned > 0 ? `, ${counts.warned} with warnings` : '';
  const line = `${file}: ${counts.accepted} accepted, ${counts.duplicate} duplicate, ${counts.rejected} rejected${warned} (job ${job})\n`;
  (json ? io.stderr : io.stdout).write(line);
  return success;
}

async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      key: { type: 'string' },
      behaviour: { type: 'string', default: 'rollback' },
      type: { type: 'string', default: 'json' },
      resume: { type: 'boolean', default: false },
      'no-warnings': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const key = values.key ?? process.env['TAGTRAIL_KEY'];
  if (positionals.length === 0) throw new UsageError('which FILE?');
  if (values.url === undefined || !URL.canParse(values.url))
    throw new UsageError('--url is needed, such as http://127.0.0.1:3000');
  if (!key) throw new UsageError('--key is needed');
  if (!['rollback', 'proceed'].includes(values.behaviour)) throw new UsageError('--behaviour is rollback or proceed');
  if (!['json', 'xml'].includes(values.type)) throw new UsageError('--type is json or xml');
  const target = {
    url: values.url,
    key: key.trim(),
    behaviour: values.behaviour,
    type: values.type,
    resume: values.resume,
    warnings: !values['no-warnings'],
  };
  let code = 0;
  for (const file of positionals) {
    try {
      if (!(await captureFile(file, target, values.json, io))) code = Math.max(code, 1);
    } catch (error) {
      // a bad file stops none of the others
      if (!(error instanceof AppError || error instanceof UsageError)) throw error;
      io.stderr.write(`tagtrail capture: ${error instanceof UsageError ? '' : `${file}: `}${error.message}\n`);
      code = Math.max(code, error instanceof UsageError ? 2 : 1);
    }
  }
  return code;
}

export const command: Command = { summary: 'uploads EPCIS documents, with a verdict per event', help: HELP, run };
