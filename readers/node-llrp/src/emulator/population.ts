import { LlrpError } from '../error.ts';

/** Tags by their EPC in hex, or a run of SGTIN-96 by company prefix, item reference (indicator first) and serial. */
export type Population =
  | readonly string[]
  | { companyPrefix: string; item: string; firstSerial?: number; count: number; filter?: number };

const TAGS_MAX = 100_000;
const EPC_HEX = /^(?:[0-9a-f]{4}){1,31}$/;

/** Bits of the company prefix by its number of digits, 6 to 12 (TDS, SGTIN-96 partition table). */
const PREFIX_BITS: Record<number, bigint> = { 6: 20n, 7: 24n, 8: 27n, 9: 30n, 10: 34n, 11: 37n, 12: 40n };

function sgtin96(companyPrefix: string, item: string, serial: number, filter: number): string {
  const prefixBits = PREFIX_BITS[companyPrefix.length];
  if (
    prefixBits === undefined ||
    !/^\d{13}$/.test(companyPrefix + item) ||
    !Number.isInteger(serial) ||
    serial >= 2 ** 38
  ) {
    throw new LlrpError('ENCODE', `no SGTIN-96: prefix ${companyPrefix}, item ${item}, serial ${serial}`);
  }
  const partition = BigInt(12 - companyPrefix.length);
  const top = (0x30n << 6n) | (BigInt(filter) << 3n) | partition;
  const bits = (((top << prefixBits) | BigInt(companyPrefix)) << (44n - prefixBits)) | BigInt(item);
  return ((bits << 38n) | BigInt(serial)).toString(16).padStart(24, '0');
}

/** The EPCs of a population in lower-case hex. Throws LlrpError for what is no tag. */
export function epcsOf(tags: Population): string[] {
  if (Array.isArray(tags)) {
    const epcs = (tags as readonly string[]).map((epc) => epc.toLowerCase());
    const bad = epcs.find((epc) => !EPC_HEX.test(epc));
    if (bad !== undefined)
      throw new LlrpError('ENCODE', `${bad.slice(0, 40)} is no EPC: whole 16-bit words in hex, 1 to 31`);
    return epcs;
  }
  const { companyPrefix, item, firstSerial = 1, count, filter = 1 } = tags as Exclude<Population, readonly string[]>;
  if (!(count >= 0 && count <= TAGS_MAX))
    throw new LlrpError('TOO_LONG', `a population has 0 to ${TAGS_MAX} tags, not ${count}`);
  return Array.from({ length: count }, (_, i) => sgtin96(companyPrefix, item, firstSerial + i, filter));
}
