import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import {
  type Conversion,
  convertDocument,
  type DocumentEvent,
  hashOf,
  type IdentifierForm,
  prehash,
  readDocument,
  validateDocument,
  Values,
  whoseHash,
} from '../../epcis/index.ts';
import { AppError, messageOf } from '../../error.ts';
import { gcpKnowledge, parse, parseGcpTable } from '../../gs1/index.ts';
import { type Command, type Io, UsageError } from '../command.ts';

const FORMS: Record<string, IdentifierForm> = { urn: 'urn', dl: 'link', keep: 'keep' };
const CBV_FORMS = { web: 'web', urn: 'urn' } as const;
const XML_VERSIONS = { '2.0': '2.0', '1.2': '1.2' } as const;

interface Options {
  json: boolean;
  prehash: boolean;
  check: boolean;
  to: string;
  epcs: string;
  cbv?: string | undefined;
  'xml-version': string;
  'gcp-table'?: string | undefined;
  out?: string | undefined;
}

/** A file that can be read from its beginning as often as needed. */
interface Input {
  name: string;
  open: () => AsyncIterable<Uint8Array>;
}

/** What one file came to: 0 done, 1 a negative answer, 2 unreadable or not understood. */
type Job = (input: Input, options: Options, io: Io) => Promise<number>;

/** Writes, and waits where the reader is slower. */
async function write(io: Io, text: string): Promise<void> {
  if (!io.stdout.write(text)) await new Promise((resume) => io.stdout.once('drain', resume));
}

const validate: Job = async ({ name, open }, { json }, io) => {
  const verdict = await validateDocument(open());
  if (json) await write(io, JSON.stringify({ file: name, ...verdict }) + '\n');
  else {
    await write(io, `${name}: ${verdict.valid ? 'valid' : 'invalid'}, ${verdict.events} events\n`);
    for (const { path, rule, message, line, column } of verdict.errors) {
      const at = line === undefined ? '' : `${line}:${column} `;
      await write(io, `  ${at}${path || '/'} ${rule}: ${message}\n`);
    }
  }
  return verdict.valid ? 0 : 1;
};

/** An event that was read with faults has no hash that anyone could repeat; a rounded number has. */
function refuseFaults({ findings, index }: DocumentEvent): void {
  const fault = findings.find(({ rule }) => rule !== 'number');
  if (fault) throw new AppError('invalid', `event ${index}: ${fault.message}`);
}

const hash: Job = async ({ name, open }, options, io) => {
  let values: Values | undefined;
  for await (const part of readDocument(open(), { check: false })) {
    if (part.kind === 'start') values = new Values(part.head.context);
    if (part.kind !== 'event' || !values) continue;
    refuseFaults(part);
    const { index, event } = part;
    const string = prehash(event, values);
    const answer = {
      file: name,
      index,
      hash: hashOf(string),
      ...(options.prehash && { prehash: string }),
      ...(options.check && { eventIDIs: whoseHash(event, values) ?? null }),
    };
    const columns = [answer.hash, name, index, answer.prehash ?? '', answer.eventIDIs ?? ''];
    await write(io, (options.json ? JSON.stringify(answer) : columns.join('\t').trimEnd()) + '\n');
  }
  return 0;
};

/** Company prefix lengths from GS1's list, for links whose prefix no URN of the document tells. */
function lengthsOf(path: string | undefined): Conversion['gcpLengthOf'] {
  if (path === undefined) return undefined;
  const knowledge = gcpKnowledge({ table: parseGcpTable(readFileSync(path, 'utf8')) });
  return (link) => knowledge.lengthOf(parse(link))?.length;
}

const convert: Job = async ({ name, open }, options, io) => {
  const { to, epcs, cbv, out } = options;
  const gcpLengthOf = lengthsOf(options['gcp-table']);
  const pieces = convertDocument(open, {
    to: to === 'xml' ? 'xml' : 'json',
    xmlVersion: XML_VERSIONS[options['xml-version'] as keyof typeof XML_VERSIONS],
    epcs: FORMS[epcs] ?? 'keep',
    ...(cbv !== undefined && { cbv: CBV_FORMS[cbv as keyof typeof CBV_FORMS] }),
    ...(gcpLengthOf && { gcpLengthOf }),
  });
  if (out === undefined) {
    for await (const piece of pieces) await write(io, piece);
    return 0;
  }
  const target = join(out, `${basename(name).replace(/\.[^.]*$/, '')}.${to}`);
  const half = `${target}.part`;
  try {
    await pipeline(Readable.from(pieces), createWriteStream(half));
    await rename(half, target); // never half a document under its name
  } finally {
    await rm(half, { force: true });
  }
  return 0;
};

const JOBS: Record<string, Job> = { validate, hash, convert };

/** One file, whatever happens: a bad one is told and stops none of the others. */
async function runFile(job: Job, input: Input, options: Options, io: Io): Promise<number> {
  try {
    return await job(input, options, io);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!(error instanceof AppError) && (typeof code !== 'string' || error instanceof UsageError)) throw error;
    const reason = error instanceof AppError ? error.message : `cannot be read: ${messageOf(error)}`;
    io.stderr.write(`tagtrail epcis: ${input.name}: ${reason.split('\n')[0]}\n`);
    return 2;
  }
}

/** Standard input is kept in a file of its own, since a document may be read twice. */
async function spooled(io: Io, dir: string): Promise<Input> {
  const path = join(dir, 'stdin');
  await pipeline(io.stdin, createWriteStream(path));
  return { name: '-', open: () => createReadStream(path) };
}

async function inputOf(file: string, job: Job, io: Io, dir: () => Promise<string>): Promise<Input> {
  if (file !== '-') return { name: file, open: () => createReadStream(file) };
  return job === convert ? spooled(io, await dir()) : { name: '-', open: () => io.stdin as AsyncIterable<Uint8Array> };
}

async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      prehash: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      to: { type: 'string', default: 'json' },
      epcs: { type: 'string', default: 'keep' },
      cbv: { type: 'string' },
      'xml-version': { type: 'string', default: '2.0' },
      'gcp-table': { type: 'string' },
      out: { type: 'string' },
    },
  });
  const [name = '', ...files] = positionals;
  const job = Object.hasOwn(JOBS, name) ? JOBS[name] : undefined;
  if (!job) throw new UsageError(`which of ${Object.keys(JOBS).join(', ')}? (tagtrail epcis --help)`);
  if (files.length === 0) throw new UsageError(`epcis ${name} needs at least one FILE`);
  if (name === 'convert') checkConvert(values, files);
  if (values.out !== undefined) await mkdir(values.out, { recursive: true });
  let dir: string | undefined;
  let code = 0;
  try {
    for (const file of files) {
      const input = await inputOf(
        file,
        job,
        io,
        async () => (dir ??= await mkdtemp(join(tmpdir(), 'tagtrail-epcis-'))),
      );
      code = Math.max(code, await runFile(job, input, values, io));
    }
  } finally {
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  }
  return code;
}

function checkConvert(options: Options, files: string[]): void {
  const choices: readonly (readonly [name: string, value: string | undefined, of: object])[] = [
    ['--to', options.to, { json: 1, xml: 1 }],
    ['--epcs', options.epcs, FORMS],
    ['--cbv', options.cbv, CBV_FORMS],
    ['--xml-version', options['xml-version'], XML_VERSIONS],
  ];
  for (const [name, value, of] of choices) {
    if (value !== undefined && !Object.hasOwn(of, value))
      throw new UsageError(`${name} must be one of ${Object.keys(of).join(', ')}`);
  }
  if (files.length > 1 && options.out === undefined) throw new UsageError('several files need --out DIR');
}

export const command: Command = {
  summary: 'validate, hash and convert EPCIS documents',
  help: `
tagtrail epcis validate FILE…                     is each valid by GS1's schema?
tagtrail epcis hash [--prehash] [--check] FILE…   CBV 2.0 event hash of every event
tagtrail epcis convert --to json|xml [--epcs urn|dl|keep] [--xml-version 2.0|1.2] [--cbv web|urn] [--out DIR] FILE…

  FILE           JSON, JSON-LD or XML (2.0 and 1.2), told apart by content, of any size; - is standard input
  --json         JSON Lines on stdout
  --prehash      with the string that was hashed
  --check        whose hash the eventID is: standard, deviating (the order of another implementation), or neither
  --epcs         identifiers as EPC URNs, GS1 Digital Links, or as they are (default)
  --xml-version  of the XML that is written (default 2.0)
  --cbv          CBV words in XML as web URIs or as URNs (default: web in 2.0, urn in 1.2)
  --gcp-table    GS1's list of company prefixes, for URNs of links whose prefix no URN of the document tells
  --out          write into this directory; needed for several files

A bad file is told on stderr and stops none of the others. Exit: 0 done, 1 a file is invalid,
2 a file cannot be read or understood, or the new form cannot express it.

Example: tagtrail epcis validate --json events.xml`,
  run,
};
