import { beforeEach, describe, expect, test } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import { addQuery, removeQuery } from '../../src/store/named-query.ts';
import {
  acknowledge,
  addSubscription,
  claimDue,
  fail,
  findSubscription,
  finish,
  listSubscriptions,
  type NewSubscription,
  removeSubscription,
  subscriptionIDs,
  SUBSCRIPTIONS_MAX,
  tenantsDue,
} from '../../src/store/subscription.ts';
import { asDeliverer } from '../../src/store/wall.ts';
import { documentOf, objectEvent, operator } from '../capture/events.ts';
import { onBoth } from './databases.ts';

const LEASE_MS = 30_000;

const stream = (subscriptionID: string, more: Partial<NewSubscription> = {}): NewSubscription => ({
  subscriptionID,
  keyId: 'mine',
  of: { queryName: 'q' },
  form: 'json',
  dest: 'https://receiver.example/hook',
  epcFormat: 'Always_GS1_Digital_Link',
  reportIfEmpty: false,
  dueAt: 0,
  ...more,
});

onBoth('subscriptions', ({ store, tenant }) => {
  let mine = '';
  const events = (...numbers: number[]) =>
    capture({ store: store(), clock: Date.now }, operator(mine), documentOf(numbers.map((n) => objectEvent(n))));
  const claim = (limit = 10) => claimDue(store(), mine, limit, LEASE_MS);

  beforeEach(async () => {
    mine = tenant();
    await addQuery(store(), mine, { name: 'q', query: {}, prefixes: {}, keyId: 'mine' }, Date.now());
  });

  test('is due when the log goes on, to one process alone, until all is told', async () => {
    await events(1, 2);
    await addSubscription(store(), mine, stream('a'));
    expect(await claim()).toEqual([]);
    expect(await tenantsDue(store(), 1000)).not.toContain(mine);
    await events(3, 4);
    expect(await tenantsDue(store(), 1000)).toContain(mine);
    const both = await Promise.all([claim(), claim()]);
    const [claimed] = both.flat();
    expect(both.flat()).toHaveLength(1);
    expect(claimed).toMatchObject({ progress: 2, upTo: 4, queryName: 'q', failures: 0 });
    expect(await tenantsDue(store(), 1000)).not.toContain(mine);

    expect(await acknowledge(store(), claimed!, { sequence: 3, recordTime: 7, leaseMs: LEASE_MS })).toBe(true);
    expect(await finish(store(), claimed!, { recordTime: claimed!.headRecordTime, notified: true })).toBe(true);
    expect(await claim()).toEqual([]);
    const told = await findSubscription(store(), mine, { queryName: 'q' }, 'a');
    expect(told).toMatchObject({ minRecordTime: expect.any(Number), lastNotifiedAt: expect.any(Number) });
    expect(told).not.toHaveProperty('secret');
  });

  test('a lease that ran out or was ended changes nothing any more', async () => {
    await addSubscription(store(), mine, stream('a'));
    await events(1);
    const [first] = await claimDue(store(), mine, 1, 0);
    const [second] = await claim();
    expect(second).toMatchObject({ progress: 0, upTo: 1 });
    expect(await acknowledge(store(), first!, { sequence: 1, recordTime: 1, leaseMs: LEASE_MS })).toBe(false);
    expect(await removeSubscription(store(), mine, { queryName: 'q' }, 'a')).toBe('removed');
    expect(await finish(store(), second!, { recordTime: 1, notified: true })).toBe(false);
  });

  test('waits after a failure, and is not due any more once paused', async () => {
    await addSubscription(store(), mine, stream('a'));
    await events(1);
    const [one] = await claim();
    await fail(store(), one!, { reason: 'answered 500', waitMs: 0, counts: true, pause: false });
    const [two] = await claim();
    expect(two).toMatchObject({ failures: 1, failure: 'answered 500', progress: 0 });
    await fail(store(), two!, { reason: 'answered 500', waitMs: 60_000, counts: true, pause: false });
    expect(await claim()).toEqual([]);
    await store().of(mine).query('update subscription set due_at = 0 where tenant_id = $1', [mine]);
    const [three] = await claim();
    await fail(store(), three!, { reason: 'answered 502', waitMs: 0, counts: true, pause: true });
    expect(await claim()).toEqual([]);
    expect(await findSubscription(store(), mine, { queryName: 'q' }, 'a')).toMatchObject({
      failures: 3,
      failure: 'answered 502',
      pausedAt: expect.any(Number),
    });
  });

  test('a schedule is due at its time, with or without events, up to where the log ended then', async () => {
    const schedule = { second: '0' };
    await addSubscription(store(), mine, stream('late', { schedule, dueAt: Date.now() + 3_600_000 }));
    await addSubscription(store(), mine, stream('now', { schedule, dueAt: Date.now() - 1 }));
    const [first] = await claim();
    expect(first).toMatchObject({ subscriptionID: 'now', progress: 0, upTo: 0, schedule });
    await fail(store(), first!, { reason: 'no answer', waitMs: 0, counts: true, pause: false });
    await events(1);
    const [again] = await claim();
    expect(again).toMatchObject({ upTo: 0 });
    await finish(store(), again!, { recordTime: 0, notified: true, dueAt: Date.now() - 1 });
    expect(await claim()).toMatchObject([{ progress: 0, upTo: 1 }]);
  });

  test('begins at initialRecordTime', async () => {
    await events(1);
    await events(2);
    const [row] = await store()
      .of(mine)
      .query<{ record_time: number }>('select record_time from event where tenant_id = $1 and sequence = 2', [mine]);
    await addSubscription(store(), mine, stream('second', { initialRecordTime: row!.record_time }));
    await addSubscription(store(), mine, stream('all', { initialRecordTime: 0 }));
    const progress = new Map((await claim()).map((one) => [one.subscriptionID, one.progress]));
    expect(Object.fromEntries(progress)).toEqual({ all: 0, second: 1 });
  });

  test('ends with its query, and is known to its tenant alone', async () => {
    await addSubscription(store(), mine, stream('a'));
    await addSubscription(store(), mine, stream('soap', { of: { query: { EQ_action: ['ADD'] } }, form: 'xml-1.2' }));
    const other = tenant();
    expect(await findSubscription(store(), other, { queryName: 'q' }, 'a')).toBeUndefined();
    expect(await removeSubscription(store(), other, { queryName: 'q' }, 'a')).toBe('none');
    expect(await subscriptionIDs(store(), mine, 'own')).toEqual(['soap']);
    expect(await removeQuery(store(), mine, 'q')).toBe('removed');
    expect(await subscriptionIDs(store(), mine, { queryName: 'q' })).toEqual([]);
    expect(await subscriptionIDs(store(), mine, 'own')).toEqual(['soap']);
    expect(await addSubscription(store(), mine, stream('late'))).toBe('gone');
  });

  test('is ended by its own key, and what nobody owns by those alone who may end all', async () => {
    await addSubscription(store(), mine, stream('a', { keyId: 'other' }));
    expect(await removeSubscription(store(), mine, { queryName: 'q' }, 'a', 'mine')).toBe('alien');
    expect(await removeQuery(store(), mine, 'q', 'mine')).toBe('alien');
    expect(await removeSubscription(store(), mine, { queryName: 'q' }, 'a', 'other')).toBe('removed');
    await store().of(mine).query('update named_query set key_id = null where tenant_id = $1', [mine]);
    expect(await removeQuery(store(), mine, 'q', 'mine')).toBe('alien');
    expect(await removeQuery(store(), mine, 'q')).toBe('removed');
    expect(await removeQuery(store(), mine, 'q', 'mine')).toBe('none');
  });

  test('whoever calls receivers sees ends of logs and subscriptions of all tenants, and can change nothing', async () => {
    await addSubscription(store(), mine, stream('a'));
    await events(1);
    const ask = (text: string) => asDeliverer(store()).query(text);
    expect(await ask(`select 1 from subscription where tenant_id = '${mine}'`)).toHaveLength(1);
    expect(await ask(`select 1 from log_head where tenant_id = '${mine}'`)).toHaveLength(1);
    for (const table of ['event', 'named_query', 'api_key', 'mention', 'capture_job']) {
      expect(await ask(`select 1 from ${table}`)).toEqual([]);
    }
    expect(await ask('delete from subscription returning 1')).toEqual([]);
    expect(await ask('update log_head set size = 0 returning 1')).toEqual([]);
  });

  describe('of one tenant', () => {
    test('an ID is taken once, and there is a limit', async () => {
      await addSubscription(store(), mine, stream('0'));
      expect(await addSubscription(store(), mine, stream('0'))).toBe('exists');
      for (let n = 1; n < SUBSCRIPTIONS_MAX; n++) await addSubscription(store(), mine, stream(String(n)));
      expect(await addSubscription(store(), mine, stream('more'))).toBe('full');
      const page = await listSubscriptions(store(), mine, { queryName: 'q' }, 150);
      const last = page.at(-1)!;
      const rest = await listSubscriptions(store(), mine, { queryName: 'q' }, 150, [
        last.createdAt,
        last.subscriptionID,
      ]);
      expect(new Set([...page, ...rest].map((one) => one.subscriptionID)).size).toBe(SUBSCRIPTIONS_MAX);
    });
  });
});
