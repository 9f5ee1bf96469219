import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { told, World } from './world.ts';

const report = (set: string, more: object = {}) => ({ set, ...more });
const cycles = (cycle: object, filter: object = {}): World => new World({ mode: 'cycle', cycle, ...filter });
const THREE = ['CURRENT', 'ADDITIONS', 'DELETIONS'].map((set) => report(set));

describe('event cycles', () => {
  it('report what is there, what is new and what is gone', () => {
    const world = cycles({ periodMs: 10_000, durationMs: 10_000, reports: THREE });
    for (const [at, serial] of [[1, 1], [2, 2], [2, 1]] as const) world.see({ at, serial }); // prettier-ignore
    expect(told(world.tick(10.5))).toEqual([
      ['current', '1', 10], ['current', '2', 10], ['additions', '1', 10], ['additions', '2', 10],
    ]); // prettier-ignore
    world.see({ at: 11, serial: 2 });
    world.see({ at: 12, serial: 3 });
    expect(told(world.tick(21))).toEqual([
      ['current', '2', 20], ['current', '3', 20], ['additions', '3', 20], ['deletions', '1', 20],
    ]); // prettier-ignore
    expect(told(world.tick(31))).toEqual([['deletions', '2', 30], ['deletions', '3', 30]]); // prettier-ignore
    expect(told(world.tick(100))).toEqual([]);
  });

  it('follow 100,000 tags, count the others, and do not slow down on the way', () => {
    const world = cycles({ periodMs: 3_600_000, durationMs: 3_600_000, reports: [report('CURRENT')] });
    const from = performance.now();
    for (let serial = 1; serial <= 100_500; serial++) world.see({ at: 1, serial });
    expect(performance.now() - from).toBeLessThan(20_000); // it was minutes
    expect(world.filter.forgotten).toBe(500);
  });

  it('keep what was read between two of them for the next', () => {
    const world = cycles({ periodMs: 10_000, durationMs: 2000, reports: [report('CURRENT')] });
    world.see({ at: 1 });
    world.see({ at: 5, serial: 2 });
    world.tick(9);
    world.see({ at: 11, serial: 3 });
    world.tick(13);
    expect(told(world.facts)).toEqual([['current', '1', 2], ['current', '2', 12], ['current', '3', 12]]); // prettier-ignore
  });

  it('begin and end by triggers, or when no new tag comes', () => {
    const start = { gpi: 1, edge: 'rising' };
    const world = cycles({ start, stop: { gpi: 1, edge: 'falling' }, reports: [report('CURRENT')] });
    world.see({ at: 1 });
    world.gpi(2, 1, true);
    world.see({ at: 3, serial: 2 });
    world.gpi(4, 1, false);
    expect(told(world.tick(5))).toEqual([['current', '1', 4], ['current', '2', 4]]); // prettier-ignore
    const stable = cycles({ start, stableMs: 1000, reports: [report('CURRENT')] });
    stable.gpi(0, 1, true);
    for (const [at, serial] of [[0.5, 1], [1, 2], [1.4, 1], [1.8, 2]] as const) stable.see({ at, serial }); // prettier-ignore
    expect(told(stable.tick(3))).toEqual([['current', '1', 2], ['current', '2', 2]]); // prettier-ignore
  });

  it('begin by a trigger that comes while the last one still waits for late reads', () => {
    const start = { gpi: 1, edge: 'rising' };
    const world = cycles({ start, stop: { gpi: 1, edge: 'falling' }, settleMs: 500, reports: [report('CURRENT')] });
    for (const [at, high] of [[1, true], [2, false], [2.2, true], [2.4, false]] as const) world.gpi(at, 1, high); // prettier-ignore
    for (const [at, serial] of [[1.5, 1], [2.1, 2], [2.3, 1], [2.45, 3]] as const) world.see({ at, serial }); // prettier-ignore
    world.gpi(4, 1, true);
    world.gpi(5, 1, false);
    world.tick(9);
    expect(told(world.facts)).toEqual([
      ['current', '1', 2], ['current', '2', 2.4], ['current', '1', 2.4], ['current', '3', 5],
    ]); // prettier-ignore
  });

  it('hold what a plain reading of the rules says, whatever was read when', () => {
    const read = fc.record({ gap: fc.integer({ min: 1, max: 4000 }), serial: fc.integer({ min: 1, max: 4 }) });
    const flags = fc.record({ reportIfEmpty: fc.boolean(), reportOnlyOnChange: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(read, { minLength: 1, maxLength: 40 }),
        flags,
        fc.integer({ min: 100, max: 3000 }),
        (list, more, durationMs) => {
          const periodMs = 3000;
          const world = cycles({ periodMs, durationMs, reports: THREE.map((one) => ({ ...one, ...more })) });
          let ms = 0;
          const reads = list.map(({ gap, serial }) => ({ ms: (ms += gap), serial: String(serial) }));
          for (const one of reads) world.see({ at: one.ms / 1000, serial: Number(one.serial) });
          const last = Math.ceil(ms / periodMs) * periodMs + 3 * periodMs;
          world.tick((last + durationMs + 200) / 1000);
          const expected: [string, string, number][] = [];
          let [before, since]: [string[], number] = [[], -Infinity];
          for (let from = Math.floor(reads[0]!.ms / periodMs) * periodMs; from <= last; from += periodMs) {
            const end = from + durationMs;
            const inside = reads.filter((one) => one.ms > since && one.ms <= end).map(({ serial }) => serial);
            const now = [...new Set(inside)].toSorted();
            const sets = {
              current: now,
              additions: now.filter((one) => !before.includes(one)),
              deletions: before.filter((one) => !now.includes(one)),
            };
            const same = !sets.additions.length && !sets.deletions.length;
            for (const [kind, members] of Object.entries(sets)) {
              if (more.reportOnlyOnChange && same) continue;
              const named = members.length || !more.reportIfEmpty ? members : [''];
              for (const one of named) expected.push([kind, one, end / 1000]);
            }
            [before, since] = [now, end];
          }
          const sorted = (all: [string, string, number][]) => all.map(String).toSorted();
          expect(sorted(told(world.facts))).toEqual(sorted(expected));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('filter and group by patterns, with counts', () => {
    const world = cycles({
      durationMs: 1000,
      periodMs: 1000,
      reports: [
        report('CURRENT', {
          name: 'by-item',
          include: ['urn:epc:pat:sgtin-96:*.0614141.*.[1-3]'],
          exclude: ['urn:epc:pat:sgtin-96:*.*.*.2'],
          groups: ['urn:epc:pat:sgtin-96:1.X.*.1', 'urn:epc:pat:sgtin-96:1.0614141.112345.X'],
        }),
      ],
    });
    for (const serial of [1, 2, 3, 4]) world.see({ at: 0.5, serial });
    world.tick(2);
    expect(told(world.facts).map(([, serial]) => serial)).toEqual(['1', '3']);
    expect(world.facts[0]?.note).toMatchObject({
      report: 'by-item',
      count: 2,
      groups: { 'urn:epc:pat:sgtin-96:1.0614141.*.1': 1, 'urn:epc:pat:sgtin-96:1.0614141.112345.3': 1 },
    });
  });

  it('are silent when nothing is there or nothing changed, as configured', () => {
    const always = cycles({ periodMs: 1000, durationMs: 1000, reports: [report('CURRENT', { reportIfEmpty: true })] });
    always.tick(0);
    expect(told(always.tick(2.5))).toEqual([['current', '', 1], ['current', '', 2]]); // prettier-ignore
    const change = cycles({
      periodMs: 1000,
      durationMs: 1000,
      reports: [report('CURRENT', { reportOnlyOnChange: true, reportIfEmpty: true })],
    });
    for (const at of [0.1, 1.1, 2.1]) change.see({ at });
    change.tick(6);
    expect(told(change.facts)).toEqual([['current', '1', 1], ['current', '', 4]]); // prettier-ignore
  });

  it('count nothing as gone while the link was down', () => {
    const world = cycles({ periodMs: 10_000, durationMs: 10_000, reports: [report('DELETIONS')] });
    world.see({ at: 1 });
    world.tick(10.5);
    world.listening().lost();
    world.listening().found(Date.parse('2026-05-04T10:00:25Z'));
    expect(world.tick(31)).toEqual([]);
    expect(told(world.tick(41))).toEqual([['deletions', '1', 40]]);
  });

  it('are the same whenever anybody looks, and after a restart at any point', () => {
    const read = fc.record({ gap: fc.nat(3000), serial: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(fc.array(read, { minLength: 1, maxLength: 60 }), fc.nat(60), (list, killed) => {
        let ms = 0;
        const reads = list.map(({ gap, serial }) => ({ at: (ms += gap) / 1000, serial }));
        const config = { periodMs: 5000, durationMs: 4000, reports: THREE };
        const [world, other] = [cycles(config), cycles(config)];
        reads.forEach((one, i) => {
          other.see(one);
          world.see(one);
          world.tick(one.at);
          if (i !== killed) return;
          world.save();
          world.restart();
        });
        for (const one of [world, other]) one.tick(ms / 1000 + 20);
        expect(told(world.facts)).toEqual(told(other.facts));
      }),
      { numRuns: 100 },
    );
  });
});
