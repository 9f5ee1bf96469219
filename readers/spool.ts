import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AppError, messageOf } from '../src/error.ts';
import type { Remembered } from './filter/memory.ts';
import type { Page } from './filter/presence.ts';
import { DEFAULT_ENDPOINT, errcode, lock, makeDirectory, openDatabase, PAGE_BYTES, unlock } from './spool-file.ts';
import type { MadeEvent } from './to-event.ts';

/** Reading stops at this share of spoolMaxBytes; what is above it is for what was read already. */
const FULL_SHARE = 0.9;
/** Reading goes on when the spool has been emptied to this share. */
const ROOM_SHARE = 0.8;
const PLACES_MAX = 65_535;
/** Operations events that are kept; the oldest go first. */
const OPERATIONS_MAX = 10_000;
const SQLITE_FULL = 13;

/** An event in the spool; `sequence` is the order in which events go out. */
export interface SpooledEvent extends MadeEvent {
  sequence: number;
}
export interface DeadLetter extends SpooledEvent {
  endpoint: string;
  status: number;
  reason: string;
}
/** What an operator must know and no EPCIS event tells: a gap in coverage, an overflow, an antenna lost. */
export interface Operation {
  atMs: number;
  kind: string;
  reader: string;
  detail: Record<string, unknown>;
}
/** How far one endpoint is: everything up to `through` was taken or buried, `waiting` events are not. */
interface Position {
  through: number;
  waiting: number;
}
/** What goes to disk together. */
export interface Commit {
  events: MadeEvent[];
  pages: Page[];
  memory?: Remembered[];
  /** Reader name → Listening.toText(). */
  listening: Map<string, string>;
  /** Operations events that could not be written when they happened. */
  operations?: Operation[];
}
/** Writing that failed is no exception: the caller keeps what it has, says so, and tries again. */
export type Outcome = { ok: true } | { ok: false; full: boolean; reason: string };

/**
 * Events and filter memory on disk: SQLite in WAL mode with full sync, one transaction per commit. An event is in
 * the spool when `commit` has returned `ok`. One process per directory.
 */
export class Spool {
  readonly directory: string;
  readonly #maxBytes: number;
  readonly #lock: DatabaseSync;
  readonly #db: DatabaseSync;
  readonly #sql: Record<keyof typeof STATEMENTS, StatementSync>;
  #positions = new Map<string, Position>();
  #backlog: number;
  #dead: number;

  /**
   * Opens or makes the spool in `directory`; each of `endpoints` takes every event once. Throws AppError: `conflict`
   * naming the process that holds it, `unavailable` where it cannot be read.
   */
  constructor(directory: string, maxBytes: number, endpoints: string[] = [DEFAULT_ENDPOINT]) {
    this.directory = directory;
    this.#maxBytes = maxBytes;
    makeDirectory(directory);
    this.#lock = lock(directory);
    try {
      this.#db = openDatabase(join(directory, 'spool.db'), maxBytes);
      this.#sql = Object.fromEntries(
        Object.entries(STATEMENTS).map(([name, text]) => [name, this.#db.prepare(text)]),
      ) as Record<keyof typeof STATEMENTS, StatementSync>;
      this.#backlog = Number(this.#sql.countEvents.get()!['n']);
      this.#dead = Number(this.#sql.countDead.get()!['n']);
      this.setEndpoints(endpoints);
    } catch (error) {
      unlock(this.#lock);
      throw error instanceof AppError ? error : new AppError('unavailable', `spool ${directory}: ${messageOf(error)}`);
    }
  }

  /**
   * From now on these endpoints take the events. A new one begins with the oldest event in the spool; the position
   * of one that is no longer named is forgotten. Returns what no other endpoint was waiting for and was let go.
   * Throws AppError('unavailable') when it cannot be written.
   */
  setEndpoints(names: string[]): number {
    const known = this.#sql.endpoints.all().map((row) => String(row['name']));
    const outcome = this.#transaction(() => {
      for (const name of known.filter((other) => !names.includes(other))) this.#sql.dropEndpoint.run(name);
      for (const name of names) this.#sql.addEndpoint.run(name);
    });
    if (!outcome.ok) throw new AppError('unavailable', `spool ${this.directory}: ${outcome.reason}`);
    this.#positions = new Map(
      this.#sql.endpoints.all().map((row) => {
        const through = Number(row['through']);
        return [String(row['name']), { through, waiting: this.#count(through, Number.MAX_SAFE_INTEGER) }];
      }),
    );
    const before = this.#backlog;
    const cleared = this.#transaction(() => this.#clear());
    return cleared.ok ? before - this.#backlog : 0;
  }

  #count(after: number, upTo: number): number {
    return Number(this.#sql.countBetween.get(after, upTo)!['n']);
  }

  #position(endpoint: string): Position {
    const position = this.#positions.get(endpoint);
    if (!position) throw new RangeError(`spool: no endpoint "${endpoint}"`);
    return position;
  }

  /** Events that some endpoint has not taken yet. */
  get backlog(): number {
    return this.#backlog;
  }
  /** Events that this endpoint has not taken yet. */
  waiting(endpoint = DEFAULT_ENDPOINT): number {
    return this.#position(endpoint).waiting;
  }
  /** The last event that this endpoint has taken. */
  through(endpoint = DEFAULT_ENDPOINT): number {
    return this.#position(endpoint).through;
  }
  get deadLetters(): number {
    return this.#dead;
  }
  /** Bytes of pages in use; a page that was emptied is used again and does not count. */
  get usedBytes(): number {
    const { used } = this.#sql.usedPages.get() as { used: number };
    return used * PAGE_BYTES;
  }
  /** Bytes until reading stops; negative when it has. */
  get roomBytes(): number {
    return this.#maxBytes * FULL_SHARE - this.usedBytes;
  }
  get full(): boolean {
    return this.roomBytes <= 0;
  }
  get hasRoom(): boolean {
    return this.usedBytes < this.#maxBytes * ROOM_SHARE;
  }

  #transaction(work: () => void): Outcome {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      work();
      this.#db.exec('COMMIT');
      return { ok: true };
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      return { ok: false, full: errcode(error) === SQLITE_FULL, reason: messageOf(error) };
    }
  }

  /** Writes events and filter memory in one transaction; on disk when this returns `ok`. */
  commit({ events, pages, memory = [], listening, operations = [] }: Commit): Outcome {
    let added = 0;
    const outcome = this.#transaction(() => {
      for (const e of events) added += Number(this.#sql.addEvent.run(e.eventId, e.madeMs, e.body).changes);
      for (const { page, entries } of pages) {
        if (entries.length) this.#sql.putPage.run(page, entries);
        else this.#sql.dropPage.run(page);
      }
      for (const { key, text } of memory) {
        if (text === undefined) this.#sql.dropMemory.run(key);
        else this.#sql.putMemory.run(key, text);
      }
      for (const [reader, state] of listening) this.#sql.putListening.run(reader, state);
      this.#note(operations);
    });
    if (outcome.ok) this.#added(added);
    return outcome;
  }

  #added(count: number): void {
    this.#backlog += count;
    for (const position of this.#positions.values()) position.waiting += count;
  }

  /** The oldest events after `sequence`, at most `limit` of them and `bytesMax` of text, but one at least. */
  oldest(sequence: number, limit: number, bytesMax: number): SpooledEvent[] {
    const events: SpooledEvent[] = [];
    let bytes = 0;
    for (const row of this.#sql.oldest.iterate(sequence, limit)) {
      const event = eventOf(row);
      bytes += event.body.length;
      if (events.length && bytes > bytesMax) break;
      events.push(event);
    }
    return events;
  }

  /** This endpoint has every event up to `sequence`; what all of them have is taken out. */
  removeThrough(sequence: number, endpoint = DEFAULT_ENDPOINT): Outcome {
    return this.#advance(endpoint, sequence);
  }

  /** Moves an endpoint on, `also` in the same transaction; on failure everything is as it was. */
  #advance(endpoint: string, sequence: number, also: () => void = () => {}): Outcome {
    const position = this.#position(endpoint);
    const before = { ...position };
    const backlog = this.#backlog;
    const outcome = this.#transaction(() => {
      position.waiting -= this.#count(position.through, sequence);
      position.through = Math.max(position.through, sequence);
      // Taken out first: a full spool then has the room for what follows.
      this.#clear();
      also();
      this.#sql.putEndpoint.run(position.through, endpoint);
    });
    if (!outcome.ok) {
      Object.assign(position, before);
      this.#backlog = backlog;
    }
    return outcome;
  }

  #clear(): void {
    const all = Math.min(...[...this.#positions.values()].map((position) => position.through));
    this.#backlog -= Number(this.#sql.removeThrough.run(all).changes);
  }

  /**
   * Keeps an event that the server refused for good as a dead letter, with the server's reason. Events before it
   * count as taken.
   */
  bury(event: SpooledEvent, status: number, reason: string, nowMs: number, endpoint = DEFAULT_ENDPOINT): Outcome {
    const outcome = this.#advance(endpoint, event.sequence, () => {
      this.#sql.bury.run(endpoint, event.sequence, event.eventId, event.madeMs, event.body, status, reason, nowMs);
    });
    if (outcome.ok) this.#dead++;
    return outcome;
  }

  /** Dead letters in the order of their events, at most `limit`, leaving out the first `skip`. */
  deadLetterList(limit: number, skip = 0): DeadLetter[] {
    return this.#sql.deadLetters.all(limit, skip).map((row) => ({
      ...eventOf(row),
      endpoint: String(row['endpoint']),
      status: Number(row['status']),
      reason: String(row['reason']),
    }));
  }

  /** Puts all dead letters, or that of one event, behind the other events, to be sent again; how many. */
  resendDead(eventId?: string): number {
    return this.#takeDead(eventId, () => this.#sql.unbury.run(eventId ?? null));
  }

  /** Forgets all dead letters, or that of one event; how many. */
  dropDead(eventId?: string): number {
    return this.#takeDead(eventId, () => ({ changes: 0 }));
  }

  #takeDead(eventId: string | undefined, first: () => { changes: number | bigint }): number {
    let [added, taken] = [0, 0];
    const outcome = this.#transaction(() => {
      added = Number(first().changes);
      taken = Number(this.#sql.dropDead.run(eventId ?? null).changes);
    });
    if (!outcome.ok) throw new AppError('unavailable', `spool ${this.directory}: ${outcome.reason}`);
    this.#added(added);
    this.#dead -= taken;
    return taken;
  }

  /** Keeps operations events; of more than OPERATIONS_MAX the oldest are forgotten. */
  note(operations: Operation[]): Outcome {
    return this.#transaction(() => this.#note(operations));
  }

  #note(operations: Operation[]): void {
    for (const { atMs, kind, reader, detail } of operations) {
      this.#sql.note.run(Math.round(atMs), kind, reader, JSON.stringify(detail)); // readers tell microseconds
    }
    if (operations.length) this.#sql.forget.run(OPERATIONS_MAX);
  }

  /** The latest operations events, newest first. */
  operations(limit: number): Operation[] {
    return this.#sql.operations.all(limit).map((row) => ({
      atMs: Number(row['at_ms']),
      kind: String(row['kind']),
      reader: String(row['reader']),
      detail: JSON.parse(String(row['detail'])) as Record<string, unknown>,
    }));
  }

  /** The fixed number of a reader's read point, given when it is first asked for. */
  placeId(reader: string, readPoint: string): number {
    this.#sql.addPlace.run(reader, readPoint);
    const id = Number(this.#sql.placeId.get(reader, readPoint)!['id']);
    if (id > PLACES_MAX)
      throw new AppError('unavailable', `spool ${this.directory}: more than ${PLACES_MAX} read points`);
    return id;
  }

  *pages(): Generator<Page> {
    for (const row of this.#sql.pages.iterate()) {
      yield { page: Number(row['page']), entries: row['entries'] as Uint8Array };
    }
  }

  *memory(): Generator<{ key: string; text: string }> {
    for (const row of this.#sql.memory.iterate()) yield { key: String(row['key']), text: String(row['value']) };
  }

  listening(): Map<string, string> {
    return new Map(this.#sql.listening.all().map((row) => [String(row['reader']), String(row['state'])]));
  }

  close(): void {
    this.#db.close();
    unlock(this.#lock);
  }
}

const STATEMENTS = {
  addEvent: 'INSERT INTO event (event_id, made_ms, body) VALUES (?, ?, ?) ON CONFLICT (event_id) DO NOTHING',
  oldest: 'SELECT sequence, event_id, made_ms, body FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?',
  removeThrough: 'DELETE FROM event WHERE sequence <= ?',
  countEvents: 'SELECT count(*) AS n FROM event',
  countBetween: 'SELECT count(*) AS n FROM event WHERE sequence > ? AND sequence <= ?',
  endpoints: 'SELECT name, through FROM endpoint',
  addEndpoint: 'INSERT INTO endpoint (name, through) VALUES (?, 0) ON CONFLICT (name) DO NOTHING',
  putEndpoint: 'UPDATE endpoint SET through = ? WHERE name = ?',
  dropEndpoint: 'DELETE FROM endpoint WHERE name = ?',
  bury:
    'INSERT INTO dead_letter (endpoint, sequence, event_id, made_ms, body, status, reason, buried_ms) VALUES ' +
    '(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  countDead: 'SELECT count(*) AS n FROM dead_letter',
  deadLetters: 'SELECT * FROM dead_letter ORDER BY sequence, endpoint LIMIT ? OFFSET ?',
  unbury:
    'INSERT INTO event (event_id, made_ms, body) SELECT event_id, made_ms, body FROM dead_letter ' +
    'WHERE event_id = coalesce(?1, event_id) ORDER BY sequence ON CONFLICT (event_id) DO NOTHING',
  dropDead: 'DELETE FROM dead_letter WHERE event_id = coalesce(?1, event_id)',
  note: 'INSERT INTO operation (at_ms, kind, reader, detail) VALUES (?, ?, ?, ?)',
  forget: 'DELETE FROM operation WHERE sequence <= (SELECT max(sequence) FROM operation) - ?',
  operations: 'SELECT * FROM operation ORDER BY sequence DESC LIMIT ?',
  addPlace: 'INSERT INTO place (reader, read_point) VALUES (?, ?) ON CONFLICT DO NOTHING',
  placeId: 'SELECT id FROM place WHERE reader = ? AND read_point = ?',
  putPage:
    'INSERT INTO presence (page, entries) VALUES (?, ?) ON CONFLICT (page) DO UPDATE SET entries = excluded.entries',
  dropPage: 'DELETE FROM presence WHERE page = ?',
  pages: 'SELECT page, entries FROM presence ORDER BY page',
  putMemory: 'INSERT INTO memory (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  dropMemory: 'DELETE FROM memory WHERE key = ?',
  memory: 'SELECT key, value FROM memory ORDER BY key',
  putListening: 'INSERT INTO listening VALUES (?, ?) ON CONFLICT (reader) DO UPDATE SET state = excluded.state',
  listening: 'SELECT reader, state FROM listening',
  usedPages: 'SELECT page_count - freelist_count AS used FROM pragma_page_count, pragma_freelist_count',
} as const;

function eventOf(row: Record<string, unknown>): SpooledEvent {
  return {
    sequence: Number(row['sequence']),
    eventId: String(row['event_id']),
    madeMs: Number(row['made_ms']),
    body: String(row['body']),
  };
}
