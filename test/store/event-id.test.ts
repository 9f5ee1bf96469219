import { describe, expect, it } from 'vitest';
import { hashUri, isHash, packEventId, unpackEventId } from '../../src/store/event-id.ts';

const hash = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

describe('eventIDs as bytes', () => {
  it.each([
    ['urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e', 17],
    [hashUri(hash(0xa5)), 33],
    ['urn:uuid:0F8FAD5B-D9CB-469F-A165-70867728950E', 46],
    ['ni:///sha-256;abc?ver=CBV2.0', 29],
    ['批次:1', 9],
  ])('%s comes back as it was, of %i bytes', (eventID, length) => {
    const bytes = packEventId(eventID);
    expect(bytes).toHaveLength(length);
    expect(unpackEventId(bytes)).toBe(eventID);
  });

  it('tells an eventID that is the hash of its event from every other', () => {
    const own = packEventId(hashUri(hash(7)));
    expect(isHash(own, hash(7))).toBe(true);
    expect(isHash(own, hash(8))).toBe(false);
    expect(isHash(own.subarray(0, 32), hash(7))).toBe(false);
    // the same bytes as text are no hash
    expect(isHash(Uint8Array.of(0xf0, ...hash(7)), hash(7))).toBe(false);
  });
});
