import { checkVersion, isNew, migrate } from './migrate.ts';
import { openPostgres, type PostgresOptions } from './postgres.ts';
import type { Store } from './sql.ts';
import { wallFor } from './wall.ts';

export type { Queries, Store, Value } from './sql.ts';
export { openPostgres } from './postgres.ts';

/** The tenant of an installation that has only one. */
export const DEFAULT_TENANT = '00000000-0000-0000-0000-000000000000';

export type StorePlace = PostgresOptions | { dataDir: string } | { memory: true };

/**
 * Opens the database and makes sure that its tables are this program's. An embedded one (directory or memory) is
 * migrated here; a server only by `tagtrail migrate`, or with `migrate: true`, or, where it has no tables yet, with `migrate: 'new'`. Throws AppError `unavailable` when it
 * cannot be reached, is locked by another process, or is newer or older than the program.
 */
export async function openStore(place: StorePlace, options: { migrate?: boolean | 'new' } = {}): Promise<Store> {
  const embedded = !('url' in place);
  const store = embedded ? await openEmbedded(place) : openPostgres(place);
  try {
    const changes = options.migrate === 'new' ? await isNew(store) : options.migrate;
    await (embedded || changes ? migrate(store) : checkVersion(store));
    store.raise(await wallFor(store));
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** PGlite is loaded only where it is used. */
async function openEmbedded(place: { dataDir: string } | { memory: true }): Promise<Store> {
  const { openPglite } = await import('./pglite.ts');
  return openPglite('dataDir' in place ? place.dataDir : undefined);
}
