import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { command as emulate } from '../../../src/entry/commands/emulate.ts';
import { command as llrp } from '../../../src/entry/commands/llrp.ts';

const fixture = (name: string): Buffer =>
  Buffer.from(readFileSync(new URL(`fixtures/${name}.hex`, import.meta.url), 'utf8').replaceAll(/\s/g, ''), 'hex');

/** Runs the command over these chunks of standard input; what came out, also when it threw. */
async function run(
  args: string[],
  chunks: (Uint8Array | string)[],
): Promise<{ out: Buffer; code: number | undefined; error: string }> {
  const parts: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _, done) {
      parts.push(chunk);
      setImmediate(done); // slow, so that it has to wait
    },
  });
  const stdin = Readable.from(chunks.map((one) => Buffer.from(one as Uint8Array)));
  const outcome = await llrp.run(args, { stdin, stdout, stderr: stdout }).then(
    (code) => ({ code, error: '' }),
    (error: unknown) => ({ code: undefined, error: String(error) }),
  );
  return { out: Buffer.concat(parts), ...outcome };
}

const linesOf = (out: Buffer): Record<string, unknown>[] =>
  String(out)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('tagtrail llrp', () => {
  const all = Buffer.concat(
    ['greeting', 'report-of-a-gate', 'report-impinj', 'report-odd-epc-lengths', 'keepalive'].map(fixture),
  );

  test('decode, then encode, gives every byte back, however the input is cut', async () => {
    const bytes = [...all].map((byte) => Uint8Array.of(byte));
    const decoded = await run(['decode', '-'], bytes);
    expect(linesOf(decoded.out)).toHaveLength(5);
    const text = [...decoded.out].map((byte) => Uint8Array.of(byte));
    const encoded = await run(['encode', '-'], text);
    expect([encoded.code, encoded.out.equals(all)]).toEqual([0, true]);
  });

  test('reads says what each tag carried', async () => {
    const { out } = await run(['reads', '-'], [all]);
    expect(linesOf(out)).toEqual([
      {
        epc: '3074257bf7194e4000001a85',
        antenna: 2,
        rssi: -61,
        firstSeen: '2026-09-21T14:13:20.123456Z',
        lastSeen: '2026-09-21T14:13:20.223456Z',
        count: 3,
      },
      { epc: '36300a1b2c3d4e5f60718293a4b5c6d7', channel: 50, pc: '4000' },
      {
        epc: '3074257bf7194e4000001a85',
        antenna: 1,
        rssi: -57.25,
        tid: 'e22011662000000100020003',
        phase: 6.281651,
        doppler: -1.0625,
      },
      { epc: '' },
      { epc: 'ffff', epcBits: 13 },
      { epc: '3074257bf7194e4000001a8580', epcBits: 97 },
    ]);
  });

  test.each([
    [
      'decode',
      [all, Buffer.from('043e0000000900000001', 'hex')],
      5,
      `standard input: offset ${all.length}: message length 9 is below its header`,
    ],
    [
      'decode',
      [all, Buffer.from('043e00', 'hex')],
      5,
      `standard input: offset ${all.length}: the stream ends after 3 bytes of 10 of a header`,
    ],
    [
      'decode',
      [all, Buffer.from('043d0000000e0000000100f00003', 'hex')],
      5,
      `standard input: offset ${all.length + 10}: parameter 240 has length 3`,
    ],
    ['reads', [all, Buffer.from('043d0000000e0000000100f00003', 'hex')], 6, `offset ${all.length + 10}: `],
    ['reads', [all, Buffer.from('041e0000000a00000001', 'hex')], 6, 'ADD_ROSPEC_RESPONSE without LLRPStatus'],
  ])('%s stops at the first malformed message, after writing what was good', async (action, input, lines, words) => {
    const { out, error } = await run([action, '-'], input);
    expect(linesOf(out)).toHaveLength(lines);
    expect(error).toContain(words);
  });

  test('encode names the line', async () => {
    const good = '{"message":"KEEPALIVE","version":1,"id":1}\n';
    const broken = await run(['encode', '-'], [good, '\n', '{"message":"KEEPALIVE",\n']);
    expect(broken.out).toHaveLength(10);
    expect(broken.error).toMatch(/standard input: line 3: .*JSON/);
    const unknown = await run(['encode', '-'], [good, '{"message":"NO_SUCH","version":1,"id":1}']);
    expect(unknown.error).toContain('line 2: NO_SUCH: there is no such message');
    expect((await run(['encode', '-'], [Uint8Array.of(0xff, 0x0a)])).error).toContain('line 1: ');
  });

  test('wrong usage and a file that is not there', async () => {
    expect((await run(['decode'], [])).error).toContain('UsageError');
    expect((await run(['frobnicate', '-'], [])).error).toContain('UsageError');
    expect((await run(['reads', '/no/such/none.bin'], [])).error).toMatch(/none\.bin: ENOENT/);
  });
});

describe('tagtrail emulate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulate-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const io = { stdin: Readable.from([]), stdout: new Writable(), stderr: new Writable() };
  const scenario = (json: string): string => {
    const file = join(folder, 'scenario.json');
    writeFileSync(file, json);
    return file;
  };

  test.each([
    [['--port', '70000'], '--port is a whole number up to 65535, not "70000"'],
    [['--vendor', 'acme'], '--vendor is one of none, impinj, zebra, not "acme"'],
    [['--llrp', '2.0'], '--llrp is one of 1.0.1, 1.1, not "2.0"'],
    [['--scenario', '/no/such.json'], '/no/such.json: ENOENT'],
    [['--scenario', scenario('{"passing": [{"tags": [], "speed": 3}]}')], 'unknown option "speed" in passing'],
  ])('%j is refused with a reason', async (args, words) => {
    await expect(emulate.run(args, io)).rejects.toThrow(words);
  });
});
