import { toHex } from './binary.ts';
import { Gs1Error } from './error.ts';
import type { Element } from './id.ts';
import { readPackedObjects } from './packed-objects.ts';

/** How data stand in user memory: two upper bits of the DSFID (ISO/IEC 15962; TDS 2.3 section 17). */
const ACCESS_METHODS = ['no-directory', 'directory', 'packed-objects', 'tag-data-profile'] as const;
const PACKED_OBJECTS = 'packed-objects';
/** Data formats that are met on EPC tags (ISO/IEC 15961-2 register). */
const DATA_FORMATS: Readonly<Record<number, string>> = {
  6: 'library items (ISO 28560)',
  9: 'GS1 application identifiers',
  12: 'IATA baggage',
  17: 'digital signature (ISO/IEC 20248)',
};
const GS1_FORMAT = 9;

/** First byte of user memory: what the rest is. */
export interface Dsfid {
  /** Two hexadecimal digits. */
  readonly hex: string;
  readonly accessMethod: (typeof ACCESS_METHODS)[number];
  /** A second byte follows that says more. */
  readonly isExtended: boolean;
  /** Registered number, 0..31, and its name where we know one. */
  readonly dataFormat: number;
  readonly dataFormatName?: string;
}

/** Names what the first byte of user memory says; TRUNCATED where there is none. */
export function readDsfid(bytes: Uint8Array): Dsfid {
  const first = bytes[0];
  if (first === undefined) throw new Gs1Error('TRUNCATED', 'User memory starts with a DSFID of 8 bits.', 0);
  const dataFormat = first & 31;
  const name = DATA_FORMATS[dataFormat];
  return {
    hex: toHex(bytes.subarray(0, 1)),
    accessMethod: ACCESS_METHODS[first >> 6]!,
    isExtended: (first & 32) !== 0,
    dataFormat,
    ...(name !== undefined && { dataFormatName: name }),
  };
}

/**
 * The application identifiers in user memory, undefined where its DSFID announces anything but Packed Objects of GS1
 * data. Throws Gs1Error with the place in bits, from the DSFID on, where such objects are broken or not read.
 */
export function readUserMemory(bytes: Uint8Array): Element[] | undefined {
  const { accessMethod, isExtended, dataFormat } = readDsfid(bytes);
  if (accessMethod !== PACKED_OBJECTS || isExtended || dataFormat !== GS1_FORMAT) return undefined;
  return readPackedObjects(bytes, 1);
}
