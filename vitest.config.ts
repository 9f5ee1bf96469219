import { defineConfig } from 'vitest/config';

/** Rooms whose tests need the real PostgreSQL, started once a run. */
const SYSTEM = ['store', 'capture', 'http', 'web', 'entry', 'contract', 'browser', 'faults'].map(
  (room) => `test/${room}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'pure', include: ['test/**/*.test.ts'], exclude: [...SYSTEM, '**/node_modules/**'] },
      },
      { extends: true, test: { name: 'system', include: SYSTEM, globalSetup: ['test/postgres.ts'] } },
    ],
  },
});
