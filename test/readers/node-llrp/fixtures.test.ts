import { readdirSync, readFileSync } from 'node:fs';
import { decode, encode, type Message } from 'node-llrp';
import { expect, test } from 'vitest';

const folder = new URL('fixtures/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.hex'))
  .map((name) => name.slice(0, -4));

test.each(names)('fixture %s says the same in bytes and JSON, both ways', (name) => {
  const bytes = readFileSync(new URL(`${name}.hex`, folder), 'utf8').replaceAll(/\s/g, '');
  const json = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Message;
  expect(decode(Buffer.from(bytes, 'hex'))).toEqual(json);
  expect(Buffer.from(encode(json)).toString('hex')).toBe(bytes);
});
