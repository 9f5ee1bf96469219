import type { Element, Id } from '../../src/gs1/id.ts';
import { Gs1Error, decode } from '../../src/gs1/index.ts';

/** A number in so many bits, as text: the tests' own way to write bits. */
export const n = (value: number | bigint, count: number): string => value.toString(2).padStart(count, '0');
export const nibbles = (digits: string): string =>
  Array.from(digits, (digit) => n(Number.parseInt(digit, 16), 4)).join('');
export const toBytes = (bits: string): Uint8Array =>
  Uint8Array.from(bits.padEnd(Math.ceil(bits.length / 16) * 16, '0').match(/.{8}/g)!, (byte) => Number(`0b${byte}`));
export const bitsOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => n(byte, 8)).join('');

export const SSCC = '095243210000000170';
/** An SSCC+ whose +AIDC data are these bits. */
export const withData = (...data: string[]): Uint8Array => toBytes(n(0xf9, 8) + '1000' + nibbles(SSCC) + data.join(''));
export const dataOf = (bytes: Uint8Array): readonly Element[] | undefined => decode(bytes).aidc;
export const ssccWith = (...ais: Element[]): Id => ({ kind: 'SSCC', ais: [['00', SSCC], ...ais] });
export const codeOf = (call: () => unknown): (string | number)[] => {
  try {
    call();
  } catch (error) {
    if (error instanceof Gs1Error) return [error.code, ...(error.position === undefined ? [] : [error.position])];
    throw error;
  }
  return ['none'];
};
