// Cohorts are exactly the things that the same bundles name.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyOfUri, keyText, numberOf, stemOf } from '../../src/gs1/index.ts';
import { bundled } from '../../src/trace/bundle.ts';
import { Cohorts } from '../../src/trace/cohort.ts';
import type { Fact } from '../../src/trace/fact.ts';
import { rangesOf } from '../../src/trace/key-range.ts';

const THINGS = 40;
const KEYS = Array.from({ length: THINGS }, (_, i) =>
  keyText(keyOfUri(`urn:epc:id:sgtin:9521234.000001.${i * 50}`).key),
);

it('part as bundles name some of them, and each stands for its own', () => {
  const bundles = fc.array(fc.array(fc.integer({ min: 0, max: THINGS - 1 }), { minLength: 1 }), { minLength: 1 });
  fc.assert(
    fc.property(bundles, (named) => {
      const cohorts = new Cohorts();
      const lives = new Map<string, string>();
      for (const [n, things] of named.entries()) {
        const mentions = things.map((i) => ({ key: KEYS[i]!, role: 'epc' as const, gcpLength: 7 }));
        const [bundle] = bundled({ mentions } as unknown as Fact).bundles!;
        // read list by list: one that is named again parts those that stood together in the first list
        const told = Array.from(
          cohorts.of(bundle!, () => {}),
          (keys) => cohorts.members(keys),
        );
        expect(told[0]!.toSorted()).toEqual([...new Set(mentions.map(({ key }) => key))].sort());
        expect(told.flat().toSorted()).toEqual(mentions.map(({ key }) => key).sort());
        for (const { key } of mentions) lives.set(key, `${lives.get(key) ?? ''} ${n}`);
      }
      const alike = Map.groupBy(lives.keys(), (key) => lives.get(key)!);
      for (const keys of alike.values()) {
        const [only] = keys.filter((key) => cohorts.count(key) > 1 || keys.length === 1);
        expect(cohorts.members([only!]).toSorted()).toEqual(keys.sort());
      }
    }),
  );
});

it('tell what they stand for as ranges and as numbers, in whatever order it was named', () => {
  const serial = fc.oneof(fc.integer({ min: 240, max: 300 }), fc.integer({ min: 65_520, max: 65_560 }));
  fc.assert(
    fc.property(fc.array(fc.uniqueArray(serial, { minLength: 1 }), { minLength: 1, maxLength: 4 }), (named) => {
      const cohorts = new Cohorts();
      for (const serials of named) {
        const keys = serials.map((n) => keyText(keyOfUri(`urn:epc:id:sgtin:9521234.000001.${n}`).key));
        const mentions = keys.map((key) => ({ key, role: 'epc' as const, gcpLength: 7 }));
        const [bundle] = bundled({ mentions } as unknown as Fact).bundles!;
        const standing = Array.from(
          cohorts.of(bundle!, () => {}),
          (all) => all,
        ).flat();
        const ranges = cohorts.ranges(standing);
        expect(ranges.reduce((sum, { count }) => sum + count, 0)).toBe(keys.length);
        expect(ranges).toEqual(rangesOf(keys));
        for (const key of standing) {
          const members = cohorts.members([key]);
          const stem = stemOf(key);
          const isOneStem = new Set(members.map((member) => member.slice(0, stem))).size === 1;
          expect(cohorts.numbers(key, stem)?.join()).toBe(
            isOneStem ? members.map((member) => numberOf(member, stem)).join() : undefined,
          );
        }
      }
    }),
  );
});
