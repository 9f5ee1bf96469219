import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { AppError, messageOf } from '../error.ts';
import { lockDirectory } from './directory-lock.ts';
import { type Queries, STATEMENT_MS_MAX, type Store, toAppError, type Value } from './sql.ts';
import { type Asker, type Wall, wallOf } from './wall.ts';

const INT8 = 20;

const query =
  (runner: Pick<PGlite | Transaction, 'query'>): Queries['query'] =>
  async <T extends object>(text: string, params: Value[] = []): Promise<T[]> => {
    try {
      return (await runner.query<T>(text, params)).rows;
    } catch (error) {
      throw toAppError(error);
    }
  };

function inside(tx: Transaction): Queries {
  const face: Queries = { query: query(tx), of: () => face, ofKey: () => face };
  return face;
}

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
    const transact = async <T>(work: (tx: Queries) => Promise<T>, asker?: Asker): Promise<T> => {
      try {
        return await db.transaction(async (tx) => {
          if (asker) await tx.query(...(asker as [string, Value[]]));
          return work(inside(tx));
        });
      } catch (error) {
        throw toAppError(error);
      }
    };
    let wall: Wall = 'self';
    const within = (asker: Asker): ReturnType<Store['of']> => {
      const face: ReturnType<Store['of']> = {
        query: (text, params) => transact((tx) => tx.query(text, params), asker),
        planned: (text, params) => face.query(text, params), // it keeps no plans
        transaction: (work) => transact(work, asker),
        of: () => face,
        ofKey: () => face,
      };
      return face;
    };
    return {
      dialect: 'pglite',
      query: query(db),
      transaction: (work) => transact(work),
      of: (tenantId) => within(wallOf(wall, 'tenant', tenantId)),
      ofKey: (keyId) => within(wallOf(wall, 'key', keyId)),
      get wall() {
        return wall;
      },
      raise: (found) => {
        wall = found;
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
