import { describe, expect, it } from 'vitest';
import { csvField, listCsv } from '../../src/web/csv.ts';
import type { Frame } from '../../src/web/layout.ts';
import { safePath } from '../../src/web/login.ts';
import { nameIn } from '../../src/web/master-names.ts';
import { countPlaces } from '../../src/web/trace-places.ts';
import { momentOf } from '../../src/web/moment.ts';
import { describe as describeThing } from '../../src/web/thing.ts';
import { fitted } from '../../src/web/trace-svg.ts';
import { sayIn } from '../../src/web/words.ts';
import type { Entry } from '../../src/web/recall.ts';

const frame = (language: 'en' | 'zh'): Frame => ({
  language,
  say: sayIn(language),
  here: '/',
  signedIn: false,
  asset: (name) => name,
});

describe('the way back after signing in', () => {
  it.each([
    ['/trace?id=x', '/trace?id=x'],
    ['//evil.example/x', '/'],
    [String.raw`/\evil.example`, '/'],
    ['https://evil.example/', '/'],
    ['javascript:alert(1)', '/'],
    ['', '/'],
    [undefined, '/'],
  ])('%s leads to %s', (path, to) => {
    expect(safePath(path)).toBe(to);
  });
});

describe('a moment', () => {
  it.each([
    ['', 5],
    ['2026-05-01T08:00Z', Date.UTC(2026, 4, 1, 8)],
    ['2026-05-01T08:00:30', Date.UTC(2026, 4, 1, 8, 0, 30)],
    ['2026-05-01T08:00+08:00', Date.UTC(2026, 4, 1)],
    ['2026-05-01', Date.UTC(2026, 4, 1)],
    ['yesterday', undefined],
    ['2026-13-01T00:00Z', undefined],
    ['5', undefined],
  ])('%s is %s', (text, expected) => {
    expect(momentOf(text, 5)).toBe(expected);
  });
});

describe('CSV', () => {
  it('quotes what RFC 4180 says, and takes the sting out of formulas', () => {
    expect(csvField('a,b')).toBe('"a,b"');
    expect(csvField('say "x"')).toBe('"say ""x"""');
    expect(csvField('=1+1')).toBe("'=1+1");
    expect(csvField('plain')).toBe('plain');
  });

  it('has one line for each entry behind the heads, in the language of the page', () => {
    const entry: Entry = {
      id: 'urn:epc:id:sgtin:9521002.100101.42',
      kind: 'sgtin',
      confidence: 'possible',
      depth: 2,
      state: 'in_transit',
      places: ['urn:epc:id:sgln:9521003.00101.0'],
      fraction: null,
    };
    const names = (uri: string): string | undefined => (uri.includes('sgln') ? '一店, 集市街' : undefined);
    const lines = [...listCsv(frame('zh'), names, [entry, { ...entry, fraction: 0.25 }])];
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/,地点,质量占比\r\n$/);
    expect(lines[2]).toMatch(/,"一店, 集市街",0\.25\r\n$/);
    expect(lines[1]).toBe(
      'urn:epc:id:sgtin:9521002.100101.42,19521002001010,19521002001010,,42,单品,可能,运输中,"一店, 集市街",\r\n',
    );
  });
});

describe('names and numbers', () => {
  it('prefers the reader’s language', () => {
    const attributes = [
      { id: 'urn:epcglobal:cbv:mda#name', attribute: 'Shop' },
      { id: 'urn:epcglobal:cbv:mda#name@zh', attribute: '店' },
    ];
    expect(nameIn(attributes, 'zh')).toBe('店');
    expect(nameIn(attributes, 'en')).toBe('Shop');
    expect(nameIn([{ id: 'urn:x#name', attribute: { nested: true } }], 'en')).toBeUndefined();
  });

  it('reads what an identifier says, and keeps what nobody can read', () => {
    expect(describeThing('urn:epc:class:lgtin:9521002.100101.SL-1')).toMatchObject({
      kind: 'lgtin',
      gtin: '19521002001010',
      lot: 'SL-1',
      product: 'urn:epc:idpat:sgtin:9521002.100101.*',
      short: 'SL-1',
    });
    expect(describeThing('urn:example:own:7')).toEqual({
      uri: 'urn:example:own:7',
      kind: 'other',
      short: 'urn:example:own:7',
    });
  });

  it('cuts a line to its box, Chinese characters counting for two', () => {
    expect(fitted('short')).toBe('short');
    expect(fitted('x'.repeat(40))).toHaveLength(30);
    expect(fitted('批'.repeat(40)).length).toBeLessThan(18);
  });
});

describe('counting places', () => {
  it('counts single things only, and apart what has ended', () => {
    const entry = (more: Partial<Entry>): Entry => ({
      id: 'x',
      kind: 'sgtin',
      confidence: 'definite',
      depth: 1,
      state: 'at_rest',
      places: ['shop'],
      ...more,
    });
    const counted = countPlaces([
      entry({}),
      entry({ confidence: 'possible' }),
      entry({ kind: 'lgtin' }),
      entry({ state: 'decommissioned' }),
      entry({ places: ['farm'] }),
      entry({}),
    ]);
    expect(counted.places).toEqual([
      { place: 'shop', definite: 2, possible: 1 },
      { place: 'farm', definite: 1, possible: 0 },
    ]);
    expect(counted.ended).toEqual({ definite: 1, possible: 0 });
  });
});
