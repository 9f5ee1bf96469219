import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { Alarms } from '../../readers/alarm.ts';
import { parseConfig } from '../../readers/config.ts';
import { Filter } from '../../readers/filter/filter.ts';
import { Listening } from '../../readers/filter/listening.ts';
import { epcKey } from '../../readers/filter/presence.ts';
import { Intake } from '../../readers/intake.ts';
import { Operations } from '../../readers/operations.ts';
import { placesOf } from '../../readers/places.ts';
import { Spool } from '../../readers/spool.ts';
import { identifier } from '../../readers/to-event.ts';

const NOW_MS = 1_790_000_000_000;
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

/** An intake on a spool of so many bytes, and a way to read new tags, a thousand to the millisecond. */
function rig(spoolMaxBytes: number) {
  const directory = mkdtempSync(join(tmpdir(), 'intake-'));
  const logger = pino({ level: 'silent' });
  const spool = new Spool(directory, spoolMaxBytes);
  const { readers, capture } = parseConfig({
    readers: [{ name: 'gate', host: 'r', readPoint: 'urn:epc:id:sgln:0614141.00777.0' }],
    capture: { url: 'http://127.0.0.1/' },
    spool: directory,
  });
  const parts = { spool, known: () => undefined };
  const { spots, places } = placesOf(readers[0]!, new Listening(NOW_MS), parts);
  const filter = new Filter(new Map(places.map((place) => [place.id, place])), identifier('urn'));
  const alarms = new Alarms(logger);
  const operations = new Operations(spool, logger);
  const intake = new Intake({ capture, spool, filter, alarms, operations, logger, onCommit: () => {} });
  closing.push(() => {
    intake.close();
    spool.close();
    rmSync(directory, { recursive: true });
  });
  const epc = Buffer.from('3074257bf7194e4000000000', 'hex');
  let serial = 0;
  const read = (tags: number): void => {
    for (let i = 0; i < tags; i++) {
      epc.writeUInt32BE(++serial, 8);
      const at = NOW_MS + serial / 1000;
      intake.read(spots[0]!, { key: epcKey(epc), rssi: undefined, count: 1, antenna: 1, firstMs: at, lastMs: at }, at);
    }
  };
  return { intake, spool, read };
}

describe('the size of a commit', () => {
  it('is large while the spool has room', () => {
    const { intake, read } = rig(4 * 1024 ** 3);
    read(20_000);
    expect(intake.counts).toMatchObject({ arrivals: 20_000, commits: 4 });
  });

  it('shrinks with the room, so that a full spool stops reading before there is no room for what was read', () => {
    const { intake, spool, read } = rig(2 * 1024 ** 2);
    const sizes: number[] = [];
    for (let before = 0; !intake.blocked; read(1)) {
      if (intake.counts.arrivals === before) continue;
      sizes.push(intake.counts.arrivals - before);
      before = intake.counts.arrivals;
    }
    expect(sizes[0]).toBeGreaterThan(100);
    expect(sizes.at(-1)).toBe(50);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(spool.full).toBe(true);
    expect(intake.flush(true)).toBe(true);
  });
});
