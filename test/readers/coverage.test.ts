// What a collector must tell of the times in which it could not know, and what a reader whose clock is set must not do.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startEmulator } from 'node-llrp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReaderClock, type SetBack, type Stamp } from '../../readers/clock.ts';
import { Listening } from '../../readers/filter/listening.ts';
import { Rig, type Tag } from './rig.ts';
import { until } from './stand-in-reader.ts';

const HOST = Date.parse('2026-05-04T10:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const utc = (ms: number): Stamp => ({ kind: 'utc', ms });

function watched(before?: ReturnType<ReaderClock['memory']>) {
  const jumps: { offsetMs: number; setBack: SetBack | undefined }[] = [];
  const clock = new ReaderClock(1000, (offsetMs, setBack) => jumps.push({ offsetMs, setBack }), before);
  return { clock, jumps };
}

describe('a reader whose clock is set back', () => {
  it('is found out by its reads: they go back and stay equally late', () => {
    const { clock, jumps } = watched();
    clock.greet(utc(HOST), HOST);
    for (let at = 0; at <= 1000; at += 100) clock.saw(utc(HOST + at), HOST + at);
    for (let at = 1100; at <= 4000; at += 100) clock.saw(utc(HOST + at - HOUR_MS), HOST + at);
    expect(jumps).toEqual([{ offsetMs: HOUR_MS, setBack: { byMs: HOUR_MS, fromMs: HOST + 1000, toMs: HOST + 3100 } }]);
    expect(clock.correct(utc(HOST + 5000 - HOUR_MS), HOST + 5000)).toBe(HOST + 5000);
  });

  it('is found out by the second time, where nothing was known of the first', () => {
    const misdated: SetBack[] = [];
    const clock = new ReaderClock(
      1000,
      () => {},
      undefined,
      (setBack) => misdated.push(setBack),
    );
    clock.greet(utc(HOST), HOST);
    for (let at = 10_000; at <= 30_000; at += 1000) clock.saw(utc(HOST + at - HOUR_MS), HOST + at);
    expect(misdated).toEqual([]);
    clock.saw(utc(HOST + 31_000 - 2 * HOUR_MS), HOST + 31_000);
    expect(misdated).toEqual([{ byMs: HOUR_MS, fromMs: 0, toMs: HOST + 30_000 }]);
  });

  it('is not confused with a queue that is being emptied, nor with one burst of old reads', () => {
    const { clock, jumps } = watched();
    clock.greet(utc(HOST), HOST);
    clock.saw(utc(HOST), HOST);
    // ten minutes of reads, in order, in ten seconds
    for (let at = 0; at <= 10_000; at += 100) clock.saw(utc(HOST + 1000 + at * 60), HOST + 10 * MINUTE_MS + at);
    const now = HOST + 11 * MINUTE_MS;
    clock.saw(utc(now), now);
    // read before what has come already, within a second; or catching up
    for (let i = 0; i < 100; i++) clock.saw(utc(HOST + i), now + 10 * i);
    for (let i = 0; i < 100; i++) clock.saw(utc(HOST + i * 3000), now + 2000 + 100 * i);
    expect(jumps).toEqual([]);
  });

  it('shows in the next greeting; what the reader has kept from before keeps its time', () => {
    const { clock: first } = watched();
    first.greet(utc(HOST), HOST);
    first.saw(utc(HOST + 1000), HOST + 1000);
    const found = HOST + 5 * MINUTE_MS;
    for (const byMs of [HOUR_MS, -HOUR_MS]) {
      const { clock, jumps } = watched(first.memory(HOST + 1000));
      clock.greet(utc(found - byMs), found);
      expect(jumps).toHaveLength(1);
      expect(jumps[0]!.offsetMs).toBe(byMs);
      // kept from before it was set, from after, and read now
      expect(clock.correct(utc(HOST + 2000), found + 50)).toBe(HOST + 2000);
      expect(clock.correct(utc(HOST + 4000), found + 60)).toBe(HOST + 4000);
      expect(clock.correct(utc(HOST + MINUTE_MS - byMs), found + 70)).toBe(HOST + MINUTE_MS);
      expect(clock.correct(utc(found + 80 - byMs), found + 80)).toBe(found + 80);
      expect(jumps).toHaveLength(1);
    }
  });
});

describe('what a reader has kept', () => {
  it('is not taken to be handed out because a link ran for a moment', () => {
    const { clock: first } = watched();
    first.greet(utc(HOST), HOST);
    const found = HOST + 5 * MINUTE_MS;
    const { clock: second } = watched(first.memory(HOST + 1000));
    second.greet(utc(found), found);
    const { clock } = watched(second.memory(found + 1000));
    clock.greet(utc(found + HOUR_MS), found + MINUTE_MS);
    expect(clock.correct(utc(HOST + 2 * MINUTE_MS), found + MINUTE_MS)).toBe(HOST + 2 * MINUTE_MS);
    second.quiet(10_000);
    expect(second.memory(found + 1000)!.heardMs).toBe(found + 1000);
    for (let at = found + 1000; at <= found + 12_000; at += 1000) second.saw(utc(at), at);
    expect(second.memory(found + 12_000)!.heardMs).toBe(found + 12_000);
  });

  /** A clock that was set ahead again behind its greeting; the reader may still be handing out what it has kept. */
  const greeted = () => {
    const { clock: first } = watched();
    first.greet(utc(HOST), HOST);
    const found = HOST + 5 * MINUTE_MS;
    const { clock, jumps } = watched(first.memory(HOST + 1000));
    clock.greet(utc(found + HOUR_MS), found);
    return { clock, jumps, found };
  };

  it('is over when a while has passed with keepalives alone: a read in the future is one of now', () => {
    const { clock, jumps, found } = greeted();
    const now = found + 2 * MINUTE_MS;
    clock.quiet(9_000);
    expect(clock.correct(utc(now + 2 * HOUR_MS), now)).toBeLessThan(found);
    clock.quiet(10_000);
    for (let at = now; at < now + 300; at += 100) expect(clock.correct(utc(at + 2 * HOUR_MS), at)).toBe(at);
    expect(jumps.at(-1)!.offsetMs).toBe(-2 * HOUR_MS);
  });
});

describe('a lost link', () => {
  it('leaves a gap from the last thing heard, or from where a queue that was being emptied had come to', () => {
    const live = new Listening(HOST);
    live.found(HOST + 10);
    live.heard(HOST + 5000);
    live.saw(HOST + 4990, HOST + 5000);
    live.lost();
    expect(live.found(HOST + 9000)).toEqual({ from: HOST + 5000, to: HOST + 9000 });

    const late = new Listening(HOST);
    late.found(HOST + 10);
    late.heard(HOST + 60_000);
    late.saw(HOST + 20_000, HOST + 60_000);
    late.lost();
    expect(late.found(HOST + 90_000)).toEqual({ from: HOST + 20_000, to: HOST + 90_000 });
  });

  it('leaves the same gap where the collector is killed while a queue is being emptied', () => {
    const late = new Listening(HOST);
    late.found(HOST + 10);
    late.heard(HOST + 60_000);
    late.saw(HOST + 20_000, HOST + 60_000);
    const next = Listening.from(late.toText(), HOST + 80_000);
    expect(next.found(HOST + 90_000)).toEqual({ from: HOST + 20_000, to: HOST + 90_000 });
    expect(next.between(HOST, HOST + 90_000)).toBe(19_990);
  });
});

describe('a stream that was held up', () => {
  const PERIOD_MS = 10_000;
  const running = (): Listening => {
    const listening = new Listening(HOST);
    listening.keepalives.periodMs = PERIOD_MS;
    listening.found(HOST);
    for (let at = PERIOD_MS; at <= MINUTE_MS; at += PERIOD_MS) {
      listening.heard(HOST + at);
      listening.keepalives.came(HOST + at);
    }
    return listening;
  };
  /** Comes again after five minutes; so many keepalives of it have come. */
  const resumed = (keepalives: number): Listening => {
    const listening = running();
    listening.heard(HOST + 6 * MINUTE_MS);
    for (let n = 0; n < keepalives; n++) listening.keepalives.came(HOST + 6 * MINUTE_MS + n);
    return listening;
  };

  it('is as old as the keepalives in it say, with no read and whatever the clock of the reader says', () => {
    expect(running().reachedMs).toBe(HOST + MINUTE_MS);
    for (const keepalives of [0, 1, 12])
      expect(resumed(keepalives).reachedMs).toBe(HOST + MINUTE_MS + keepalives * PERIOD_MS);
    const cut = resumed(12);
    cut.lost();
    expect(cut.found(HOST + 7 * MINUTE_MS)).toEqual({ from: HOST + 3 * MINUTE_MS, to: HOST + 7 * MINUTE_MS });
    const killed = Listening.from(resumed(12).toText(), HOST + 7 * MINUTE_MS);
    expect(killed.found(HOST + 7 * MINUTE_MS)?.from).toBe(HOST + 3 * MINUTE_MS);
  });

  it('is as old as its keepalive is late where bytes only drip', () => {
    const dripping = running();
    for (let at = 1; at <= 40; at++) dripping.heard(HOST + MINUTE_MS + at * 1000);
    expect(dripping.reachedMs).toBe(HOST + MINUTE_MS);
    expect(dripping.leaps(HOST + HOUR_MS, HOST + MINUTE_MS + 40_000)).toBe(true);
    dripping.keepalives.came(HOST + MINUTE_MS + 41_000);
    expect(dripping.reachedMs).toBe(HOST + MINUTE_MS + PERIOD_MS);
  });

  it('is live again when the last of them has come, or when they come at their pace', () => {
    expect(resumed(30).reachedMs).toBe(HOST + 6 * MINUTE_MS);
    const skipped = resumed(3); // a reader that made none while nobody took them
    const now = HOST + 6 * MINUTE_MS + PERIOD_MS;
    skipped.heard(now);
    expect(skipped.reachedMs).toBeLessThan(HOST + 2 * MINUTE_MS);
    skipped.keepalives.came(now);
    expect(skipped.reachedMs).toBe(now);
  });

  it('is not held up for ever where no keepalive comes', () => {
    const silent = resumed(0);
    for (let n = 1; n <= 3; n++) silent.heard(HOST + 6 * MINUTE_MS + n * PERIOD_MS);
    expect(silent.reachedMs).toBe(HOST + 6 * MINUTE_MS + 3 * PERIOD_MS);
  });

  it('of a reader without keepalives is as old as its last silence, not as its link', () => {
    const listening = new Listening(HOST);
    listening.keepalives.periodMs = PERIOD_MS;
    listening.found(HOST);
    for (let at = 1000; at <= HOUR_MS; at += 1000) listening.heard(HOST + at);
    expect(listening.reachedMs).toBe(HOST + HOUR_MS);
    listening.heard(HOST + HOUR_MS + 20_000);
    expect(listening.reachedMs).toBe(HOST + HOUR_MS);
    listening.lost();
    expect(listening.found(HOST + HOUR_MS + 30_000)?.from).toBe(HOST + HOUR_MS);
  });

  it('is still as old when it is held up again before anything came', () => {
    const held = resumed(2);
    held.heard(HOST + 20 * MINUTE_MS, true);
    expect(held.reachedMs).toBe(HOST + MINUTE_MS + 2 * PERIOD_MS);
  });

  it('holds no read that is newer than its place in it', () => {
    const now = HOST + 6 * MINUTE_MS;
    const held = resumed(12);
    expect(held.leaps(HOST + 3 * MINUTE_MS + PERIOD_MS, now)).toBe(false);
    expect(held.leaps(HOST + 5 * MINUTE_MS, now)).toBe(true);
    expect(running().leaps(HOST + 2 * MINUTE_MS, HOST + MINUTE_MS)).toBe(false);
  });
});

describe('the collector', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.make();
  });
  afterEach(async () => {
    expect(await rig.dispose()).toEqual([]);
  });

  const reconnect = async (whileAway: () => void = () => {}): Promise<void> => {
    const before = rig.reader.connections;
    rig.reader.socket?.destroy();
    whileAway();
    expect(await until(() => rig.reader.connections > before && rig.reader.running)).toBe(true);
    expect(await rig.reader.barrier()).toBe(true);
  };
  const timeOf = (tag: Tag): number =>
    Date.parse(rig.endpoint.list().find(({ epcList }) => epcList.includes(tag.uri))!.eventTime);

  it('tells a gap while the reader has stopped its ROSpec, and nothing departs meanwhile', async () => {
    const emulator = await startEmulator({ port: 0 });
    try {
      const more = { port: emulator.port, keepaliveMs: 300, filter: { mode: 'presence', departAfterMs: 400 } };
      const collector = await rig.start({}, more);
      expect(await until(() => rig.endpoint.epcs().length >= 20)).toBe(true);
      emulator.fault('restart-rospec', { ms: 1500 });
      expect(await until(() => collector.stats().alarms.some(({ name }) => name === 'reader-idle:dock-1'))).toBe(true);
      expect(await until(() => collector.stats().alarms.length === 0)).toBe(true);
      const [gap] = collector.operations(1);
      expect(gap).toMatchObject({ kind: 'gap', detail: { reason: 'the reader stopped its ROSpec' } });
      const [from, to] = [gap!.detail['from'], gap!.detail['to']].map((time) => Date.parse(String(time)));
      expect(to! - from!).toBeGreaterThan(1000);
      expect(rig.endpoint.epcs()).toHaveLength(20);
    } finally {
      await emulator.stop();
    }
  });

  it('tells once of tags that stand there while the clock of the reader is set back, and dates the next ones right', async () => {
    await rig.start();
    expect(await rig.running()).toBe(true);
    const [before, during, after] = [rig.tags(5), rig.tags(5), rig.tags(5)];
    rig.send(before);
    expect(await rig.reader.barrier()).toBe(true);
    rig.reader.clockMs = -HOUR_MS;
    const standing = [...before, ...during];
    const end = Date.now() + 2500;
    expect(
      await until(() => {
        rig.send(standing);
        return Date.now() > end;
      }),
    ).toBe(true);
    rig.send([...standing, ...after]);
    expect(await rig.reader.barrier()).toBe(true);
    await reconnect();
    rig.send([...standing, ...after]);
    expect(await rig.exactly([...standing, ...after])).toBe(true);
    for (const tag of after) expect(Math.abs(Date.now() - timeOf(tag))).toBeLessThan(30_000);
  });

  it('keeps the time of reads that the reader kept while it was away and its clock was set back', async () => {
    await rig.start();
    expect(await rig.running()).toBe(true);
    const [live, kept, next] = [rig.tags(3), rig.tags(3), rig.tags(3)];
    rig.send(live);
    expect(await rig.reader.barrier()).toBe(true);
    const readAt = Date.now();
    await reconnect(() => (rig.reader.clockMs = -HOUR_MS));
    rig.send(kept, { atMs: readAt });
    rig.send(next);
    rig.send(live);
    expect(await rig.exactly([...live, ...kept, ...next])).toBe(true);
    for (const tag of kept) expect(timeOf(tag)).toBe(readAt);
    for (const tag of next) expect(Math.abs(Date.now() - timeOf(tag))).toBeLessThan(30_000);
  });

  it('tells what is uncertain where the clock is set while reading is stopped, and tells of no tag twice', async () => {
    const capture = { url: rig.endpoint.url, flushMs: 0 };
    const collector = await rig.start({ spoolMaxBytes: 320 * 1024, capture }, { filter: { departAfterMs: 5000 } });
    const isFull = (): boolean => collector.stats().alarms.some(({ name }) => name === 'spool-full');
    const sendUntil = (tags: Tag[], holds: () => boolean): Promise<boolean> =>
      until(() => {
        rig.send(tags);
        return holds();
      }, 30_000);
    const sendFor = (tags: Tag[], ms: number): Promise<boolean> => {
      const end = Date.now() + ms;
      return sendUntil(tags, () => Date.now() > end);
    };
    expect(await rig.running()).toBe(true);
    const [standing, next] = [rig.tags(3), rig.tags(3)];
    rig.send(standing);
    await rig.endpoint.close();
    const flood: Tag[] = [];
    const isFlooded = (): boolean => {
      const more = rig.tags(20);
      flood.push(...more);
      for (const { epc } of more) rig.reader.send([{ epc }]);
      return isFull();
    };
    expect(await sendUntil(standing, isFlooded)).toBe(true);
    await sendFor(standing, 1000);
    rig.reader.clockMs = 2500;
    await sendFor(standing, 3000);
    await rig.endpoint.open();
    const isTold = (): boolean =>
      collector.operations(10).some(({ detail }) => String(detail['reason']).includes('clock was set'));
    expect(await sendUntil(standing, isTold)).toBe(true);
    rig.send(next);
    expect(await rig.exactly([...standing, ...flood, ...next], 30_000)).toBe(true);
  }, 60_000);

  it('keeps an operations event of any microsecond', async () => {
    const collector = await rig.start();
    expect(await rig.running()).toBe(true);
    rig.reader.clockMs = 0.375;
    rig.reader.antennaEvent(2, false);
    expect(await rig.reader.barrier()).toBe(true);
    expect(collector.operations(10).map(({ kind }) => kind)).toContain('antenna-lost');
  });

  it('acknowledges nothing before an operations event that could not be written is on disk', async () => {
    await rig.start();
    expect(await rig.running()).toBe(true);
    const other = new DatabaseSync(join(rig.directory, 'spool', 'spool.db'));
    const lost = (): number =>
      Number(other.prepare("SELECT count(*) AS n FROM operation WHERE kind = 'antenna-lost'").get()!['n']);
    try {
      other.exec('BEGIN IMMEDIATE');
      rig.reader.antennaEvent(2, false);
      expect(await rig.reader.barrier(1500)).toBe(false);
      other.exec('ROLLBACK');
      expect(await rig.reader.barrier()).toBe(true);
      expect(lost()).toBe(1);
    } finally {
      other.close();
    }
  });
});
