import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { AppError, messageOf } from '../src/error.ts';
import type { Page } from './filter/presence.ts';
import type { MadeEvent } from './to-event.ts';

const PAGE_BYTES = 4096;
/** Reading stops at this share of spoolMaxBytes; what is above it is for what was read already. */
const FULL_SHARE = 0.9;
/** Reading goes on when the spool has been emptied to this share. */
const ROOM_SHARE = 0.8;
const SCHEMA_VERSION = 1;
const PLACES_MAX = 65_535;
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

const SCHEMA = `
  CREATE TABLE event (sequence INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE,
    made_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE TABLE dead_letter (sequence INTEGER PRIMARY KEY, event_id TEXT NOT NULL, made_ms INTEGER NOT NULL,
    body TEXT NOT NULL, status INTEGER NOT NULL, reason TEXT NOT NULL, buried_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE place (id INTEGER PRIMARY KEY, reader TEXT NOT NULL, read_point TEXT NOT NULL,
    UNIQUE (reader, read_point)) STRICT;
  CREATE TABLE listening (reader TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
  CREATE TABLE presence (page INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;
  PRAGMA user_version = ${SCHEMA_VERSION};`;

/** An event in the spool; `sequence` is the order in which events go out. */
export interface SpooledEvent extends MadeEvent {
  sequence: number;
}
export interface DeadLetter extends SpooledEvent {
  status: number;
  reason: string;
}
/** What goes to disk together. */
export interface Commit {
  events: MadeEvent[];
  pages: Page[];
  /** Reader name → Listening.toText(). */
  listening: Map<string, string>;
}
/** Writing that failed is no exception: the caller keeps what it has, says so, and tries again. */
export type Outcome = { ok: true } | { ok: false; full: boolean; reason: string };

const errcode = (error: unknown): number | undefined => (error as { errcode?: number }).errcode;

/** Locks held by this process. A database that nobody refers to is closed by the garbage collector, lock and all. */
const held = new Set<DatabaseSync>();

/** Holds the directory by a lock of the operating system, which ends with the process however that ends. */
function lock(directory: string): DatabaseSync {
  const holderFile = join(directory, 'holder.json');
  const database = new DatabaseSync(join(directory, 'lock.db'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (errcode(error) !== SQLITE_BUSY) throw new AppError('unavailable', `spool ${directory}: ${messageOf(error)}`);
    throw new AppError('conflict', `spool ${directory} is in use by ${holderText(holderFile)}`);
  }
  const holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  held.add(database);
  try {
    writeFileSync(holderFile, JSON.stringify(holder) + '\n');
  } catch {
    // Only the name in the message is lost, not the lock: a full disk must not keep the collector from starting.
  }
  return database;
}

function unlock(database: DatabaseSync): void {
  database.close();
  held.delete(database);
}

function holderText(file: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return `process ${String(pid)} on ${String(host)}, since ${String(since)}`;
  } catch {
    return 'another process';
  }
}

function openDatabase(file: string, maxBytes: number): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 1000 });
  try {
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`);
    const version = Number(Object.values(database.prepare('PRAGMA user_version').get()!)[0]);
    if (version > SCHEMA_VERSION) throw new Error(`written by a later version (schema ${version})`);
    if (version === 0) database.exec(`BEGIN; ${SCHEMA} COMMIT;`);
    database.exec(`PRAGMA max_page_count = ${Math.floor(maxBytes / PAGE_BYTES)}`);
    return database;
  } catch (error) {
    database.close();
    throw new AppError('unavailable', `spool ${file}: ${messageOf(error)}`, undefined, error);
  }
}

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
  #backlog: number;
  #dead: number;

  /**
   * Opens or makes the spool in `directory`. Throws AppError: `conflict` naming the process that holds it,
   * `unavailable` where it cannot be read.
   */
  constructor(directory: string, maxBytes: number) {
    this.directory = directory;
    this.#maxBytes = maxBytes;
    try {
      mkdirSync(directory, { recursive: true });
    } catch (error) {
      throw new AppError('unavailable', `spool ${directory}: ${messageOf(error)}`);
    }
    this.#lock = lock(directory);
    try {
      this.#db = openDatabase(join(directory, 'spool.db'), maxBytes);
      this.#sql = Object.fromEntries(
        Object.entries(STATEMENTS).map(([name, text]) => [name, this.#db.prepare(text)]),
      ) as Record<keyof typeof STATEMENTS, StatementSync>;
      this.#backlog = Number(this.#sql.countEvents.get()!['n']);
      this.#dead = Number(this.#sql.countDead.get()!['n']);
    } catch (error) {
      unlock(this.#lock);
      throw error instanceof AppError ? error : new AppError('unavailable', `spool ${directory}: ${messageOf(error)}`);
    }
  }

  /** Events not yet taken by the server. */
  get backlog(): number {
    return this.#backlog;
  }
  get deadLetters(): number {
    return this.#dead;
  }
  /** Bytes of pages in use; a page that was emptied is used again and does not count. */
  get usedBytes(): number {
    const { used } = this.#sql.usedPages.get() as { used: number };
    return used * PAGE_BYTES;
  }
  get full(): boolean {
    return this.usedBytes >= this.#maxBytes * FULL_SHARE;
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
  commit({ events, pages, listening }: Commit): Outcome {
    let added = 0;
    const outcome = this.#transaction(() => {
      for (const e of events) added += Number(this.#sql.addEvent.run(e.eventId, e.madeMs, e.body).changes);
      for (const { page, entries } of pages) {
        if (entries.length) this.#sql.putPage.run(page, entries);
        else this.#sql.dropPage.run(page);
      }
      for (const [reader, state] of listening) this.#sql.putListening.run(reader, state);
    });
    if (outcome.ok) this.#backlog += added;
    return outcome;
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

  /** Takes out every event up to `sequence`. */
  removeThrough(sequence: number): Outcome {
    let removed = 0;
    const outcome = this.#transaction(() => {
      removed = Number(this.#sql.removeThrough.run(sequence).changes);
    });
    if (outcome.ok) this.#backlog -= removed;
    return outcome;
  }

  /** Moves an event that the server refused for good to the dead letters, with the server's reason. */
  bury(event: SpooledEvent, status: number, reason: string, nowMs: number): Outcome {
    const outcome = this.#transaction(() => {
      // Taken out first: a full spool then has the room for it.
      this.#sql.removeOne.run(event.sequence);
      this.#sql.bury.run(event.sequence, event.eventId, event.madeMs, event.body, status, reason, nowMs);
    });
    if (!outcome.ok) return outcome;
    this.#backlog--;
    this.#dead++;
    return outcome;
  }

  deadLetterList(limit: number): DeadLetter[] {
    return this.#sql.deadLetters
      .all(limit)
      .map((row) => ({ ...eventOf(row), status: Number(row['status']), reason: String(row['reason']) }));
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
  removeOne: 'DELETE FROM event WHERE sequence = ?',
  countEvents: 'SELECT count(*) AS n FROM event',
  bury: 'INSERT INTO dead_letter (sequence, event_id, made_ms, body, status, reason, buried_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
  countDead: 'SELECT count(*) AS n FROM dead_letter',
  deadLetters: 'SELECT * FROM dead_letter ORDER BY sequence LIMIT ?',
  addPlace: 'INSERT INTO place (reader, read_point) VALUES (?, ?) ON CONFLICT DO NOTHING',
  placeId: 'SELECT id FROM place WHERE reader = ? AND read_point = ?',
  putPage:
    'INSERT INTO presence (page, entries) VALUES (?, ?) ON CONFLICT (page) DO UPDATE SET entries = excluded.entries',
  dropPage: 'DELETE FROM presence WHERE page = ?',
  pages: 'SELECT page, entries FROM presence ORDER BY page',
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
