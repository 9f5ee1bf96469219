import { Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { command } from '../../src/entry/commands/epc.ts';

/** Runs the command on chunks of input; lines of output and the exit code. */
async function run(args: string[], chunks: Iterable<string | Buffer> = []) {
  let out = '';
  const stdout = new Writable({
    highWaterMark: 64,
    write(chunk: Buffer, _encoding, done) {
      out += chunk.toString('utf8');
      setImmediate(done);
    },
  });
  const io = { stdin: Readable.from(chunks), stdout, stderr: stdout };
  const code = await command.run(args, io);
  return { code, lines: out.split('\n').slice(0, -1) };
}
const json = (lines: string[]) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

test('one answer a line, in order, whatever the chunks', async () => {
  const input =
    '3034257BF4000A4000000007\n{"value":"(01)09524321000019(21)7","gcpLength":7,"encode":"SGTIN-96","filter":1}\r\nnone\n\nurn:epc:id:gid:1.2.3';
  for (const size of [1, 7, 1000]) {
    const chunks = Array.from({ length: Math.ceil(input.length / size) }, (_, i) =>
      Buffer.from(input.slice(i * size, (i + 1) * size)),
    );
    const { code, lines } = await run(['--json'], chunks);
    expect(code).toBe(1);
    expect(json(lines)).toMatchObject([
      {
        value: '3034257BF4000A4000000007',
        ok: true,
        scheme: 'SGTIN-96',
        filter: 1,
        digitalLink: 'https://id.gs1.org/01/00614141000418/21/7',
      },
      { value: '(01)09524321000019(21)7', ok: true, hex: '303645518400004000000007' },
      { value: 'none', ok: false, error: { code: 'UNKNOWN_FORM' } },
      { value: '', ok: false, error: { code: 'EMPTY' } },
      { value: 'urn:epc:id:gid:1.2.3', ok: true, scheme: 'GID' },
    ]);
  }
});

test('+ tags: data, host name, room for an XPC', async () => {
  const asked = '(01)09524321000019(21)7(17)260731(10)L7';
  const { lines } = await run(['--json', '--encode', 'DSGTIN++', '--host', 'id.example.com', '--filter', '1', asked]);
  expect(json(lines)).toEqual([
    {
      value: asked,
      ok: true,
      scheme: 'DSGTIN++',
      hex: 'FC9434FF0952432100001901792832F8C3B786CCB6C4188BEC00',
      elementString: asked,
      digitalLink: 'https://id.example.com/01/09524321000019/10/L7/21/7?17=260731',
      filter: 1,
      aidc: [['10', 'L7']],
    },
  ]);
  const people = await run(['--encode', 'DSGTIN+', asked]);
  expect(people.lines).toContain('  data (10)       L7');
  const long = `(00)095243210000000170(91)${'/'.repeat(56)}`;
  expect((await run(['--json', '--encode', 'SSCC+', long])).code).toBe(0);
  expect(json((await run(['--json', '--encode', 'SSCC+', '--xpc', long])).lines)).toMatchObject([
    { error: { code: 'TOO_LONG' } },
  ]);
  const question = JSON.stringify({ value: asked, encode: 'SGTIN++', host: 7 });
  expect(json((await run(['--json'], [question])).lines)).toMatchObject([{ error: { code: 'QUESTION' } }]);
});

test('broken questions are answered, not fatal', async () => {
  const { lines } = await run(['--json'], ['{"value":\n{"value":7}\n{"value":"30","filter":"1"}\n[]\n']);
  expect(json(lines).map(({ error }) => (error as { code: string }).code)).toEqual([
    'QUESTION',
    'QUESTION',
    'QUESTION',
    'UNKNOWN_FORM',
  ]);
});

test('a line without end costs no memory', async () => {
  function* chunks() {
    for (let i = 0; i < 400; i++) yield 'A'.repeat(10_000);
    yield '\n3034257BF4000A4000000007\n';
  }
  const { lines } = await run(['--json'], chunks());
  expect(json(lines)).toMatchObject([{ ok: false, error: { code: 'QUESTION' } }, { ok: true }]);
  expect(lines[0]!.length).toBeLessThan(1000);
});

test('for people, and values as arguments', async () => {
  const { code, lines } = await run(['--encode', 'SGTIN-96', '--gcp-length', '7', '(01)09524321000019(21)7']);
  expect(code).toBe(0);
  expect(lines[0]).toBe('(01)09524321000019(21)7');
  expect(lines).toContain('  EPC bits        301645518400004000000007');
  expect((await run(['nonsense'])).lines[1]).toMatch(/refused: .* \(UNKNOWN_FORM\)/);
  await expect(run(['--filter', 'x', '30'])).rejects.toThrow(/takes a number/);
});

test('memory banks, asked by line and by option', async () => {
  const lines = [
    '{"bank":"epc","value":"34A13034257BF4000A4000000007"}',
    '{"bank":"tid","value":"E28011052000A1B2C3D4E5F6"}',
    '{"bank":"user","value":"890C000000"}',
    '{"bank":"rfu","value":"00"}',
    '{"bank":"epc","value":"3000","layout":"air"}',
    '{"bank":"epc"}',
    '3034257BF4000A4000000007',
  ];
  const { code, lines: out } = await run(['--json'], [lines.join('\n')]);
  expect(code).toBe(1);
  expect(json(out)).toMatchObject([
    { ok: true, bank: 'epc', pc: '34A1', umi: 1, tagUri: 'urn:epc:tag:[att=xA1][umi=1]:sgtin-96:1.0614141.000041.7' },
    { ok: true, bank: 'tid', stid: 'urn:epc:stid:x801.x105.xA1B2C3D4E5F6' },
    { ok: false, bank: 'user', error: { code: 'DIRECTORY', position: 8 }, bytes: '890C000000' },
    { ok: false, error: { code: 'QUESTION' } },
    { ok: false, error: { code: 'QUESTION' } },
    { ok: false, error: { code: 'QUESTION' } },
    { ok: true, scheme: 'SGTIN-96' },
  ]);
  const read = await run(['--bank', 'epc', '--layout', 'inventory', '320000013034257BF4000A4000000007', '30']);
  expect(read.code).toBe(1);
  expect(read.lines).toContain('  xpcW1           0001');
  expect(read.lines.at(-2)).toMatch(/refused: .* \(TRUNCATED\)/);
  await expect(run(['--bank', 'reserved', '00'])).rejects.toThrow(/"bank" is one of/);
  await expect(run(['--bank', 'tid', '--designers', '/none', '00'])).rejects.toThrow(/none/);
});
