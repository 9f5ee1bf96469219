import { type EpcKey, epcBytes } from './presence.ts';

/** Toggle bit of the PC word: what follows is no GS1 EPC, and the low byte is an ISO application family (TDS 2.3 section 9.3). */
export const TOGGLE = 0x0100;
/** The tag has XPC words, which readers count in the PC's length, or not, and take out of the EPC. */
export const HAS_XPC = 0x0200;
/** Words of XPC at most. */
export const XPC_WORDS_MAX = 2;
/** One bit behind the last byte, and 1 in its padding: no EPC has that, since what pads an EPC is 0. */
const MARK = 0x01;
const FAMILY_BITS = 8;

/** What an ISO tag is: its application family and the item's bits. */
interface IsoTag {
  afi: number;
  bytes: Uint8Array;
}

/** The key of an ISO tag: its family stands before its bits, so that it is never the EPC with the same bits. */
export function isoKey(afi: number, bytes: Uint8Array): Pick<EpcKey, 'bits' | 'wide'> {
  const wide = Buffer.from([afi, ...bytes, MARK]).toString('latin1');
  return { bits: FAMILY_BITS + bytes.length * 8 + 1, wide };
}

/** The ISO tag of a key, or undefined for an EPC. */
export function isoTagOf(key: EpcKey): IsoTag | undefined {
  if (key.bits % 8 !== 1 || key.wide.charCodeAt(key.wide.length - 1) !== MARK) return undefined;
  const bytes = epcBytes(key);
  return { afi: bytes[0]!, bytes: bytes.subarray(1, -1) };
}
