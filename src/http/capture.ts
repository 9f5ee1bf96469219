import { capture, dryRun, jobById, jobs, jobVerdicts, warnedVerdicts } from '../capture/capture.ts';
import type { Telling } from '../capture/warnings.ts';
import { AppError } from '../error.ts';
import { DOCUMENT_TYPES, documentOf, JSON_TYPES } from './body.ts';
import { collection } from './documents.ts';
import { FORM_OF } from '../epcis/index.ts';
import { WARNING_CODES } from '../trace/warning.ts';
import { FORMAT_HEADER } from './events.ts';
import {
  CAPTURE_BEHAVIOURS,
  captureBehaviour,
  epcFormat,
  IDEMPOTENCY_KEY,
  idempotencyKey,
  LANGUAGE_HEADER,
  languageOf,
  rangeHeaders,
} from './headers.ts';
import { pageOf, PAGING_PARAMETERS } from './paging.ts';
import { type Ctx, limitHeaders } from './platform.ts';
import { refusal } from './problem.ts';
import type { Parameter, Resource } from './resource.ts';

const BEHAVIOUR: Parameter = {
  name: 'GS1-Capture-Error-Behaviour',
  in: 'header',
  description: 'rollback: one faulty event and nothing is stored; proceed: the others are',
  schema: { type: 'string', enum: [...CAPTURE_BEHAVIOURS], default: CAPTURE_BEHAVIOURS[0] },
};

const DRY_RUN: Parameter = {
  name: 'dryRun',
  in: 'query',
  description: 'everything is checked and nothing stored; the answer is 200 with a verdict per event',
  schema: { type: 'boolean', default: false },
};

const JOB = {
  type: 'object',
  required: ['captureID', 'running', 'success', 'createdAt', 'captureErrorBehaviour', 'errors'],
  properties: {
    captureID: { type: 'string' },
    running: { type: 'boolean' },
    success: { type: 'boolean' },
    createdAt: { type: 'string', format: 'date-time' },
    finishedAt: { type: 'string', format: 'date-time' },
    captureErrorBehaviour: { type: 'string', enum: [...CAPTURE_BEHAVIOURS] },
    errors: { type: 'array', items: { $ref: '#/components/schemas/Problem' } },
  },
};

export const WARNING_MEMBERS = {
  code: { type: 'string', enum: [...WARNING_CODES] },
  ids: { type: 'array', items: { type: 'string' }, description: 'the first ones' },
  message: { type: 'string', description: 'in the language of Accept-Language: en or zh' },
  eventIDs: { type: 'array', items: { type: 'string' }, description: 'other events that show it' },
};

const VERDICT = {
  type: 'object',
  required: ['index', 'verdict'],
  properties: {
    index: { type: 'integer', description: 'position in the document, from 0' },
    verdict: { type: 'string', enum: ['accepted', 'duplicate', 'rejected'] },
    eventID: { type: 'string' },
    hash: { type: 'string', description: 'CBV 2.0 event hash' },
    reasons: { type: 'array', items: { type: 'string' } },
    warnings: {
      type: 'array',
      description: 'what an accepted event is at odds with by what was known when its document was committed',
      items: { type: 'object', required: ['code', 'ids', 'message'], properties: WARNING_MEMBERS },
    },
  },
};

/** How warnings are written for this client; the answer's headers say so. */
function tellingOf(c: Ctx): Telling {
  const format = epcFormat(c);
  const language = languageOf(c);
  c.header('GS1-EPC-Format', format);
  c.header('Content-Language', language);
  c.header('Vary', 'Accept-Language', { append: true });
  return { language, form: FORM_OF[format] === 'link' ? 'link' : 'urn' };
}

const WARNINGS: Parameter = {
  name: 'warnings',
  in: 'query',
  description: 'false: verdicts alone, for who reads very many',
  schema: { type: 'boolean', default: true },
};

function isAsked(c: Ctx, { name, schema }: Parameter): boolean {
  const given = c.req.query(name) ?? String(schema.default);
  if (given !== 'true' && given !== 'false')
    throw refusal('ValidationException', `parameter ${name}: "${given.slice(0, 100)}" is neither true nor false`);
  return given === 'true';
}

/** 202 and the job's address; but for large documents the job is finished by then, and what it stored can be read. */
async function post(c: Ctx): Promise<Response> {
  const { platform, principal } = c.var;
  const behaviour = captureBehaviour(c);
  const key = idempotencyKey(c);
  const dry = isAsked(c, DRY_RUN);
  const { format, source } = documentOf(c, platform.captureBytesMax);
  c.header('GS1-Capture-Error-Behaviour', behaviour);
  if (dry) return c.json(await dryRun(platform, principal!, source, { behaviour, format, ...tellingOf(c) }));
  const { job, repeated } = await capture(platform, principal!, source, { behaviour, format, idempotencyKey: key });
  c.header('Location', `${c.req.path}/${job.captureID}`);
  if (repeated) c.header('Idempotency-Replayed', 'true');
  return c.body(null, 202);
}

async function list(c: Ctx): Promise<Response> {
  const page = await pageOf(c);
  const { platform, principal } = c.var;
  const after = page.after as [number, string] | undefined;
  const { jobs: member, next } = await jobs(platform.store, principal!.tenantId, page.perPage, after);
  if (next) page.announce(next);
  return c.json(member);
}

const noJob = (captureID: string): AppError =>
  new AppError('not_found', `There is no capture job ${captureID.slice(0, 200)}.`);

async function one(c: Ctx): Promise<Response> {
  const captureID = c.req.param('captureID')!;
  const job = await jobById(c.var.platform.store, c.var.principal!.tenantId, captureID);
  if (!job) throw noJob(captureID);
  return c.json(job);
}

/** Beyond the standard: what became of each event of the document. */
async function verdicts(c: Ctx): Promise<Response> {
  const page = await pageOf(c, [WARNINGS.name]);
  const captureID = c.req.param('captureID')!;
  const { store } = c.var.platform;
  const { tenantId } = c.var.principal!;
  const from = Number(page.after?.[0] ?? 0);
  const to = from + page.perPage;
  const found = isAsked(c, WARNINGS)
    ? await warnedVerdicts(store, tenantId, captureID, [from, to], tellingOf(c))
    : await jobVerdicts(store, tenantId, captureID, from, to);
  if (!found) throw noJob(captureID);
  const next = from + found.verdicts.length;
  if (next < found.events) page.announce([next]);
  return c.json(collection(found.verdicts));
}

export const captureResources: Resource[] = [
  {
    path: '/capture',
    tag: 'Capture',
    optionsHeaders: (c) => ({
      ...rangeHeaders(true),
      ...limitHeaders(c.var.platform),
      'GS1-Capture-Error-Behaviour': CAPTURE_BEHAVIOURS.join(', '),
    }),
    operations: {
      GET: {
        summary: 'Capture jobs, newest first',
        right: 'capture',
        answers: JSON_TYPES,
        parameters: PAGING_PARAMETERS,
        success: { status: 200, description: 'A page of jobs', schema: { type: 'array', items: JOB } },
        refusals: [400],
        handle: list,
      },
      POST: {
        summary: 'Captures the events and master data of a document',
        right: 'capture',
        answers: JSON_TYPES,
        parameters: [BEHAVIOUR, IDEMPOTENCY_KEY, DRY_RUN, FORMAT_HEADER, LANGUAGE_HEADER],
        body: {
          description: 'An EPCISDocument or EPCISQueryDocument; may be compressed',
          types: DOCUMENT_TYPES,
          schema: { type: 'object' },
        },
        success: {
          status: 202,
          description: 'Location names the job, which tells what was stored. A dry run: 200 and its verdicts',
        },
        refusals: [409, 422],
        handle: post,
      },
    },
  },
  {
    path: '/capture/{captureID}',
    tag: 'Capture',
    optionsHeaders: () => rangeHeaders(true),
    operations: {
      GET: {
        summary: 'One capture job',
        right: 'capture',
        answers: JSON_TYPES,
        success: { status: 200, description: 'The job', schema: JOB },
        refusals: [404],
        handle: one,
      },
    },
  },
  {
    path: '/capture/{captureID}/events',
    tag: 'Capture',
    optionsHeaders: () => rangeHeaders(true),
    operations: {
      GET: {
        summary: 'The verdict of each event of a capture job, with warnings',
        right: 'capture',
        answers: JSON_TYPES,
        parameters: [...PAGING_PARAMETERS, WARNINGS, FORMAT_HEADER, LANGUAGE_HEADER],
        success: {
          status: 200,
          description: 'A page of verdicts in the order of the document',
          schema: { type: 'object', properties: { member: { type: 'array', items: VERDICT } } },
        },
        refusals: [400, 404, 413],
        handle: verdicts,
      },
    },
  },
];
