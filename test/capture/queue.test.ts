import { setImmediate as tick } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { capture, onCommitted } from '../../src/capture/capture.ts';
import { queueOf } from '../../src/capture/queue.ts';
import { beginLog, lockHead } from '../../src/store/log-head.ts';
import { onBoth } from '../store/databases.ts';
import { documentOf, item, objectEvent, operator } from './events.ts';

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
    const [locked, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const moving = store()
      .of(who.tenantId)
      .transaction(async (tx) => {
        await lockHead(tx, who.tenantId);
        locked.resolve();
        await release.promise;
      });
    await locked.promise;
    const platform = { store: store(), clock: Date.now };
    const captured = capture(platform, who, series(0, 1));
    // these have waited when it is known that the log is locked
    const behind = [1, 2, 3].map((n) => capture(platform, who, series(n * 1_000, 500)));
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(1), { timeout: 10_000 });
    const [first] = await waiting();
    // the first wait is over, and another one has begun
    await vi.waitFor(async () => expect(await waiting()).toEqual([expect.not.stringContaining(first!)]), {
      timeout: 20_000,
    });
    release.resolve();
    const jobs = (await Promise.all([captured, ...behind])).map(({ job }) => job);
    expect(jobs.map(({ success }) => success)).toEqual([true, true, true, true]);
    await moving;
    const rows = await store()
      .of(who.tenantId)
      .query<{ id: string }>(
        'select capture_id as id from event where tenant_id = $1 group by 1 order by min(sequence)',
        [who.tenantId],
      );
    expect(rows.map(({ id }) => id)).toEqual(jobs.map(({ captureID }) => captureID));
  }, 30_000);

  test('what is sent ahead of the end of others is all there once, in order, whoever else writes', async () => {
    const who = operator(tenant());
    const [first, other] = [{ ...store() }, { ...store() }];
    const told: string[] = [];
    const stop = onCommitted(first, ({ events }) => told.push(...events.map(({ eventID }) => eventID!)));
    const [EACH, DOCUMENTS] = [150, 24];
    // each document three times: twice through one store, so that the repeat is in the next transaction, once through another
    const sent = Array.from({ length: DOCUMENTS }, (_, n) => n).flatMap((n) => {
      const document = series(n * EACH, EACH);
      return [first, first, ...(n % 6 === 5 ? [other] : [])].map((through) =>
        capture({ store: through, clock: Date.now }, who, document),
      );
    });
    const verdicts = (await Promise.all(sent)).flatMap((one) => one.verdicts.map(({ verdict }) => verdict));
    stop();
    const accepted = verdicts.filter((verdict) => verdict === 'accepted').length;
    expect(accepted).toBe(EACH * DOCUMENTS);
    expect(verdicts.length - accepted).toBe(verdicts.filter((verdict) => verdict === 'duplicate').length);
    type Row = { sequence: number; record_time: number; body: { eventID: string }; leaf: Uint8Array };
    const rows = await store()
      .of(who.tenantId)
      .query<Row>('select sequence, record_time, body, leaf from event where tenant_id = $1 order by 1', [
        who.tenantId,
      ]);
    expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, i) => i + 1));
    expect(rows.map((row) => row.record_time)).toEqual(rows.map((row) => row.record_time).toSorted((a, b) => a - b));
    const logged = new Map(rows.map(({ body, sequence }) => [body.eventID, sequence]));
    expect(logged.size).toBe(EACH * DOCUMENTS);
    const places = told.map((eventID) => logged.get(eventID)!);
    expect(places.length).toBeGreaterThan(0);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    const [head] = await store()
      .of(who.tenantId)
      .query<{ size: number }>('select size from log_head where tenant_id = $1', [who.tenantId]);
    expect(head!.size).toBe(EACH * DOCUMENTS);
  });

  test('a capture of more identifiers than one statement takes is there as a whole or not at all', async () => {
    const who = operator(tenant());
    const epcs = (n: number) => Array.from({ length: 900 }, (_, i) => item(n * 1_000 + i));
    const document = documentOf(Array.from({ length: 7 }, (_, n) => objectEvent(n, { epcList: epcs(n) })));
    const captured = capture({ store: store(), clock: Date.now }, who, document).finally(() => (stored = true));
    let stored = false;
    const seen = new Set<string>();
    const look = async (): Promise<void> => {
      const [row] = await store()
        .of(who.tenantId)
        .query<{ events: number; rows: number }>(
          `select (select count(*) from event where tenant_id = $1) as events,
             (select count(*) from mention where tenant_id = $1) as rows`,
          [who.tenantId],
        );
      seen.add(`${row!.events} ${row!.rows}`);
    };
    for (;;) {
      const isLast = stored;
      await look();
      if (isLast) break;
      await tick(); // an embedded database answers without a round of the loop
    }
    expect((await captured).job.success).toBe(true);
    seen.delete('0 0');
    const [whole] = seen;
    expect([...seen]).toEqual([whole]);
    const [events, rows] = whole!.split(' ').map(Number);
    expect(events).toBe(7);
    expect(rows).toBeGreaterThanOrEqual(7 * 900);
  });

  test('a document that the database refuses takes neither those of its transaction with it nor the one sent behind', async () => {
    const who = operator(tenant());
    const platform = { store: { ...store() }, clock: Date.now };
    // a number that jsonb cannot hold passes every check of ours
    const bad = documentOf([objectEvent(999_999, { 'ex:n': 0 })]);
    const text = JSON.stringify(bad).replace('"ex:n":0', `"ex:n":1e${'9'.repeat(7)}`);
    const good = Array.from({ length: 12 }, (_, n) => capture(platform, who, series(n * 200, 200)));
    const [refused, ...rest] = await Promise.allSettled([capture(platform, who, text), ...good]);
    expect(rest.map(({ status }) => status)).toEqual(rest.map(() => 'fulfilled'));
    expect(refused?.status === 'rejected' || !refused?.value.job.success).toBe(true);
    const [count] = await store()
      .of(who.tenantId)
      .query<{ n: number; size: number }>(
        'select count(*) as n, max(sequence) as size from event where tenant_id = $1',
        [who.tenantId],
      );
    expect(count).toEqual({ n: 2_400, size: 2_400 });
  });
});
