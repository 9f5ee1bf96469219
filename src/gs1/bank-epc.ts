import { type Control, XPC_MORE } from './bank-control.ts';
import { EPC_BITS_MAX, EPC_BITS_MAX_WITH_XPC } from './binary.ts';
import { Gs1Error } from './error.ts';

/**
 * Where the bytes of an EPC bank start and what stands where: `memory` from 00h, the CRC first; `stored` from 10h, the
 * PC word; `inventory` as the tag sends it, an XPC between PC and EPC.
 */
export type EpcBankLayout = 'memory' | 'stored' | 'inventory';

/** What the EPC memory bank says (TDS 2.3 section 9; Gen2). */
export interface EpcBank {
  readonly pc: number;
  /** Of 16 bits, of the EPC alone. */
  readonly words: number;
  readonly xi: boolean;
  readonly control: Control;
  /** ISO application family of a tag that holds no EPC (toggle bit set). */
  readonly afi?: number;
  /** What the lower byte of the first XPC word says, by name. */
  readonly indicators: readonly string[];
  readonly epc: Uint8Array;
  /** Words behind all these. */
  readonly rest: Uint8Array;
}

const WORD_BYTES = 2;
/** Word of an XPC in memory, counted from the PC word: 210h less 10h bits. */
const XPC_WORD = 0x200 / 16;
const CRC_POLYNOMIAL = 0x1021;

// bits of the PC word
const LENGTH_SHIFT = 11;
const UMI = 0x0400;
const XI = 0x0200;
const TOGGLE = 0x0100;

/** Bits 218h to 21Fh of XPC_W1, the first the highest. */
const INDICATORS = [
  'battery',
  'computedResponse',
  'sl',
  'notification',
  'untraceable',
  'killable',
  'nonRemovable',
  'hazmat',
];
const indicatorsOf = (byte: number): string[] => INDICATORS.filter((_, i) => (byte & (0x80 >> i)) !== 0);

/** CRC-16 as Gen2 stores it: over PC word and EPC. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = ((crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : CRC_POLYNOMIAL)) & 0xffff;
  }
  return crc ^ 0xffff;
}

const wordAt = (bytes: Uint8Array, index: number): number =>
  bytes[index * WORD_BYTES]! * 256 + bytes[index * WORD_BYTES + 1]!;

type Xpc = NonNullable<Control['xpc']>;

/** The XPC words at a word of the bytes, one or two; undefined where the bytes end before them. */
function xpcAt(bytes: Uint8Array, index: number): Xpc | undefined {
  const there = (bytes.length >> 1) - index;
  if (there < 1) return undefined;
  const first = wordAt(bytes, index);
  if (first < XPC_MORE) return [first];
  return there < 2 ? undefined : [first, wordAt(bytes, index + 1)];
}

function truncated(what: string, bits: number): Gs1Error {
  return new Gs1Error('TRUNCATED', `The EPC bank ends after ${bits} bits, before the end of ${what}.`, bits);
}

/**
 * What the low byte of a PC word means: attributes as stored. Over the air a tag that has an XPC sends its lower byte
 * there while XI is 0 (Gen2), so that the byte of an inventory says no attributes.
 */
function lowByte(
  pc: number,
  layout: EpcBankLayout,
): Partial<Pick<EpcBank, 'afi'>> & { attributes?: number; sent: number } {
  const byte = pc & 255;
  if (pc & TOGGLE) return { afi: byte, sent: 0 };
  if (layout === 'inventory' && !(pc & XI)) return { sent: byte };
  return { ...(byte !== 0 && { attributes: byte }), sent: 0 };
}

/** Reads an EPC bank. Throws Gs1Error with the place in bits: CRC, TRUNCATED. */
export function readEpcBank(bytes: Uint8Array, layout: EpcBankLayout = 'stored'): EpcBank {
  const from = layout === 'memory' ? WORD_BYTES : 0;
  const bank = bytes.subarray(from);
  if (bank.length < WORD_BYTES) throw truncated('the PC word', bytes.length * 8);
  const pc = wordAt(bank, 0);
  const words = pc >> LENGTH_SHIFT;
  const xi = (pc & XI) !== 0;
  const sentXpc = xi && layout === 'inventory' ? xpcAt(bank, 1) : undefined;
  if (xi && layout === 'inventory' && !sentXpc) throw truncated('the XPC', bytes.length * 8);
  const start = WORD_BYTES * (1 + (sentXpc?.length ?? 0));
  const end = start + words * WORD_BYTES;
  if (bank.length < end) throw truncated(`an EPC of ${words} words`, bytes.length * 8);
  if (layout === 'memory' && crc16(bank.subarray(0, end)) !== wordAt(bytes, 0))
    throw new Gs1Error('CRC', 'The CRC of the EPC bank does not fit its PC word and EPC.', 0);
  const xpc = sentXpc ?? (xi ? xpcAt(bank, XPC_WORD) : undefined);
  const { afi, attributes, sent } = lowByte(pc, layout);
  return {
    pc,
    words,
    xi,
    control: { ...(attributes && { attributes }), ...(pc & UMI && { umi: true as const }), ...(xpc && { xpc }) },
    ...(afi !== undefined && { afi }),
    indicators: indicatorsOf(xpc ? xpc[0] & 255 : sent),
    epc: bank.subarray(start, end),
    rest: bank.subarray(end),
  };
}

/** Refuses an EPC that no memory holds. */
function checkEpc(epc: Uint8Array, hasXpc: boolean): void {
  const bitsMax = hasXpc ? EPC_BITS_MAX_WITH_XPC : EPC_BITS_MAX;
  if (epc.length % WORD_BYTES !== 0) throw new Gs1Error('LENGTH', 'Memory holds whole words of 16 bits.');
  if (epc.length * 8 > bitsMax) throw new Gs1Error('TOO_LONG', `An EPC here has at most ${bitsMax} bits.`);
}

/**
 * The bytes of an EPC bank for the EPC's bits, in whole words: from 10h on, or from 00h with its CRC for `memory`. An
 * XPC, where one is given, goes to its place in memory or, for `inventory`, behind the PC word.
 */
export function writeEpcBank(
  epc: Uint8Array,
  control: Control & { afi?: number } = {},
  layout: EpcBankLayout = 'stored',
): Uint8Array {
  const { attributes = 0, umi, xpc = [], afi } = control;
  checkEpc(epc, xpc.length > 0);
  const pc =
    ((epc.length / WORD_BYTES) << LENGTH_SHIFT) |
    (umi ? UMI : 0) |
    (xpc.length > 0 ? XI : 0) |
    (afi === undefined ? attributes : TOGGLE | afi);
  const xpcWord = layout === 'inventory' ? 1 : XPC_WORD;
  const start = layout === 'inventory' ? WORD_BYTES * (1 + xpc.length) : WORD_BYTES;
  const length = Math.max(start + epc.length, xpc.length > 0 ? WORD_BYTES * (xpcWord + xpc.length) : 0);
  const bank = new Uint8Array(length);
  const put = (at: number, word: number) => bank.set([word >> 8, word & 255], at);
  put(0, pc);
  xpc.forEach((word, i) => put((xpcWord + i) * WORD_BYTES, word));
  bank.set(epc, start);
  if (layout !== 'memory') return bank;
  const crc = crc16(bank.subarray(0, WORD_BYTES + epc.length));
  return Uint8Array.from([crc >> 8, crc & 255, ...bank]);
}
