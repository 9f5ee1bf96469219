import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashBytes, hashUri, packEventId, unpackEventId } from '../../src/store/event-id.ts';
import { packMentions, ROLES, unpackBundles, unpackMentions, wholeBytes } from '../../src/store/mention.ts';
import { bundled, keysOf } from '../../src/trace/bundle.ts';
import type { Fact } from '../../src/trace/fact.ts';

const latin1 = (max: number) =>
  fc.uint8Array({ minLength: 1, maxLength: max }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const mention = fc.record(
  {
    key: latin1(1024),
    role: fc.constantFrom(...ROLES),
    gcpLength: fc.integer({ min: 0, max: 12 }),
    quantity: fc.double({ noNaN: true }),
    uom: fc.stringMatching(/^[A-Z0-9]{2,3}$/),
  },
  { requiredKeys: ['key', 'role', 'gcpLength'], noNullPrototype: true },
);

test('mentions come back as they went in, absent quantities absent', () => {
  fc.assert(
    fc.property(fc.array(mention), (mentions) => {
      expect(unpackMentions(packMentions(mentions))).toEqual(mentions);
    }),
  );
});

test('bytes that were cut off are refused, never read as something else', () => {
  const packed = packMentions([{ key: 'abc', role: 'epc', gcpLength: 7, quantity: 2.5, uom: 'KGM' }]);
  for (let length = 1; length < 4; length++)
    expect(() => unpackMentions(packed.subarray(0, length))).toThrow(RangeError);
  expect(() => unpackMentions(Buffer.from([0x3f, 0, 0, 0]))).toThrow('role 63');
});

test('of bytes cut off anywhere the whole mentions are found', () => {
  fc.assert(
    fc.property(fc.array(mention), fc.nat(), (mentions, cut) => {
      const packed = packMentions(mentions);
      const head = packed.subarray(0, cut % (packed.length + 1));
      const whole = unpackMentions(head.subarray(0, wholeBytes(head)));
      expect(whole).toEqual(mentions.slice(0, whole.length));
      expect(
        packMentions(mentions.slice(0, whole.length + 1)).length > head.length || whole.length === mentions.length,
      ).toBe(true);
    }),
  );
});

test('in bundles is what the fact has in bundles, and all of it', () => {
  const thing = fc.record({
    key: fc.tuple(fc.constantFrom('\u0012abcdef', '\u0012abcdeg'), latin1(8)).map((parts) => parts.join('')),
    role: fc.constantFrom('outputEPC' as const, 'epc' as const),
    gcpLength: fc.constantFrom(7, 8),
  });
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: thing }, mention)), (mentions) => {
      const { mentions: single, bundles } = unpackBundles(packMentions(mentions));
      const listed = bundles.flatMap((bundle) =>
        Array.from(keysOf(bundle), (key) => ({ key, role: bundle.role, gcpLength: bundle.gcpLength })),
      );
      const text = (list: object[]): string[] => list.map((one) => JSON.stringify(one)).sort();
      expect(text([...single, ...listed])).toEqual(text(mentions));
      expect(bundles.map(({ count }) => count)).toEqual(bundles.map((bundle) => [...keysOf(bundle)].length));
      const expected = bundled({ mentions } as Fact);
      expect(single).toEqual(expected.mentions);
      expect(bundles.map((bundle) => [...keysOf(bundle)])).toEqual(
        expected.bundles!.map((bundle) => [...keysOf(bundle)]),
      );
    }),
  );
});

const HEX = fc.stringMatching(/^[0-9a-f]{64}$/);
const eventID = fc.oneof(
  HEX.map((hex) => `ni:///sha-256;${hex}?ver=CBV2.0`),
  HEX.map((hex) => `ni:///sha-256;${hex}?ver=CBV2.1`),
  fc.uuid().map((uuid) => `urn:uuid:${uuid}`),
  fc.uuid().map((uuid) => `urn:uuid:${uuid.toUpperCase()}`),
  fc.webUrl(),
  fc.string({ unit: 'binary', minLength: 1 }),
);

test('eventIDs come back to the letter, and different ones stay different', () => {
  fc.assert(
    fc.property(eventID, (id) => {
      expect(unpackEventId(packEventId(id))).toBe(id);
    }),
  );
  fc.assert(
    fc.property(eventID, eventID, (a, b) => {
      expect(Buffer.compare(packEventId(a), packEventId(b)) === 0).toBe(a === b);
    }),
  );
});

test('hashes take 33 bytes and UUIDs 17', () => {
  const hash = `ni:///sha-256;${'0a'.repeat(32)}?ver=CBV2.0`;
  expect(packEventId(hash)).toHaveLength(33);
  expect(packEventId('urn:uuid:01234567-89ab-cdef-0123-456789abcdef')).toHaveLength(17);
  expect(hashUri(hashBytes(hash))).toBe(hash);
  expect(() => hashBytes('ni:///sha-256;00')).toThrow('no CBV 2.0 event hash');
});
