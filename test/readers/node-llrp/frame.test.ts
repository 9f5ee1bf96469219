import fc from 'fast-check';
import { FrameSplitter, HEADER_BYTES, headerOf, LlrpError, MESSAGE_BYTES_MAX } from 'node-llrp';
import { describe, expect, test } from 'vitest';

function frame(body: Uint8Array, id = 1): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(HEADER_BYTES), body]);
  bytes.writeUInt16BE((1 << 10) | 61, 0);
  bytes.writeUInt32BE(bytes.length, 2);
  bytes.writeUInt32BE(id, 6);
  return bytes;
}

/** Everything that comes out when the bytes arrive in these pieces. */
function split(pieces: Uint8Array[], splitter = new FrameSplitter()): string[] {
  const out = pieces.flatMap((piece) => [...splitter.push(piece)].map((one) => Buffer.from(one).toString('hex')));
  splitter.end();
  return out;
}

const codeOf = (run: () => unknown): [string, number | undefined] => {
  try {
    run();
  } catch (error) {
    if (error instanceof LlrpError) return [error.code, error.offset];
  }
  throw new Error('nothing was refused');
};

describe('FrameSplitter', () => {
  test('gives the same messages however the stream is cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(600), { maxLength: 12 }), (list, cuts) => {
        const frames = list.map((body, i) => frame(body, i));
        const all = Buffer.concat(frames);
        const at = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
        const pieces = at.slice(1).map((end, i) => all.subarray(at[i], end));
        expect(split(pieces)).toEqual(frames.map((one) => one.toString('hex')));
      }),
    );
  });

  test('byte by byte', () => {
    const all = Buffer.concat([frame(Buffer.alloc(0)), frame(Buffer.from('aabbcc', 'hex'))]);
    expect(split([...all].map((byte) => Uint8Array.of(byte)))).toHaveLength(2);
  });

  test('a whole message in one chunk is a view of it, no copy', () => {
    const chunk = Buffer.concat([frame(Buffer.alloc(5)), frame(Buffer.alloc(6))]);
    const [first, second] = [...new FrameSplitter().push(chunk)];
    expect(first?.buffer).toBe(chunk.buffer);
    expect(second?.buffer).toBe(chunk.buffer);
  });

  test('a large message in small chunks takes linear time', () => {
    const large = frame(Buffer.alloc(8 * 1024 * 1024, 7));
    const splitter = new FrameSplitter();
    let frames = 0;
    const began = performance.now();
    for (let at = 0; at < large.length; at += 1460) {
      for (const one of splitter.push(large.subarray(at, at + 1460))) frames += one.length;
    }
    expect(frames).toBe(large.length);
    expect(performance.now() - began).toBeLessThan(5000); // concatenating per chunk takes minutes
  });

  test('a claim of 2 GB is refused from the header alone, before a byte is kept', () => {
    const head = frame(Buffer.alloc(0));
    head.writeUInt32BE(2_000_000_000, 2);
    const splitter = new FrameSplitter();
    expect(codeOf(() => [...splitter.push(head)])).toEqual(['TOO_LONG', 0]);
    const later = new FrameSplitter();
    expect([...later.push(Buffer.concat([frame(Buffer.alloc(3)), head.subarray(0, 4)]))]).toHaveLength(1);
    expect(codeOf(() => [...later.push(head.subarray(4))])).toEqual(['TOO_LONG', 13]);
  });

  test('memory follows the bytes that came, not the length claimed', () => {
    const head = frame(Buffer.alloc(0));
    head.writeUInt32BE(MESSAGE_BYTES_MAX, 2);
    const splitters = Array.from({ length: 200 }, () => new FrameSplitter()); // 12.8 GB if the claim were believed
    for (const splitter of splitters) expect([...splitter.push(head)]).toEqual([]);
    expect(splitters.reduce((sum, one) => sum + one.pending, 0)).toBe(200 * HEADER_BYTES);
  });

  test.each([0, 9])('a length of %i, below the header, ends it', (length) => {
    const bad = frame(Buffer.alloc(0));
    bad.writeUInt32BE(length, 2);
    const splitter = new FrameSplitter();
    const seen: Uint8Array[] = [];
    const run = () => {
      for (const one of splitter.push(Buffer.concat([frame(Buffer.alloc(2)), bad]))) seen.push(one);
    };
    expect(codeOf(run)).toEqual(['LENGTH', 12]);
    expect(seen).toHaveLength(1);
  });

  test('a stream that ends inside a message says where that message began', () => {
    const splitter = new FrameSplitter();
    const all = Buffer.concat([frame(Buffer.alloc(4)), frame(Buffer.alloc(4)).subarray(0, 12)]);
    expect([...splitter.push(all)]).toHaveLength(1);
    expect(codeOf(() => splitter.end())).toEqual(['TRUNCATED', 14]);
  });

  test('headerOf reads version, type, length and id', () => {
    expect(headerOf(Buffer.from('083d0000000affffffff', 'hex'))).toEqual({
      version: 2,
      type: 61,
      length: 10,
      id: 0xffffffff,
    });
  });
});
