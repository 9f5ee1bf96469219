import type { Logger } from 'pino';
import type { Operation, Spool } from './spool.ts';

/** Kept in memory while the spool cannot be written; beyond it they are only in the log. */
const UNSAVED_MAX = 1000;

/**
 * What happened at a reader that no EPCIS event tells. The kinds are stable:
 * `gap` (nothing was read from `from` to `to`), `overflow` (the reader dropped reads), `antenna-lost`,
 * `antenna-connected`, `clock-jump`, `reader-exception`, `empty-window` (a passage in which nothing was read),
 * `undecided-passage` (a tag that passed a gate, nobody can say which way), `on-hold` (the server says that something which
 * a recall has put on hold was seen here).
 */
export type OperationKind =
  | 'gap'
  | 'overflow'
  | 'antenna-lost'
  | 'antenna-connected'
  | 'clock-jump'
  | 'reader-exception'
  | 'empty-window'
  | 'undecided-passage'
  | 'on-hold';

/** Operations events: logged, kept in the spool's own table (the latest 10,000), shown on the status page. */
export class Operations {
  readonly #spool: Spool;
  readonly #logger: Logger;
  #unsaved: Operation[] = [];
  /** By kind, since the start. */
  readonly counts = new Map<OperationKind, number>();

  constructor(spool: Spool, logger: Logger) {
    this.#spool = spool;
    this.#logger = logger;
  }

  /** `detail` is plain data; times in it are ISO 8601. */
  note(kind: OperationKind, reader: string, detail: Record<string, unknown>, atMs = Date.now()): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.#logger.warn({ operation: kind, reader, ...detail }, kind);
    this.#unsaved = [...this.#unsaved, { atMs, kind, reader, detail }].slice(-UNSAVED_MAX);
    this.save();
  }

  /** What is not on disk yet, for a commit that takes it along; to be followed by `saved`. */
  get unsaved(): Operation[] {
    return this.#unsaved;
  }
  saved(): void {
    this.#unsaved = [];
  }

  /** Writes what could not be written before. */
  save(): void {
    if (this.#unsaved.length && this.#spool.note(this.#unsaved).ok) this.#unsaved = [];
  }

  /** The latest, newest first, those not on disk yet included. */
  latest(limit: number): Operation[] {
    return [...this.#unsaved.toReversed(), ...this.#spool.operations(limit)].slice(0, limit);
  }
}
