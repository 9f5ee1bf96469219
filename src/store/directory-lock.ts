import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError, messageOf } from '../error.ts';

/** SQLITE_BUSY. */
const BUSY = 5;

/** Who wrote DIR/lock.pid, for the message alone. */
function holderOf(directory: string): { pid?: number; host?: string } {
  try {
    const [pid, host] = readFileSync(join(directory, 'lock.pid'), 'utf8').trim().split(' ');
    return { ...(Number(pid) > 0 ? { pid: Number(pid) } : {}), ...(host ? { host } : {}) };
  } catch {
    return {};
  }
}

/**
 * Takes DIR for this process and returns what gives it back. The lock is the kernel's own (SQLite's exclusive lock on
 * DIR/lock), which ends with the process however it ends: it cannot be stale, and unlike a pid it also holds between
 * containers that share a volume. Throws AppError `unavailable` that names the holder.
 */
export function lockDirectory(directory: string): () => void {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(join(directory, 'lock'), { timeout: 0 });
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    if ((error as { errcode?: number }).errcode !== BUSY) {
      throw new AppError(
        'unavailable',
        `The data directory ${directory} cannot be locked: ${messageOf(error)}`,
        { directory },
        error,
      );
    }
    const { pid, host } = holderOf(directory);
    const who = pid ? `process ${pid}${host && host !== hostname() ? ` on ${host}` : ''}` : 'another process';
    throw new AppError(
      'unavailable',
      `The data directory ${directory} is in use by ${who}; stop it, or give another directory.`,
      { directory, ...(pid ? { pid } : {}) },
      error,
    );
  }
  writeFileSync(join(directory, 'lock.pid'), `${process.pid} ${hostname()}\n`);
  const held = db;
  return () => {
    if (!held.isOpen) return;
    rmSync(join(directory, 'lock.pid'), { force: true });
    held.close();
  };
}
