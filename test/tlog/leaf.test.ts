import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type LeafEntry, leafHash, leafText } from '../../src/tlog/leaf.ts';

const entry: LeafEntry = {
  sequence: 17,
  recordTime: 1_767_225_600_123,
  kind: 'event',
  eventID: 'urn:uuid:00000000-0000-4000-8000-000000000001',
  hash: `ni:///sha-256;${'1f'.repeat(32)}?ver=CBV2.0`,
  declaration: '',
  captureID: '0198c0de-0000-7000-8000-000000000001',
};

/** Vectors that another implementation can be held against; docs/log.md repeats the first. */
const VECTORS: [what: string, change: Partial<LeafEntry>, hash: string][] = [
  ['an event', {}, '891d527944947acad7f50b3c13aeef4f9ff454053c131a941928a3e0f6ed2e70'],
  [
    'a declaration',
    { kind: 'declaration', declaration: 'ab'.repeat(32) },
    '1994eaf9d85d77b696d59ae5ceb2afd57f96710aaf85f10c5a296612f3b3d209',
  ],
  [
    'a refused event',
    { kind: 'refused', sequence: 1, recordTime: 0 },
    '64df36772e43c1409bb04e7faf53d4b1d73855199292f88598b378add29c39d7',
  ],
  [
    'the last number that is exact',
    { sequence: Number.MAX_SAFE_INTEGER },
    '0898d877144cacc6a0d88f1659353ef1e2f40e1dcce2a56a202d9d3ea3e2f5b9',
  ],
];

describe('leaf', () => {
  test('is eight lines', () => {
    expect(leafText(entry)).toBe(
      `tagtrail-leaf/1\n17\n1767225600123\nevent\n${entry.eventID}\n${entry.hash}\n\n${entry.captureID}\n`,
    );
  });

  test.each(VECTORS)('of %s hashes as RFC 6962 says', (_, change, expected) => {
    const text = leafText({ ...entry, ...change });
    expect(leafHash({ ...entry, ...change })).toBe(expected);
    expect(createHash('sha256').update(Uint8Array.of(0)).update(text).digest('hex')).toBe(expected);
  });

  test('every value counts', () => {
    const changes: Partial<LeafEntry>[] = [
      { sequence: 18 },
      { recordTime: 0 },
      { kind: 'refused' },
      { eventID: 'urn:x:1' },
      { hash: 'x' },
      { declaration: '0' },
      { captureID: '' },
    ];
    const hashes = changes.map((change) => leafHash({ ...entry, ...change }));
    expect(new Set([...hashes, leafHash(entry)]).size).toBe(changes.length + 1);
  });

  test('a value with a line feed has no leaf', () => {
    expect(() => leafText({ ...entry, eventID: 'urn:x:1\n2' })).toThrow('line feed');
  });
});
