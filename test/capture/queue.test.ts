import { expect, test } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
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
});
