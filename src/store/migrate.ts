import { readFile } from 'node:fs/promises';
import { AppError } from '../error.ts';
import journal from './migrations/meta/_journal.json' with { type: 'json' };
import type { Queries, Store } from './sql.ts';
import { lowerWalls, raiseWalls } from './wall.ts';

/** Migrations that this code knows, oldest first; their names are their files'. */
const NAMES: readonly string[] = journal.entries.map((entry) => entry.tag);
/** An advisory lock of ours alone: two processes that migrate at once go one after the other. */
const LOCK = 7_241_931_105;

async function applied(db: Queries): Promise<string[]> {
  const [there] = await db.query<{ there: boolean }>(`select to_regclass('migration') is not null as there`);
  if (!there?.there) return [];
  return (await db.query<{ name: string }>('select name from migration order by position')).map((row) => row.name);
}

/** Throws `unavailable` when the database has been migrated by a newer version, or by another history. */
function refuseOther(names: string[]): void {
  const stranger = names.find((name, position) => name !== NAMES[position]);
  if (stranger === undefined) return;
  throw new AppError(
    'unavailable',
    `The database is newer than this program: it has the migration ${stranger}, this program knows up to ${NAMES.at(-1)}. Update the program.`,
    { migration: stranger },
  );
}

const file = (name: string): Promise<string> => readFile(new URL(`./migrations/${name}.sql`, import.meta.url), 'utf8');

/**
 * Brings the database up to this code, in one transaction; resolves the names of the migrations that were missing.
 * Throws `unavailable` when the database is newer.
 */
export async function migrate(store: Store): Promise<string[]> {
  return store.transaction(async (tx) => {
    // a large table may take longer to be rewritten than a statement of a user may run
    await tx.query('set local statement_timeout = 0');
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const before = await applied(tx);
    refuseOther(before);
    await tx.query('create table if not exists migration (position int primary key, name text not null)');
    const missing = NAMES.slice(before.length);
    if (missing.length > 0) await lowerWalls(tx);
    for (const [offset, name] of missing.entries()) {
      for (const statement of (await file(name)).split('--> statement-breakpoint')) await tx.query(statement);
      await tx.query('insert into migration (position, name) values ($1, $2)', [before.length + offset, name]);
    }
    if (missing.length > 0) await raiseWalls(tx);
    return missing;
  });
}

/** Whether the database has none of the tables yet. */
export const isNew = async (db: Queries): Promise<boolean> => (await applied(db)).length === 0;

/** Throws `unavailable`, with what to do, unless the database is exactly as this code expects it. */
export async function checkVersion(db: Queries): Promise<void> {
  const names = await applied(db);
  refuseOther(names);
  if (names.length < NAMES.length) {
    const what = names.length === 0 ? 'has no tables of this program' : 'is older than this program';
    throw new AppError('unavailable', `The database ${what}; run: tagtrail migrate --database-url URL`, {
      missing: NAMES.slice(names.length),
    });
  }
}
