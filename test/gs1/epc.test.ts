import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Gs1Error,
  answer,
  bytesOfTagUri,
  decode,
  encode,
  encodeTagUri,
  keyInto,
  keyOf,
  keyOfEpc,
  parse,
  toHex,
  toTagUri,
  toUrn,
  uriOfEpc,
  uriOfKey,
} from '../../src/gs1/index.ts';
import { LAYOUTS } from '../../src/gs1/layout.ts';
import { FITTING, FITTING_REFERENCE, fields, urnOf } from './arbitrary.ts';

/** What a call gives, or code and position of its refusal. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof Gs1Error)) throw error;
    return [error.code, error.position, error.message];
  }
}

/** The long way: every field an object, every reason to refuse. */
const slowUri = (epc: Uint8Array) => {
  const { id } = decode(epc);
  return toUrn(id) ?? uriOfKey(keyOf(id), 0, 'link');
};
const slowKey = (epc: Uint8Array) => keyOf(decode(epc).id);

/** Both ways agree on bytes that stand `offset` bytes into a buffer with other bytes around them. */
function expectAgreement(epc: Uint8Array, offset: number): void {
  const buffer = new Uint8Array(offset + epc.length + 3).fill(0xa5);
  buffer.set(epc, offset);
  const out = new Uint8Array(300).fill(0xee);
  const into = () => {
    const length = keyInto(buffer, offset, epc.length, out, offset);
    return out.slice(offset, offset + length);
  };
  const key = outcome(() => slowKey(epc));
  expect(outcome(() => uriOfEpc(buffer, offset, epc.length))).toEqual(outcome(() => slowUri(epc)));
  expect(outcome(into)).toEqual(key);
  expect(outcome(() => keyOfEpc(buffer, offset, epc.length).key)).toEqual(key);
  expect(out.subarray(0, offset).every((byte) => byte === 0xee)).toBe(true);
}

/** An EPC with bits turned, bytes cut or bytes added. */
const damage = fc.record({
  turned: fc.array(fc.nat(250), { maxLength: 3 }),
  length: fc.constantFrom(0, 0, 0, -1, -2, 1, 2, 4),
  added: fc.constantFrom(0, 0, 0, 1, 255),
});
function damaged(epc: Uint8Array, { turned, length, added }: typeof damage extends fc.Arbitrary<infer T> ? T : never) {
  const out = new Uint8Array(epc.length + length).fill(added);
  out.set(epc.subarray(0, out.length));
  for (const bit of turned) if (bit >> 3 < out.length) out[bit >> 3]! ^= 128 >> (bit & 7);
  return out;
}

describe('bytes straight to URI and key agree with decode', () => {
  test.each(LAYOUTS.map((layout) => [layout.scheme, layout] as const))('%s', (scheme, layout) => {
    const values = fields(layout.urn, FITTING[scheme], FITTING_REFERENCE[scheme]);
    fc.assert(
      fc.property(values, fc.nat(2 ** layout.filterBits - 1), fc.nat(3), damage, (given, filter, offset, change) => {
        const id = parse(urnOf(layout.urn, given));
        const epc = encode(id, scheme, filter);
        expectAgreement(epc, offset);
        expect(uriOfEpc(epc)).toBe(toUrn(id));
        expect(keyOfEpc(epc)).toEqual({ key: keyOf(id), gcpLength: id.gcpLength ?? 0 });
        expectAgreement(damaged(epc, change), offset);
      }),
      { numRuns: 300 },
    );
  });

  test('any bits', () => {
    const headers = fc.oneof(fc.constantFrom(...LAYOUTS.map(({ header }) => header)), fc.nat(255));
    const rest = fc.oneof(
      fc.uint8Array({ minLength: 11, maxLength: 11 }),
      fc.uint8Array({ minLength: 0, maxLength: 30 }),
      // few bits set: zero fields, ends of texts
      fc.array(fc.constantFrom(0, 0, 0, 1, 128, 48), { minLength: 11, maxLength: 27 }),
    );
    fc.assert(
      fc.property(headers, rest, fc.nat(3), (header, tail, offset) =>
        expectAgreement(Uint8Array.from([header, ...tail]), offset),
      ),
      { numRuns: 10_000 },
    );
  });

  test('more classes than are remembered', () => {
    for (let maker = 0; maker < 6000; maker++) {
      const uri = `urn:epc:id:sgtin:${String(maker * 7).padStart(6, '0')}.0000017.${maker}`;
      const epc = encode(parse(uri), 'SGTIN-96', maker % 8);
      expect(uriOfEpc(epc)).toBe(uri);
      expect(uriOfEpc(epc)).toBe(uri);
      expect(keyOfEpc(epc).key).toEqual(keyOf(parse(uri)));
    }
  });
});

describe('a place for the key', () => {
  const epc = encode(parse('urn:epc:id:sgtin:9524321.000001.255'), 'SGTIN-96');
  test('one that is just long enough is filled, a shorter one refused', () => {
    const out = new Uint8Array(9);
    expect(keyInto(epc, 0, epc.length, out, 0)).toBe(9);
    expect(out).toEqual(keyOfEpc(epc).key);
    expect(() => keyInto(epc, 0, epc.length, out, 1)).toThrow(expect.objectContaining({ code: 'KEY_BYTES' }));
  });

  test('bytes that end inside the buffer are what counts', () => {
    const call = () => keyInto(epc, 0, 11, new Uint8Array(64), 0);
    expect(outcome(call)).toEqual(outcome(() => slowKey(epc.subarray(0, 11))));
    expect(call).toThrow(/has 96 bits, these are 88/);
  });
});

describe('tag URI straight to bytes agrees with encodeTagUri', () => {
  const expectAgreement = (uri: string) =>
    expect(
      outcome(() => bytesOfTagUri(uri)),
      uri,
    ).toEqual(outcome(() => encodeTagUri(uri).bytes));
  /** A character put in, taken out or exchanged. */
  const change = fc.tuple(
    fc.nat(60),
    fc.constantFrom('', '0', '1', '9', '.', '%', '%2F', '%2f', '/', 'é', ':'),
    fc.nat(1),
  );

  test.each(LAYOUTS.map((layout) => [layout.scheme, layout] as const))('%s', (scheme, layout) => {
    const values = fields(layout.urn, FITTING[scheme], FITTING_REFERENCE[scheme]);
    const free = fields(layout.urn);
    fc.assert(
      fc.property(values, free, fc.nat(7), change, (given, other, filter, [at, text, cut]) => {
        const uri = toTagUri({ scheme, filter, id: parse(urnOf(layout.urn, given)) })!;
        expectAgreement(uri);
        expectAgreement(uri.slice(0, 12 + at) + text + uri.slice(12 + at + cut));
        // values that the URN allows and the bits perhaps do not
        const any = urnOf(layout.urn, other);
        expectAgreement(`urn:epc:tag:${scheme.toLowerCase()}:${filter}.${any.slice(any.indexOf(':', 11) + 1)}`);
      }),
      { numRuns: 300 },
    );
  });

  test('limits of each number', () => {
    for (const uri of [
      'sgtin-96:7.9524321.000001.274877906943',
      'sgtin-96:7.9524321.000001.274877906944',
      'sgtin-96:7.9524321.000001.999999999999999999',
      'sgln-96:7.952432100001..2199023255551',
      'sgln-96:7.952432100001..2199023255552',
      'sgcn-96:0.9524321.00003.999999999999',
      'sgcn-96:0.9524321.00003.0000000000000',
      'sscc-96:7.952432.19999999999',
      'sscc-96:7.952432.99999999999.',
      'giai-96:7.952432.4611686018427387903',
      'giai-96:7.952432.4611686018427387904',
      'giai-96:7.952432100001.4398046511103',
      'giai-96:7.952432100001.4398046511104',
      'cpi-96:7.952432100001.999.2147483647',
      'cpi-96:7.952432100001.1000.2147483647',
      'cpi-96:7.952432100001.999.2147483648',
      'sgtin-198:7.9524321.000001.%22%25%26%2F%3C%3E%3Fabcdefghijklm',
      'sgtin-198:7.9524321.000001.%22%25%26%2F%3C%3E%3Fabcdefghijklmn',
      'SGTIN-96:1.9524321.000001.5',
      'sgtin-96:1.9524321.000001.5'.padEnd(400, '5'),
    ])
      expectAgreement(`urn:epc:tag:${uri}`);
    expectAgreement('urn:epc:tag:');
    expectAgreement('URN:EPC:TAG:sgtin-96:1.9524321.000001.5');
  });
});

describe('all forms of a number after its class agree with the long way', () => {
  test.each(['SGTIN-96', 'SGLN-96', 'GRAI-96', 'GDTI-96'])('%s', (scheme) => {
    const layout = LAYOUTS.find((one) => one.scheme === scheme)!;
    fc.assert(
      fc.property(fields(layout.urn, FITTING[scheme]), fc.nat(7), damage, (given, filter, change) => {
        const epc = encode(parse(urnOf(layout.urn, given)), scheme, filter);
        for (const value of [toHex(epc), toHex(epc).toLowerCase(), toHex(damaged(epc, change))]) {
          const quick = answer({ value });
          const long = answer({ value, filter: Number.parseInt(value.slice(2, 3), 16) >> 1 });
          expect(quick).toEqual(long);
          expect(JSON.stringify(quick.ok && quick.forms)).toBe(JSON.stringify(long.ok && long.forms));
        }
      }),
      { numRuns: 400 },
    );
  });
});
