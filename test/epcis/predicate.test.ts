// The quick verdict of a schema is zod's own, whatever it is given.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { EVENT_TYPES, type EventType } from '../../src/epcis/event.ts';
import { parseDocument } from '../../src/epcis/index.ts';
import { predicateOf } from '../../src/epcis/predicate.ts';

const RUNS = 3_000;
const FOLDER = new URL('fixtures/documents/', import.meta.url);
const SAMPLES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => parseDocument(JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'))).events);

/** What stands in the place of a member; texts are near to what is right somewhere. */
const intruder = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, NaN, Infinity, -1, '', {}, [], [[]], ['urn:a:b'], [null], {
    id: 'urn:a:b',
  }),
  fc.constantFrom('urn:a:b', 'urn:a#b', 'urn:a#b#c', 'a:b c', 'shipping', 'urn:epcglobal:cbv:bizstep:shipping', 'ADD'),
  fc.constantFrom('2026-03-01T08:00:00Z', '2026-02-30T08:00:00Z', '+01:00', '+15:00', 'KGM', 'kgm', 'ff', 'fg'),
  fc.constantFrom(`urn:a:${'b'.repeat(1_018)}`, `urn:a:${'b'.repeat(1_019)}`),
  fc.jsonValue({ maxDepth: 2 }),
);
const stranger = fc.constantFrom(
  'x',
  'ex:x',
  'https://a/b',
  'ilmd',
  'sensorElementList',
  'reason',
  'toString',
  '@context',
);

/** All places of a value: holder and name. */
function places(value: unknown): [holder: Record<string, unknown>, name: string][] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => [[holder, name] as [typeof holder, string], ...places(holder[name])]);
}

/** An event with one to three members exchanged, taken away, doubled or added. */
const spoilt = fc
  .record({
    sample: fc.constantFrom(...SAMPLES),
    changes: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), intruder, stranger), { minLength: 1, maxLength: 3 }),
  })
  .map(({ sample, changes }) => {
    const event = structuredClone(sample) as Record<string, unknown>;
    for (const [at, way, given, name] of changes) {
      const value = structuredClone(given);
      const all = places(event);
      const [holder, member] = all[at % all.length] ?? [{}, ''];
      if (way === 0) holder[member] = value;
      else if (way === 1) delete holder[member];
      else if (Array.isArray(holder)) holder.push(way === 2 ? structuredClone(holder[0]) : value);
      else holder[name] = value;
    }
    return event;
  });

describe.each(Object.keys(EVENT_TYPES) as EventType[])('%s', (type) => {
  const schema = EVENT_TYPES[type];
  const isValid = predicateOf(schema);

  test('the events of the fixtures', () => {
    expect(SAMPLES.length).toBeGreaterThan(5);
    for (const event of SAMPLES) expect(isValid(event), JSON.stringify(event)).toBe(schema.safeParse(event).success);
  });

  test('events with a few members changed', () => {
    let valid = 0;
    fc.assert(
      fc.property(spoilt, (event) => {
        const retyped = { ...event, type };
        const { success } = schema.safeParse(retyped);
        valid += Number(success);
        expect(isValid(retyped)).toBe(success);
      }),
      { numRuns: RUNS },
    );
    expect(valid).toBeGreaterThan(0);
    expect(valid).toBeLessThan(RUNS);
  });

  test('anything else', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(isValid(value)).toBe(schema.safeParse(value).success);
      }),
    );
  });
});

test('a schema that does more than look is refused at once', () => {
  expect(() => predicateOf(z.object({ name: z.string().transform((text) => text.trim()) }))).toThrow('pipe');
});
