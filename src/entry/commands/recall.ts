import { createReadStream, createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { AppError, messageOf } from '../../error.ts';
import { type Command, type Io, UsageError } from '../command.ts';
import { type Call, type Options, REPORTS, SAVED, VERBS } from '../recall/verbs.ts';
import { verifyArchive } from '../recall/verify.ts';

/** One answer of the server. */
const ANSWER_MS_MAX = 600_000;
/** A list that goes on longer is cut, and says so. */
const PAGES_MAX = 1_000;
/** Characters of a line of an archive: one full answer. */
const LINE_CHARACTERS_MAX = 400_000_000;

const LINES = Object.entries(VERBS).map(([verb, { usage }]) => `  tagtrail recall ${verb} ${usage}`.trimEnd());

const HELP = `
tagtrail recall VERB … --url U --key K [--json]

Recall cases at a platform, from opening to closing (docs/recall.md). A step is one call; who did it is the key, and
--person where a key is shared.

${LINES.join('\n')}
  tagtrail recall report CASE [--format json|csv|xlsx|html] [--table T] [--language en|zh] [--out-file FILE]
  tagtrail recall form CASE firm-report|enforcement [--format json|csv] [--language en|zh] [--out-file FILE]
  tagtrail recall export CASE [--out-file FILE]
  tagtrail recall verify ARCHIVE [--digest D]

scope takes the scope anew, and with --version shows one that was taken. verify checks an archive without a server;
--digest compares the last step's digest with one that was noted elsewhere.

  --url U    the platform, such as http://127.0.0.1:3000
  --key K    an API key (or the variable TAGTRAIL_KEY)
  --json     one line an answer, or an entry of a list

Exit 0: done; 1: refused, or the archive is not what it says; 2: wrong usage.

Example:
  tagtrail recall open case.json --url http://127.0.0.1:3000 --key "$TAGTRAIL_KEY" --json
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const OPTIONS = {
  url: text,
  key: text,
  json: flag,
  reason: text,
  person: text,
  at: text,
  note: text,
  reference: text,
  closer: text,
  channel: text,
  address: text,
  name: text,
  language: text,
  list: text,
  table: text,
  version: text,
  after: text,
  in: flag,
  out: flag,
  correct: flag,
  wrong: flag,
  provisional: flag,
  format: text,
  'out-file': text,
  digest: text,
} as const;

interface Target {
  url: string;
  key: string;
}

/** A refusal with what stands in the way, each a line. */
class Refused extends Error {
  readonly errors: object[];
  constructor(message: string, errors: object[]) {
    super(message);
    this.errors = errors;
  }
}

async function ask({ url, key }: Target, { path, query = {}, body }: Call, accept = 'application/json') {
  const target = new URL(path, url);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(name, value);
  const headers = {
    accept,
    authorization: `Bearer ${key}`,
    ...(body && { 'content-type': 'application/json' }),
  };
  let res: Response;
  try {
    res = await fetch(target, {
      method: body ? 'POST' : 'GET',
      headers,
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    throw new AppError('unavailable', `no answer from ${target.origin}: ${cause?.code ?? messageOf(error)}`);
  }
  if (res.ok) return res;
  const problem = (await res.json().catch(() => ({}))) as { title?: string; detail?: string; errors?: object[] };
  throw new Refused(`${res.status} ${problem.detail ?? problem.title ?? res.statusText}`, problem.errors ?? []);
}

async function readBody(file: string, io: Io): Promise<Record<string, unknown>> {
  try {
    const chunks: Buffer[] = [];
    if (file === '-') for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
    const value: unknown = JSON.parse(file === '-' ? Buffer.concat(chunks).toString() : await readFile(file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new TypeError('is no JSON object');
  } catch (error) {
    throw new UsageError(`${file}: ${messageOf(error)}`);
  }
}

const tell = (io: Io, json: boolean, value: unknown): void => {
  for (const one of json && Array.isArray(value) ? (value as unknown[]) : [value])
    io.stdout.write(`${JSON.stringify(one, undefined, json ? 0 : 2)}\n`);
};

/** One call; a list page by page. */
async function call(target: Target, first: Call, io: Io, json: boolean): Promise<void> {
  let next: Call | undefined = first;
  for (let page = 0; next; page++) {
    if (page === PAGES_MAX) throw new AppError('too_large', `the list goes on after ${PAGES_MAX} pages`);
    const res: Response = await ask(target, next);
    tell(io, json, await res.json());
    const link: string | undefined = /<([^>]+)>; rel="next"/.exec(res.headers.get('link') ?? '')?.[1];
    next = link === undefined ? undefined : { path: link };
  }
}

/** An answer of any size into a file, or to standard output. */
async function save(res: Response, file: string | undefined, io: Io): Promise<void> {
  const from = Readable.fromWeb(res.body as never);
  if (file !== undefined) return pipeline(from, createWriteStream(file));
  for await (const chunk of from)
    if (!io.stdout.write(chunk)) await new Promise((resolve) => io.stdout.once('drain', resolve));
}

/** Lines at line feeds alone: a digest is of every byte between them. */
async function* linesOf(stream: Readable, file: string): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of stream) {
      const parts = (rest + decoder.write(Buffer.from(chunk as Uint8Array))).split('\n');
      rest = parts.pop()!;
      if (rest.length > LINE_CHARACTERS_MAX) throw new UsageError(`${file}: a line is too long`);
      yield* parts;
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file}: cannot be read: ${messageOf(error)}`);
  }
  if (rest !== '') yield rest;
}

async function verify(file: string, digest: string | undefined, io: Io, json: boolean): Promise<number> {
  const input = file === '-' ? io.stdin : createReadStream(file);
  const verdict = await verifyArchive(linesOf(input, file));
  if (verdict.ok && digest !== undefined && digest !== verdict.digest) {
    verdict.ok = false;
    verdict.fault = `the case ends with ${verdict.digest}, not with ${digest}`;
  }
  if (json) io.stdout.write(`${JSON.stringify({ file, ...verdict })}\n`);
  else if (verdict.ok)
    io.stdout.write(
      `${file}: ${verdict.steps} steps, ${verdict.answers} answers and ${verdict.looks} looks are as sealed: ${verdict.digest}\n`,
    );
  else io.stderr.write(`${file}: ${verdict.fault}\n`);
  return verdict.ok ? 0 : 1;
}

function targetOf(url: string | undefined, key: string | undefined): Target {
  if (url === undefined || !URL.canParse(url)) throw new UsageError('--url is needed, such as http://127.0.0.1:3000');
  if (key === undefined) throw new UsageError('--key or TAGTRAIL_KEY is needed');
  return { url, key };
}

type Values = Options & {
  url?: string | undefined;
  key?: string | undefined;
  json?: boolean | undefined;
  format?: string | undefined;
  'out-file'?: string | undefined;
  digest?: string | undefined;
};

async function runVerb(verb: string, words: string[], values: Values, io: Io): Promise<void> {
  const row = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  const saved = Object.hasOwn(SAVED, verb) ? SAVED[verb] : undefined;
  if (!row && !saved) throw new UsageError(`no verb "${verb}"; tagtrail recall --help lists them`);
  const named = saved ? saved.words.split(' ').length : 0;
  const [min, max] = row?.words ?? [named, named];
  if (words.length < min || words.length > max) throw new UsageError(`${verb} ${row?.usage ?? saved!.words}`);
  const target = targetOf(values.url, values.key ?? process.env['TAGTRAIL_KEY']);
  if (row) {
    const file = row.file === undefined ? {} : await readBody(words[row.file]!, io);
    return call(target, row.call(words, values, file), io, values.json ?? false);
  }
  const { table, language, format = 'json' } = values;
  const type = verb === 'export' ? 'application/x-ndjson' : REPORTS[format];
  if (type === undefined) throw new UsageError(`--format is one of ${Object.keys(REPORTS).join(', ')}`);
  const query = verb === 'export' ? {} : { language, ...(verb === 'report' && { table }) };
  await save(await ask(target, { path: saved!.path(words), query }, type), values['out-file'], io);
}

async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
  const [verb, ...words] = positionals;
  if (verb === undefined) throw new UsageError('VERB? (tagtrail recall --help)');
  const json = values.json ?? false;
  if (verb === 'verify') {
    if (words.length !== 1) throw new UsageError('verify ARCHIVE');
    return verify(words[0]!, values.digest, io, json);
  }
  try {
    await runVerb(verb, words, values, io);
    return 0;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    io.stderr.write(`tagtrail recall: ${error.message}\n`);
    if (json) for (const one of error.errors) io.stdout.write(`${JSON.stringify(one)}\n`);
    else for (const one of error.errors) io.stderr.write(`  ${lineOf(one)}\n`);
    return 1;
  }
}

/** An obstacle, or what is wrong with a body, as one line. */
function lineOf(one: { message?: string | { en?: string }; path?: string }): string {
  const { message, path = '' } = one;
  const said = typeof message === 'object' ? message.en : message;
  return [path, said ?? JSON.stringify(one)].filter(Boolean).join(' ');
}

export const command: Command = { summary: 'recall cases, from opening to closing', help: HELP, run };
