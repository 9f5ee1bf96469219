// What the server says is on hold and was seen at places of ours: heard as a stream of alerts (docs/recall.md, Holds).
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { messageOf } from '../src/error.ts';
import { keyOfUri, keyText } from '../src/gs1/index.ts';
import type { Alarms } from './alarm.ts';
import { Backoff, pause } from './backoff.ts';
import type { AlertsConfig } from './config.ts';
import type { Operations } from './operations.ts';

const RETRY_FIRST_MS = 250;
const RETRY_MS_MAX = 30_000;
/** The server sends a line at least every 15 s. */
const SILENT_MS_MAX = 45_000;

/** Which reader reads for a place, by URI. */
export type ReaderAt = (place: string) => string | undefined;

interface Alert {
  number: number;
  caseID: string;
  id: string;
  kind: string;
  place: string | null;
  eventID: string;
  eventTime: string;
}

/** One place may be written as URN or Digital Link. */
export function placeKey(place: string): string {
  try {
    return keyText(keyOfUri(place).key);
  } catch {
    return place;
  }
}

const isAlert = (value: unknown): value is Alert =>
  typeof value === 'object' && value !== null && Number.isSafeInteger((value as Alert).number);

/**
 * Listens until it is stopped. An alert of a place of ours is logged and noted as `on-hold`; those of other gates are
 * theirs. After a lost connection it goes on behind the last alert; what was raised before the start is not told.
 */
export class RecallAlerts {
  readonly #config: AlertsConfig;
  readonly #readerAt: ReaderAt;
  readonly #alarms: Alarms;
  readonly #operations: Operations;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #backoff = new Backoff(RETRY_FIRST_MS, RETRY_MS_MAX);
  #last: number | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    config: AlertsConfig,
    readerAt: ReaderAt,
    { alarms, operations, logger }: { alarms: Alarms; operations: Operations; logger: Logger },
  ) {
    this.#config = config;
    this.#readerAt = readerAt;
    this.#alarms = alarms;
    this.#operations = operations;
    this.#logger = logger;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#alarms.clear('recall-alerts');
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const why = await this.#listen().catch((error: unknown) => messageOf(error));
      if (signal.aborted) return;
      if (why) this.#alarms.raise('recall-alerts', `alerts of recalls cannot be heard: ${why}`);
      await pause(this.#backoff.next(), signal);
    }
  }

  /** Resolves when the stream ends; why, where it never began. */
  async #listen(): Promise<string | undefined> {
    const url = new URL(this.#config.url);
    if (this.#last !== undefined) url.searchParams.set('after', String(this.#last));
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(new Error('silent')), SILENT_MS_MAX);
    const { key } = this.#config;
    const headers = { Accept: 'application/x-ndjson', ...(key !== undefined && { Authorization: `Bearer ${key}` }) };
    try {
      const signal = AbortSignal.any([this.#stop.signal, silent.signal]);
      const response = await fetch(url, { headers, signal, redirect: 'manual' });
      const isStream = response.ok && response.headers.get('content-type')?.includes('x-ndjson') && response.body;
      if (!isStream) {
        await response.body?.cancel();
        return `${url.href} answered ${response.status}, not with a stream of alerts`;
      }
      this.#backoff.reset();
      this.#alarms.clear('recall-alerts');
      const lines = Readable.fromWeb(response.body);
      for await (const line of createInterface({ input: lines })) {
        timer.refresh();
        if (line.trim() !== '') this.#hear(JSON.parse(line));
      }
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #hear(alert: unknown): void {
    if (!isAlert(alert) || alert.number <= (this.#last ?? 0)) return;
    this.#last = alert.number;
    const { number, caseID, id, kind, place, eventID, eventTime } = alert;
    const reader = place === null ? undefined : this.#readerAt(place);
    if (reader === undefined) return;
    this.#logger.error({ reader, place, id, caseID }, 'goods on hold were seen');
    this.#operations.note('on-hold', reader, { id, kind, place, caseID, number, eventID, eventTime });
  }
}
