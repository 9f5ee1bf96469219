// Tells subscribers of new events. The tenant's log is the outbox: what lies between a subscriber's place and the log's
// end is committed and stays, so nothing is lost by a crash and nothing is told that was rolled back (docs/decisions/0005).
import { seal, unseal } from '../access/seal.ts';
import { AppError, messageOf } from '../error.ts';
import {
  type EventQuery,
  exceptionDocument,
  nextDue,
  SOAP_EXCEPTIONS,
  writeXmlResults,
  type XmlVersion,
} from '../epcis/index.ts';
import type { GcpKnowledge } from '../gs1/index.ts';
import { findQuery } from '../store/named-query.ts';
import type { Store } from '../store/open.ts';
import { STATEMENT_MS_MAX } from '../store/sql.ts';
import {
  acknowledge,
  type Claimed,
  claimDue,
  fail,
  finish,
  renew,
  shrinkBatch,
  tenantsDue,
} from '../store/subscription.ts';
import { refuseTooMany } from '../store/event-query.ts';
import { listAlerts } from '../store/recall-alert.ts';
import { onCommit } from './queue.ts';
import { inFormat, nextEvents, queryDocument, standingQuery } from './report.ts';
import { call, CALL_MS_MAX, checkDest, destOf, type Reach, signatureOf } from './webhook.ts';
import { Rest } from './rest.ts';

/** Other processes' commits, and schedules, are seen so late at most. */
const POLL_MS = 500;
/** Subscribers that are told at the same time: of one tenant, and of all. */
const TENANT_CALLS_MAX = 8;
const CALLS_MAX = 32;
const TENANTS_MAX = 100;
/** A process that vanished keeps its subscribers from others so long: before a call, and around one. */
const CLAIM_MS = STATEMENT_MS_MAX + 15_000;
const CALL_LEASE_MS = 2 * CALL_MS_MAX;
/** The pause after a failure is drawn from 0 to this, doubled at each further one up to the longest. */
const PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 3_600_000;
/** So many in a row, ten hours or so, and no further call is made. */
const FAILURES_MAX = 30;
const REASON_CHARACTERS_MAX = 500;

const PAYLOAD_TOO_LARGE = 413;

/** What delivering needs of the platform. */
export interface DeliverPlatform {
  store: Store;
  /** Milliseconds since 1970. */
  clock: () => number;
  logger: Record<'info' | 'warn' | 'error', (fields: Record<string, unknown>, message: string) => void>;
  gcp?: GcpKnowledge;
  reach: Reach;
  /** What signatureTokens are sealed under; absent: none is taken. */
  secretKey?: Uint8Array;
  /** A failure of the query as a problem document (RFC 7807). */
  problemOf: (error: unknown) => { type: string; detail: string };
  /** For tests. */
  pauseMs?: number;
  failuresMax?: number;
}

/** Where a subscription's secret belongs to; a seal opens nowhere else. */
const secretPlace = (tenantId: string, subscriptionID: string): string => `subscription/${tenantId}/${subscriptionID}`;

/** The receiver did not take a call. */
class Refused extends Error {}
/** The subscription can never be told as it is. */
class Hopeless extends Error {}

const JSON_TYPE = 'application/json';
const XML_TYPE = 'text/xml; charset=utf-8';
const PROBLEM_TYPE = 'application/problem+json';

const xmlVersion = ({ form }: Claimed): XmlVersion | undefined =>
  form === 'xml-1.2' ? '1.2' : form === 'xml-2.0' ? '2.0' : undefined;
const typeOf = (claimed: Claimed): string => (xmlVersion(claimed) ? XML_TYPE : JSON_TYPE);
const cbvOf = (version: XmlVersion): 'urn' | 'web' => (version === '1.2' ? 'urn' : 'web');

/** Delivers until it is stopped; `wake` when there may be something new to tell. */
export class Delivery {
  readonly #platform: DeliverPlatform;
  /** Subscribers that are being told, by tenant. */
  readonly #running = new Map<string, number>();
  readonly #deliveries = new Set<Promise<void>>();
  readonly #loop: Promise<void>;
  readonly #unsubscribe: () => void;
  /** Calls by what came of them: taken (2xx), refused, or not answered. */
  readonly counts = { taken: 0, refused: 0, unanswered: 0 };
  #eventsTaken = 0;
  readonly #rest = new Rest(POLL_MS);
  #stopping = false;

  constructor(platform: DeliverPlatform) {
    this.#platform = platform;
    this.#unsubscribe = onCommit(platform.store, () => this.wake());
    this.#loop = this.#run();
  }

  get eventsTaken(): number {
    return this.#eventsTaken;
  }

  wake(): void {
    this.#rest.wake();
  }

  /** A destination that may be called; throws AppError `invalid` (InvalidURIException). */
  async destination(asked: unknown): Promise<URL> {
    const { reach } = this.#platform;
    const url = destOf(asked, reach);
    await checkDest(url, reach);
    return url;
  }

  /** A signatureToken as it is stored; undefined where the platform has no key to keep it under. */
  sealed(tenantId: string, subscriptionID: string, token: string): Uint8Array | undefined {
    const { secretKey } = this.#platform;
    return secretKey && seal(secretKey, secretPlace(tenantId, subscriptionID), token);
  }

  /** Begins no call any more, waits for those under way (CALL_MS_MAX at most), and gives back what it had claimed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#unsubscribe();
    this.wake();
    await this.#loop;
    await Promise.all(this.#deliveries);
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#rest.begin();
      try {
        await this.#claim();
      } catch (error) {
        this.#platform.logger.warn({ err: error }, 'subscriptions that are due cannot be read');
      }
      await this.#rest.taken();
    }
  }

  async #claim(): Promise<void> {
    const { store } = this.#platform;
    if (this.#deliveries.size >= CALLS_MAX) return;
    for (const tenantId of await tenantsDue(store, TENANTS_MAX)) {
      const room = Math.min(TENANT_CALLS_MAX - (this.#running.get(tenantId) ?? 0), CALLS_MAX - this.#deliveries.size);
      if (room <= 0) continue;
      for (const claimed of await claimDue(store, tenantId, room, CLAIM_MS)) this.#start(claimed);
    }
  }

  #start(claimed: Claimed): void {
    const { tenantId } = claimed;
    const count = (change: number): void => {
      const running = (this.#running.get(tenantId) ?? 0) + change;
      if (running > 0) this.#running.set(tenantId, running);
      else this.#running.delete(tenantId);
    };
    count(1);
    const delivery = this.#deliver(claimed).finally(() => {
      count(-1);
      this.#deliveries.delete(delivery);
      // the log may have gone on meanwhile
      this.wake();
    });
    this.#deliveries.add(delivery);
  }

  async #deliver(claimed: Claimed): Promise<void> {
    try {
      await this.#tell(claimed);
    } catch (error) {
      try {
        await this.#failed(claimed, error);
      } catch (cause) {
        // the lease runs out, and then it is tried again
        this.#platform.logger.warn({ ...namesOf(claimed), err: cause }, 'a delivery cannot be recorded');
      }
    }
  }

  /** Tells the whole stretch, page by page. */
  async #tell(claimed: Claimed): Promise<void> {
    const { store } = this.#platform;
    const pageFrom = await this.#pagesOf(claimed);
    if (!pageFrom) return;
    let { progress, batchMax } = claimed;
    let notified = false;
    for (;;) {
      if (this.#stopping) return void (await fail(store, claimed, NOTHING_FAILED));
      const { count, last, more, body } = await pageFrom(progress, batchMax);
      const isReport = count > 0 || (claimed.schedule && claimed.reportIfEmpty && !notified);
      if (isReport) {
        const status = await this.#call(claimed, await body(), typeOf(claimed), count);
        if (status === PAYLOAD_TOO_LARGE && count > 1) {
          batchMax = Math.ceil(count / 2);
          await shrinkBatch(store, claimed, batchMax);
          continue;
        }
        if (!isTaken(status)) throw new Refused(answered(status));
        notified = true;
      }
      if (!more || !last) return void (await this.#finish(claimed, notified));
      progress = last.sequence;
      if (!(await acknowledge(store, claimed, { ...last, leaseMs: CLAIM_MS }))) return;
    }
  }

  /** What is told, from behind a place on; undefined where there is nothing to tell. */
  async #pagesOf(claimed: Claimed): Promise<((progress: number, batchMax: number) => Promise<Page>) | undefined> {
    const { store } = this.#platform;
    const { tenantId, upTo } = claimed;
    if (claimed.form === 'alerts') return (progress, batchMax) => this.#alertsOf(claimed, progress, batchMax);
    const query = await this.#queryOf(claimed);
    if (!query) return undefined;
    if (await this.#isTooMuch(claimed, query)) return void (await this.#finish(claimed, true));
    return async (progress, batchMax) => {
      const { events, more } = await this.#ask(claimed, () =>
        nextEvents(store, tenantId, query, { progress, upTo, batchMax }),
      );
      const last = events.at(-1);
      const body = (): Promise<Uint8Array> => this.#ask(claimed, () => this.#bodyOf(claimed, events));
      return { count: events.length, more, last, body };
    };
  }

  async #alertsOf({ tenantId, subscriptionID, upTo }: Claimed, progress: number, batchMax: number): Promise<Page> {
    const limit = Math.min(batchMax, upTo - progress);
    const alerts = limit > 0 ? await listAlerts(this.#platform.store, tenantId, progress, limit) : [];
    const last = alerts.at(-1);
    return {
      count: alerts.length,
      more: last !== undefined && last.number < upTo,
      last: last && { sequence: last.number, recordTime: Date.parse(last.raisedAt) },
      body: () => Promise.resolve(Buffer.from(JSON.stringify({ type: 'RecallAlerts', subscriptionID, alerts }))),
    };
  }

  /** More events than maxEventCount are told of by a problem document instead, and the subscriber asks for them itself. */
  async #isTooMuch(claimed: Claimed, query: EventQuery): Promise<boolean> {
    const { maxEventCount } = query;
    const { tenantId, progress: after, upTo: size } = claimed;
    if (maxEventCount === undefined || after >= size) return false;
    try {
      await refuseTooMany(this.#platform.store, tenantId, query, { after, size }, maxEventCount);
      return false;
    } catch (error) {
      if (!(error instanceof AppError) || error.detail?.['rule'] !== 'QueryTooLargeException') throw error;
      const status = await this.#callProblem(claimed, error);
      if (!isTaken(status)) throw new Refused(answered(status));
      return true;
    }
  }

  #finish(claimed: Claimed, notified: boolean): Promise<boolean> {
    const { schedule, headRecordTime: recordTime, now } = claimed;
    return finish(this.#platform.store, claimed, {
      recordTime,
      notified,
      ...(schedule && { dueAt: nextDue(schedule, now) }),
    });
  }

  /** Undefined when the query was removed, and the subscription with it. */
  async #queryOf(claimed: Claimed): Promise<EventQuery | undefined> {
    const { queryName, query, initialRecordTime, createdAt } = claimed;
    const named = queryName === undefined ? { query: query ?? {}, prefixes: {} } : undefined;
    const found = named ?? (await findQuery(this.#platform.store, claimed.tenantId, queryName!));
    if (!found) return undefined;
    const standing = await this.#ask(claimed, () => Promise.resolve(standingQuery(found)));
    if (initialRecordTime <= createdAt) return standing;
    const parameter = 'GE_recordTime';
    const later = { parameter, field: 'recordTime' as const, op: 'GE' as const, values: [initialRecordTime] };
    return { ...standing, conditions: [...standing.conditions, later] };
  }

  /** A query that fails is told as a problem document, once for each time that it is tried. */
  async #ask<T>(claimed: Claimed, question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      const ours = !(error instanceof AppError) || error.code === 'unavailable';
      // whether it is taken or not, the failure of the query is what is recorded
      if (!ours) await this.#callProblem(claimed, error).catch(() => {});
      throw error;
    }
  }

  /** A problem document; over SOAP a query document with the exception. */
  #problem(claimed: Claimed, error: unknown): { body: Uint8Array; type: string } {
    const problem = this.#platform.problemOf(error);
    const version = xmlVersion(claimed);
    if (!version) return { body: Buffer.from(JSON.stringify(problem)), type: PROBLEM_TYPE };
    const named = problem.type.replace('epcisException:', '');
    const name = SOAP_EXCEPTIONS.find((one) => one === named) ?? 'ImplementationException';
    const { subscriptionID } = claimed;
    const exception = { name, reason: problem.detail, queryName: 'SimpleEventQuery', subscriptionID };
    const creationDate = new Date(this.#platform.clock()).toISOString();
    return { body: Buffer.from(exceptionDocument(version, exception, creationDate)), type: XML_TYPE };
  }

  #callProblem(claimed: Claimed, error: unknown): Promise<number> {
    const { body, type } = this.#problem(claimed, error);
    return this.#call(claimed, body, type, 0);
  }

  async #bodyOf(claimed: Claimed, stored: Parameters<typeof inFormat>[2]): Promise<Uint8Array> {
    const { store, gcp, clock } = this.#platform;
    const events = await inFormat({ store, gcp }, claimed.tenantId, stored, claimed.epcFormat);
    const { queryName = 'SimpleEventQuery', subscriptionID } = claimed;
    const now = clock();
    const version = xmlVersion(claimed);
    if (!version) return Buffer.from(JSON.stringify(queryDocument({ queryName, subscriptionID, events, now })));
    const form = { version, cbv: cbvOf(version), queryName, subscriptionID, creationDate: new Date(now).toISOString() };
    return Buffer.from(writeXmlResults(events, form));
  }

  #signature({ tenantId, subscriptionID, secret }: Claimed, body: Uint8Array): Record<string, string> {
    if (!secret) return {};
    const { secretKey } = this.#platform;
    try {
      if (!secretKey) throw new Error('no key');
      return { 'GS1-Signature': signatureOf(unseal(secretKey, secretPlace(tenantId, subscriptionID), secret), body) };
    } catch {
      throw new Hopeless('The signatureToken cannot be opened: the server runs with another TAGTRAIL_SECRET_KEY.');
    }
  }

  /** The status of the answer. Throws Refused without one, and when the lease is lost. */
  async #call(claimed: Claimed, body: Uint8Array, type: string, events: number): Promise<number> {
    const { store, reach, logger, clock } = this.#platform;
    const headers = { 'Content-Type': type, 'GS1-EPCIS-Version': '2.0.0', ...this.#signature(claimed, body) };
    if (!(await renew(store, claimed, CALL_LEASE_MS))) throw new Refused('ended');
    const start = clock();
    const answered = call(destOf(claimed.dest, reach), { body, headers, reach });
    const status = await answered.catch((error: unknown) => {
      this.counts.unanswered += 1;
      throw error;
    });
    this.counts[isTaken(status) ? 'taken' : 'refused'] += 1;
    if (isTaken(status) && claimed.form !== 'alerts') this.#eventsTaken += events;
    logger.info(
      { ...namesOf(claimed), status, events, bytes: body.byteLength, ms: clock() - start },
      'told a subscriber',
    );
    return status;
  }

  async #failed(claimed: Claimed, error: unknown): Promise<void> {
    const { store, logger, pauseMs = PAUSE_MS, failuresMax = FAILURES_MAX } = this.#platform;
    const isOurs = error instanceof AppError && error.code === 'unavailable' && isLostDatabase(error);
    const reason = messageOf(error).slice(0, REASON_CHARACTERS_MAX);
    const pause = error instanceof Hopeless || (!isOurs && claimed.failures + 1 >= failuresMax);
    const waitMs = Math.round(Math.random() * Math.min(PAUSE_MS_MAX, pauseMs * 2 ** claimed.failures));
    const recorded = await fail(store, claimed, { reason, waitMs, counts: !isOurs, pause });
    if (recorded) logger.warn({ ...namesOf(claimed), reason, waitMs, paused: pause }, 'a subscriber was not told');
  }
}

/** What one call tells. */
interface Page {
  count: number;
  more: boolean;
  last: { sequence: number; recordTime: number } | undefined;
  body: () => Promise<Uint8Array>;
}

/** Given back as it was. */
const NOTHING_FAILED = { reason: null, waitMs: 0, counts: false, pause: false };

const namesOf = ({ tenantId, subscriptionID }: Claimed): Record<string, string> => ({ tenantId, subscriptionID });

/** The database, not the receiver, could not be reached. */
const isLostDatabase = (error: AppError): boolean => error.detail?.['reason'] !== undefined;

const isTaken = (status: number): boolean => status >= 200 && status <= 299;

function answered(status: number): string {
  const redirect = status >= 300 && status <= 399 ? '; redirects are not followed' : '';
  return `The receiver answered ${status}${redirect}.`;
}
