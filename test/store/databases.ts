import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { openStore, type Store, type StorePlace } from '../../src/store/open.ts';
import { createDatabase, type TestDatabase } from '../database.ts';

/** What a test of both databases has: the open store, and tenants of its own so that tests do not see one another. */
export interface Databases {
  store: () => Store;
  tenant: () => string;
}

/** Opens one of each kind for the tests that `define` makes; the same tests must hold on both. */
export function onBoth(name: string, define: (databases: Databases) => void): void {
  describe.each(['PGlite', 'PostgreSQL'] as const)(`${name} on %s`, (kind) => {
    let store: Store | undefined;
    let database: TestDatabase | undefined;
    beforeAll(async () => {
      if (kind === 'PostgreSQL') database = await createDatabase();
      const place: StorePlace = database ? { url: database.url } : { memory: true };
      store = await openStore(place, { migrate: true });
    });
    afterAll(async () => {
      await store?.close();
      await database?.drop();
    });
    define({
      store: () => {
        if (!store) throw new Error('The store is not open yet.');
        return store;
      },
      tenant: randomUUID,
    });
  });
}
