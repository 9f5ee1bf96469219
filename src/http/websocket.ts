// A named query told over a websocket (EPCIS 2.0 section 12.7.7): no row in the database; who comes again says from which
// recordTime on. The tenant's log is what is read, so a slow client costs no memory.
import { inFormat, nextEvents, queryDocument } from '../capture/report.ts';
import { type EpcFormat, type EventQuery, nextDue } from '../epcis/index.ts';
import { AppError } from '../error.ts';
import { refuseTooMany } from '../store/event-query.ts';
import { readHead, sizeAt } from '../store/log-head.ts';
import { BATCH_EVENTS_MAX, listenerStanding } from '../store/subscription.ts';
import { epcFormat } from './headers.ts';
import type { Ctx, Platform } from './platform.ts';
import { problemOf, refusal, unanswered } from './problem.ts';
import type { Controls } from './subscription-body.ts';

/** Sockets that are open at the same time: of one tenant, and of this process. */
const TENANT_SOCKETS_MAX = 50;
const SOCKETS_MAX = 200;
/** Other processes' commits, removed queries and revoked keys are seen so late at most. */
const POLL_MS = 500;
/** Bytes that wait to be sent; the next document is made when fewer do. */
const BUFFER_BYTES_MAX = 1024 * 1024;
/** A client that takes nothing for so long is let go. */
const DRAIN_MS_MAX = 30_000;
const DRAIN_POLL_MS = 20;

/** Why a socket is closed (RFC 6455 section 7.4). */
const CLOSES = {
  ended: [1000, 'the query was removed'],
  stopping: [1001, 'the server stops; come again'],
  revoked: [1008, 'the key opens nothing any more'],
  failed: [1011, 'the query failed; the last message says why'],
  slow: [1013, 'the client takes its messages too slowly; come again with initialRecordTime'],
} as const;

/** One open websocket, whichever runtime holds it. */
export interface Socket {
  send(text: string): void;
  /** Bytes that were sent and not yet taken. */
  buffered(): number;
  close(code: number, reason: string): void;
  /** Aborted when it is closed, by either side. */
  closed: AbortSignal;
}

/** Made by an entry that can hold sockets open. */
export interface Sockets {
  /** After the answer to this request has gone out as 101, `serve` is called; its promise never rejects. */
  accept(request: Request, serve: (socket: Socket) => Promise<void>): void;
  /** Aborted when the process stops. */
  stopping: AbortSignal;
}

export const wantsSocket = (c: Ctx): boolean => c.req.header('upgrade')?.trim().toLowerCase() === 'websocket';

/** What one socket is told. */
interface Listener {
  tenantId: string;
  keyId: string;
  queryName: string;
  query: EventQuery;
  epcFormat: EpcFormat;
  controls: Controls;
  progress: number;
}

const open = new Map<string, number>();

function enter(tenantId: string): () => void {
  const all = [...open.values()].reduce((sum, count) => sum + count, 0);
  const mine = open.get(tenantId) ?? 0;
  if (all >= SOCKETS_MAX || mine >= TENANT_SOCKETS_MAX) {
    throw new AppError('unavailable', `${mine} websockets are open, no more are taken`, {
      socketsMax: TENANT_SOCKETS_MAX,
    });
  }
  open.set(tenantId, mine + 1);
  return () => {
    const left = (open.get(tenantId) ?? 1) - 1;
    if (left > 0) open.set(tenantId, left);
    else open.delete(tenantId);
  };
}

/**
 * Answers a request to upgrade: `query` is the stored one narrowed by the URI. What is committed after this answer is
 * told, from `initialRecordTime` on what was before.
 */
export async function openSocket(
  c: Ctx,
  { queryName, query, controls }: Pick<Listener, 'queryName' | 'query' | 'controls'>,
): Promise<Response> {
  const { platform, principal } = c.var;
  const { sockets } = platform;
  if (!sockets) return unanswered('this runtime holds no websockets; subscribe by webhook instead', c.req.path);
  if (query.eventCountLimit !== undefined) {
    throw refusal('SubscriptionControlsException', 'A query with an eventCountLimit can be asked, not subscribed to.');
  }
  const { tenantId, keyId } = principal!;
  const { initialRecordTime } = controls;
  const listener: Listener = {
    tenantId,
    keyId,
    queryName,
    query: { ...query, orderDirection: 'ASC' },
    epcFormat: epcFormat(c),
    controls,
    progress:
      initialRecordTime === undefined
        ? (await readHead(platform.store, tenantId)).size
        : await sizeAt(platform.store, tenantId, initialRecordTime - 1),
  };
  delete listener.query.orderBy;
  const leave = enter(tenantId);
  sockets.accept(c.req.raw, async (socket) => {
    try {
      await serve(platform, listener, socket);
    } finally {
      leave();
    }
  });
  // an upgrade that comes to nothing ends with its connection, and is served as one that is closed already
  return c.body(null, 200, {
    'GS1-EPC-Format': listener.epcFormat,
    'GS1-Query-Min-Record-Time': new Date(initialRecordTime ?? platform.clock()).toISOString(),
  });
}

function close(socket: Socket, why: keyof typeof CLOSES): void {
  const [code, reason] = CLOSES[why];
  socket.close(code, reason);
}

/** Tells what comes until the socket closes. */
async function serve(platform: Platform, listener: Listener, socket: Socket): Promise<void> {
  const { clock, logger, live, sockets } = platform;
  const { schedule } = listener.controls;
  const { tenantId, queryName, keyId } = listener;
  const end = AbortSignal.any([socket.closed, sockets!.stopping]);
  const bell = new Bell(end);
  const unsubscribe = live?.subscribe(tenantId, () => bell.ring());
  logger.info({ tenantId, queryName, keyId }, 'a websocket was opened');
  try {
    for (let due = schedule ? nextDue(schedule, clock()) : 0; !end.aborted;) {
      const isDue = clock() >= due;
      const why = await turn(platform, listener, socket, isDue);
      if (why) return close(socket, why);
      if (schedule && isDue) due = nextDue(schedule, clock());
      await bell.wait(schedule ? Math.min(POLL_MS, Math.max(due - clock(), 0)) : POLL_MS);
    }
    if (!socket.closed.aborted) close(socket, 'stopping');
  } finally {
    unsubscribe?.();
    logger.info({ tenantId, queryName, keyId }, 'a websocket was closed');
  }
}

/** Resolves a wait at once when it rings, or has rung since the last. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  constructor(end: AbortSignal) {
    end.addEventListener('abort', () => this.ring(), { once: true });
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
    }
    this.#rung = false;
  }
}

/** Looks whether the socket may still be told, and tells it what is due; the reason to close it, if there is one. */
async function turn(
  platform: Platform,
  listener: Listener,
  socket: Socket,
  isDue: boolean,
): Promise<keyof typeof CLOSES | undefined> {
  const { store, logger } = platform;
  const { tenantId, queryName, keyId } = listener;
  try {
    const standing = await listenerStanding(store, tenantId, queryName, keyId);
    if (!standing.hasQuery) return 'ended';
    if (!standing.hasKey) return 'revoked';
    return isDue ? await tell(platform, listener, socket, standing.size) : undefined;
  } catch (error) {
    if (error instanceof AppError && (error.code === 'invalid' || error.code === 'too_large')) {
      socket.send(JSON.stringify(problemOf(error)));
      return 'failed';
    }
    // the database may come back; what was not told is still in the log
    logger.warn({ tenantId, queryName, err: error }, 'a websocket cannot be told now');
    return undefined;
  }
}

/** More events than maxEventCount are told of by a problem document instead. */
async function isTooMuch({ store }: Platform, listener: Listener, socket: Socket, upTo: number): Promise<boolean> {
  const { tenantId, query, progress } = listener;
  if (query.maxEventCount === undefined) return false;
  try {
    await refuseTooMany(store, tenantId, query, { after: progress, size: upTo }, query.maxEventCount);
    return false;
  } catch (error) {
    if (!(error instanceof AppError) || error.detail?.['rule'] !== 'QueryTooLargeException') throw error;
    socket.send(JSON.stringify(problemOf(error)));
    return true;
  }
}

async function tell(platform: Platform, listener: Listener, socket: Socket, upTo: number): Promise<'slow' | undefined> {
  const { store, gcp, clock } = platform;
  const { tenantId, queryName, query, controls } = listener;
  const isEmpty = upTo <= listener.progress;
  let told = !isEmpty && (await isTooMuch(platform, listener, socket, upTo));
  let more = !isEmpty && !told;
  while (more && !socket.closed.aborted) {
    const { progress } = listener;
    const found = await nextEvents(store, tenantId, query, { progress, upTo, batchMax: BATCH_EVENTS_MAX });
    const last = found.events.at(-1);
    if (last) {
      if (!(await drained(socket))) return 'slow';
      const events = await inFormat({ store, gcp }, tenantId, found.events, listener.epcFormat);
      socket.send(JSON.stringify(queryDocument({ queryName, events, now: clock() })));
      listener.progress = last.sequence;
      told = true;
    }
    more = found.more && last !== undefined;
  }
  if (socket.closed.aborted) return undefined;
  listener.progress = Math.max(listener.progress, upTo);
  if (!told && controls.schedule && controls.reportIfEmpty) {
    socket.send(JSON.stringify(queryDocument({ queryName, events: [], now: clock() })));
  }
  return undefined;
}

/** Waits until the client has taken enough of what was sent; false when it takes nothing. */
async function drained(socket: Socket): Promise<boolean> {
  let least = socket.buffered();
  let since = Date.now();
  while (socket.buffered() > BUFFER_BYTES_MAX && !socket.closed.aborted) {
    if (socket.buffered() < least) [least, since] = [socket.buffered(), Date.now()];
    if (Date.now() - since > DRAIN_MS_MAX) return false;
    await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
  }
  return true;
}
