// One answer as a stream of lines: a long list is read while it is still being sent, and a long question is seen to go on.
import type { Asking, Progress } from '../trace/index.ts';
import { Turns } from '../trace/turns.ts';
import type { Ctx } from './platform.ts';
import { problemOf } from './problem.ts';

/** While a question is worked on, a line tells of it so often. */
const PROGRESS_MS = 100;
/** Lines are handed on in pieces of about so many characters. */
const PIECE_CHARACTERS = 64 * 1024;

/** Members of an answer whose items stand on lines of their own. */
const LISTS = [
  'origins',
  'upstream',
  'affected',
  'possible',
  'events',
  'contents',
  'nodes',
  'edges',
  'carriers',
  'gaps',
  'excluded',
];

const lineOf = (line: object): string => `${JSON.stringify(line)}\n`;

/**
 * `{"nodes": {…}}` for each item of each list, in order, then `{"answer": …, "lists": {"nodes": 10020, …}}` with all the
 * rest and the lengths of the lists: who has it has everything.
 */
function* linesOf(answer: object): Generator<string> {
  const rest: Record<string, unknown> = {};
  const lists: Record<string, number> = {};
  for (const [name, value] of Object.entries(answer)) {
    if (!LISTS.includes(name) || !Array.isArray(value)) {
      rest[name] = value;
      continue;
    }
    lists[name] = value.length;
    for (const item of value as unknown[]) yield lineOf({ [name]: item });
  }
  yield lineOf({ answer: rest, lists });
}

/** Items of an answer that are written as JSON in one go; of more the text comes in pieces. */
const ITEMS_AT_ONCE_MAX = 5_000;

/** An answer as the text of one JSON object, list by list and item by item. */
function* textOf(answer: object): Generator<string> {
  let before = '{';
  for (const [name, value] of Object.entries(answer)) {
    if (value === undefined) continue;
    yield `${before}${JSON.stringify(name)}:`;
    before = ',';
    if (!Array.isArray(value)) {
      yield JSON.stringify(value);
      continue;
    }
    yield '[';
    for (const [i, item] of value.entries()) yield (i > 0 ? ',' : '') + JSON.stringify(item);
    yield ']';
  }
  yield before === '{' ? '{}' : '}';
}

/** `texts` in pieces of some size; others have their turns in between. */
async function* inPieces(texts: Iterable<string>): AsyncGenerator<string> {
  const turns = new Turns();
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    await turns.pass();
    piece = '';
  }
  yield piece;
}

/** An answer as JSON: a long one is written while it is sent, so that it is never there as one text as well. */
export function jsonAnswer(c: Ctx, answer: object): Response {
  const items = Object.values(answer).reduce<number>((n, list) => n + (Array.isArray(list) ? list.length : 0), 0);
  if (items <= ITEMS_AT_ONCE_MAX) return c.json(answer);
  const pieces = inPieces(textOf(answer));
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
  return c.body(body, 200, { 'Content-Type': 'application/json' });
}

/** Resolves to true when `work` has ended, to false when it goes on after `ms`. */
async function endsWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const waited = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  const ended = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([ended, waited]);
  } finally {
    clearTimeout(timer);
  }
}

/** The lines of a question that is being worked on, some together. */
async function* piecesOf(question: object, work: Promise<object>, progress: () => Progress): AsyncGenerator<string> {
  yield lineOf({ question });
  while (!(await endsWithin(work, PROGRESS_MS))) yield lineOf({ progress: progress() });
  yield* inPieces(linesOf(await work));
}

/**
 * Streams `{"question": …}` at once, `{"progress": …}` while `work` goes on, then its answer. When the client goes away
 * the work's signal is aborted, and nothing more is loaded. What fails after the first line is told by a last line
 * `{"error": …}` with a problem document: the status is sent already.
 */
export function streamAnswer(c: Ctx, question: object, work: (asking: Asking) => Promise<object>): Response {
  const gone = new AbortController();
  let reached: Progress = { events: 0, identifiers: 0, nodes: 0 };
  const working = work({ signal: gone.signal, progress: (progress) => (reached = progress) });
  working.catch(() => {}); // told by the line of its error
  const pieces = piecesOf(question, working, () => reached);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        if (gone.signal.aborted) return;
        c.var.platform.logger.error({ requestId: c.var.requestId, err: error }, 'a trace broke off');
        controller.enqueue(encoder.encode(lineOf({ error: problemOf(error, c.req.path) })));
        controller.close();
      }
    },
    cancel() {
      gone.abort();
    },
  });
  return c.body(body, 200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' });
}
