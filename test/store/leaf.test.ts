import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import { hashUri, unpackEventId } from '../../src/store/event-id.ts';
import { type LeafKind, leafHash } from '../../src/tlog/leaf.ts';
import { declared, documentOf, objectEvent, operator } from '../capture/events.ts';
import { onBoth } from './databases.ts';

const KINDS: Record<number, LeafKind> = { 1: 'declaration', 2: 'refused' };
const BACKFILL = readFileSync('src/store/migrations/0001_leaves.sql', 'utf8').split('--> statement-breakpoint')[1]!;

interface Row {
  sequence: number;
  record_time: number;
  event_id: Uint8Array;
  variant: Uint8Array;
  hash: Uint8Array;
  capture_id: string;
  leaf: Uint8Array;
}

onBoth('leaves of the log', ({ store, tenant }) => {
  const who = operator(tenant());
  const rows = () => store().query<Row>('select * from event where tenant_id = $1 order by sequence', [who.tenantId]);

  beforeAll(async () => {
    const { eventID: _, ...unnamed } = objectEvent(2);
    const events = [objectEvent(1), unnamed, objectEvent(3, { eventID: 'https://example.org/a%20b' })];
    const platform = { store: store(), clock: Date.now };
    await capture(platform, who, documentOf([...events, declared(objectEvent(1))]));
    await capture(platform, who, documentOf([objectEvent(1, { bizStep: 'receiving' })]), { behaviour: 'proceed' });
  });

  test('each event, declaration and refused event has the hash of its own values', async () => {
    const found = (await rows()).map(({ leaf, ...row }) => {
      const kind = KINDS[row.variant[0] ?? 0] ?? 'event';
      const expected = leafHash({
        sequence: row.sequence,
        recordTime: row.record_time,
        kind,
        eventID: unpackEventId(row.event_id),
        hash: hashUri(row.hash),
        declaration: kind === 'declaration' ? Buffer.from(row.variant.subarray(1)).toString('hex') : '',
        captureID: row.capture_id,
      });
      expect(Buffer.from(leaf).toString('hex')).toBe(expected);
      return kind;
    });
    expect(found).toEqual(['event', 'event', 'event', 'declaration', 'refused']);
  });

  test('the migration gives older events the same', async () => {
    const before = await rows();
    await store().query(`update event set leaf = decode(repeat('00', 32), 'hex')`);
    await store().query(BACKFILL);
    expect(await rows()).toEqual(before);
  });
});
