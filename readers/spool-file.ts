import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError, messageOf } from '../src/error.ts';

export const PAGE_BYTES = 4096;
const SQLITE_BUSY = 5;
/** The endpoint of a configuration that names only one. */
export const DEFAULT_ENDPOINT = 'capture';

/**
 * One step per schema version; a new file takes them all, an older one those that it lacks. A step once released
 * is never changed.
 */
const STEPS = [
  `CREATE TABLE event (sequence INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE,
    made_ms INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE TABLE dead_letter (sequence INTEGER PRIMARY KEY, event_id TEXT NOT NULL, made_ms INTEGER NOT NULL,
    body TEXT NOT NULL, status INTEGER NOT NULL, reason TEXT NOT NULL, buried_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE place (id INTEGER PRIMARY KEY, reader TEXT NOT NULL, read_point TEXT NOT NULL,
    UNIQUE (reader, read_point)) STRICT;
  CREATE TABLE listening (reader TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
  CREATE TABLE presence (page INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;`,
  // How far each endpoint is, whose dead letters they are, and what operators must know.
  `CREATE TABLE endpoint (name TEXT PRIMARY KEY, through INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  ALTER TABLE dead_letter RENAME TO dead_letter_1;
  CREATE TABLE dead_letter (endpoint TEXT NOT NULL, sequence INTEGER NOT NULL, event_id TEXT NOT NULL,
    made_ms INTEGER NOT NULL, body TEXT NOT NULL, status INTEGER NOT NULL, reason TEXT NOT NULL,
    buried_ms INTEGER NOT NULL, PRIMARY KEY (endpoint, sequence)) STRICT;
  INSERT INTO dead_letter SELECT '${DEFAULT_ENDPOINT}', * FROM dead_letter_1;
  DROP TABLE dead_letter_1;
  CREATE TABLE operation (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,
    reader TEXT NOT NULL, detail TEXT NOT NULL) STRICT;`,
  // Filter state beyond presence: passages, windows, moves, cycles, counts.
  `CREATE TABLE memory (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
];

export const errcode = (error: unknown): number | undefined => (error as { errcode?: number }).errcode;

/** Locks held by this process. A database that nobody refers to is closed by the garbage collector, lock and all. */
const held = new Set<DatabaseSync>();

/** Makes the directory. Throws AppError('unavailable'). */
export function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new AppError('unavailable', `spool ${directory}: ${messageOf(error)}`);
  }
}

/** Holds the directory by a lock of the operating system, which ends with the process however that ends. */
export function lock(directory: string): DatabaseSync {
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

export function unlock(database: DatabaseSync): void {
  database.close();
  held.delete(database);
}

/** Who holds the directory now, without touching it; undefined when nobody does. */
export function holderOf(directory: string): string | undefined {
  const file = join(directory, 'lock.db');
  if (!existsSync(file)) return undefined;
  const database = new DatabaseSync(file, { timeout: 0, readOnly: true });
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return undefined;
  } catch {
    return holderText(join(directory, 'holder.json'));
  } finally {
    database.close();
  }
}

function holderText(file: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return `process ${String(pid)} on ${String(host)}, since ${String(since)}`;
  } catch {
    return 'another process';
  }
}

/** The spool's database, brought to this version's schema. Throws AppError('unavailable'). */
export function openDatabase(file: string, maxBytes: number): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 1000 });
  try {
    database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;`);
    const version = Number(Object.values(database.prepare('PRAGMA user_version').get()!)[0]);
    if (version > STEPS.length) throw new Error(`written by a later version (schema ${version})`);
    STEPS.slice(version).forEach((step, i) => {
      database.exec(`BEGIN; ${step} PRAGMA user_version = ${version + i + 1}; COMMIT;`);
    });
    database.exec(`PRAGMA max_page_count = ${Math.floor(maxBytes / PAGE_BYTES)}`);
    return database;
  } catch (error) {
    database.close();
    throw new AppError('unavailable', `spool ${file}: ${messageOf(error)}`, undefined, error);
  }
}
