import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { capture, dryRun, warnedVerdicts } from '../../src/capture/capture.ts';
import { keyOfUri, keyText } from '../../src/gs1/index.ts';
import { UnstoredWarnings, type WarnedVerdict } from '../../src/capture/warnings.ts';
import type { Fact } from '../../src/trace/fact.ts';
import { link } from '../../src/trace/link.ts';
import { onBoth } from '../store/databases.ts';
import { declared, documentOf, type Fields, item, lot, objectEvent, operator } from './events.ts';
import { expectedWarnings } from './warning-oracle.ts';

const ITEMS = [item(1), item(2), item(3)];
const CARRIERS = [1, 2, 3].map((n) => `urn:epc:id:sscc:0614141.100000000${n}`);
const LOTS = [lot('A'), lot('B')];
const THINGS = [...ITEMS, ...CARRIERS];
const RUNS = 40;

const some = (list: readonly string[], most: number): fc.Arbitrary<string[]> =>
  fc.uniqueArray(fc.constantFrom(...list), { maxLength: most });
const classes = (list: readonly string[]): Fields[] => list.map((epcClass) => ({ epcClass, quantity: 1 }));

/** One event of chance; of its lists those with nothing in them are left out. */
const event: fc.Arbitrary<Fields> = fc
  .record({
    type: fc.constantFrom(
      'ObjectEvent',
      'ObjectEvent',
      'AggregationEvent',
      'AggregationEvent',
      'AssociationEvent',
      'TransformationEvent',
    ),
    minute: fc.nat({ max: 5 }),
    action: fc.constantFrom('ADD', 'ADD', 'OBSERVE', 'OBSERVE', 'DELETE'),
    step: fc.constantFrom(undefined, 'shipping', 'receiving', 'sensor_reporting'),
    parent: fc.constantFrom(...THINGS),
    things: some(THINGS, 3),
    others: some(THINGS, 2),
    lots: some(LOTS, 1),
    ilmd: fc.constantFrom(undefined, 'A', 'B'),
    transformation: fc.constantFrom(undefined, 'urn:uuid:x'),
  })
  .map(({ type, minute, action, step, parent, things, others, lots, ilmd, transformation }) => {
    const all = things.length + lots.length > 0 ? things : [ITEMS[0]!];
    const time = new Date(Date.UTC(2026, 2, 1, 0, minute)).toISOString();
    const shared = { type, eventTime: time, bizStep: step, epcList: undefined };
    const made = { ilmd: ilmd && { 'cbvmda:lotNumber': ilmd } };
    if (type === 'ObjectEvent')
      return { ...shared, action, epcList: all, quantityList: classes(lots), ...(action === 'ADD' && made) };
    if (type === 'TransformationEvent') {
      const lists = { inputEPCList: all, inputQuantityList: classes(lots), outputEPCList: others };
      return {
        ...shared,
        action: undefined,
        ...lists,
        transformationID: transformation,
        ...(others.length > 0 && made),
      };
    }
    const children = things.filter((one) => one !== parent);
    const isEmpty = children.length + lots.length === 0 && action !== 'DELETE';
    const childEPCs = isEmpty ? [THINGS.find((one) => one !== parent)!] : children;
    return { ...shared, action, parentID: parent, childEPCs, childQuantityList: classes(lots) };
  });

/** Documents of a world: events, and declarations of one of those before by its number. */
const world = fc.array(
  fc.array(fc.oneof({ weight: 9, arbitrary: event }, { weight: 1, arbitrary: fc.nat({ max: 8 }) }), {
    minLength: 1,
    maxLength: 5,
  }),
  { minLength: 1, maxLength: 4 },
);

const clean = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );

/** The world's documents with eventIDs. */
function documentsOf(drawn: readonly (readonly (Fields | number)[])[]): Fields[][] {
  const before: Fields[] = [];
  return drawn.map((document) =>
    document.flatMap((one) => {
      if (typeof one === 'number') return before[one] ? [declared(before[one])] : [];
      before.push(clean({ ...objectEvent(before.length + 1), ...one }));
      return [before.at(-1)!];
    }),
  );
}

/** Facts of what is stored, with their places; declarations void. */
class Plain {
  readonly #facts: Fact[] = [];
  readonly #void = new Set<string>();

  take(events: readonly Fields[], verdicts: readonly WarnedVerdict[]): (string[] | undefined)[] {
    const own = events.map((fields, i) => {
      if (verdicts[i]?.verdict !== 'accepted') return undefined;
      const sequence = this.#facts.length + 1;
      const fact = link(fields, { sequence, recordTime: sequence, hash: verdicts[i].hash!, refused: false });
      this.#facts.push(fact);
      if (fact.declaration) this.#void.add(fact.eventID);
      return fact;
    });
    const effective = this.#facts.filter((fact) => !fact.declaration && !this.#void.has(fact.eventID));
    return own.map((fact) => fact && (effective.includes(fact) ? expectedWarnings(effective, fact) : []));
  }
}

const keyOf = (uri: string): string => keyText(keyOfUri(uri).key);
const shown = ({ verdict, warnings = [] }: WarnedVerdict): string[] | undefined =>
  verdict === 'accepted'
    ? warnings
        .map(
          ({ code, ids, eventIDs = [] }) =>
            `${code} ${ids.map(keyOf).sort().join(' ')} < ${eventIDs.toSorted().join(' ')}`,
        )
        .sort()
    : undefined;

const TELLING = { language: 'en', form: 'urn' } as const;
const seen = new Map<string, number>();
afterAll(() => {
  // worlds of chance in which a rule never applies would prove nothing of it
  for (const code of [
    'DUP_COMMISSION',
    'LOT_CONFLICT',
    'USED_BEFORE_COMMISSION',
    'SEEN_AFTER_DECOMMISSION',
    'SEEN_AFTER_CONSUMED',
    'MISSING_ADD',
    'IMPLICIT_DISAGG',
    'CONTAINMENT_CYCLE',
    'X_SEEN_ALONE',
    'MISSING_COMMISSION',
    'MISSING_ORIGIN',
  ])
    expect(seen.get(code), code).toBeGreaterThan(0);
});

onBoth('warnings', ({ store, tenant }) => {
  test('are those of the rules read plainly; of a page, a dry run and a later look the same', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (drawn) => {
        const who = operator(tenant());
        const platform = { store: store(), clock: Date.now };
        const plain = new Plain();
        const asked: { captureID: string; expected: (string[] | undefined)[] }[] = [];
        for (const events of documentsOf(drawn)) {
          const before = await dryRun(platform, who, documentOf(events), { behaviour: 'proceed', ...TELLING });
          const { job, verdicts } = await capture(platform, who, documentOf(events), { behaviour: 'proceed' });
          const expected = plain.take(events, verdicts);
          expect(before.verdicts.map(shown)).toEqual(expected);
          asked.push({ captureID: job.captureID, expected });
          for (const { warnings = [] } of before.verdicts)
            for (const { code } of warnings) seen.set(code, (seen.get(code) ?? 0) + 1);
        }
        for (const { captureID, expected } of asked) {
          const whole = await warnedVerdicts(store(), who.tenantId, captureID, [0, 100], TELLING);
          expect(whole!.verdicts.map(shown)).toEqual(expected);
          const single = await warnedVerdicts(store(), who.tenantId, captureID, [0, 1], TELLING);
          expect(single!.verdicts).toEqual(whole!.verdicts.slice(0, 1));
        }
      }),
      { numRuns: RUNS, seed: 5 },
    );
  }, 120_000);

  test('of what is not stored are looked for up to a limit', async () => {
    const unstored = new UnstoredWarnings(store(), tenant(), 0);
    const facts = (from: number, count: number): Fact[] =>
      Array.from({ length: count }, (_, i) => {
        const epcList = Array.from({ length: 1_000 }, (__, n) => item((from + i) * 1_000 + n));
        return link(objectEvent(from + i, { epcList }), { sequence: 1, recordTime: 1, hash: '', refused: false });
      });
    const first = await unstored.take(facts(0, 2), new Set())!();
    expect([...first.keys()]).toEqual([0, 1]);
    expect(first.get(1)).toMatchObject([{ code: 'MISSING_COMMISSION', idCount: 1_000 }]);
    const again = await unstored.take(facts(1, 2), new Set([String(objectEvent(2)['eventID'])]))!();
    expect(again.size).toBe(0);
    expect(unstored.take(facts(3, 99), new Set())).toBeUndefined();
  });
});

describe('the generator', () => {
  test('makes documents that name things', () => {
    expect(documentsOf([[{ type: 'ObjectEvent', epcList: [] }, 0]])[0]).toHaveLength(2);
  });
});
