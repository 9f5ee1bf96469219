import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type EpcisEvent,
  excessOf,
  hashOf,
  type IdentifierForm,
  mapEvents,
  parseDocument,
  prehash,
  readJson,
  readXmlEvents,
  translateEvent,
  validateDocument,
  Values,
} from '../../epcis/index.ts';
import { AppError, messageOf } from '../../error.ts';
import { type Command, type Io, UsageError } from '../command.ts';

/** Bytes of one file; a document is held in memory whole. */
const FILE_BYTES_MAX = 512 * 1024 * 1024;

const FORMS: Record<string, IdentifierForm> = { urn: 'urn', dl: 'link', keep: 'keep' };

interface Options {
  json: boolean;
  prehash: boolean;
  to: string;
  epcs: string;
  out?: string | undefined;
}

/** What one file came to: 0 done, 1 a negative answer, 2 unreadable or not yet understood. */
type Job = (file: string, text: string, options: Options, io: Io) => Promise<number> | number;

const line = (io: Io, text: string): boolean => io.stdout.write(text + '\n');
const isXml = (text: string): boolean => text.trimStart().startsWith('<');

const validate: Job = (file, text, options, io) => {
  const verdict = validateDocument(text);
  if (options.json) line(io, JSON.stringify({ file, ...verdict }));
  else {
    line(io, `${file}: ${verdict.valid ? 'valid' : 'invalid'}, ${verdict.events} events`);
    for (const { path, rule, message } of verdict.errors) line(io, `  ${path || '/'} ${rule}: ${message}`);
  }
  return verdict.valid ? 0 : 1;
};

const hash: Job = (file, text, options, io) => {
  const { context, events } = isXml(text) ? readXmlEvents(text) : parseDocument(readJson(text));
  const values = new Values(context);
  for (const [index, event] of events.entries()) {
    const excess = typeof event === 'object' && event !== null ? excessOf(event) : undefined;
    if (excess) throw new AppError('invalid', `event ${index}: ${excess.message}`);
    const string = prehash(event, values);
    const answer = { file, index, hash: hashOf(string), ...(options.prehash && { prehash: string }) };
    line(
      io,
      options.json ? JSON.stringify(answer) : [answer.hash, file, index, answer.prehash ?? ''].join('\t').trimEnd(),
    );
  }
  return 0;
};

const convert: Job = async (file, text, options, io) => {
  const json = readJson(text);
  const form = FORMS[options.epcs] ?? 'keep';
  const document = mapEvents(json, (event) => translateEvent(event as EpcisEvent, form));
  const out = JSON.stringify(document, null, 2) + '\n';
  if (options.out === undefined) io.stdout.write(out);
  else await writeFile(join(options.out, basename(file).replace(/\.[^.]*$/, '') + '.json'), out);
  return 0;
};

const JOBS: Record<string, Job> = { validate, hash, convert };
const XML_JOBS: ReadonlySet<Job> = new Set([hash]);

async function readText(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    if ((bytes += chunk.length) > FILE_BYTES_MAX)
      throw new AppError('too_large', `larger than ${FILE_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

/** One file, whatever happens: a bad one is told and stops none of the others. */
async function runFile(job: Job, file: string, options: Options, io: Io): Promise<number> {
  const complain = (message: string): 2 => {
    io.stderr.write(`tagtrail epcis: ${file}: ${message.split('\n')[0]}\n`);
    return 2;
  };
  let text: string;
  try {
    text = await readText(file);
  } catch (error) {
    return complain(`cannot be read: ${messageOf(error)}`);
  }
  if (isXml(text) && !XML_JOBS.has(job)) return complain('XML is not supported yet');
  try {
    return await job(file, text, options, io);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return complain(error.message);
  }
}

async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      prehash: { type: 'boolean', default: false },
      to: { type: 'string', default: 'json' },
      epcs: { type: 'string', default: 'keep' },
      out: { type: 'string' },
    },
  });
  const [name = '', ...files] = positionals;
  const job = Object.hasOwn(JOBS, name) ? JOBS[name] : undefined;
  if (!job) throw new UsageError(`which of ${Object.keys(JOBS).join(', ')}? (tagtrail epcis --help)`);
  if (files.length === 0) throw new UsageError(`epcis ${name} needs at least one FILE`);
  if (name === 'convert') checkConvert(values, files);
  if (values.out !== undefined) await mkdir(values.out, { recursive: true });
  let code = 0;
  for (const file of files) {
    code = Math.max(code, await runFile(job, file, values, io));
  }
  return code;
}

function checkConvert(
  { to, epcs, out }: { to: string; epcs: string; out?: string | undefined },
  files: string[],
): void {
  if (!Object.hasOwn(FORMS, epcs)) throw new UsageError(`--epcs must be one of ${Object.keys(FORMS).join(', ')}`);
  if (to === 'xml') throw new UsageError('--to xml is not supported yet');
  if (to !== 'json') throw new UsageError('--to must be json or xml');
  if (files.length > 1 && out === undefined) throw new UsageError('several files need --out DIR');
}

export const command: Command = {
  summary: 'validate, hash and convert EPCIS documents',
  help: `
tagtrail epcis validate FILE…             is each a valid EPCIS 2.0 document or event by GS1's schema?
tagtrail epcis hash [--prehash] FILE…     CBV 2.0 event hash of every event
tagtrail epcis convert --to json [--epcs urn|dl|keep] [--out DIR] FILE…

  --json     JSON Lines on stdout
  --prehash  with the string that was hashed
  --epcs     identifiers as EPC URNs, GS1 Digital Links, or as they are (default)
  --out      write into this directory; needed for several files

A bad file is told on stderr and stops none of the others. Exit: 0 done, 1 a file is invalid,
2 a file cannot be read or understood. XML (1.2 and 2.0) can be hashed, but not yet validated or converted.

Example: tagtrail epcis validate --json events.json`,
  run,
};
