// What a reader has kept while nobody listened and its clock was set: any number of times, over restarts of ours.
import { describe, expect, it } from 'vitest';
import type { ClockMemory } from '../../readers/clock-kept.ts';
import { ReaderClock, type SetBack, type Stamp } from '../../readers/clock.ts';

const HOST = Date.parse('2026-05-04T10:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const utc = (ms: number): Stamp => ({ kind: 'utc', ms });

function clockAfter(before?: ClockMemory) {
  const jumps: { offsetMs: number; setBack: SetBack | undefined }[] = [];
  const clock = new ReaderClock(1000, (offsetMs, setBack) => jumps.push({ offsetMs, setBack }), before);
  return { clock, jumps };
}
/** As the spool keeps it. */
const written = (memory: ClockMemory | undefined): ClockMemory => JSON.parse(JSON.stringify(memory)) as ClockMemory;

/** A clock that was right, on a connection that was heard until HOST. */
function leftAtHost(): ClockMemory {
  const { clock } = clockAfter();
  clock.greet(utc(HOST - MINUTE), HOST - MINUTE);
  clock.saw(utc(HOST), HOST);
  return written(clock.memory(HOST));
}

describe('reads that were kept', () => {
  it('keep their time over two kills of the collector while they are handed out', () => {
    const found = HOST + 10 * MINUTE;
    let memory = leftAtHost();
    for (let n = 0; n < 3; n++) {
      const { clock, jumps } = clockAfter(memory);
      const now = found + n * MINUTE;
      clock.greet(utc(now - HOUR), now);
      expect(jumps).toHaveLength(n === 0 ? 1 : 0);
      expect(clock.correct(utc(HOST + n * 1000), now + 50)).toBe(HOST + n * 1000);
      memory = written(clock.memory(now + 100));
    }
  });

  it('keep their time however long it takes to hand them out', () => {
    const { clock, jumps } = clockAfter(leftAtHost());
    const found = HOST + 2 * HOUR;
    clock.greet(utc(found - 5 * HOUR), found);
    for (let at = 0; at < 2 * HOUR; at += MINUTE) {
      const now = found + at / 4;
      clock.saw(utc(HOST + at), now);
      expect(clock.correct(utc(HOST + at), now)).toBe(HOST + at);
    }
    expect(jumps).toHaveLength(1);
  });

  it('are dated in their order where the clock was set twice and nobody heard what it was in between', () => {
    const { clock, jumps } = clockAfter(leftAtHost());
    const found = HOST + 30 * MINUTE;
    clock.greet(utc(found + 3 * HOUR), found);
    const dated: number[] = [];
    const take = (at: number, byMs: number): void => {
      const now = found + 100 + dated.length;
      clock.saw(utc(HOST + at + byMs), now);
      dated.push(clock.correct(utc(HOST + at + byMs), now));
    };
    for (let at = 0; at < 10 * MINUTE; at += MINUTE) take(at, 0);
    for (let at = 10 * MINUTE; at < 20 * MINUTE; at += MINUTE) take(at, -7 * HOUR);
    for (let at = 20 * MINUTE; at < 30 * MINUTE; at += MINUTE) take(at, 3 * HOUR);
    expect(dated.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => HOST + i * MINUTE));
    expect(dated.slice(20)).toEqual(Array.from({ length: 10 }, (_, i) => HOST + (20 + i) * MINUTE));
    expect(dated).toEqual(dated.toSorted((a, b) => a - b));
    expect(jumps).toHaveLength(1);
  });

  it('are all handed out once reads of now have come for a while; then a clock set back shows by them again', () => {
    const { clock, jumps } = clockAfter(leftAtHost());
    const found = HOST + 10 * MINUTE;
    clock.greet(utc(found - HOUR), found);
    for (let at = 100; at <= 20_000; at += 100) {
      clock.saw(utc(found + at - HOUR), found + at);
      expect(clock.correct(utc(found + at - HOUR), found + at)).toBe(found + at);
    }
    for (let at = 20_100; at <= 24_000; at += 100) clock.saw(utc(found + at - 2 * HOUR), found + at);
    expect(jumps.map(({ offsetMs }) => offsetMs)).toEqual([HOUR, 2 * HOUR]);
  });
});

describe('a greeting', () => {
  it('that was long on its way is no clock set back', () => {
    const { clock, jumps } = clockAfter(leftAtHost());
    const made = HOST + MINUTE;
    clock.greet(utc(made), made + 8000, made - 100);
    expect(jumps).toEqual([]);
    expect(clock.correct(utc(made + 9000), made + 9010)).toBe(made + 9000);
  });

  it('that came sooner than the one before shows no clock set forward', () => {
    const first = clockAfter().clock;
    first.greet(utc(HOST), HOST + 8000, HOST - 100);
    const { clock, jumps } = clockAfter(written(first.memory(HOST + 8000)));
    clock.greet(utc(HOST + MINUTE), HOST + MINUTE + 10, HOST + MINUTE);
    expect(jumps).toEqual([]);
    expect(clock.utcOffsetMs).toBe(10);
  });

  it('tells which reads a clock that was set back has misdated, also those that another process took', () => {
    const { clock: first } = clockAfter();
    first.greet(utc(HOST), HOST);
    first.saw(utc(HOST + 1000), HOST + 1000);
    for (let at = 2000; at < 3000; at += 100) first.saw(utc(HOST + at - HOUR), HOST + at);
    expect(first.inDoubt).toBe(true);
    const { clock, jumps } = clockAfter(written(first.memory(HOST + 2900)));
    clock.greet(utc(HOST + MINUTE - HOUR), HOST + MINUTE);
    const setBack = { byMs: HOUR, fromMs: HOST + 1000, toMs: HOST + 2900 };
    expect(jumps).toEqual([{ offsetMs: HOUR, setBack }]);
  });
});

describe('reads that are late', () => {
  it('show a clock set back by less than the gate was empty for: equally late for a minute', () => {
    const { clock, jumps } = clockAfter();
    clock.greet(utc(HOST), HOST);
    clock.saw(utc(HOST), HOST);
    for (let at = MINUTE; at <= 2 * MINUTE; at += 5000) clock.saw(utc(HOST + at - 20_000), HOST + at);
    expect(jumps.map(({ offsetMs }) => offsetMs)).toEqual([20_000]);
  });
});
