import { describe, expect, it } from 'vitest';
import { ReaderClock, type Stamp } from '../../readers/clock.ts';

const HOST = Date.parse('2026-05-04T10:00:00Z');
const utc = (ms: number): Stamp => ({ kind: 'utc', ms });
const uptime = (ms: number): Stamp => ({ kind: 'uptime', ms });

function clockAt(offsetMs: number, maxOffsetMs = 1000) {
  const jumps: number[] = [];
  const clock = new ReaderClock(maxOffsetMs, (offset) => jumps.push(offset));
  clock.observe(utc(HOST - offsetMs), HOST);
  return { clock, jumps };
}

describe('the reader clock', () => {
  it('leaves UTC alone within maxClockOffsetMs and corrects it beyond', () => {
    expect(clockAt(900).clock.correct(utc(HOST - 900), HOST)).toBe(HOST - 900);
    expect(clockAt(-3_600_000).clock.correct(utc(HOST + 3_600_000), HOST)).toBe(HOST);
    expect(clockAt(3_600_000).clock.correct(utc(HOST - 3_600_000), HOST)).toBe(HOST);
  });

  it('keeps the age of old reads', () => {
    const { clock } = clockAt(-3_600_000);
    expect(clock.correct(utc(HOST + 3_600_000 - 600_000), HOST + 50)).toBe(HOST - 600_000);
  });

  it('always converts uptime, by the greeting or, without one, by the first read', () => {
    const clock = new ReaderClock(1000, () => {});
    clock.observe(uptime(5000), HOST);
    expect(clock.correct(uptime(4000), HOST + 1000)).toBe(HOST - 1000);
    expect(new ReaderClock(1000, () => {}).correct(uptime(4000), HOST)).toBe(HOST);
  });

  it('takes the smallest of the last offsets, since the network only adds', () => {
    const { clock } = clockAt(5000);
    for (const delay of [300, 40, 700]) clock.observe(utc(HOST), HOST + 4900 + delay);
    expect(clock.utcOffsetMs).toBe(4940);
    for (let i = 0; i < 8; i++) clock.observe(utc(HOST), HOST + 5200); // slow drift: the old ones age out
    expect(clock.utcOffsetMs).toBe(5200);
  });

  it('believes neither one odd stamp nor a burst of queued events', () => {
    const { clock, jumps } = clockAt(0);
    expect(clock.correct(utc(HOST + 86_400_000), HOST)).toBe(HOST);
    for (let i = 0; i < 20; i++) clock.observe(utc(HOST - 600_000 + i), HOST + i);
    expect(clock.correct(utc(HOST + 100), HOST + 100)).toBe(HOST + 100);
    expect(jumps).toEqual([]);
  });

  it('starts a new offset when the clock was set back: events agree over time', () => {
    const { clock, jumps } = clockAt(0);
    for (const later of [1000, 2000, 3500]) clock.observe(utc(HOST + later - 3_600_000), HOST + later);
    expect(jumps).toEqual([3_600_000]);
    expect(clock.correct(utc(HOST + 4000 - 3_600_000), HOST + 4000)).toBe(HOST + 4000);
  });

  it('starts a new offset when it was set forward, and never dates a read in the future', () => {
    const { clock, jumps } = clockAt(0);
    for (const later of [0, 10, 20, 30]) {
      expect(clock.correct(utc(HOST + later + 3_600_000), HOST + later)).toBe(HOST + later);
    }
    expect(jumps).toEqual([-3_600_000]);
    expect(clock.correct(utc(HOST + 3_590_000), HOST + 40)).toBe(HOST - 10_000);
  });
});
