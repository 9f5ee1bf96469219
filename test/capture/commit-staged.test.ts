import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import { checkEvent } from '../../src/capture/check.ts';
import { newCaptureId } from '../../src/capture/job.ts';
import { oldestCaptureId } from '../../src/capture/staged.ts';
import { commitStaged, type StagedOutcome } from '../../src/capture/commit-staged.ts';
import { readContext, Values } from '../../src/epcis/index.ts';
import type { JobRecord } from '../../src/store/capture-job.ts';
import { declarationVariant, STANDS } from '../../src/store/event.ts';
import { hashUri, unpackEventId } from '../../src/store/event-id.ts';
import { readHead } from '../../src/store/log-head.ts';
import type { Store } from '../../src/store/open.ts';
import { dropForgotten, findStandingSince, type Standing, stageEvents } from '../../src/store/stage.ts';
import { leafHash } from '../../src/tlog/leaf.ts';
import { onBoth } from '../store/databases.ts';
import { declared, documentOf, type Fields, item, lot, objectEvent, operator } from './events.ts';

const CHUNK = 4;

onBoth('a document that is staged in chunks', ({ store, tenant }) => {
  /** Stages events as the reader of a large document does, and commits them. */
  async function large(
    tenantId: string,
    events: Fields[],
    { between, proceed = false }: { between?: () => Promise<unknown>; proceed?: boolean } = {},
  ): Promise<StagedOutcome & { took: Standing[] }> {
    const took: Standing[] = [];
    const values = new Values(readContext(undefined));
    const captureId = randomUUID();
    for (let first = 0; first < events.length; first += CHUNK) {
      const placed = events.slice(first, first + CHUNK).map((event, i) => {
        const checked = checkEvent(event, values);
        if (!('row' in checked)) throw new Error(JSON.stringify(checked));
        const variant = checked.declaration ? declarationVariant(checked.declaration) : STANDS;
        return { row: checked.row, variant, captureId, sequence: first + i + 1 };
      });
      await stageEvents(store(), tenantId, captureId, placed);
    }
    await between?.();
    const jobOf = ({ firstSequence, storedCount, conflicting }: StagedOutcome): JobRecord => ({
      captureId,
      keyId: 'test',
      success: !conflicting,
      behaviour: 'rollback',
      createdAt: 1,
      finishedAt: 2,
      eventCount: events.length,
      ...(firstSequence !== undefined && { firstSequence }),
      storedCount,
      errors: [],
      exceptions: [],
    });
    const outcome = await commitStaged(store(), tenantId, {
      captureId,
      staged: events.length,
      now: Date.now(),
      proceed,
      took: async (standing) => void took.push(...standing),
      rolledBack: () => Promise.resolve(),
      jobOf,
    });
    for (const table of ['staged_event', 'staged_mention'])
      expect(await store().query(`select 1 from ${table} where tenant_id = $1`, [tenantId])).toEqual([]);
    expect(await store().query('select 1 from capture_job where capture_id = $1', [captureId])).toHaveLength(1);
    return { ...outcome, took };
  }

  const small = (tenantId: string, events: Fields[]) =>
    capture({ store: store(), clock: Date.now }, operator(tenantId), documentOf(events), { behaviour: 'proceed' });

  const MIXED = [
    ...Array.from({ length: 9 }, (_, n) => objectEvent(n + 1)),
    objectEvent(20, { epcList: [], quantityList: [{ epcClass: lot('A'), quantity: 5 }] }),
    objectEvent(21, { action: 'ADD', epcList: [item(7), item(8)], ilmd: { 'cbvmda:lotNumber': 'B' } }),
    declared(objectEvent(3)),
  ];

  const rowsOf = (db: Store, tenantId: string) =>
    db.query('select * from event where tenant_id = $1 order by sequence', [tenantId]);

  test('leaves the same rows as one that is captured at once', async () => {
    const [mine, other] = [tenant(), tenant()];
    expect(await large(mine, MIXED)).toMatchObject({
      storedCount: 12,
      firstSequence: 1,
      conflicting: false,
      took: [],
    });
    await small(other, MIXED);
    const plain = (rows: Record<string, unknown>[]) =>
      rows.map((row) => ({ ...row, tenant_id: '', capture_id: '', record_time: 0, leaf: '' }));
    const rows = await rowsOf(store(), mine);
    expect(plain(rows)).toEqual(plain(await rowsOf(store(), other)));
    const mentions = (tenantId: string) =>
      store().query('select key, sequence, role, gcp_length from mention where tenant_id = $1 order by 1, 2, 3', [
        tenantId,
      ]);
    expect(await mentions(mine)).toEqual(await mentions(other));
    expect(await readHead(store(), mine)).toMatchObject({ size: 12, recordTime: rows[0]!['record_time'] });
    for (const row of rows) {
      const variant = row['variant'] as Uint8Array;
      const leaf = leafHash({
        sequence: row['sequence'] as number,
        recordTime: row['record_time'] as number,
        kind: variant.length > 0 ? 'declaration' : 'event',
        eventID: unpackEventId(row['event_id'] as Uint8Array),
        hash: hashUri(row['hash'] as Uint8Array),
        declaration: Buffer.from(variant.subarray(1)).toString('hex'),
        captureID: row['capture_id'] as string,
      });
      expect(Buffer.from(row['leaf'] as Uint8Array).toString('hex')).toBe(leaf);
    }
  });

  test('what is stored already, or said twice, is left out, and the others close up', async () => {
    const id = tenant();
    await small(id, [objectEvent(1), objectEvent(4), objectEvent(5)]);
    const events = [2, 1, 3, 4, 5, 6, 2, 7].map((n) => objectEvent(n));
    const outcome = await large(id, events);
    expect(outcome).toMatchObject({ storedCount: 4, firstSequence: 4, conflicting: false });
    expect(outcome.took.map(({ position, same }) => [position, same])).toEqual([2, 4, 5, 7].map((n) => [n, true]));
    const rows = await rowsOf(store(), id);
    const numbers = rows.map((row) => Number.parseInt(unpackEventId(row['event_id'] as Uint8Array).slice(-4), 16));
    expect(numbers).toEqual([1, 4, 5, 2, 3, 6, 7]);
    expect(rows.map((row) => row['sequence'])).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const mentions = async (tenantId: string) =>
      (
        await store().query(
          `select encode(e.event_id, 'hex') as event, encode(m.key, 'hex') as key, m.role, m.gcp_length
           from mention m left join event e on e.tenant_id = m.tenant_id and e.sequence = m.sequence
           where m.tenant_id = $1 order by 1, 2, 3`,
          [tenantId],
        )
      ).map((row) => Object.values(row).join(' '));
    const other = tenant();
    await small(
      other,
      [1, 2, 3, 4, 5, 6, 7].map((n) => objectEvent(n)),
    );
    expect(await mentions(id)).toEqual(await mentions(other));
  });

  test('what a process left that ended is dropped once it is old enough', async () => {
    const id = tenant();
    const left = async (at: number): Promise<string> => {
      const captureId = newCaptureId(at);
      const checked = checkEvent(objectEvent(1), new Values(readContext(undefined)));
      if (!('row' in checked)) throw new Error(JSON.stringify(checked));
      await stageEvents(store(), id, captureId, [{ row: checked.row, variant: STANDS, captureId, sequence: 1 }]);
      return captureId;
    };
    await left(1_000);
    await left(2_000);
    const young = await left(3_000);
    await dropForgotten(store(), id, oldestCaptureId(3_000));
    for (const table of ['staged_event', 'staged_mention']) {
      const rows = await store().query<{ id: string }>(
        `select distinct capture_id as id from ${table} where tenant_id = $1`,
        [id],
      );
      expect(rows).toEqual([{ id: young }]);
    }
  });

  test('an eventID that stands for another event stores nothing', async () => {
    const id = tenant();
    const events = [1, 2, 3, 4, 5, 6].map((n) => objectEvent(n));
    const taken = () => small(id, [objectEvent(5, { bizStep: 'receiving' })]);
    const outcome = await large(id, events, { between: taken });
    expect(outcome).toMatchObject({ storedCount: 0, conflicting: true, took: [{ position: 5, same: false }] });
    expect(await rowsOf(store(), id)).toHaveLength(1);
    expect((await readHead(store(), id)).size).toBe(1);
  });

  test('what others stored since the look is found among the staged', async () => {
    const id = tenant();
    await small(id, [objectEvent(1)]);
    const { size } = await readHead(store(), id);
    const outcome = await large(
      id,
      [1, 2, 3, 4].map((n) => objectEvent(n)),
      {
        between: async () => {
          await small(id, [objectEvent(3), objectEvent(4, { bizStep: 'receiving' })]);
          const [row] = await store().query<{ id: string }>(
            'select capture_id as id from staged_event where tenant_id = $1',
            [id],
          );
          const found = await findStandingSince(store(), id, row!.id, size, 10);
          expect(found.map(({ position, same }) => [position, same])).toEqual([
            [3, true],
            [4, false],
          ]);
        },
      },
    );
    expect(outcome).toMatchObject({ storedCount: 0, conflicting: true });
    expect(outcome.took.filter(({ same }) => !same)).toMatchObject([{ position: 4 }]);
  });

  test('captures of others go on beside it, and nobody sees a part', async () => {
    const id = tenant();
    const events = Array.from({ length: 400 }, (_, n) => objectEvent(n + 1));
    const done = new AbortController();
    const sizes = new Set<number>();
    const watching = (async () => {
      while (!done.signal.aborted) {
        const [row] = await store()
          .of(id)
          .query<{ n: number }>('select count(*) as n from event where tenant_id = $1 and event_time < $2', [
            id,
            Date.UTC(2026, 2, 1) + 400_500,
          ]);
        sizes.add(row!.n);
        // an embedded database answers without a turn of the event loop, which the others need
        await setImmediate();
      }
    })();
    const others = Promise.all(Array.from({ length: 20 }, (_, n) => small(id, [objectEvent(1000 + n)])));
    try {
      expect(await large(id, events)).toMatchObject({ storedCount: 400 });
      await others;
    } finally {
      done.abort();
      await watching;
    }
    expect([...sizes].filter((size) => size !== 0 && size !== 400)).toEqual([]);
    const rows = await rowsOf(store(), id);
    expect(rows.map((row) => row['sequence'])).toEqual(Array.from({ length: 420 }, (_, i) => i + 1));
  });
});
