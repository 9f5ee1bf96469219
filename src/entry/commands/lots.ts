import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LOT_FORMS, LOT_LANGUAGES, lotTemplate, type ToldProblem } from '../../epcis/lot-file/index.ts';
import { AppError, messageOf } from '../../error.ts';
import { type Command, type Io, UsageError } from '../command.ts';

/** One answer of the server; an upload of a large file may take its time. */
const ANSWER_MS_MAX = 600_000;
const POLL_MS_MIN = 50;
const POLL_MS_MAX = 2000;
/** A cut line is tried again so often before it is given up; each try goes on where the last one ended. */
const TRIES_MAX = 8;
const RETRY_MS = 500;
const PER_PAGE = 1000;
/** Problems that are printed; --rejected has all of them. */
const SHOWN_MAX = 50;

const HELP = `
tagtrail lots FILE --url U --key K [--dry-run] [--json] [--rejected OUT]
tagtrail lots --template csv|xlsx [--lang en|zh] > lots.xlsx

Uploads a CSV or XLSX file of lots (- for standard input), waits until it is read, and tells what is wrong by row and
column. Good rows are stored; the same file again stores nothing twice. A cut line is gone on with where it was cut, by
the next start too. Exit 0: every row is stored, or was there already; 1: a row was refused; 2: the file cannot be read.

  --url U          the platform, such as http://127.0.0.1:3000
  --key K          an API key with the right to capture (or the variable TAGTRAIL_KEY)
  --dry-run        check and tell, store nothing
  --all-or-nothing store nothing unless every row is good
  --mapping JSON   column → header, such as {"gtin": "Artikel", "lot": "Charge"}
  --time-zone Z    of times without an offset, such as Asia/Shanghai or +08:00; UTC without
  --encoding E     of a CSV file, where it is not found out: utf-8, gb18030, utf-16le, utf-16be
  --sheet NAME     of an XLSX file; the first one without
  --rejected OUT   write the refused rows there, as a file of the same kind with a column of reasons
  --lang en|zh     language of messages and of the template
  --json           one line a problem: {"file", "row", "column", "value", "code", "message", "suggestion"}
  --template F     write an empty csv or xlsx file with examples to standard output

Example:
  tagtrail lots march.xlsx --url http://127.0.0.1:3000 --key "$(cat data/operator.key)" --rejected bad.xlsx
`;

interface Target {
  url: string;
  key: string;
  lang: string;
}

interface Upload {
  id: string;
  state: 'receiving' | 'reading' | 'finished' | 'failed';
  position?: number;
  rowsRead: number;
  rowsBad: number;
  accepted: number;
  duplicate: number;
  unknownColumns: string[];
  rowsWarned: number;
  /** Of the first such rows. */
  warnings: { row: number; code: string; ids: string[]; message: string; eventIDs?: string[] }[];
  /** Of a dry run that a limit stopped. */
  warningsUpTo?: number;
  failure?: string;
}

/** The line is cut or the server away: worth another try. */
const isLineFault = (error: unknown): boolean => error instanceof AppError && error.code === 'unavailable';

type Call = Omit<RequestInit, 'headers'> & { headers?: Record<string, string>; duplex?: 'half' };

async function ask({ url, key, lang }: Target, path: string, init: Call = {}): Promise<Response> {
  const target = new URL(path, url);
  let res: Response;
  try {
    const headers = { ...init.headers, authorization: `Bearer ${key}`, 'accept-language': lang };
    res = await fetch(target, { ...init, headers, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    throw new AppError('unavailable', `no answer from ${target.origin}: ${cause?.code ?? messageOf(error)}`);
  }
  if (res.ok) return res;
  const problem = (await res.json().catch(() => ({}))) as { title?: string; detail?: string };
  const text = `${res.status} ${problem.title ?? res.statusText}${problem.detail ? `: ${problem.detail}` : ''}`;
  throw new AppError(res.status === 503 ? 'unavailable' : 'invalid', text);
}

const uploadOf = async (target: Target, path: string, init?: Call): Promise<Upload> =>
  (await (await ask(target, path, init)).json()) as Upload;

async function checkFile(file: string): Promise<void> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file}: ${error.code === 'ENOENT' ? 'no such file' : error.code}`);
  });
  if (!info.isFile()) throw new UsageError(`${file}: not a file`);
}

/** The same for the same bytes and options: what lets a later start find the upload that was cut. */
async function keyOf(file: string, query: string): Promise<string> {
  const hash = createHash('sha256').update(query);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `lots-${hash.digest('hex').slice(0, 40)}`;
}

const OCTETS = { 'content-type': 'application/octet-stream' };

/** Standard input cannot be read twice: it is sent once. */
const sendOnce = (io: Io, target: Target, query: string): Promise<Upload> =>
  uploadOf(target, `/api/lots?${query}`, {
    method: 'POST',
    headers: OCTETS,
    body: Readable.toWeb(io.stdin) as ReadableStream,
    duplex: 'half',
  });

/** Begins an upload without bytes, or finds one that was begun; one that is finished is not taken again. */
async function begin(target: Target, query: string, key: string): Promise<Upload> {
  for (let n = 0; ; n++) {
    const headers = { ...OCTETS, 'idempotency-key': n === 0 ? key : `${key}-${n}` };
    const path = `/api/lots?${query}${query === '' ? '' : '&'}complete=false`;
    const upload = await uploadOf(target, path, { method: 'POST', headers, body: '' });
    if (upload.state === 'receiving' || upload.state === 'reading') return upload;
  }
}

async function sendRest(file: string, target: Target, upload: Upload): Promise<Upload> {
  if (upload.position === undefined) return upload;
  const body = (await openAsBlob(file)).slice(upload.position);
  const path = `/api/lots/${upload.id}?position=${upload.position}`;
  return uploadOf(target, path, { method: 'PUT', headers: OCTETS, body });
}

/** Sends a file, going on behind each cut. */
async function send(file: string, target: Target, query: string, io: Io): Promise<Upload> {
  const key = await keyOf(file, query);
  for (let tries = 1; ; tries++) {
    try {
      const upload = await begin(target, query, key);
      if ((upload.position ?? 0) > 0) io.stderr.write(`${file}: going on at byte ${upload.position}\n`);
      return await sendRest(file, target, upload);
    } catch (error) {
      if (!isLineFault(error) || tries === TRIES_MAX) throw error;
      io.stderr.write(`${file}: ${messageOf(error)}; trying again\n`);
      await sleep(RETRY_MS * tries);
    }
  }
}

/** Waits for the end of an upload; one that nobody reads any more is set going again. */
async function finished(file: string, target: Target, first: Upload, io: Io): Promise<Upload> {
  let upload = first;
  let told = -1;
  for (let wait = POLL_MS_MIN; upload.state === 'reading'; wait = Math.min(wait * 2, POLL_MS_MAX)) {
    await sleep(wait);
    upload = await uploadOf(target, `/api/lots/${upload.id}`);
    if (upload.rowsRead > told) io.stderr.write(`${file}: ${upload.rowsRead} rows read, ${upload.rowsBad} refused\n`);
    told = upload.rowsRead;
    if (upload.state === 'reading' && upload.position !== undefined) {
      const path = `/api/lots/${upload.id}?position=${upload.position}`;
      upload = await uploadOf(target, path, { method: 'PUT', headers: OCTETS, body: '' });
    }
  }
  return upload;
}

async function* problemsOf(target: Target, id: string): AsyncGenerator<ToldProblem> {
  for (let next: string | undefined = `/api/lots/${id}/problems?perPage=${PER_PAGE}`; next !== undefined;) {
    const res: Response = await ask(target, next);
    yield* ((await res.json()) as { member: ToldProblem[] }).member;
    next = /<([^>]+)>; *rel="next"/.exec(res.headers.get('link') ?? '')?.[1];
  }
}

async function tellProblems(file: string, target: Target, { id }: Upload, json: boolean, io: Io): Promise<void> {
  let shown = 0;
  for await (const problem of problemsOf(target, id)) {
    if (json) io.stdout.write(`${JSON.stringify({ file, ...problem })}\n`);
    else if (++shown > SHOWN_MAX) {
      io.stdout.write(`${file}: more problems are in the file of --rejected, or with --json\n`);
      return;
    } else {
      const { row, column = '', value = '', message, suggestion = '' } = problem;
      io.stdout.write(`${file}: row ${row}, ${column} "${value}": ${message} ${suggestion}\n`.replaceAll(', ""', ''));
    }
  }
}

function tellWarnings(file: string, { warnings, rowsWarned, warningsUpTo }: Upload, json: boolean, io: Io): void {
  for (const warning of warnings) {
    const { row, code, message } = warning;
    io.stdout.write(json ? `${JSON.stringify({ file, ...warning })}\n` : `${file}: row ${row}, ${code}: ${message}\n`);
  }
  const told = new Set(warnings.map(({ row }) => row)).size;
  if (rowsWarned > told) io.stderr.write(`${file}: ${rowsWarned - told} more rows have warnings\n`);
  if (warningsUpTo !== undefined) io.stderr.write(`${file}: warnings were looked for up to row ${warningsUpTo - 1}\n`);
}

async function saveRejected(target: Target, { id }: Upload, out: string, io: Io): Promise<void> {
  const res = await ask(target, `/api/lots/${id}/rejected`);
  const to = out === '-' ? io.stdout : createWriteStream(out);
  await pipeline(Readable.fromWeb(res.body as never), to, { end: out !== '-' });
}

interface Asked {
  target: Target;
  query: string;
  json: boolean;
  rejected: string | undefined;
}

async function lotsFile(file: string, { target, query, json, rejected }: Asked, io: Io): Promise<number> {
  if (file !== '-') await checkFile(file);
  const sent = await (file === '-' ? sendOnce(io, target, query) : send(file, target, query, io));
  const upload = await finished(file, target, sent, io);
  if (upload.unknownColumns.length > 0)
    io.stderr.write(`${file}: columns that are not known: ${upload.unknownColumns.join(', ')}\n`);
  await tellProblems(file, target, upload, json, io);
  if (rejected !== '-') tellWarnings(file, upload, json, io);
  if (rejected !== undefined && upload.rowsBad > 0) await saveRejected(target, upload, rejected, io);
  const { rowsRead, rowsBad, accepted, duplicate, failure } = upload;
  const line = `${file}: ${rowsRead} rows, ${accepted} stored, ${duplicate} duplicate, ${rowsBad} refused (upload ${upload.id})\n`;
  (json || rejected === '-' ? io.stderr : io.stdout).write(line);
  if (failure !== undefined) throw new UsageError(`${file}: ${failure}`);
  return rowsBad > 0 ? 1 : 0;
}

async function template(form: string, lang: string, io: Io): Promise<number> {
  const known = LOT_FORMS.find((one) => one === form);
  if (!known) throw new UsageError(`--template is ${LOT_FORMS.join(' or ')}`);
  const language = LOT_LANGUAGES.find((one) => one === lang) ?? 'en';
  await pipeline(Readable.from(lotTemplate(known, language)), io.stdout, { end: false });
  return 0;
}

const OPTIONS = {
  url: { type: 'string' },
  key: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  'all-or-nothing': { type: 'boolean', default: false },
  mapping: { type: 'string' },
  'time-zone': { type: 'string' },
  encoding: { type: 'string' },
  sheet: { type: 'string' },
  rejected: { type: 'string' },
  lang: { type: 'string', default: 'en' },
  json: { type: 'boolean', default: false },
  template: { type: 'string' },
} as const;

async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  if (!LOT_LANGUAGES.some((one) => one === values.lang))
    throw new UsageError(`--lang is ${LOT_LANGUAGES.join(' or ')}`);
  if (values.template !== undefined) return template(values.template, values.lang, io);
  const key = values.key ?? process.env['TAGTRAIL_KEY'];
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError('one FILE is needed');
  if (values.url === undefined || !URL.canParse(values.url))
    throw new UsageError('--url is needed, such as http://127.0.0.1:3000');
  if (!key) throw new UsageError('--key is needed');
  const query = new URLSearchParams({
    ...(values['dry-run'] && { dryRun: 'true' }),
    ...(values['all-or-nothing'] && { behaviour: 'rollback' }),
    ...(values.mapping !== undefined && { mapping: values.mapping }),
    ...(values['time-zone'] !== undefined && { timeZone: values['time-zone'] }),
    ...(values.encoding !== undefined && { encoding: values.encoding }),
    ...(values.sheet !== undefined && { sheet: values.sheet }),
    ...(file !== '-' && { name: basename(file) }),
  });
  const target = { url: values.url, key: key.trim(), lang: values.lang };
  return lotsFile(file, { target, query: query.toString(), json: values.json, rejected: values.rejected }, io);
}

export const command: Command = { summary: "uploads a maker's lots from CSV or XLSX", help: HELP, run };
