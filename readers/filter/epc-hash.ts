import type { EpcKey } from './presence.ts';

function wideHash(key: EpcKey): number {
  let h = key.bits;
  for (let i = 0; i < key.wide.length; i++) h = Math.imul(h ^ key.wide.charCodeAt(i), 0x01000193);
  return h;
}

/** Serials differ in the low bits only, so every word is mixed through all 32 bits. */
export function hash96(place: number, w0: number, w1: number, w2: number): number {
  let h = Math.imul(w2 ^ (place << 16), 0x9e3779b1);
  h = Math.imul((h ^ (h >>> 15)) + w1, 0x85ebca6b);
  h = Math.imul((h ^ (h >>> 13)) + w0, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The hash of any EPC at a place; that of 96 bits is hash96. */
export function hashOf(place: number, key: EpcKey): number {
  const h = hash96(place, key.w0, key.w1, key.w2);
  if (key.bits === 96) return h;
  const wide = Math.imul(h ^ wideHash(key), 0x27d4eb2f);
  return wide ^ (wide >>> 16);
}
