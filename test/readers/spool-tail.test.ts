// What a power cut or a bad disk leaves at the end of a spool, and days without a platform.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Alarms } from '../../readers/alarm.ts';
import { Spool } from '../../readers/spool.ts';
import type { MadeEvent } from '../../readers/to-event.ts';
import { Uplink } from '../../readers/uplink.ts';
import { StandInEndpoint } from './stand-in-endpoint.ts';
import { until } from './stand-in-reader.ts';

const GIB = 2 ** 30;
const COMMITS = 20;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spool-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const event = (n: number, madeMs = n): MadeEvent => ({
  eventId: `urn:x:event:${n}`,
  madeMs,
  body: JSON.stringify({ eventID: `urn:x:event:${n}`, epcList: [`urn:x:epc:${n}`] }),
});
const commit = (spool: Spool, events: MadeEvent[]): void =>
  expect(spool.commit({ events, pages: [], listening: new Map() })).toEqual({ ok: true });
const idsOf = (spool: Spool): string[] => spool.oldest(0, 10_000, GIB).map(({ eventId }) => eventId);

/** A copy of the files as they lie on disk while the spool is in use: what a power cut leaves. */
function cut(): string {
  const made = join(directory, 'made');
  const copy = join(directory, 'copy');
  const spool = new Spool(made, GIB);
  for (let n = 1; n <= COMMITS; n++) commit(spool, [event(n)]);
  cpSync(made, copy, { recursive: true });
  spool.close();
  return copy;
}
const log = (copy: string): string => join(copy, 'spool.db-wal');

describe('the tail of the spool', () => {
  it('lies in the log when the power goes: every commit is there', () => {
    const copy = cut();
    expect(readdirSync(copy)).toContain('spool.db-wal');
    const spool = new Spool(copy, GIB);
    expect(idsOf(spool)).toEqual(Array.from({ length: COMMITS }, (_, i) => `urn:x:event:${i + 1}`));
    spool.close();
  });

  it.each([1, 100, 4096, 9000, 40_000])('cut short by %i bytes: whole commits up to there, in order, and it goes on', (bytes) => {
    const copy = cut();
    truncateSync(log(copy), readFileSync(log(copy)).length - bytes);
    const spool = new Spool(copy, GIB);
    const ids = idsOf(spool);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, i) => `urn:x:event:${i + 1}`));
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.length).toBeLessThan(COMMITS);
    commit(spool, [event(99)]);
    expect(idsOf(spool).at(-1)).toBe('urn:x:event:99');
    spool.close();
  }); // prettier-ignore

  it('overwritten with noise, or with noise behind it: nothing is invented', () => {
    for (const noise of ['behind', 'over'] as const) {
      const copy = cut();
      const bytes = readFileSync(log(copy));
      const random = Buffer.from(Array.from({ length: 9000 }, (_, i) => (i * 7919 + (i >> 3)) & 255));
      if (noise === 'over') random.copy(bytes, bytes.length - random.length);
      writeFileSync(log(copy), noise === 'over' ? bytes : Buffer.concat([bytes, random]));
      const spool = new Spool(copy, GIB);
      const ids = idsOf(spool);
      expect(ids).toEqual(Array.from({ length: ids.length }, (_, i) => `urn:x:event:${i + 1}`));
      expect(ids.length).toBe(noise === 'behind' ? COMMITS : Math.min(ids.length, COMMITS - 1));
      expect(ids.length).toBeGreaterThan(0);
      spool.close();
      rmSync(join(directory, 'made'), { recursive: true });
      rmSync(copy, { recursive: true });
    }
  });
});

describe('days offline', () => {
  it('all of them are sent afterwards, once and in order, over restarts in between', async () => {
    const [days, each] = [3, 2000];
    for (let day = 0; day < days; day++) {
      const spool = new Spool(directory, GIB);
      const from = day * each;
      commit(
        spool,
        Array.from({ length: each }, (_, i) => event(from + i, day * 86_400_000 + i)),
      );
      expect(spool.backlog).toBe(from + each);
      spool.close();
    }
    const endpoint = await StandInEndpoint.start();
    await endpoint.close();
    const spool = new Spool(directory, GIB);
    const logger = pino({ level: 'silent' });
    const config = { name: 'capture', targets: [{ url: endpoint.url }], batch: 500 };
    const uplink = new Uplink(config, spool, new Alarms(logger), logger, () => {});
    uplink.start();
    expect(await until(() => uplink.counts.retries >= 2)).toBe(true);
    expect(spool.backlog).toBe(days * each);
    await endpoint.open();
    expect(await until(() => spool.backlog === 0, 20_000)).toBe(true);
    expect(endpoint.list().map(({ eventID }) => eventID)).toEqual(
      Array.from({ length: days * each }, (_, i) => `urn:x:event:${i}`),
    );
    await uplink.stop(0);
    spool.close();
    await endpoint.close();
  }, 40_000);
});
