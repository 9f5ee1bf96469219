import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { depthOf, parseJson, readJson, readText } from '../../src/http/body.ts';
import { offsetOfFault } from '../../src/http/json-place.ts';
import { problemOf, problemResponse } from '../../src/http/problem.ts';

const BYTES_MAX = 64;
const app = new Hono()
  .post('/json', async (c) => {
    const bytesMax = Number(c.req.header('x-bytes-max') ?? BYTES_MAX);
    return c.json({ read: await readJson(c, { bytesMax }) });
  })
  .post('/csv', async (c) => c.text(await readText(c, { bytesMax: BYTES_MAX }, ['text/csv'])));
app.onError((error, c) => problemResponse(problemOf(error, c.req.path)));

const post = async (body: string | Uint8Array | ReadableStream, headers: Record<string, string> = {}) => {
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers }, duplex: 'half' };
  const res = await app.request('/json', init as RequestInit);
  return { status: res.status, json: (await res.json()) as { type?: string; detail?: string; read?: unknown } };
};
/** A body whose length nobody announces. */
const streamed = (text: string) =>
  new ReadableStream({
    start(controller) {
      for (const char of text) controller.enqueue(new TextEncoder().encode(char));
      controller.close();
    },
  });

describe('a body', () => {
  it('of exactly the limit is read, of one byte more refused, announced or not', async () => {
    const full = JSON.stringify('x'.repeat(BYTES_MAX - 2));
    expect(await post(full)).toMatchObject({ status: 200 });
    expect(await post(streamed(full))).toMatchObject({ status: 200 });
    const more = JSON.stringify('x'.repeat(BYTES_MAX - 1));
    for (const body of [more, streamed(more)]) {
      const res = await post(body);
      expect(res).toMatchObject({
        status: 413,
        json: { type: 'epcisException:CaptureLimitExceededException', bytesMax: BYTES_MAX },
      });
    }
  });

  it('counts bytes, not characters', async () => {
    expect((await post(JSON.stringify('世'.repeat(20)))).status).toBe(200);
    expect((await post(JSON.stringify('世'.repeat(21)))).status).toBe(413);
  });

  it('may begin with a byte order mark', async () => {
    expect(await post('\uFEFF{"a":1}')).toEqual({ status: 200, json: { read: { a: 1 } } });
  });

  it.each([
    ['cut short', '{"type":', 'line 1, column 9'],
    ['of two lines', '{"a": 1,\n "b": }', 'line 2, column 7'],
    ['empty', '', 'line 1, column 1'],
  ])('%s names the place', async (_, body, place) => {
    expect(await post(body)).toMatchObject({ status: 400, json: { detail: `the body is no JSON: ${place}` } });
  });

  it('that is no UTF-8 is refused', async () => {
    expect(await post(new Uint8Array([0x22, 0xff, 0x22]))).toMatchObject({
      status: 400,
      json: { detail: 'the body is no UTF-8 text' },
    });
  });

  it('that nests too deep is refused before anything walks it', async () => {
    const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect((await post(deep(32))).status).toBe(200);
    expect(() => parseJson(deep(64))).not.toThrow();
    expect(() => parseJson(deep(65))).toThrow(/deeper than 64/);
    expect(() => parseJson('['.repeat(1_000_000))).toThrow(/deeper than 64/);
  });

  it('of another type, or packed in a way that nobody knows, is refused', async () => {
    expect((await post('a,b', { 'content-type': 'text/csv' })).json.type).toBe(
      'epcisException:UnsupportedMediaTypeException',
    );
    for (const encoding of ['compress', 'gzip, br', 'dcz'])
      expect((await post('{}', { 'content-encoding': encoding })).status).toBe(415);
    expect((await post('{}', { 'content-encoding': 'Identity' })).status).toBe(200);
    expect((await post('{}', { 'content-type': 'Application/LD+JSON; charset=utf-8' })).status).toBe(200);
  });
});

describe.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  // the best quality takes seconds
  ['br', (b: string | Uint8Array) => brotliCompressSync(b, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ['zstd', zstdCompressSync],
] as const)('a body packed by %s', (encoding, pack) => {
  const text = JSON.stringify('x'.repeat(BYTES_MAX - 2));
  const packed = (content: string | Uint8Array, max?: number) =>
    post(new Uint8Array(pack(content)), {
      'content-encoding': encoding,
      ...(max !== undefined && { 'x-bytes-max': String(max) }),
    });

  it('is unpacked, up to the limit of what it unpacks to', async () => {
    expect(await packed(text)).toMatchObject({ status: 200, json: { read: 'x'.repeat(BYTES_MAX - 2) } });
    expect(await packed(`${text} `)).toMatchObject({ status: 413, json: { bytesMax: BYTES_MAX } });
  });

  it('that is cut short, damaged or not packed at all is 400', async () => {
    const whole = new Uint8Array(pack(text));
    const cut = await post(whole.subarray(0, whole.length - 4), { 'content-encoding': encoding });
    expect(cut).toMatchObject({ status: 400, json: { detail: `the body is no whole ${encoding}: it is cut short` } });
    for (const body of [text, new Uint8Array()]) {
      const res = await post(body, { 'content-encoding': encoding });
      expect(res).toMatchObject({ status: 400, json: { type: 'epcisException:ValidationException' } });
    }
  });

  it('that grows beyond all measure is 413, whatever the limit', async () => {
    const res = await packed(new Uint8Array(40 * 1024 * 1024), 1024 * 1024 * 1024);
    expect(res).toMatchObject({
      status: 413,
      json: { type: 'epcisException:CaptureLimitExceededException', ratioMax: 250 },
    });
  });
});

describe('the place of a fault', () => {
  it('is where a whole text was cut or spoilt', () => {
    const one = fc.tuple(fc.jsonValue({ maxDepth: 3 }), fc.nat());
    fc.assert(
      fc.property(one, ([value, n]) => {
        const text = JSON.stringify([value], null, 1);
        const at = n % text.length;
        expect(offsetOfFault(text.slice(0, at))).toBeLessThanOrEqual(at);
        // a control character is wrong in every place, inside of strings as well
        const spoilt = `${text.slice(0, at)}\u0001${text.slice(at)}`;
        expect(offsetOfFault(spoilt)).toBeLessThanOrEqual(at);
        expect(offsetOfFault(text)).toBe(text.length);
      }),
    );
  });

  it.each([
    ['[1,]', 3],
    ['{"a" 1}', 5],
    ['{"a":1,}', 7],
    ['[1}', 2],
    ['01', 1],
    ['nul', 0],
    ['"a\\x"', 0],
    ['[] []', 3],
    [']', 0],
    ['{,}', 1],
  ])('of %s is %i', (text, at) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(offsetOfFault(text)).toBe(at);
  });
});

describe('depthOf', () => {
  const deepest = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(deepest)) : 0;

  it('is the depth of any JSON value, whatever its strings hold', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => depthOf(JSON.stringify(value)) === deepest(value)));
    expect(depthOf(JSON.stringify(['[[[\\"[[', { '"[': '\\' }]))).toBe(2);
  });

  it('ends on any text', () => {
    fc.assert(fc.property(fc.string(), (text) => Number.isInteger(depthOf(text))));
    expect(depthOf('["never closed [[[')).toBe(1);
  });
});
