import { stream } from 'hono/streaming';
import { AppError, messageOf } from '../error.ts';
import { factsOf } from '../store/facts.ts';
import { readHead, sizeAt } from '../store/log-head.ts';
import { ask, type AskedQuestion, askFull, type Asking, OPS, type Question, readQuestion } from '../trace/index.ts';
import { parseJson, readText } from './body.ts';
import type { Ctx } from './platform.ts';
import { problemOf, refusal } from './problem.ts';
import type { Parameter, Resource } from './resource.ts';
import { jsonAnswer, streamAnswer } from './trace-stream.ts';
import { WideQuestions } from './trace-wide.ts';

/** Questions of one batch, and bytes of its body. */
const QUESTIONS_MAX = 10_000;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;

const wide = new WideQuestions();

const JSON_TYPE = 'application/json';
const LINES_TYPE = 'application/x-ndjson';
/** Names under which JSON Lines travel. */
const LINES_TYPES = [LINES_TYPE, 'application/jsonl', 'application/ndjson'];

const EPC_FORMS: Record<string, NonNullable<Question['form']>> = { urn: 'urn', dl: 'link' };

const time = (name: string, description: string): Parameter => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string', format: 'date-time' },
});
const choice = (name: string, description: string, values: string[]): Parameter => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string', enum: values, default: values[0] },
});

const EPCS = choice('epcs', 'how identifiers are written', ['urn', 'dl']);
const PARAMETERS: Parameter[] = [
  time('asOf', 'what was known at this instant; default: now'),
  time('at', 'the state at this instant'),
  time('from', 'beginning of the window'),
  time('to', 'end of the window'),
  { name: 'uom', in: 'query', description: 'unit of a balance (UN/ECE)', schema: { type: 'string' } },
  choice('policy', 'what a hidden event does to the answer', ['connected', 'strict']),
  {
    name: 'hidden',
    in: 'query',
    description: 'eventIDs to leave out; repeatable',
    schema: { type: 'array', items: { type: 'string' } },
  },
  EPCS,
  choice('form', 'the full answer, or the short one of a batch', ['full', 'short']),
];
const REPEATABLE = new Set(['hidden']);
const NAMES = new Set(PARAMETERS.map(({ name }) => name));

const ANSWER = {
  type: 'object',
  properties: {
    nodes: {
      type: 'array',
      description: 'of a full answer back or forward',
      items: {
        type: 'object',
        required: ['id', 'kind', 'depth', 'confidence'],
        properties: {
          id: { type: 'string' },
          kind: { type: 'string' },
          depth: { type: 'integer', minimum: 1 },
          confidence: { type: 'string', enum: ['definite', 'possible'] },
          fraction: {
            type: ['number', 'null'],
            minimum: 0,
            maximum: 1,
            description: 'forward: share of the root in its mass, well mixed; null where the record does not say',
          },
        },
      },
    },
  },
};

/** The query parameters as members of a question; one that is unknown or given twice is refused. */
function parametersOf(c: Ctx): Record<string, string | string[]> {
  const members: Record<string, string | string[]> = {};
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (!NAMES.has(name)) throw refusal('QueryParameterException', `There is no parameter ${name.slice(0, 200)} here.`);
    if (!REPEATABLE.has(name) && values.length > 1)
      throw refusal('QueryParameterException', `The parameter ${name} is given twice.`);
    members[name] = REPEATABLE.has(name) ? values : values[0]!;
  }
  return members;
}

function oneOf(name: string, value: unknown, values: string[]): string {
  if (value === undefined) return values[0]!;
  if (typeof value !== 'string' || !values.includes(value))
    throw refusal('QueryParameterException', `${name} must be ${values.join(' or ')}.`);
  return value;
}

/** A question's refusal is about a parameter, whichever door it came through. */
function questionOf(value: unknown): AskedQuestion {
  try {
    return readQuestion(value);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    throw refusal('QueryParameterException', messageOf(error), error.detail);
  }
}

/** Now, as the log has it: what is committed already is always known, whatever this machine's clock says. */
const nowOf = async ({ var: { platform, principal } }: Ctx): Promise<number> =>
  Math.max(platform.clock(), (await readHead(platform.store, principal!.tenantId)).recordTime);

async function one(c: Ctx): Promise<Response> {
  const { epcs, form, ...members } = parametersOf(c);
  const shape = oneOf('form', form, ['full', 'short']);
  const spelling = EPC_FORMS[oneOf('epcs', epcs, ['urn', 'dl'])]!;
  const op = c.req.param('op')!;
  if (!OPS.some((known) => known === op))
    throw new AppError('not_found', `There is no question ${op.slice(0, 200)}; there are: ${OPS.join(', ')}.`);
  const { asOf = await nowOf(c), ...question } = questionOf({ ...members, op, of: c.req.param('id') });
  const asked = { ...question, form: spelling };
  const { store } = c.var.platform;
  const { tenantId } = c.var.principal!;
  const work = async (asking: Asking): Promise<object> => {
    const size = await sizeAt(store, tenantId, asOf);
    return wide.do<object>(factsOf(store, tenantId, asOf, asking.signal), asking.signal, (facts) =>
      shape === 'short' ? ask(facts, asked, asking) : askFull(facts, asked, { asOf, size }, asking),
    );
  };
  if (c.var.mediaType === LINES_TYPE) {
    return streamAnswer(c, { op, of: c.req.param('id'), ...members, asOf: new Date(asOf).toISOString() }, work);
  }
  return jsonAnswer(c, await work({ signal: c.req.raw.signal }));
}

/** The questions of a batch: a JSON array, or one JSON object a line. All are read before the first is answered. */
function questionsOf(text: string, type: string): AskedQuestion[] {
  const isArray = type.startsWith(JSON_TYPE);
  const values = isArray ? parseJson(text) : text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line]));
  if (!Array.isArray(values)) throw refusal('ValidationException', 'A batch in JSON is an array of questions.');
  if (values.length > QUESTIONS_MAX)
    throw refusal('QueryTooLargeException', `A batch has at most ${QUESTIONS_MAX} questions.`, {
      questionsMax: QUESTIONS_MAX,
    });
  return values.map((value: unknown, index) => {
    try {
      return questionOf(isArray ? value : parseJson(value as string));
    } catch (error) {
      throw refusal('QueryParameterException', `question ${index}: ${messageOf(error)}`, { index });
    }
  });
}

/** One line an answer, in the order of the questions, all as known at one instant unless they name their own. */
async function batch(c: Ctx): Promise<Response> {
  const { epcs, ...others } = parametersOf(c);
  if (Object.keys(others).length > 0)
    throw refusal(
      'QueryParameterException',
      `A batch takes epcs alone; each question names its own ${Object.keys(others)[0]}.`,
    );
  const form = EPC_FORMS[oneOf('epcs', epcs, ['urn', 'dl'])]!;
  const text = await readText(c, { bytesMax: BATCH_BYTES_MAX }, [JSON_TYPE, ...LINES_TYPES]);
  const questions = questionsOf(text, c.req.header('content-type') ?? '');
  const now = await nowOf(c);
  const { store, logger } = c.var.platform;
  const { tenantId } = c.var.principal!;
  c.header('Content-Type', LINES_TYPE);
  return stream(c, async (out) => {
    for (const { id, asOf = now, ...question } of questions) {
      if (out.aborted) return;
      const named = { ...(id !== undefined && { id }), op: question.op, of: question.of };
      try {
        const { signal } = c.req.raw;
        const answer = await wide.do(factsOf(store, tenantId, asOf, signal), signal, (facts) =>
          ask(facts, { ...question, form }, { signal }),
        );
        await out.write(`${JSON.stringify({ ...named, ...answer })}\n`);
      } catch (error) {
        // the status is sent already: the line itself has to say so
        logger.error({ requestId: c.var.requestId, err: error }, 'a question of a batch failed');
        await out.write(`${JSON.stringify({ ...named, error: problemOf(error) })}\n`);
      }
    }
  });
}

export const traceResources: Resource[] = [
  {
    path: '/trace/{op}/{id}',
    tag: 'Trace',
    operations: {
      GET: {
        summary: `Where something came from or went; op is ${OPS.join(', ')}`,
        right: 'trace',
        answers: [JSON_TYPE, LINES_TYPE],
        parameters: PARAMETERS,
        success: { status: 200, description: 'The answer (docs/trace.md)', schema: ANSWER },
        refusals: [400, 404, 413],
        handle: one,
      },
    },
  },
  {
    path: '/trace',
    tag: 'Trace',
    operations: {
      POST: {
        summary: 'Answers many questions, one line each',
        right: 'trace',
        answers: LINES_TYPES,
        parameters: [EPCS],
        body: {
          description: 'One question a line, or an array of questions',
          types: [LINES_TYPE, JSON_TYPE],
          schema: { type: 'object' },
        },
        success: { status: 200, description: 'One answer in short form a line', schema: { type: 'object' } },
        handle: batch,
      },
    },
  },
];
