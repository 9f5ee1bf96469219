// What holds when processes come and go: calls of webhook subscriptions over crashes, restarts and several servers.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import { Delivery, type DeliverPlatform } from '../../src/capture/deliver.ts';
import { checkDest, destOf } from '../../src/capture/webhook.ts';
import { problemOf } from '../../src/http/problem.ts';
import { addQuery } from '../../src/store/named-query.ts';
import { DEFAULT_TENANT, openStore, type Store } from '../../src/store/open.ts';
import { addSubscription, findSubscription } from '../../src/store/subscription.ts';
import { documentOf, observed } from './fixtures.ts';
import { type Receiver, SECRET_KEY, startReceiver } from './receiver.ts';
import { freshDatabase } from './server.ts';

const WAIT = { timeout: 20_000, interval: 20 };
const silent = { info: () => {}, warn: () => {}, error: () => {} };

const begin = (store: Store, more: Partial<DeliverPlatform> = {}): Delivery =>
  new Delivery({
    store,
    clock: Date.now,
    logger: silent,
    reach: { allowPrivate: true },
    secretKey: SECRET_KEY,
    problemOf,
    pauseMs: 20,
    ...more,
  });

let serial = 300_000;
async function captured(store: Store, count = 1): Promise<string[]> {
  const events = Array.from({ length: count }, () => observed(serial++, {}));
  const who = { tenantId: DEFAULT_TENANT, keyId: 'k', role: 'operator' as const };
  const { job } = await capture({ store, clock: Date.now }, who, documentOf(events));
  expect(job.success).toBe(true);
  return events.map(({ eventID }) => String(eventID));
}

async function subscribed(store: Store, ...dests: string[]): Promise<void> {
  await addQuery(store, DEFAULT_TENANT, { name: 'q', query: {}, prefixes: {}, keyId: 'test' }, Date.now());
  for (const [i, dest] of dests.entries()) {
    await addSubscription(store, DEFAULT_TENANT, {
      subscriptionID: String(i),
      keyId: 'test',
      of: { queryName: 'q' },
      form: 'json',
      dest,
      epcFormat: 'Never_Translates',
      reportIfEmpty: false,
      dueAt: 0,
    });
  }
}

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});
async function receiver(...args: Parameters<typeof startReceiver>): Promise<Receiver> {
  const one = await startReceiver(...args);
  cleanups.push(() => one.close());
  return one;
}
async function opened(url: string): Promise<Store> {
  const store = await openStore({ url }, { migrate: true });
  cleanups.push(() => store.close());
  return store;
}
async function database(): Promise<string> {
  const { url, drop } = await freshDatabase();
  cleanups.push(drop);
  return url;
}
function running(store: Store, more: Partial<DeliverPlatform> = {}): Delivery {
  const delivery = begin(store, more);
  cleanups.push(() => delivery.stop());
  return delivery;
}

describe('deliveries', () => {
  it('of three servers on one database are made once, whoever captured', async () => {
    const url = await database();
    const stores = [await opened(url), await opened(url), await opened(url)];
    const receivers = [await receiver(), await receiver(), await receiver()];
    await subscribed(stores[0]!, ...receivers.map((one) => one.url));
    for (const store of stores) running(store);
    const wanted: string[] = [];
    for (let round = 0; round < 30; round++) wanted.push(...(await captured(stores[round % 3]!, 1 + (round % 4))));
    for (const { taken } of receivers) await vi.waitFor(() => expect(taken).toEqual(wanted), WAIT);
  });

  it('of a server that captures nothing follow within a second', { retry: 2 }, async () => {
    const url = await database();
    const [writer, caller] = [await opened(url), await opened(url)];
    const { calls, taken, url: dest } = await receiver();
    await subscribed(writer, dest);
    running(caller);
    const wanted = await captured(writer);
    const at = Date.now();
    await vi.waitFor(() => expect(taken).toEqual(wanted), WAIT);
    expect(calls[0]!.at - at).toBeLessThan(1000);
  });

  it('that were cut short by a vanished process are made by another when its lease has run out', async () => {
    const url = await database();
    const [lost, heir] = [await opened(url), await opened(url)];
    const { taken, url: dest } = await receiver();
    await subscribed(lost, dest);
    const wanted = await captured(lost, 3);
    // claimed by a process that is never heard of again
    const lease = `update subscription set lease = gen_random_uuid(), up_to = 3, progress = 1,
      leased_until = (extract(epoch from clock_timestamp()) * 1000)::bigint + 1500 where tenant_id = $1`;
    await lost.of(DEFAULT_TENANT).query(lease, [DEFAULT_TENANT]);
    const at = Date.now();
    running(heir);
    await vi.waitFor(() => expect(taken).toEqual(wanted.slice(1)), WAIT);
    expect(Date.now() - at).toBeGreaterThan(1000);
  });

  it('go on after a restart where they had come to, on PGlite', { timeout: 90_000 }, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tagtrail-delivery-'));
    const { taken, url } = await receiver(({ eventIDs }) => (eventIDs.length > 2 ? 413 : 204));
    const wanted: string[] = [];
    for (let life = 0; life < 2; life++) {
      const store = await openStore({ dataDir });
      if (life === 0) await subscribed(store, url);
      const before = taken.length;
      const delivery = begin(store);
      wanted.push(...(await captured(store, 9)));
      await vi.waitFor(() => expect(taken.length).toBeGreaterThan(before), WAIT);
      await delivery.stop();
      await store.close();
    }
    const store = await openStore({ dataDir });
    const delivery = begin(store);
    await vi.waitFor(() => expect(taken).toEqual(wanted), WAIT);
    await delivery.stop();
    await store.close();
    rmSync(dataDir, { recursive: true });
  });

  it('whose secret cannot be opened pause at once, and unsigned calls are never made instead', async () => {
    const store = await opened(await database());
    const { calls, url } = await receiver();
    await addQuery(store, DEFAULT_TENANT, { name: 'q', query: {}, prefixes: {}, keyId: 'test' }, Date.now());
    const delivery = running(store, { secretKey: Buffer.alloc(32, 7) });
    const subscription = {
      of: { queryName: 'q' },
      form: 'json' as const,
      dest: url,
      epcFormat: 'Never_Translates' as const,
      reportIfEmpty: false,
      dueAt: 0,
    };
    const secret = delivery.sealed(DEFAULT_TENANT, 'other', 'token')!;
    await addSubscription(store, DEFAULT_TENANT, { ...subscription, subscriptionID: 'one', keyId: 'test', secret });
    await captured(store);
    await vi.waitFor(async () => {
      const shown = await findSubscription(store, DEFAULT_TENANT, { queryName: 'q' }, 'one');
      expect(shown?.pausedAt).toBeDefined();
      expect(shown?.failure).toContain('TAGTRAIL_SECRET_KEY');
    }, WAIT);
    expect(calls).toHaveLength(0);
  });

  it('to an address that may not be called any more are refused at the call', async () => {
    const store = await opened(await database());
    const { calls, url } = await receiver();
    await subscribed(store, url, url.replace('127.0.0.1', 'localhost'));
    running(store, { reach: { allowPrivate: false } });
    await captured(store);
    await vi.waitFor(async () => {
      const [one, two] = await Promise.all(
        ['0', '1'].map((id) => findSubscription(store, DEFAULT_TENANT, { queryName: 'q' }, id)),
      );
      expect(one?.failure).toContain('127.0.0.1 is no address of the public internet');
      expect(two?.failure).toMatch(/localhost is at (127\.0\.0\.1|::1), no address of the public internet/);
    }, WAIT);
    expect(calls).toHaveLength(0);
  });
});

describe('a destination', () => {
  const destination = async (asked: unknown, allowPrivate = false): Promise<URL> => {
    const url = destOf(asked, { allowPrivate });
    await checkDest(url, { allowPrivate });
    return url;
  };

  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[64:ff9b::10.0.0.1]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://168.63.129.16/',
    'http://100.100.100.200/',
    'http://10.0.0.1/',
    'http://192.168.0.1:8080/',
    'http://172.20.1.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://localhost/',
    'http://8.8.8.8:25/',
    'http://8.8.8.8:22/',
    'ftp://8.8.8.8/',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'http://user@8.8.8.8/',
    'http://8.8.8.8/#x',
    '//8.8.8.8/',
    '',
    7,
    undefined,
    `http://8.8.8.8/${'x'.repeat(3000)}`,
  ])('%s is refused', async (dest) => {
    await expect(destination(dest)).rejects.toMatchObject({
      code: 'invalid',
      detail: { rule: 'InvalidURIException' },
    });
  });

  it.each(['http://8.8.8.8/hook', 'https://8.8.8.8/', 'https://8.8.8.8:8443/a?b=c', 'http://[2606:4700:4700::1111]/'])(
    '%s is taken',
    async (dest) => {
      expect((await destination(dest)).href).toBe(dest);
    },
  );

  it('may be private where the operator says so', async () => {
    expect((await destination('http://127.0.0.1:9/none', true)).port).toBe('9');
  });

  it('whose name is not known yet is taken, and looked up again at each call', async () => {
    expect((await destination('https://no-such-name.invalid/hook')).host).toBe('no-such-name.invalid');
  });
});
