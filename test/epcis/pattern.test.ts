import { describe, expect, it } from 'vitest';
import { keyRanges } from '../../src/epcis/index.ts';
import { Gs1Error, keyOfUri } from '../../src/gs1/index.ts';

const compare = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);

/** True when a stored identifier is in what a MATCH value names. */
function matches(pattern: string, uri: string, of: 'epc' | 'class' = 'epc'): boolean {
  const { key } = keyOfUri(uri);
  return (keyRanges(pattern, of) ?? []).some(({ from, to }) =>
    to === undefined ? compare(key, from) === 0 : compare(key, from) >= 0 && compare(key, to) < 0,
  );
}

describe('patterns as ranges of keys', () => {
  it.each([
    [
      'urn:epc:idpat:sgtin:0614141.107346.*',
      'urn:epc:id:sgtin:0614141.107346.2017',
      'urn:epc:id:sgtin:0614141.107347.2017',
    ],
    [
      'urn:epc:idpat:sgtin:0614141.107346.*',
      'urn:epc:id:sgtin:0614141.107346.a%2Fb',
      'urn:epc:idpat:sgtin:0614141.107346.*',
    ],
    ['urn:epc:idpat:sgtin:0614141.*.*', 'urn:epc:id:sgtin:0614141.999999.zz', 'urn:epc:id:sgtin:0614142.000000.1'],
    ['urn:epc:idpat:sgtin:0614141.*.*', 'urn:epc:id:sgtin:0614141.000000.1', 'urn:epc:id:sgtin:0614140.999999.1'],
    ['urn:epc:idpat:sscc:0614141.*', 'urn:epc:id:sscc:0614141.9999999999', 'urn:epc:id:sscc:0614142.0000000000'],
    ['urn:epc:idpat:sgln:0614141.00777.*', 'urn:epc:id:sgln:0614141.00777.0', 'urn:epc:id:sgln:0614141.00778.0'],
    ['urn:epc:idpat:sgln:0614141.*.*', 'urn:epc:id:sgln:0614141.00777.abc', 'urn:epc:id:sgln:0614140.00777.abc'],
    ['urn:epc:idpat:grai:4012345.55555.*', 'urn:epc:id:grai:4012345.55555.9', 'urn:epc:id:grai:4012345.55556.9'],
    ['urn:epc:idpat:giai:4000001.*', 'urn:epc:id:giai:4000001.zZ9', 'urn:epc:id:giai:4000002.1'],
    ['urn:epc:idpat:gsrn:4012345.*', 'urn:epc:id:gsrn:4012345.9876540000', 'urn:epc:id:gsrnp:4012345.9876540000'],
    [
      'urn:epc:idpat:itip:4012345.*.*.*.*',
      'urn:epc:id:itip:4012345.011111.01.02.987',
      'urn:epc:id:itip:4012344.011111.01.02.987',
    ],
    [
      'urn:epc:id:sgtin:0614141.107346.2017',
      'https://id.gs1.org/01/10614141073464/21/2017',
      'urn:epc:id:sgtin:0614141.107346.2018',
    ],
  ])('%s holds %s, not %s', (pattern, inside, outside) => {
    expect([matches(pattern, inside), matches(pattern, outside)]).toEqual([true, false]);
  });

  it('a class is one key among classes, its lots a range', () => {
    const type = 'urn:epc:idpat:sgtin:4012345.012345.*';
    expect(matches(type, type, 'class')).toBe(true);
    expect(matches(type, 'urn:epc:class:lgtin:4012345.012345.L', 'class')).toBe(false);
    expect(matches('urn:epc:idpat:lgtin:4012345.012345.*', 'urn:epc:class:lgtin:4012345.012345.L', 'class')).toBe(true);
  });

  it('a pattern that no range can answer is told', () => {
    expect(keyRanges('urn:epc:idpat:gid:123.*.*', 'epc')).toBeUndefined();
  });

  it.each(['urn:epc:id:sgtin:0614141.1', 'urn:epc:idpat:sgtin:0614141.*.7', 'urn:epc:idpat:sgtin:0614141.1.*'])(
    '%s is refused',
    (uri) => {
      expect(() => keyRanges(uri, 'epc')).toThrow(Gs1Error);
    },
  );
});
