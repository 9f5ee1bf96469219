import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDue, readSchedule, type Schedule } from '../../src/epcis/schedule.ts';

const after = (schedule: Schedule, from: string): string => new Date(nextDue(schedule, Date.parse(from))).toISOString();

describe('when a schedule is due', () => {
  it.each<[Schedule, string, string]>([
    [{ second: '0,30' }, '2026-03-01T08:00:10.500Z', '2026-03-01T08:00:30.000Z'],
    [{ second: '0,30' }, '2026-03-01T08:00:30.000Z', '2026-03-01T08:01:00.000Z'],
    [{ second: '[10-12]' }, '2026-03-01T08:00:11Z', '2026-03-01T08:00:12.000Z'],
    [{ hour: '1', minute: '5' }, '2026-03-01T08:00:00Z', '2026-03-02T01:05:00.000Z'],
    [{ hour: '1' }, '2026-02-28T01:00:00Z', '2026-03-01T01:00:00.000Z'],
    [{ second: '0', hour: '23' }, '2026-12-31T23:58:59Z', '2026-12-31T23:59:00.000Z'],
    [{ second: '0', hour: '23' }, '2026-12-31T23:59:00Z', '2027-01-01T23:00:00.000Z'],
    [{ dayOfWeek: '1' }, '2026-03-01T08:00:00Z', '2026-03-02T00:00:00.000Z'],
    [{ dayOfWeek: '7' }, '2026-03-01T08:00:00Z', '2026-03-08T00:00:00.000Z'],
    [{ dayOfMonth: '31' }, '2026-04-01T00:00:00Z', '2026-05-31T00:00:00.000Z'],
    [{ dayOfMonth: '29', month: '2' }, '2097-01-01T00:00:00Z', '2104-02-29T00:00:00.000Z'],
    [{ dayOfMonth: '29', month: '2', dayOfWeek: '1' }, '2080-01-01T00:00:00Z', '2112-02-29T00:00:00.000Z'],
    [{ month: '3' }, '2026-03-01T00:00:00Z', '2027-03-01T00:00:00.000Z'],
    [{ dayOfMonth: '13', dayOfWeek: '5' }, '2026-04-01T00:00:00Z', '2026-11-13T00:00:00.000Z'],
  ])('%j after %s', (schedule, from, due) => {
    expect(after(schedule, from)).toBe(due);
  });

  it('is later than the instant asked, and on the second', () => {
    const digits = (min: number, max: number) =>
      fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 5 }).map((list) => list.join(','));
    fc.assert(
      fc.property(
        fc.record({ second: digits(0, 59), minute: digits(0, 59), hour: digits(0, 23), dayOfWeek: digits(1, 7) }),
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        (schedule, from) => {
          const due = nextDue(schedule, from);
          const at = new Date(due);
          expect(due).toBeGreaterThan(from);
          expect(due % 1000).toBe(0);
          expect(schedule.second.split(',')).toContain(String(at.getUTCSeconds()));
          expect(schedule.dayOfWeek.split(',')).toContain(String(at.getUTCDay() || 7));
        },
      ),
    );
  });
});

describe('a schedule from a request', () => {
  it.each<unknown>([
    {},
    [],
    null,
    'hour',
    { second: '75' },
    { second: '60' },
    { second: '-1' },
    { second: '' },
    { second: '1,' },
    { second: '1, 2' },
    { second: '[5-1]' },
    { second: '[1-' },
    { second: '1-5' },
    { second: '001' },
    { second: 5 },
    { hour: '24' },
    { dayOfMonth: '0' },
    { month: '13' },
    { dayOfWeek: '0' },
    { dayOfWeek: '8' },
    { year: '2026' },
    { __proto__: null, constructor: '1' },
    { second: '1,'.repeat(400) + '1' },
    { dayOfMonth: '30', month: '2' },
    { dayOfMonth: '31', month: '4,6,9,11' },
  ])('is refused: %j', (schedule) => {
    expect(() => readSchedule(schedule)).toThrow(
      expect.objectContaining({ code: 'invalid', detail: { rule: 'SubscriptionControlsException' } }),
    );
  });

  it('stays as it was written', () => {
    const schedule = { second: '0,[10-20]', dayOfWeek: '[1-5]' };
    expect(readSchedule(schedule)).toEqual(schedule);
  });
});
