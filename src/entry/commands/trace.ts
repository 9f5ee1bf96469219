import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { readJson } from '../../epcis/index.ts';
import { AppError, messageOf } from '../../error.ts';
import { factsOfDocument } from '../../trace/document-facts.ts';
import type { Fact } from '../../trace/fact.ts';
import { ask, type AskedQuestion, askFull, factsInMemory, type Progress, readQuestion } from '../../trace/index.ts';
import { type Command, type Io, UsageError } from '../command.ts';
import { report, REPORT_LANGUAGES } from './trace-report.ts';

/** One answer of the server: the slowest walk, and more. */
const ANSWER_MS_MAX = 300_000;
/** A question that takes longer is told of on stderr. */
const PROGRESS_MS = 1_000;
/** Bytes of one line of a batch. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;

const HELP = `
tagtrail trace OP ID [--as-of T] [--at T] [--from T] [--to T] (--url U --key K | --events FILE…) [--json]
tagtrail trace --batch QUERIES.jsonl (--url U --key K | --events FILE…)

Asks where something came from, where it went, what happened to it. OP is one of
  back      origins and everything upstream         where     the place it was last seen at, and its state
  forward   everything that it went into            contents  what is in a container
  history   its events, its containers' included    state     at rest, in transit, consumed, decommissioned
  balance   the books of a lot                      audit     events that a declaration voided (* for all)
ID is a URN, a GS1 Digital Link or an element string in brackets.

  --events FILE  answer offline from EPCIS 2.0 JSON documents (repeatable; - for standard input); only here an event's
                 own recordTime is believed
  --url U        answer from this platform; --key K (or the variable TAGTRAIL_KEY) is a key with the right to trace
  --as-of T      what was known at that time (ISO 8601 with offset); default: all that is known
  --at, --from, --to T   when it happened: see docs/trace.md
  --uom U        unit of a balance; --policy connected|strict and --hidden EVENTID (repeatable): docs/trace.md
  --batch FILE   many questions, one JSON object a line; one answer a line, in order
  --epcs urn|dl  how identifiers are written (default urn)
  --json         the full answer as one line of JSON
  --lang en|zh   language of the report for people (default en)

Exit 0: answered, also when nobody knows the ID; 2: a malformed ID, or input that cannot be read. Of a question that
takes longer than a second it is told on stderr how far it is.

Example:
  tagtrail trace back "(01)09521234000013(21)1" --events shipment.json
`;

interface Options {
  url?: string | undefined;
  key?: string | undefined;
  events?: string[] | undefined;
  form: 'urn' | 'link';
}

/** Answers one question, in short form or in full. */
type Door = (question: AskedQuestion, raw: Record<string, unknown>, full: boolean) => Promise<object>;

const FORMS: Record<string, 'urn' | 'link'> = { urn: 'urn', dl: 'link' };

async function textOf(file: string, io: Io): Promise<string> {
  if (file !== '-') return readFile(file, 'utf8');
  const chunks: Buffer[] = [];
  for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString('utf8');
}

/** The facts of all documents, in the order given. */
async function factsOfFiles(files: string[], io: Io): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const file of files) {
    try {
      for (const fact of factsOfDocument(readJson(await textOf(file, io)), facts.length)) facts.push(fact);
    } catch (error) {
      throw new UsageError(`${file}: ${messageOf(error).split('\n')[0]}`);
    }
  }
  return facts;
}

async function offline(files: string[], io: Io, { form }: Options): Promise<Door> {
  const facts = await factsOfFiles(files, io);
  const known = factsInMemory(facts);
  // everything loaded is known, whatever the clock says (R1)
  const newest = facts.reduce((latest, { recordTime }) => Math.max(latest, recordTime), 0);
  return async (question, _, full) => {
    const asOf = question.asOf ?? newest;
    if (!full) return ask(known(asOf), { ...question, form });
    const size = facts.filter(({ recordTime }) => recordTime <= asOf).length;
    return askFull(known(asOf), { ...question, form }, { asOf, size }, { progress: teller(io) });
  };
}

/** The platform's own door: one request a question. */
function online(url: string, key: string | undefined, { form }: Options, io: Io): Door {
  return async ({ op, of }, raw, full) => {
    const target = new URL(`/api/trace/${op}/${encodeURIComponent(of)}`, url);
    for (const [name, value] of Object.entries(raw)) {
      if (name === 'op' || name === 'of' || name === 'id') continue;
      for (const part of Array.isArray(value) ? value : [value]) target.searchParams.append(name, String(part));
    }
    if (form === 'link') target.searchParams.set('epcs', 'dl');
    if (!full) target.searchParams.set('form', 'short');
    const res = await request(target, key, full ? 'application/x-ndjson' : 'application/json');
    return full ? readLines(res, teller(io)) : ((await res.json()) as object);
  };
}

interface Problem {
  status?: number;
  title?: string;
  detail?: string;
}

const refused = ({ status, title, detail }: Problem): AppError =>
  new AppError('invalid', [status, title, detail].filter(Boolean).join(' '));

async function request(target: URL, key: string | undefined, accept: string): Promise<Response> {
  let res: Response;
  try {
    const headers = { accept, ...(key !== undefined && { authorization: `Bearer ${key}` }) };
    res = await fetch(target, { headers, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    throw new AppError('unavailable', `no answer from ${target.origin}: ${cause?.code ?? messageOf(error)}`);
  }
  if (res.ok) return res;
  const problem = (await res.json().catch(() => ({}))) as Problem;
  throw refused({ title: res.statusText, ...problem, status: res.status });
}

/** Tells of a question that takes longer than PROGRESS_MS, and as often. */
function teller(io: Io): (progress: Progress) => void {
  let told = performance.now();
  return ({ events, identifiers, nodes }) => {
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    io.stderr.write(`tagtrail trace: ${events} events with ${identifiers} identifiers read, ${nodes} things reached\n`);
  };
}

/** An answer that comes as lines (docs/api.md), put together again; `told` hears how far the server is. */
async function readLines(res: Response, told: (progress: Progress) => void): Promise<object> {
  const lists: Record<string, unknown[]> = {};
  for await (const text of createInterface({ input: Readable.fromWeb(res.body!), crlfDelay: Infinity })) {
    const line = JSON.parse(text) as { progress?: Progress; error?: Problem; answer?: object; lists?: object };
    if (line.error) throw refused(line.error);
    if (line.progress) told(line.progress);
    if (line.progress || 'question' in line) continue;
    if (line.answer) {
      for (const name of Object.keys(line.lists ?? {})) lists[name] ??= [];
      return { ...line.answer, ...lists };
    }
    const [[name, item]] = Object.entries(line) as [[string, unknown]];
    (lists[name] ??= []).push(item);
  }
  throw new AppError('unavailable', 'the answer broke off');
}

/** Answers every line of a batch, in order; the door sees one question at a time. */
async function batch(file: string, door: Door, io: Io): Promise<void> {
  const input = file === '-' ? io.stdin : createReadStream(file);
  let number = 0;
  for await (const line of linesOf(input, file)) {
    number++;
    if (line.trim() === '') continue;
    const place = `${file}:${number}`;
    const { raw, question } = readLine(line, place);
    const answer = await door(question, raw, false);
    const { id, op, of } = raw;
    const text = JSON.stringify({ ...(id !== undefined && { id }), op, of, ...answer });
    if (!io.stdout.write(text + '\n')) await new Promise((resolve) => io.stdout.once('drain', resolve));
  }
}

async function* linesOf(input: Readable, file: string): AsyncGenerator<string> {
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      if (line.length > LINE_BYTES_MAX) throw new UsageError(`${file}: a line is longer than ${LINE_BYTES_MAX} bytes`);
      yield line;
    }
  } catch (error) {
    if (error instanceof UsageError || error instanceof AppError) throw error;
    throw new UsageError(`${file}: cannot be read: ${messageOf(error)}`);
  }
}

function readLine(line: string, place: string): { raw: Record<string, unknown>; question: AskedQuestion } {
  try {
    const raw = readJson(line) as Record<string, unknown>;
    return { raw, question: readQuestion(raw) };
  } catch (error) {
    throw new UsageError(`${place}: ${messageOf(error).split('\n')[0]}`);
  }
}

async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      key: { type: 'string' },
      events: { type: 'string', multiple: true },
      batch: { type: 'string' },
      json: { type: 'boolean', default: false },
      epcs: { type: 'string', default: 'urn' },
      lang: { type: 'string', default: 'en' },
      'as-of': { type: 'string' },
      at: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      uom: { type: 'string' },
      policy: { type: 'string' },
      hidden: { type: 'string', multiple: true },
    },
  });
  const form = FORMS[values.epcs];
  if (!form) throw new UsageError('--epcs is urn or dl');
  const language = REPORT_LANGUAGES.find((one) => one === values.lang);
  if (!language) throw new UsageError(`--lang is ${REPORT_LANGUAGES.join(' or ')}`);
  const door = await doorOf({ url: values.url, key: values.key, events: values.events, form }, io);
  if (values.batch !== undefined) {
    if (positionals.length > 0) throw new UsageError('--batch takes its questions from the file alone');
    await batch(values.batch, door, io);
    return 0;
  }
  const [op, of, ...others] = positionals;
  if (op === undefined || of === undefined || others.length > 0)
    throw new UsageError('OP and ID? (tagtrail trace --help)');
  const { at, from, to, uom, policy, hidden } = values;
  const given = Object.entries({ op, of, asOf: values['as-of'], at, from, to, uom, policy, hidden });
  const raw = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const { question } = readLine(JSON.stringify(raw), op);
  const answer = await door(question, raw, true);
  io.stdout.write(values.json ? JSON.stringify({ op, of, ...answer }) + '\n' : report(question, answer, language));
  return 0;
}

async function doorOf(options: Options, io: Io): Promise<Door> {
  const { url, events } = options;
  if ((url === undefined) === (events === undefined)) throw new UsageError('either --url or --events');
  if (events !== undefined) return offline(events, io, options);
  if (!URL.canParse(url!)) throw new UsageError(`--url ${url} is no URL`);
  return online(url!, options.key ?? process.env['TAGTRAIL_KEY'], options, io);
}

export const command: Command = {
  summary: 'where something came from, where it went, what happened to it',
  help: HELP,
  run,
};
