// Webhook deliveries of the program itself, killed in the middle of a call.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { documentOf, observed } from '../http/fixtures.ts';
import { startReceiver } from '../http/receiver.ts';
import { clientOf, freshDatabase } from '../http/server.ts';
import { addKey } from '../../src/store/api-key.ts';
import { DEFAULT_TENANT, openStore } from '../../src/store/open.ts';

const CLI = join(import.meta.dirname, '../../src/entry/cli.ts');
const SECRET_KEY = '5'.repeat(64);
/** The lease of a call that nobody ends, and a start. */
const TAKEN_OVER_MS = 45_000;

let database: { url: string; drop: () => Promise<void> };
let key: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  const store = await openStore({ url: database.url }, { migrate: true });
  ({ key } = await addKey(store, DEFAULT_TENANT, 'operator', Date.now()));
  await store.close();
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});
afterAll(() => database.drop());

async function serve(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [CLI, 'serve', '--port', '0', '--database-url', database.url], {
    env: {
      PATH: process.env['PATH'],
      TAGTRAIL_LOG: 'error',
      TAGTRAIL_WEBHOOK_ALLOW_PRIVATE: '1',
      TAGTRAIL_SECRET_KEY: SECRET_KEY,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let out = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  await expect.poll(() => out, { timeout: 20_000 }).toMatch(/listens on http/);
  return { child, url: /http:\/\/\S+/.exec(out)![0] };
}

it(
  'loses nothing and repeats nothing that was acknowledged when it is killed in a call',
  { timeout: 90_000 },
  async () => {
    // 413, 413, then two events a call; the answer to the sixth never comes
    let isDead = false;
    const receiver = await startReceiver(({ eventIDs }, n) => {
      if (eventIDs.length > 2) return 413;
      return !isDead && n > 5 ? new Promise<number>(() => {}) : 204;
    });
    try {
      const first = await serve();
      const ask = clientOf(first.url, key);
      await ask('POST', '/epcis/queries', { body: { name: 'q', query: {} } });
      const body = { dest: receiver.url, signatureToken: 'token', stream: true };
      expect((await ask('POST', '/epcis/queries/q/subscriptions', { body })).status).toBe(201);
      const events = Array.from({ length: 8 }, (_, i) => observed(400_000 + i, {}));
      expect((await ask('POST', '/epcis/capture', { body: documentOf(events) })).status).toBe(202);
      const wanted = events.map(({ eventID }) => String(eventID));
      await vi.waitFor(() => expect(receiver.calls.length).toBeGreaterThan(5), { timeout: 10_000, interval: 20 });
      const acknowledged = [...receiver.taken];
      expect(acknowledged.length).toBeGreaterThan(0);
      first.child.kill('SIGKILL');
      await once(first.child, 'close');
      isDead = true;
      await serve();
      await vi.waitFor(() => expect(receiver.taken).toEqual(wanted), { timeout: TAKEN_OVER_MS, interval: 50 });
      expect(receiver.taken.slice(0, acknowledged.length)).toEqual(acknowledged);
    } finally {
      await receiver.close();
    }
  },
);
