import { setImmediate as tick } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import { queueOf } from '../../src/capture/queue.ts';
import { beginLog, lockHead } from '../../src/store/log-head.ts';
import { onBoth } from '../store/databases.ts';
import { documentOf, objectEvent, operator } from './events.ts';

const series = (from: number, count: number) =>
  documentOf(Array.from({ length: count }, (_, i) => objectEvent(from + i)));

onBoth('the queue', ({ store, tenant }) => {
  test('a tenant that sends much does not keep another waiting until all of it is stored', async () => {
    const [many, few] = [operator(tenant()), operator(tenant())];
    const platform = { store: store(), clock: Date.now };
    const order: string[] = [];
    const flood = Array.from({ length: 8 }, (_, n) =>
      capture(platform, many, series(n * 3_000, 3_000)).then(({ job }) => order.push(`many ${job.success}`)),
    );
    const one = capture(platform, few, series(0, 1)).then(({ job }) => order.push(`few ${job.success}`));
    await Promise.all([...flood, one]);
    expect(order).toHaveLength(9);
    expect(order.indexOf('few true')).toBeGreaterThanOrEqual(0);
    expect(order.indexOf('few true')).toBeLessThan(order.length - 1);
  });

  test('two that begin the log of a tenant at once are one behind the other', async () => {
    const who = operator(tenant());
    const alone = () => ({ store: { ...store() }, clock: Date.now });
    await Promise.all(Array.from({ length: 6 }, (_, n) => capture(alone(), who, series(n * 10, 2))));
    const rows = await store()
      .of(who.tenantId)
      .query<{ sequence: number }>('select sequence from event where tenant_id = $1 order by 1', [who.tenantId]);
    expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  test('who comes while a large document is moved waits in line, however long, and goes before the next one', async () => {
    const who = operator(tenant());
    const platform = { store: store(), clock: Date.now };
    const queue = queueOf(store());
    const order: string[] = [];
    const moves = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const alone = moves.map(({ promise }, n) =>
      queue.alone(who.tenantId, () => promise).then(() => order.push(`move ${n}`)),
    );
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const captures = [0, 1].map((n) =>
      capture(platform, who, series(n, 1)).then(({ job }) => order.push(`capture ${n} ${job.success}`)),
    );
    while (queue.waitingEvents < 2) await tick();
    vi.advanceTimersByTime(120_000);
    vi.useRealTimers();
    moves[0]!.resolve();
    await Promise.all(captures);
    expect(order).toEqual(['move 0', 'capture 0 true', 'capture 1 true']);
    moves[1]!.resolve();
    await Promise.all(alone);
    expect(queue.waitingEvents).toBe(0);
  });

  test('another process may hold the log for longer than a lock is waited for', async ({ skip }) => {
    skip(store().dialect === 'pglite', 'one process alone');
    const who = operator(tenant());
    await beginLog(store(), who.tenantId);
    const waiting = async (): Promise<string[]> =>
      (
        await store().query<{ at: string }>(
          `select virtualtransaction as at from pg_locks l join pg_database d on d.datname = current_database()
           where not granted and pid in (select pid from pg_stat_activity where datid = d.oid)`,
        )
      ).map(({ at }) => at);
    const release = Promise.withResolvers<void>();
    const moving = store()
      .of(who.tenantId)
      .transaction(async (tx) => {
        await lockHead(tx, who.tenantId);
        await release.promise;
      });
    const captured = capture({ store: store(), clock: Date.now }, who, series(0, 1));
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(1), { timeout: 10_000 });
    const [first] = await waiting();
    // the first wait is over, and another one has begun
    await vi.waitFor(async () => expect(await waiting()).toEqual([expect.not.stringContaining(first!)]), {
      timeout: 20_000,
    });
    release.resolve();
    expect((await captured).job.success).toBe(true);
    await moving;
  }, 30_000);
});
