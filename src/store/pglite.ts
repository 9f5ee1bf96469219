import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { AppError, messageOf } from '../error.ts';
import { lockDirectory } from './directory-lock.ts';
import { type Queries, STATEMENT_MS_MAX, type Store, toAppError, type Value } from './sql.ts';

const INT8 = 20;

const queries = (runner: Pick<PGlite | Transaction, 'query'>): Queries => ({
  query: async <T extends object>(text: string, params: Value[] = []): Promise<T[]> => {
    try {
      return (await runner.query<T>(text, params)).rows;
    } catch (error) {
      throw toAppError(error);
    }
  },
});

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new AppError(
      'unavailable',
      `The data directory ${directory} cannot be made: ${messageOf(error)}`,
      { directory },
      error,
    );
  }
}

/**
 * A store in this process: in `dataDir` (made if absent, locked against a second process), or in memory without one.
 * PGlite runs with fsync off: what was committed survives SIGKILL, a power cut is not promised.
 */
export async function openPglite(dataDir?: string): Promise<Store> {
  const directory = dataDir === undefined ? undefined : resolve(dataDir);
  if (directory) makeDirectory(directory);
  const unlock = directory ? lockDirectory(directory) : () => {};
  try {
    const db = await PGlite.create({
      ...(directory ? { dataDir: join(directory, 'pg') } : {}),
      parsers: { [INT8]: Number },
    });
    await db.exec(`set statement_timeout = ${STATEMENT_MS_MAX}; set enable_seqscan = off`);
    return {
      dialect: 'pglite',
      ...queries(db),
      transaction: async <T>(work: (tx: Queries) => Promise<T>): Promise<T> => {
        try {
          return await db.transaction((tx) => work(queries(tx)));
        } catch (error) {
          throw toAppError(error);
        }
      },
      close: async () => {
        if (!db.closed) await db.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw toAppError(error);
  }
}
