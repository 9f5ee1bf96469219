// Wrong bytes go in without an error on many ways into a database: each way that is used here is tried with each byte.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteaArray, hexText, numberArray, textArray } from '../../src/store/sql.ts';
import { onBoth } from './databases.ts';

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, i) => i);
const byteLists = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
const hexes = (list: Iterable<Uint8Array>): string[] => Array.from(list, (bytes) => Buffer.from(bytes).toString('hex'));

onBoth('bytea', ({ store, tenant }) => {
  const ways: [string, (list: Uint8Array[]) => Promise<Uint8Array[]>][] = [
    [
      'a parameter',
      (list) =>
        Promise.all(
          list.map(async (bytes) => (await store().query<{ b: Uint8Array }>('select $1::bytea as b', [bytes]))[0]!.b),
        ),
    ],
    [
      'an array',
      async (list) =>
        (
          await store().query<{ b: Uint8Array }>(
            'select b from unnest($1::text::bytea[]) with ordinality as r(b, n) order by n',
            [byteaArray(list)],
          )
        ).map(({ b }) => b),
    ],
    [
      'inside JSON',
      async (list) =>
        (
          await store().query<{ b: Uint8Array }>(
            'select b from jsonb_to_recordset($1::text::jsonb) as r(n int, b bytea) order by n',
            [JSON.stringify(list.map((bytes, n) => ({ n, b: hexText(bytes) })))],
          )
        ).map(({ b }) => b),
    ],
    [
      'any()',
      async (list) =>
        Promise.all(
          list.map(async (bytes) => {
            const [row] = await store().query<{ b: Uint8Array }>(
              'select b from (select $1::bytea as b) r where b = any($2::text::bytea[])',
              [bytes, byteaArray(list)],
            );
            return row!.b;
          }),
        ),
    ],
  ];

  test.each(ways)('%s keeps every byte', async (_, way) => {
    await fc.assert(
      fc.asyncProperty(byteLists, async (list) => {
        expect(hexes(await way(list))).toEqual(hexes(list));
      }),
      { numRuns: 25, examples: [[[ALL_BYTES]], [[Buffer.from('\\x41"{},\\', 'latin1')]]] },
    );
  });

  test('texts and numbers in arrays come back too', async () => {
    const texts = ['', 'a,b', '{"x"}', '\\', 'NULL', 'null', ' ä\n😀 ', "'"];
    const back = await store().query<{ t: string }>(
      'select t from unnest($1::text::text[]) with ordinality as r(t, n) order by n',
      [textArray(texts)],
    );
    expect(back.map(({ t }) => t)).toEqual(texts);
    const [sum] = await store().query<{ s: number }>(
      'select sum(n)::bigint as s from unnest($1::text::bigint[]) as r(n)',
      [numberArray([1, 2, 2 ** 52])],
    );
    expect(sum?.s).toBe(2 ** 52 + 3);
  });

  test('bigint, jsonb, uuid, boolean and null come as JavaScript has them', async () => {
    const id = tenant();
    const [row] = await store().query(
      `select $1::uuid as u, 9007199254740991::bigint as b, '{"a":[1.5,null]}'::jsonb as j, true as t, null::bytea as n, $2::text::jsonb as q`,
      [id, '"text"'],
    );
    expect(row).toEqual({ u: id, b: Number.MAX_SAFE_INTEGER, j: { a: [1.5, null] }, t: true, n: null, q: 'text' });
  });

  const MANGLED: [string, Uint8Array][] = [
    ['an SGTIN as hexadecimal digits', Buffer.from('120959a74c1c7b0101', 'latin1')],
    ['an SSCC as digits', Buffer.from('20000000000000ff01', 'latin1')],
    ['a link as digits', Buffer.from('f068747470', 'latin1')],
    ['hexadecimal with its \\x', Buffer.from('\\x120959a74c1c7b0101', 'latin1')],
    ['nothing', new Uint8Array()],
    ['an unknown kind', Buffer.from([0x99, 1, 2])],
  ];

  test.each(MANGLED)('the table refuses a key that is %s', async (_, key) => {
    const insert = store().query(`insert into mention values ($1, $2, 1, 0, 7)`, [tenant(), key]);
    await expect(insert).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('mention_key_known'),
    });
  });
});
