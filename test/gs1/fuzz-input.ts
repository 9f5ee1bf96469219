import fc from 'fast-check';
import {
  encode,
  keyOf,
  parse,
  parseTagUri,
  toElementString,
  toHex,
  toLink,
  toTagUri,
  toUrn,
} from '../../src/gs1/index.ts';
import type { Id } from '../../src/gs1/id.ts';
import { LAYOUTS } from '../../src/gs1/layout.ts';
import { PLUS_SCHEMES } from '../../src/gs1/plus-schemes.ts';
import { FITTING, FITTING_REFERENCE, fields, urn, urnOf } from './arbitrary.ts';

/** Valid identifiers of each classic scheme, and of all URN schemes together, to begin with. */
const SEEDS_PER_SCHEME = 40;
const URN_SEEDS = 600;
const CHANGES_MAX = 4;
const RANDOM_CHARS_MAX = 60;
const RANDOM_BYTES_MAX = 64;
const PIECE_CHARS_MAX = 12;
const GROUP_SEPARATOR = '\u001D';
/** What mutations put in: signs with a meaning somewhere, and some that have none anywhere. */
const PUT_IN = [
  ...'0123456789abcdefzAFGZ.:/%?&=()[]{}*#;,+-_~^\\ "<>\'@!|'.split(''),
  '%2F',
  '%2f',
  '%25',
  '%00',
  '%zz',
  '%E6%89',
  '..',
  '//',
  '/01/',
  '/21/',
  '(21)',
  '(10)',
  '(17)',
  '(99)',
  'urn:',
  '00',
  GROUP_SEPARATOR,
  '\u0000',
  '\u00E9',
  '\uFF11',
  '\u3000',
  '\uD800',
  '\u{1F600}',
  'e5',
  ']d2',
  ']C1',
  '[umi=1]',
  '[att=xA1]',
  'https://',
  '?17=',
  '&',
  '.*',
];

interface Seeds {
  texts: string[];
  epcs: Uint8Array[];
  scans: string[];
  keys: Uint8Array[];
}

/** What a call gives; undefined where it throws: not every form exists for every identifier. */
function perhaps<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

function addForms(seeds: Seeds, id: Id): void {
  for (const form of [toUrn(id), toLink(id), toElementString(id)]) if (form !== undefined) seeds.texts.push(form);
  seeds.keys.push(keyOf(id));
  if (id.ais.length === 0) return;
  const plain = id.ais.map(([ai, value]) => ai + value).join(GROUP_SEPARATOR);
  for (const head of [']d2', ']C1', ']e0', ']Q3', '^', '']) seeds.scans.push(head + plain);
  for (const scheme of PLUS_SCHEMES) {
    const epc = perhaps(() => encode(id, scheme.scheme, 1, { host: 'shop.example.com' }));
    if (epc) seeds.epcs.push(epc);
  }
}

function makeSeeds(seed: number): Seeds {
  const seeds: Seeds = {
    texts: [],
    epcs: [],
    scans: ['6901234567892', '0950600013435', '95012346', '91330100MA27XXXX0X'],
    keys: [],
  };
  for (const { scheme, urn: shape, filterBits } of LAYOUTS) {
    const values = fields(shape, FITTING[scheme], FITTING_REFERENCE[scheme]);
    for (const given of fc.sample(values, { numRuns: SEEDS_PER_SCHEME, seed })) {
      const id = parse(urnOf(shape, given));
      const tagUri = toTagUri({ scheme, id, ...(filterBits > 0 && { filter: 1 }) })!;
      seeds.texts.push(tagUri, tagUri.replace('tag:', 'tag:[att=xA1][umi=1]:'));
      seeds.epcs.push(encode(parseTagUri(tagUri).id, scheme, 1));
    }
  }
  for (const uri of fc.sample(urn, { numRuns: URN_SEEDS, seed })) addForms(seeds, parse(uri));
  seeds.texts.push(
    'https://id.gs1.org/ARHeTvcoS-5L',
    'urn:epc:raw:96.x1234567890ABCDEF12345678',
    'urn:epc:stid:x801.x105.xA1B2C3D4E5F6',
    'urn:epc:idpat:sgtin:9524321.000001.*',
    'https://shop.example.com:8080/de/01/9524321000019/10/LOT/21/77?17=301231&lang=de#top',
    '(01)09524321000019(17)301231(3103)001500(10)A(21)B',
  );
  for (const { scheme } of LAYOUTS) seeds.texts.push(`urn:epc:tag:${scheme.toLowerCase()}:`);
  return seeds;
}

/** Makes inputs: valid ones, changed ones and noise; the same in every run with the same seed. */
export class Mutator {
  readonly #seeds: Seeds;
  #state: number;

  constructor(seed: number) {
    this.#seeds = makeSeeds(seed);
    this.#state = seed | 0;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  #oneOf<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  #changed(text: string, others: readonly string[]): string {
    let out = text;
    for (let changes = this.below(CHANGES_MAX + 1); changes > 0; changes--) {
      const at = this.below(out.length + 1);
      const cut = this.below(3) === 0 ? this.below(PIECE_CHARS_MAX) : this.below(2);
      const kind = this.below(8);
      let put = this.#oneOf(PUT_IN);
      if (kind === 0) put = out.slice(at, at + this.below(PIECE_CHARS_MAX)).repeat(2);
      if (kind === 1) put = this.#oneOf(others).slice(this.below(30));
      if (kind === 2) put = '';
      out = out.slice(0, at) + put + out.slice(at + cut);
      if (kind === 3 && this.below(8) === 0) out = out.toUpperCase();
    }
    return out;
  }

  /** A text form: URN, tag URI, link, element string, or what is left of one. */
  text(): string {
    if (this.below(50) === 0) return this.#noise();
    return this.#changed(this.#oneOf(this.#seeds.texts), this.#seeds.texts);
  }

  /** What a scanner or a person gives. */
  scan(): string {
    if (this.below(4) === 0) return this.#noise();
    return this.#changed(this.#oneOf(this.#seeds.scans), this.#seeds.scans);
  }

  #noise(): string {
    const length = this.below(RANDOM_CHARS_MAX);
    const isDigits = this.below(2) === 0;
    let out = '';
    while (out.length < length) out += isDigits ? this.below(10) : this.#oneOf(PUT_IN);
    return out;
  }

  #changedBytes(bytes: Uint8Array): Uint8Array {
    let out = bytes.slice();
    for (let changes = this.below(CHANGES_MAX); changes > 0 && out.length > 0; changes--) {
      const at = this.below(out.length);
      const kind = this.below(6);
      if (kind < 3) out[at]! ^= 1 << this.below(8);
      else if (kind === 3) out[at] = this.below(256);
      else if (kind === 4) out = out.slice(0, at);
      else out = Uint8Array.from([...out, ...this.#randomBytes(4)]);
    }
    return out;
  }

  #randomBytes(max: number): Uint8Array {
    return Uint8Array.from({ length: this.below(max + 1) }, () => this.below(256));
  }

  /** EPC bits from the header on. */
  epc(): Uint8Array {
    const bytes = this.#oneOf(this.#seeds.epcs);
    if (this.below(4) > 0) return this.#changedBytes(bytes);
    // a known header before noise, of a length that some scheme has
    const out = Uint8Array.from({ length: this.#oneOf([12, 14, 22, 26, 28, bytes.length]) }, () => this.below(256));
    if (this.below(8) > 0) out[0] = bytes[0]!;
    return out;
  }

  /** Hexadecimal characters, or nearly. */
  hex(): string {
    const hex = toHex(this.epc());
    return this.below(3) === 0 ? this.#changed(hex, this.#seeds.texts) : hex;
  }

  /** Storage keys, or nearly. */
  key(): Uint8Array {
    return this.#changedBytes(this.#oneOf(this.#seeds.keys));
  }

  /** A memory bank's name and its bits in hexadecimal. */
  bank(): { bank: 'epc' | 'tid' | 'user'; value: string } {
    const bank = this.#oneOf(['epc', 'tid', 'user'] as const);
    const epc = this.epc();
    const heads = {
      epc: [epc.length << 2, this.below(256)],
      tid: [0xe2, this.below(256)],
      user: [0x09, this.below(256)],
    };
    const bytes = bank === 'epc' ? epc : this.#randomBytes(RANDOM_BYTES_MAX);
    return { bank, value: toHex(Uint8Array.from([...heads[bank], ...bytes])) };
  }
}
