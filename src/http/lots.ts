// Files of makers' lots: uploads that survive a cut line, how far each is, and what was wrong with its rows.
import { z } from '@hono/zod-openapi';
import {
  beginLotFile,
  type LotFile,
  lotFiles,
  noLotFile,
  type LotOptions,
  receiveLotFile,
} from '../capture/lot-file.ts';
import { readLotFile } from '../capture/lot-read.ts';
import { toldWarning } from '../capture/warnings.ts';
import {
  CSV_ENCODINGS,
  LOT_COLUMN_NAMES,
  LOT_FORMS,
  LOT_LANGUAGES,
  LOT_LIMITS,
  type LotLanguage,
  lotTemplate,
  tellProblem,
  type ToldProblem,
  zoneOf,
} from '../epcis/lot-file/index.ts';
import { AppError } from '../error.ts';
import { bodyBytes } from './body.ts';
import { WARNING_MEMBERS } from './capture.ts';
import { CAPTURE_BEHAVIOURS, LANGUAGE_HEADER, languageOf } from './headers.ts';
import { headerOf, rejectedBytes } from './lot-rejected.ts';
import { pageOf, PAGING_PARAMETERS } from './paging.ts';
import type { Ctx } from './platform.ts';
import { refusal } from './problem.ts';
import type { Parameter, Resource } from './resource.ts';

const CSV = 'text/csv';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const FORM_DATA = 'multipart/form-data';
const BODY_TYPES = [CSV, XLSX, 'application/octet-stream', FORM_DATA];
const JSON_ANSWER = ['application/json'];
/** A form is held in memory whole; a larger file goes as the body itself. */
const FORM_BYTES_MAX = 32 * 1024 * 1024;
const IDEMPOTENCY_CHARACTERS_MAX = 200;

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const asked = z.strictObject({
  dryRun: flag.default(false),
  behaviour: z.enum(CAPTURE_BEHAVIOURS).default('proceed'),
  mapping: z
    .string()
    .max(10_000)
    .default('{}')
    .transform((text, issues) => {
      try {
        return z.record(z.string().max(50), z.string().max(500)).parse(JSON.parse(text));
      } catch {
        issues.addIssue(`must be a JSON object of column → header; columns: ${LOT_COLUMN_NAMES.join(', ')}`);
        return z.NEVER;
      }
    }),
  timeZone: z
    .string()
    .max(64)
    .refine((text) => zoneOf(text) !== undefined, 'must be a zone such as Asia/Shanghai or +08:00')
    .default('Z'),
  encoding: z.enum(CSV_ENCODINGS).optional(),
  sheet: z.string().max(200).optional(),
  name: z.string().max(200).optional(),
  complete: flag.default(true),
});

/** Parameters of the URI, and those of a form behind them. */
function askedOf(given: Record<string, string>): { options: LotOptions; complete: boolean } {
  const read = asked.safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    const name = String(issue?.path[0] ?? (issue?.code === 'unrecognized_keys' ? issue.keys[0] : ''));
    throw refusal('QueryParameterException', `${name.slice(0, 200)}: ${issue?.message}`);
  }
  const { complete, dryRun, behaviour, mapping, timeZone, ...rest } = read.data;
  const optional = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { options: { dryRun, behaviour, mapping, timeZone, ...optional }, complete };
}

const bodyTypeOf = (c: Ctx): string => {
  const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (BODY_TYPES.includes(type)) return type;
  throw refusal('UnsupportedMediaTypeException', `Content-Type: ${type || 'none'}; taken: ${BODY_TYPES.join(', ')}`);
};

/** The file of a form with its fields, else the body as it is. */
async function uploadOf(c: Ctx): Promise<{ bytes: AsyncIterable<Uint8Array>; fields: Record<string, string> }> {
  if (bodyTypeOf(c) !== FORM_DATA) return { bytes: bodyBytes(c, { bytesMax: LOT_LIMITS.bytesMax }), fields: {} };
  const pieces: Uint8Array[] = [];
  for await (const piece of bodyBytes(c, { bytesMax: FORM_BYTES_MAX })) pieces.push(piece);
  const headers = { 'content-type': c.req.header('content-type')! };
  const form = await new Response(Buffer.concat(pieces), { headers }).formData().catch(() => {
    throw refusal('ValidationException', 'the body is no whole form');
  });
  const fields: Record<string, string> = {};
  let file: File | undefined;
  for (const [name, value] of form.entries()) {
    if (typeof value === 'string') fields[name] = value;
    else file ??= value;
  }
  if (!file) throw refusal('ValidationException', 'the form has no file');
  if (file.name !== '') fields['name'] ??= file.name.slice(0, 200);
  return { bytes: file.stream() as unknown as AsyncIterable<Uint8Array>, fields };
}

/** The language of the answer, and its headers say so. */
function saidLanguage(c: Ctx): LotLanguage {
  const language = languageOf(c);
  c.header('Content-Language', language);
  c.header('Vary', 'Accept-Language');
  return language;
}

/** What a client is told of an upload. */
function told(c: Ctx, { lotFileId, options, state, bytes, progress, ...file }: LotFile): object {
  const { form, columns = {}, headers = [], unknownColumns = [], failure } = progress;
  const language = saidLanguage(c);
  const isIdle = file.leaseUntil < c.var.platform.clock();
  return {
    id: lotFileId,
    ...options,
    state,
    // where to go on: with the bytes that are missing, or with none to have it read on
    ...((state === 'receiving' || (state === 'reading' && isIdle)) && { position: bytes }),
    bytes,
    ...form,
    columns: Object.fromEntries(Object.entries(columns).map(([column, at]) => [column, headers[at] ?? ''])),
    unknownColumns,
    row: progress.row,
    rowsRead: progress.rows,
    rowsBad: progress.bad,
    problems: progress.problems,
    accepted: progress.accepted,
    duplicate: progress.duplicate,
    rowsWarned: progress.warned ?? 0,
    warnings: (progress.warnings ?? []).map(({ row, ...warning }) => ({ row, ...toldWarning(warning, language) })),
    ...(progress.warningsUpTo !== undefined && { warningsUpTo: progress.warningsUpTo }),
    createdAt: new Date(file.createdAt).toISOString(),
    ...(file.finishedAt !== undefined && { finishedAt: new Date(file.finishedAt).toISOString() }),
    ...(failure !== undefined && { failure }),
  };
}

/** Reads on behind the answer; a Worker is kept alive for it. */
function readBehind(c: Ctx, lotFileId: string): void {
  const { platform, principal, requestId } = c.var;
  const reading = readLotFile(platform, principal!, lotFileId, (error) =>
    platform.logger.error({ requestId, err: error, lotFileId }, 'an upload of lots was not read'),
  );
  try {
    c.executionCtx.waitUntil(reading);
  } catch {
    // no such thing outside of a Worker: the process lives on by itself
  }
}

function idempotencyKeyOf(c: Ctx): string | undefined {
  const key = c.req.header('idempotency-key')?.trim();
  if (key === undefined) return undefined;
  if (key !== '' && key.length <= IDEMPOTENCY_CHARACTERS_MAX) return key;
  throw refusal('ValidationException', `Idempotency-Key: 1 to ${IDEMPOTENCY_CHARACTERS_MAX} characters are needed`);
}

function accepted(c: Ctx, file: LotFile): Response {
  if (file.state === 'reading') readBehind(c, file.lotFileId);
  return c.json(told(c, file), 202);
}

async function post(c: Ctx): Promise<Response> {
  const { platform, principal } = c.var;
  const { bytes, fields } = await uploadOf(c);
  const { options, complete: isLast } = askedOf({ ...fields, ...c.req.query() });
  const { file, isNew } = await beginLotFile(platform, principal!, options, idempotencyKeyOf(c));
  c.header('Location', `${c.req.path}/${file.lotFileId}`);
  if (!isNew) return c.json(told(c, file), 200);
  return accepted(c, await receiveLotFile(platform, principal!, file.lotFileId, { bytes, position: 0, isLast }));
}

/** The rest of an upload; without any, it is read on. */
async function put(c: Ctx): Promise<Response> {
  const { platform, principal } = c.var;
  const { position = '', complete = 'true', ...rest } = c.req.query();
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined || !/^\d{1,12}$/.test(position) || !/^(?:true|false)$/.test(complete)) {
    throw refusal(
      'QueryParameterException',
      'position (bytes) is needed, complete may be true or false, no other is known.',
    );
  }
  if (bodyTypeOf(c) === FORM_DATA) throw refusal('UnsupportedMediaTypeException', 'The rest comes as the body itself.');
  const bytes = bodyBytes(c, { bytesMax: LOT_LIMITS.bytesMax });
  const place = { bytes, position: Number(position), isLast: complete === 'true' };
  return accepted(c, await receiveLotFile(platform, principal!, c.req.param('lotFileId')!, place));
}

/** The upload of the path. */
async function found(c: Ctx): Promise<LotFile> {
  const { platform, principal } = c.var;
  const id = c.req.param('lotFileId')!;
  const file = await lotFiles(platform.store, principal!.tenantId).byId(id);
  if (!file) throw noLotFile(id);
  return file;
}

async function list(c: Ctx): Promise<Response> {
  const page = await pageOf(c);
  const { platform, principal } = c.var;
  const after = page.after as [number, string] | undefined;
  const files = await lotFiles(platform.store, principal!.tenantId).newest(page.perPage + 1, after);
  const shown = files.slice(0, page.perPage);
  const last = shown.at(-1);
  if (files.length > shown.length && last) page.announce([last.createdAt, last.lotFileId]);
  return c.json({ member: shown.map((file) => told(c, file)) });
}

async function remove(c: Ctx): Promise<Response> {
  const { platform, principal } = c.var;
  const { lotFileId } = await found(c);
  const gone = await lotFiles(platform.store, principal!.tenantId).remove(lotFileId, platform.clock());
  if (!gone) throw new AppError('conflict', 'The upload is being received or read just now.');
  return c.body(null, 204);
}

async function problems(c: Ctx): Promise<Response> {
  const page = await pageOf(c);
  const { platform, principal } = c.var;
  const { lotFileId, progress } = await found(c);
  const [row = 0, position = 0] = (page.after ?? []).map(Number);
  const rows = await lotFiles(platform.store, principal!.tenantId).rows(lotFileId, row, page.perPage + 1);
  const language = saidLanguage(c);
  const all = rows.flatMap((bad) =>
    bad.problems.map((problem, i) => ({
      at: [bad.row, i + 1] as const,
      told: tellProblem(bad.row, problem, language, headerOf(progress)),
    })),
  );
  const rest = all.filter(({ at }) => at[0] > row || at[1] > position);
  const shown = rest.slice(0, page.perPage);
  const last = shown.at(-1);
  if (rest.length > shown.length && last) page.announce([...last.at]);
  return c.json({ member: shown.map((one): ToldProblem => one.told) });
}

const attachment = (name: string): string =>
  `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(name)}`;

const file = (c: Ctx, bytes: AsyncGenerator<Uint8Array>, form: 'csv' | 'xlsx', name: string): Response =>
  c.body(ReadableStream.from(bytes), 200, {
    'Content-Type': form === 'csv' ? CSV : XLSX,
    'Content-Disposition': attachment(name),
    'Cache-Control': 'no-store',
  });

async function rejected(c: Ctx): Promise<Response> {
  const { platform, principal } = c.var;
  const upload = await found(c);
  const { form } = upload.progress;
  if (!form) throw new AppError('not_found', 'No row of the upload was read.');
  const files = lotFiles(platform.store, principal!.tenantId);
  const name = upload.options.name ?? `lots.${form.form}`;
  return file(c, rejectedBytes(files, upload, form, languageOf(c)), form.form, `rejected-${name}`);
}

function template(c: Ctx): Response {
  const { form = c.var.mediaType === CSV ? 'csv' : 'xlsx', lang = languageOf(c) } = c.req.query();
  const known = LOT_FORMS.find((one) => one === form);
  const language = LOT_LANGUAGES.find((one) => one === lang);
  if (!known || !language)
    throw refusal(
      'QueryParameterException',
      `form is ${LOT_FORMS.join(' or ')}, lang is ${LOT_LANGUAGES.join(' or ')}.`,
    );
  return file(c, lotTemplate(known, language), known, `lots-${language}.${known}`);
}

const parameter = (name: string, description: string, schema: Parameter['schema'] = { type: 'string' }): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
const truth = (otherwise: boolean) => ({ type: 'boolean', default: otherwise });
const COMPLETE = parameter('complete', 'false: more bytes will follow by PUT', truth(true));
const OPTIONS: Parameter[] = [
  parameter('dryRun', 'check and tell, store nothing', truth(false)),
  parameter('behaviour', 'proceed: good rows are stored; rollback: all rows or none', {
    type: 'string',
    enum: [...CAPTURE_BEHAVIOURS],
    default: 'proceed',
  }),
  parameter('mapping', `JSON object of column → header; columns: ${LOT_COLUMN_NAMES.join(', ')}`),
  parameter('timeZone', 'of times without an offset, such as Asia/Shanghai or +08:00', {
    type: 'string',
    default: 'Z',
  }),
  parameter('encoding', 'of a CSV file, where it is not found out by itself', {
    type: 'string',
    enum: [...CSV_ENCODINGS],
  }),
  parameter('sheet', 'of an XLSX file; the first one unless named'),
  parameter('name', 'of the file'),
  COMPLETE,
  {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'the same key again answers with the upload that it began, and where to go on',
    schema: { type: 'string' },
  },
];
const PROGRESS = {
  type: 'object',
  required: ['id', 'state', 'bytes', 'rowsRead', 'rowsBad', 'accepted', 'duplicate'],
  properties: {
    id: { type: 'string' },
    state: { type: 'string', enum: ['receiving', 'reading', 'finished', 'failed'] },
    position: { type: 'integer', description: 'bytes from which on PUT may go on; absent while somebody is at it' },
    bytes: { type: 'integer' },
    form: { type: 'string', enum: [...LOT_FORMS] },
    encoding: { type: 'string' },
    columns: { type: 'object', description: 'column → header of the file' },
    unknownColumns: { type: 'array', items: { type: 'string' } },
    row: { type: 'integer', description: 'row of the file up to which all is settled' },
    rowsRead: { type: 'integer' },
    rowsBad: { type: 'integer' },
    problems: { type: 'integer' },
    accepted: { type: 'integer', description: 'events stored' },
    duplicate: { type: 'integer', description: 'events that were stored before' },
    rowsWarned: { type: 'integer', description: 'rows whose events are stored and at odds with others' },
    warnings: {
      type: 'array',
      description: 'those of the first rows',
      items: {
        type: 'object',
        required: ['row', 'code', 'ids', 'message'],
        properties: { row: { type: 'integer', description: 'as a spreadsheet counts' }, ...WARNING_MEMBERS },
      },
    },
    failure: { type: 'string' },
    finishedAt: { type: 'string', format: 'date-time' },
  },
};
const PROBLEM_OF_ROW = {
  type: 'object',
  required: ['row', 'code', 'message'],
  properties: {
    row: { type: 'integer', description: 'as a spreadsheet counts' },
    column: { type: 'string' },
    value: { type: 'string' },
    code: { type: 'string' },
    message: { type: 'string' },
    suggestion: { type: 'string' },
  },
};
const listOf = (items: object): object => ({ type: 'object', properties: { member: { type: 'array', items } } });
const BINARY = { type: 'string', format: 'binary' };
const shared = { tag: 'Lot files' };

export const lotResources: Resource[] = [
  {
    ...shared,
    path: '/lots',
    operations: {
      GET: {
        summary: 'Uploads, the newest first',
        right: 'capture',
        answers: JSON_ANSWER,
        parameters: [...PAGING_PARAMETERS, LANGUAGE_HEADER],
        success: { status: 200, description: 'A page of uploads', schema: listOf(PROGRESS) },
        refusals: [400],
        handle: list,
      },
      POST: {
        summary: 'Uploads a CSV or XLSX file of lots; it is read behind the answer',
        right: 'capture',
        answers: JSON_ANSWER,
        parameters: OPTIONS,
        body: { description: 'The file, as the body or as the file of a form', types: BODY_TYPES, schema: BINARY },
        success: { status: 202, description: 'Received; Location tells how far it is', schema: PROGRESS },
        refusals: [409],
        handle: post,
      },
    },
  },
  {
    ...shared,
    path: '/lots/template',
    operations: {
      GET: {
        summary: 'An empty file with headers, examples and explanations',
        right: 'capture',
        answers: [XLSX, CSV],
        parameters: [
          parameter('form', 'csv or xlsx', { type: 'string', enum: [...LOT_FORMS], default: 'xlsx' }),
          parameter('lang', 'of headers and explanations', { type: 'string', enum: [...LOT_LANGUAGES] }),
        ],
        success: { status: 200, description: 'The file', schema: BINARY },
        refusals: [400],
        handle: template,
      },
    },
  },
  {
    ...shared,
    path: '/lots/{lotFileId}',
    operations: {
      GET: {
        summary: 'How far an upload is',
        right: 'capture',
        answers: JSON_ANSWER,
        parameters: [LANGUAGE_HEADER],
        success: { status: 200, description: 'The upload', schema: PROGRESS },
        refusals: [404],
        handle: async (c) => c.json(told(c, await found(c))),
      },
      PUT: {
        summary: 'Goes on with an upload: bytes behind a cut, or none where reading has stopped',
        right: 'capture',
        answers: JSON_ANSWER,
        parameters: [
          { ...parameter('position', 'bytes that came before', { type: 'integer' }), required: true },
          COMPLETE,
        ],
        body: { description: 'The bytes from there on', types: BODY_TYPES.slice(0, 3), schema: BINARY },
        success: { status: 202, description: 'Received', schema: PROGRESS },
        refusals: [404, 409],
        handle: put,
      },
      DELETE: {
        summary: 'Forgets an upload and its refused rows; what was stored stays',
        right: 'capture',
        answers: JSON_ANSWER,
        success: { status: 204, description: 'Forgotten' },
        refusals: [404, 409],
        handle: remove,
      },
    },
  },
  {
    ...shared,
    path: '/lots/{lotFileId}/problems',
    operations: {
      GET: {
        summary: 'What is wrong, by row and column, with a suggestion',
        right: 'capture',
        answers: JSON_ANSWER,
        parameters: [...PAGING_PARAMETERS, LANGUAGE_HEADER],
        success: { status: 200, description: 'A page of problems', schema: listOf(PROBLEM_OF_ROW) },
        refusals: [400, 404],
        handle: problems,
      },
    },
  },
  {
    ...shared,
    path: '/lots/{lotFileId}/rejected',
    operations: {
      GET: {
        summary: 'The refused rows as a file of the same kind, with a column of reasons',
        right: 'capture',
        answers: [CSV, XLSX],
        parameters: [LANGUAGE_HEADER],
        success: { status: 200, description: 'The file', schema: BINARY },
        refusals: [404],
        handle: rejected,
      },
    },
  },
];
