import { Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { command } from '../../src/entry/commands/rule.ts';
import { isOfGs1China, isOrganisationCode } from '../../src/gs1/china.ts';
import { identify, keyOf, keyOfUri, parse, readUscc, uriOfKey } from '../../src/gs1/index.ts';

test('a credit code and what is in it', () => {
  expect(readUscc('9131000063159284XQ')).toEqual({
    code: '9131000063159284XQ',
    valid: true,
    faults: [],
    authority: { code: '9', name: '工商' },
    category: { code: '1', name: '企业' },
    division: '310000',
    organisationCode: '63159284X',
  });
});

test.each<[code: string, faults: string[]]>([
  ['91350100M000100Y43', []],
  ['11370323004223252G', []],
  ['91350100M000100Y4Z', ['CHARACTER']],
  ['91350211M0000XUF46', ['CHECK_CHARACTER']],
  ['91310115MA1G4L1WXK', ['ORGANISATION_CODE', 'CHECK_CHARACTER']],
  ['91350100m000100y43', ['CHARACTER']],
  ['9135010OM000100Y43', ['CHARACTER']],
  ['91350100M000100Y4', ['LENGTH']],
  ['91350100M000100Y433', ['LENGTH']],
  ['', ['LENGTH']],
])('%s', (code, faults) => {
  const read = readUscc(code);
  expect(read.faults.map((fault) => fault.code)).toEqual(faults);
  expect(read.valid).toBe(faults.length === 0);
});

test('one wrong character never goes unseen', () => {
  const code = '91350100M000100Y43';
  for (let at = 0; at < code.length; at++)
    for (const c of '0123456789ABCDEFGHJKLMNPQRTUWXY')
      if (c !== code[at]) expect(readUscc(code.slice(0, at) + c + code.slice(at + 1)).valid).toBe(false);
});

test('organisation codes', () => {
  for (const code of ['M000100Y4', '004223252', '63159284X', 'D2143569X']) expect(isOrganisationCode(code)).toBe(true);
  for (const code of ['M000100Y5', '63159284x', '6315928', '']) expect(isOrganisationCode(code)).toBe(false);
});

test('codes that people type become identities with a private URI, and come back', () => {
  const TYPED: [text: string, kind: string, uri: string][] = [
    ['8123 4567 8901 2345 6789', 'DRUG', 'https://china.invalid/drug-code/81234567890123456789'],
    ['９１３５０１００M000100Y43', 'USCC', 'https://china.invalid/uscc/91350100M000100Y43'],
    ['91350100m000100y43', 'USCC', 'https://china.invalid/uscc/91350100M000100Y43'],
  ];
  for (const [text, kind, uri] of TYPED) {
    const given = identify(text);
    if (!given.ok) throw new Error(given.message);
    expect(given.id.kind).toBe(kind);
    expect(uriOfKey(keyOf(given.id))).toBe(uri);
    expect(keyOfUri(uri).key).toEqual(keyOf(given.id));
    expect(parse(uri)).toEqual(given.id);
  }
});

test('what is wrong with Chinese codes', () => {
  expect(identify('91350100M000100Y44')).toMatchObject({ ok: false, code: 'CHECK_CHARACTER', position: 17 });
  expect(identify('63159284-X')).toMatchObject({ ok: false, message: expect.stringContaining('organisation code') });
  expect(identify('71234567890123456789')).toMatchObject({ ok: false });
  expect(() => parse('https://china.invalid/drug-code/123')).toThrow(/no key/);
});

test('18 digits may be a logistic unit and an organisation', () => {
  const both = Array.from({ length: 1000 }, (_, i) => `1137032300422${String(i).padStart(3, '0')}`)
    .flatMap((head) => Array.from({ length: 100 }, (_, i) => head + String(i).padStart(2, '0')))
    .find((code) => readUscc(code).valid && identify(code).ok && /^\d+$/.test(code));
  const given = identify(both ?? '');
  expect(given.ok && [given.id, ...given.others].map(({ kind }) => kind)).toContain('USCC');
});

test('GS1 China gives out 690 to 699', () => {
  expect(identify('6901234567892')).toMatchObject({ ok: true, issuer: 'GS1 China' });
  expect(identify('9524321000019')).not.toHaveProperty('issuer');
  expect(isOfGs1China(parse('(00)169012345678901235'))).toBe(true);
  expect(isOfGs1China(parse('(8004)6991234X'))).toBe(true);
  expect(isOfGs1China(parse('urn:epc:id:gid:1.2.3'))).toBe(false);
});

async function rule(args: string[], input: string): Promise<{ code: number; lines: unknown[] }> {
  let out = '';
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      out += chunk.toString('utf8');
      done();
    },
  });
  const code = await command.run(args, { stdin: Readable.from([input]), stdout, stderr: stdout });
  return {
    code,
    lines: out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown),
  };
}

test('tagtrail rule uscc', async () => {
  const { code, lines } = await rule(
    ['uscc', '--json'],
    '{"code":"91350100M000100Y43"}\n\n{"code":"91350211M0000XUF46"}\n',
  );
  expect(code).toBe(0);
  expect(lines).toMatchObject([
    { code: '91350100M000100Y43', valid: true, organisationCode: 'M000100Y4' },
    { code: '91350211M0000XUF46', valid: false },
  ]);
});

test('questions that are none are answered in their place', async () => {
  const { code, lines } = await rule(
    ['uscc', '--json'],
    `x\n[]\n{"code":7}\n{"code":"${'9'.repeat(70_000)}"}\n{"code":""}`,
  );
  expect(code).toBe(1);
  expect(lines).toMatchObject(
    [{ error: /not JSON/ }, { error: /object/ }, { error: /"code"/ }, { error: /at most/ }, { valid: false }].map(
      (one) => ('error' in one ? { error: expect.stringMatching(one.error) } : one),
    ),
  );
});

test.each([[[]], [['nope']], [['uscc', 'x']]])('wrong usage: %j', async (args) => {
  await expect(rule(args, '')).rejects.toThrow(/NAME is one of/);
});
