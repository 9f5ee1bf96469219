import type { Logger } from 'pino';
import { messageOf } from '../src/error.ts';
import type { Alarms } from './alarm.ts';
import { Backoff, pause } from './backoff.ts';
import type { EndpointConfig } from './config.ts';
import type { Outcome, Spool, SpooledEvent } from './spool.ts';
import { documentOf } from './to-event.ts';

const RETRY_FIRST_MS = 250;
const RETRY_MS_MAX = 10_000;
/** A refusal that only a person can end: asked again this often. */
const REFUSED_FIRST_MS = 5000;
const REFUSED_MS_MAX = 60_000;
const RETRY_AFTER_MS_MAX = 5 * 60_000;
const ANSWER_MS_MAX = 30_000;
/** A capture job that has no verdict after this long is asked for by sending its events again. */
const JOB_MS_MAX = 5 * 60_000;
const JOB_POLL_FIRST_MS = 100;
const JOB_POLL_MS_MAX = 2000;
const DOCUMENT_BYTES_MAX = 2 * 1024 * 1024;
const ANSWER_BYTES_MAX = 64 * 1024;
const REASON_LENGTH_MAX = 2000;
/** Failures in a row after which the next address of a failover list is tried. */
const FAILOVER_TRIES = 3;
/** While another address serves, the first one is tried again this often. */
const FAILBACK_MS = 60_000;

type Target = EndpointConfig['targets'][number];

/** What an answer means for the batch that was sent. */
type Final = { kind: 'taken' } | { kind: 'large' | 'bad'; status: number; reason: string };
type Later =
  | { kind: 'again'; reason: string; afterMs?: number | undefined }
  | { kind: 'unauthorised' | 'refused'; reason: string };
type Verdict = Final | Later;

const isFinal = (verdict: Verdict): verdict is Final =>
  verdict.kind === 'taken' || verdict.kind === 'large' || verdict.kind === 'bad';

/** Statuses that judge the events themselves; all others below 500 judge the sender or the address. */
const KIND_OF_STATUS: Record<number, Exclude<Verdict['kind'], 'taken'>> = {
  400: 'bad', 409: 'bad', 422: 'bad', 413: 'large', 401: 'unauthorised', 403: 'unauthorised',
  408: 'again', 425: 'again', 429: 'again',
}; // prettier-ignore

/** Counters of the uplink. */
export interface UplinkCounts {
  sent: number;
  dead: number;
  retries: number;
}

function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) && ms >= 0 ? Math.min(ms, RETRY_AFTER_MS_MAX) : undefined;
}

/** The start of an answer's body; the rest is not read. */
async function bodyStart(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

interface Job {
  running?: boolean;
  success?: boolean;
  errors?: { type?: string; title?: string; status?: number }[];
}

/** What is no job resource says nothing, so that the 2xx before it stands. */
function jobOf(body: string): Job {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** A capture job that failed through a fault of the server says nothing about its events. */
function jobVerdict(job: Job): Verdict | undefined {
  if (job.running === true) return undefined;
  if (job.success !== false) return { kind: 'taken' };
  const errors = job.errors ?? [];
  const reason = JSON.stringify(errors).slice(0, REASON_LENGTH_MAX);
  const ours = errors.every((e) => !(Number(e.status) >= 500) && !/ImplementationException/.test(e.type ?? ''));
  return ours ? { kind: 'bad', status: 422, reason } : { kind: 'again', reason: `capture job failed: ${reason}` };
}

/**
 * Sends what is in the spool, oldest first, to the capture endpoint, until it is taken: at least once, in order,
 * the same text each time (llrp specification, section 5). A batch leaves the spool only after a 2xx.
 */
export class Uplink {
  readonly counts: UplinkCounts = { sent: 0, dead: 0, retries: 0 };
  readonly #config: EndpointConfig;
  readonly #spool: Spool;
  readonly #alarms: Alarms;
  readonly #logger: Logger;
  readonly #onRoom: () => void;
  readonly #stop = new AbortController();
  readonly #backoff = new Backoff(RETRY_FIRST_MS, RETRY_MS_MAX);
  readonly #refusals = new Backoff(REFUSED_FIRST_MS, REFUSED_MS_MAX);
  /** The last event delivered or buried; what is up to it may be taken out. */
  #through = 0;
  #unremoved = false;
  #batch: number;
  /** Which of the addresses serves, failures of it in a row, and when the first one was tried last. */
  #serving = 0;
  #failures = 0;
  #firstTriedAt = 0;
  /** With a rate limit: when the next batch may go. */
  #nextAt = 0;
  #wake: () => void = () => {};
  #running: Promise<void> = Promise.resolve();

  /** `onRoom` is called whenever events have left the spool. */
  constructor(config: EndpointConfig, spool: Spool, alarms: Alarms, logger: Logger, onRoom: () => void) {
    this.#config = config;
    this.#spool = spool;
    this.#alarms = alarms;
    this.#logger = logger;
    this.#onRoom = onRoom;
    this.#batch = this.#batchMax;
    this.#through = spool.through(config.name);
  }

  get name(): string {
    return this.#config.name;
  }
  /** The address that serves now. */
  get url(): string {
    return this.#config.targets[this.#serving]!.url;
  }

  /** With a rate limit no batch is more than one second's worth. */
  get #batchMax(): number {
    const { batch, maxEventsPerSecond = Infinity } = this.#config;
    return Math.max(1, Math.min(batch, Math.floor(maxEventsPerSecond)));
  }

  start(): void {
    this.#running = this.#run();
  }

  /** To be called when something was committed. */
  notify(): void {
    this.#wake();
  }

  /** Goes on sending for at most `ms`, then gives up the request under way; what is left stays in the spool. */
  async stop(ms: number): Promise<void> {
    const deadline = Date.now() + ms;
    while (this.#spool.waiting(this.name) > 0 && Date.now() < deadline && this.counts.retries === this.#retriesSeen) {
      await pause(20, this.#stop.signal);
    }
    this.#stop.abort();
    this.#wake();
    await this.#running;
  }
  /** Retries at the last success: while it differs, the endpoint is in trouble and a stop does not wait for it. */
  #retriesSeen = 0;

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const events = this.#spool.oldest(this.#through, this.#batch, DOCUMENT_BYTES_MAX);
      if (!events.length) await this.#idle();
      else if (Date.now() < this.#nextAt) await pause(this.#nextAt - Date.now(), this.#stop.signal);
      else await this.#deliver(events);
    }
  }

  /** Until there is something to do: more to send, or the removal of what was sent. */
  async #idle(): Promise<void> {
    const removal = this.#unremoved ? setTimeout(() => this.#wake(), RETRY_MS_MAX) : undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#stop.signal.aborted) resolve();
    });
    clearTimeout(removal);
    this.#wake = () => {};
    if (this.#unremoved) this.#unremoved = !this.#spool.removeThrough(this.#through, this.name).ok;
  }

  /** Delivers events in order; a batch that is too large or holds bad events is halved until they stand alone. */
  async #deliver(events: SpooledEvent[]): Promise<void> {
    const parts = [events];
    for (let part = parts.shift(); part; part = parts.shift()) {
      const verdict = await this.#post(part);
      if (!verdict) return; // stopped
      if (verdict.kind === 'taken') this.#taken(part);
      else if (part.length === 1) await this.#bury(part[0]!, verdict);
      else {
        const half = Math.ceil(part.length / 2);
        if (verdict.kind === 'large') this.#batch = half;
        parts.unshift(part.slice(0, half), part.slice(half));
      }
    }
  }

  #taken(events: SpooledEvent[]): void {
    this.counts.sent += events.length;
    this.#retriesSeen = this.counts.retries;
    // After a 413 the batch grows back by one eighth a success, so that one huge event does not slow all that follow.
    this.#batch = Math.min(this.#batchMax, this.#batch + Math.ceil(this.#batch / 8));
    const { maxEventsPerSecond } = this.#config;
    if (maxEventsPerSecond) this.#nextAt = Date.now() + (1000 * events.length) / maxEventsPerSecond;
    this.#through = events.at(-1)!.sequence;
    const outcome = this.#spool.removeThrough(this.#through, this.name);
    // On a full disk the events stay a while longer; they are behind `#through` and are not sent again.
    if (!outcome.ok)
      this.#logger.warn({ reason: outcome.reason }, 'sent events could not be taken out of the spool yet');
    this.#unremoved = !outcome.ok;
    this.#onRoom();
  }

  async #bury(event: SpooledEvent, verdict: { status: number; reason: string }): Promise<void> {
    const bury = (): Outcome => this.#spool.bury(event, verdict.status, verdict.reason, Date.now(), this.name);
    let outcome = bury();
    while (!outcome.ok && !this.#stop.signal.aborted) {
      this.#logger.error({ reason: outcome.reason }, 'a refused event could not be moved to the dead letters yet');
      await pause(this.#backoff.next(), this.#stop.signal);
      outcome = bury();
    }
    if (!outcome.ok) return;
    this.counts.dead++;
    this.#retriesSeen = this.counts.retries;
    this.#through = event.sequence;
    this.#alarms.raise('dead-letters', 'the server refused events for good; they are kept as dead letters');
    this.#logger.error({ eventID: event.eventId, status: verdict.status, reason: verdict.reason }, 'event refused');
    this.#onRoom();
  }

  /** Sends one document until there is a verdict on it; undefined when stopped. */
  async #post(events: SpooledEvent[]): Promise<Final | undefined> {
    const document = documentOf(events);
    while (!this.#stop.signal.aborted) {
      const target = this.#target();
      const verdict = await this.#attempt(document, this.#config.targets[target]!);
      if (this.#stop.signal.aborted && verdict.kind !== 'taken') return undefined;
      if (isFinal(verdict)) {
        this.#serving = target;
        this.#backoff.reset();
        this.#refusals.reset();
        this.#failures = 0;
        this.#alarms.clear(`endpoint-unauthorised:${this.name}`);
        this.#alarms.clear(`endpoint-refuses:${this.name}`);
        return verdict;
      }
      if (target === this.#serving) this.#failed();
      await this.#wait(verdict, events.length);
    }
    return undefined;
  }

  /** Index of the address for the next attempt: now and then the first one, to see whether it is back. */
  #target(): number {
    if (this.#serving === 0 || Date.now() - this.#firstTriedAt < FAILBACK_MS) return this.#serving;
    this.#firstTriedAt = Date.now();
    return 0;
  }

  #failed(): void {
    if (++this.#failures < FAILOVER_TRIES || this.#config.targets.length === 1) return;
    if (this.#serving === 0) this.#firstTriedAt = Date.now();
    this.#serving = (this.#serving + 1) % this.#config.targets.length;
    this.#failures = 0;
    this.#logger.warn({ url: this.url }, 'capture goes to another address');
  }

  async #wait(verdict: Later, events: number): Promise<void> {
    this.counts.retries++;
    const again = verdict.kind === 'again';
    if (!again)
      this.#alarms.raise(
        `endpoint-${verdict.kind === 'refused' ? 'refuses' : 'unauthorised'}:${this.name}`,
        verdict.reason,
      );
    const waitMs = again ? (verdict.afterMs ?? this.#backoff.next()) : REFUSED_FIRST_MS / 2 + this.#refusals.next();
    this.#logger.warn({ reason: verdict.reason, waitMs: Math.round(waitMs), events }, 'capture will be tried again');
    await pause(waitMs, this.#stop.signal);
  }

  async #fetch(url: string, { key: secret }: Target, init: RequestInit): Promise<Response> {
    const headers = { 'GS1-EPCIS-Version': '2.0.0', ...(init.headers as Record<string, string> | undefined) };
    const key = secret === undefined ? {} : { Authorization: `Bearer ${secret}` };
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
    return await fetch(url, { ...init, headers: { ...headers, ...key }, signal, redirect: 'manual' });
  }

  async #attempt(document: string, target: Target): Promise<Verdict> {
    try {
      const response = await this.#fetch(target.url, target, {
        method: 'POST',
        body: document,
        // All or nothing, so that a failure leaves nothing behind and halving finds the bad event.
        headers: { 'Content-Type': 'application/json', 'GS1-Capture-Error-Behaviour': 'rollback' },
      });
      const body = await bodyStart(response);
      const location = response.headers.get('location');
      if (response.status === 202 && location !== null) return await this.#follow(location, target);
      return statusVerdict(response, body);
    } catch (error) {
      return { kind: 'again', reason: causeOf(error) };
    }
  }

  /** Asks for a capture job until it is done. The key goes to the capture endpoint's own origin only. */
  async #follow(location: string, target: Target): Promise<Verdict> {
    const url = new URL(location, target.url);
    if (url.origin !== new URL(target.url).origin) {
      this.#logger.warn({ location }, 'the capture job lies on another server; its verdict is not asked for');
      return { kind: 'taken' };
    }
    const deadline = Date.now() + JOB_MS_MAX;
    const polls = new Backoff(JOB_POLL_FIRST_MS, JOB_POLL_MS_MAX);
    let trouble = 'the capture job did not end';
    while (Date.now() < deadline && !this.#stop.signal.aborted) {
      const answer = await this.#job(url.href, target);
      if (typeof answer !== 'string') return answer;
      trouble = answer;
      await pause(polls.next(), this.#stop.signal);
    }
    return { kind: 'again', reason: trouble };
  }

  /** A verdict, or why there is none yet. */
  async #job(url: string, target: Target): Promise<Verdict | string> {
    try {
      const response = await this.#fetch(url, target, { headers: { Accept: 'application/json' } });
      const body = await bodyStart(response);
      if (response.status >= 500 || KIND_OF_STATUS[response.status] === 'again')
        return `capture job: ${response.status}`;
      if (!response.ok) {
        // The batch was taken with a 2xx; a server that does not show its jobs gives no other verdict.
        this.#logger.warn({ status: response.status, url }, 'the capture job cannot be read');
        return { kind: 'taken' };
      }
      return jobVerdict(jobOf(body)) ?? 'the capture job is still running';
    } catch (error) {
      return `capture job: ${causeOf(error)}`;
    }
  }
}

function statusVerdict(response: Response, body: string): Verdict {
  const { status } = response;
  if (response.ok) return { kind: 'taken' };
  const reason = `${status} ${body.trim().slice(0, REASON_LENGTH_MAX)}`.trim();
  const kind = KIND_OF_STATUS[status] ?? (status >= 500 ? 'again' : 'refused');
  if (kind === 'again') return { kind, reason, afterMs: retryAfterMs(response.headers.get('retry-after'), Date.now()) };
  if (kind === 'bad' || kind === 'large') return { kind, status, reason };
  return { kind, reason };
}

/** fetch hides what happened in `cause`. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return messageOf(cause) || ((cause as { code?: string }).code ?? 'no answer');
}
