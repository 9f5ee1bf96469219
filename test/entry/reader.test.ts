import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import {
  child,
  connect,
  type Emulator,
  type EmulatorOptions,
  inventoryROSpec,
  type Parameter,
  startEmulator,
} from 'node-llrp';
import { afterEach, describe, expect, test } from 'vitest';
import { command } from '../../src/entry/commands/reader.ts';
import { open, reader } from '../readers/node-llrp/stand-in.ts';
import { readerOfTags, tagOf } from '../readers/node-llrp/stand-in-tags.ts';

const running: Emulator[] = [];
afterEach(async () => {
  for (const emulator of running.splice(0)) await emulator.stop();
});

async function emulated(options: Partial<EmulatorOptions> = {}): Promise<string> {
  const emulator = await startEmulator({ port: 0, ...options });
  running.push(emulator);
  return `127.0.0.1:${emulator.port}`;
}

/** Runs `tagtrail reader` with these words. */
async function tool(...args: string[]): Promise<{ code: number | undefined; out: string; err: string; error: string }> {
  let out = '';
  let err = '';
  const into = (add: (text: string) => void) =>
    new Writable({
      write(chunk: Buffer, _, done) {
        add(chunk.toString());
        setImmediate(done);
      },
      highWaterMark: 64, // slow: the reader is held back
    });
  const stdout = into((text) => (out += text));
  const io = { stdin: Readable.from([]), stdout, stderr: into((text) => (err += text)) };
  const outcome = await command.run(args, io).then(
    (code) => ({ code, error: '' }),
    (error: Error) => ({ code: undefined, error: `${error.name}: ${error.message}` }),
  );
  await new Promise((done) => stdout.end(done));
  return { ...outcome, out, err };
}

const linesOf = (out: string): Record<string, unknown>[] =>
  out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('tagtrail reader capabilities', () => {
  test('as a table and as JSON', async () => {
    const host = await emulated({ vendor: 'impinj' });
    const table = await tool('capabilities', '--host', host);
    expect(table.out).toMatch(/^maker +Impinj$/m);
    expect(table.out).toMatch(/^protocol +LLRP 1\.1$/m);
    expect(table.out).toMatch(/^frequencies +hop table 1: 902\.75 to 927\.25 MHz, 50 channels$/m);
    const [facts] = linesOf((await tool('capabilities', '--host', host, '--json')).out);
    expect(facts).toMatchObject({ host, llrp: '1.1', maker: 'Impinj', antennas: 4, utcClock: true });
  });

  test('over TLS, when the certificate is known', async () => {
    const emulator = await startEmulator({ port: 0, tls: true });
    running.push(emulator);
    const host = `127.0.0.1:${emulator.port}`;
    const folder = mkdtempSync(join(tmpdir(), 'reader-'));
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, emulator.certificate ?? '');
    try {
      expect((await tool('capabilities', '--host', host, '--ca', ca)).out).toMatch(/^antennas +4$/m);
      expect((await tool('list', host, '--ca', ca)).code).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect((await tool('capabilities', '--host', host, '--tls')).error).toMatch(
      /^AppError: 127\.0\.0\.1:\d+: .*certificate/,
    );
    expect((await tool('capabilities', '--host', host, '--ca', ca)).error).toMatch(/^UsageError: .*ca\.pem: ENOENT/);
  });

  test('a reader that is not there, or that another holds, is one line', async () => {
    expect((await tool('capabilities')).error).toBe('UsageError: --host is missing: which reader?');
    expect((await tool('capabilities', '--host', '127.0.0.1:1')).error).toBe(
      'AppError: 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    );
    const host = await emulated();
    const other = await connect({ host: '127.0.0.1', port: Number(host.split(':')[1]) });
    open.push(() => other.destroy());
    expect((await tool('capabilities', '--host', host)).error).toMatch(
      /^AppError: 127\.0\.0\.1: another client holds this reader/,
    );
  });
});

describe('tagtrail reader inventory', () => {
  test('prints reads for its time, and leaves nothing on the reader', async () => {
    const host = await emulated();
    const { code, out, err } = await tool('inventory', '--host', host, '--seconds', '1', '--antennas', '1,2');
    expect(code).toBe(0);
    const lines = out.trim().split('\n');
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines)
      expect(line).toMatch(/antenna [12] +-\d+\.\d dBm {2}3034[0-9a-f]{20} {2}urn:epc:id:sgtin:0614141\.112345\.\d+$/);
    expect(err).toMatch(new RegExp(`^${lines.length} reads of \\d+ tags in 1\\.\\d s\n$`));
    expect((await tool('set', '--host', host, 'idle', '--yes')).out).toBe('the reader is idle: 0 ROSpecs deleted\n');
  });

  test('as JSON it writes what llrp reads writes', async () => {
    const { out } = await tool('inventory', '--host', await emulated(), '--seconds', '0.5', '--json');
    const [first] = linesOf(out);
    expect(Object.keys(first ?? {})).toEqual(['epc', 'antenna', 'rssi', 'firstSeen', 'lastSeen', 'count']);
  });

  test('--tid reads the TID of every tag', async () => {
    const tags = ['01', '02'].map((end) => tagOf(`3034257bf7194e40000000${end}`, `e2801160600002054c5a1a${end}`));
    const { port } = await reader(readerOfTags(tags).behave);
    const { out } = await tool('inventory', '--host', `127.0.0.1:${port}`, '--seconds', '0.3', '--tid', '--json');
    expect(linesOf(out)).toEqual(
      ['01', '02'].map((end) => ({
        epc: `3034257bf7194e40000000${end}`,
        antenna: 2,
        tid: `e2801160600002054c5a1a${end}`,
      })),
    );
  });

  test('--tell asks for what the maker tells besides: phase, Doppler and TID, or the phase of a Zebra reader', async () => {
    const impinj = await emulated({ vendor: 'impinj' });
    const read = ['inventory', '--seconds', '0.5'];
    const [line] = linesOf((await tool(...read, '--host', impinj, '--tell', 'phase,doppler,tid', '--json')).out);
    expect(line).toMatchObject({
      phase: expect.any(Number),
      doppler: expect.any(Number),
      tid: expect.stringMatching(/^e2/),
    });
    const spoken = (await tool(...read, '--host', impinj, '--tell', 'phase,tid')).out;
    expect(spoken.split('\n')[0]).toMatch(/ phase \d\.\d{3} {2}TID e2[0-9a-f]+$/);
    const zebra = await emulated({ vendor: 'zebra' });
    const [phase] = linesOf((await tool(...read, '--host', zebra, '--tell', 'phase', '--json')).out);
    expect(phase!['phase']).toBeGreaterThanOrEqual(0);
    expect(phase!['phase']).toBeLessThan(2 * Math.PI);
    const no = await tool(...read, '--host', zebra, '--tell', 'doppler');
    expect(no.error).toBe('AppError: a reader of Zebra tells no doppler: leave that out of --tell');
    expect((await tool(...read, '--host', zebra, '--tell', 'colour')).error).toMatch(/^UsageError: --tell takes/);
  });

  test("a reader that is full of another program's ROSpecs says so", async () => {
    const host = await emulated({ vendor: 'impinj' }); // this model holds one
    const other = await connect({ host: '127.0.0.1', port: Number(host.split(':')[1]) });
    await other.request({ message: 'ADD_ROSPEC', parameters: [inventoryROSpec({ id: 5 })] });
    await other.close();
    const { error, out } = await tool('inventory', '--host', host, '--seconds', '0.5');
    expect(out).toBe('');
    expect(error).toMatch(
      /^AppError: ADD_ROSPEC_RESPONSE: .*: other programs have ROSpecs on the reader \(5\); tagtrail/,
    );
  });

  test('whoever reads its output may go away: the reader is cleared all the same', async () => {
    const host = await emulated();
    const cli = join(import.meta.dirname, '../../src/entry/cli.ts');
    const child = spawn(process.execPath, [cli, 'reader', 'inventory', '--host', host, '--seconds', '60']);
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((done) => child.once('close', done));
    expect(code).toBe(0);
    expect((await tool('set', '--host', host, 'idle', '--yes')).out).toBe('the reader is idle: 0 ROSpecs deleted\n');
  });
});

describe('tagtrail reader set', () => {
  test("power in dBm is the reader's nearest step not above", async () => {
    const host = await emulated();
    const { out } = await tool('set', '--host', host, 'power', '27.1', '--antenna', '2');
    expect(out).toBe("power of antenna 2: 27 dBm, the reader's nearest step not above 27.1\n");
    expect((await tool('set', '--host', host, 'power', '20dBm')).out).toBe('power of all antennas: 20 dBm\n');
    expect((await tool('set', '--host', host, 'power', '5')).error).toMatch(
      "5 dBm is below the reader's weakest power, 10 dBm",
    );
    expect((await tool('set', '--host', host, 'power', '20', '--hop-table', '9')).error).toMatch(
      'the reader has no hop table 9; it lists 1',
    );
    expect((await tool('set', '--host', host, 'power', '20', '--antenna', '9')).error).toBe(
      'UsageError: --antenna 9: the reader has 4',
    );
  });

  test.each([
    ['factory-defaults', 'this resets the whole reader for everyone who uses it'],
    ['idle', "this deletes every ROSpec and AccessSpec on the reader, other programs' too"],
  ])('%s needs --yes, and says why before it dials', async (name, why) => {
    const there = await reader(() => {});
    const host = `127.0.0.1:${there.port}`;
    expect((await tool('set', '--host', host, name)).error).toBe(`UsageError: ${why}; say --yes if that is meant`);
    expect(there.connections()).toBe(0);
  });

  test('RF mode and session, antenna by antenna; the rest of the air settings stays', async () => {
    const host = await emulated({ vendor: 'impinj' });
    const set = (...words: string[]): ReturnType<typeof tool> => tool('set', '--host', host, ...words);
    expect((await set('mode', '1002', '--antenna', '2')).out).toBe('RF mode of antenna 2: 1002\n');
    expect((await set('session', '2')).out).toBe('session of all antennas: 2, where an ROSpec names none\n');
    const { parameters } = JSON.parse((await tool('save', '--host', host)).out) as { parameters: Parameter[] };
    const air = parameters
      .filter(({ parameter }) => parameter === 'AntennaConfiguration')
      .map((one) => child(one, 'C1G2InventoryCommand'))
      .map((one) => [child(one, 'C1G2RFControl')?.['ModeIndex'], child(one, 'C1G2SingulationControl')?.['Session']]);
    expect(air[1]).toEqual([1002, 2]);
    expect(air[2]).toEqual([air[0]![0], 2]);
    expect((await set('mode', '77')).error).toMatch(/^AppError: the reader has no RF mode 77; it lists 0, 1, /);
    expect((await set('session', '4')).error).toMatch(/^UsageError: the session is a whole number from 0 to 3/);
  });

  test('what was saved is put back, and only that; it needs --yes', async () => {
    const host = await emulated();
    const folder = mkdtempSync(join(tmpdir(), 'reader-'));
    const file = join(folder, 'settings.json');
    const set = (...words: string[]): ReturnType<typeof tool> => tool('set', '--host', host, ...words);
    try {
      writeFileSync(file, (await tool('save', '--host', host, '--json')).out);
      expect((await set('restore', file, '--yes')).out).toBe('nothing had changed\n');
      expect((await set('keepalive', '5000')).out).toBe('keepalives: every 5000 ms\n');
      expect((await set('power', '20', '--antenna', '1')).code).toBe(0);
      expect((await set('restore', file)).error).toMatch(/say --yes/);
      const done = linesOf((await set('restore', file, '--yes', '--json')).out);
      expect(done).toEqual([{ host, set: 'restore', done: 'put back: AntennaConfiguration 1, KeepaliveSpec' }]);
      expect((await set('keepalive', 'off', '--json')).out).toContain('"done":"keepalives: off"');
      writeFileSync(file, '{"parameters": [7]}');
      expect((await set('restore', file, '--yes')).error).toMatch(/^UsageError: .*settings\.json: not what/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('factory defaults come back', async () => {
    const host = await emulated();
    expect((await tool('set', '--host', host, 'factory-defaults', '--yes')).out).toBe('factory defaults are back\n');
  });

  test('outputs on, off and for a while, by plain words', async () => {
    const there = await reader(readerOfTags([]).behave);
    const host = `127.0.0.1:${there.port}`;
    expect((await tool('set', '--host', host, 'gpo', '2', 'on')).out).toBe('output 2: on\n');
    expect((await tool('set', '--host', host, 'gpo', '2', 'sideways')).error).toMatch('"on", "off" or a pulse');
    const written = there.got.filter((one) => one.message === 'SET_READER_CONFIG').map((one) => one.parameters);
    expect(written).toEqual([[{ parameter: 'GPOWriteData', GPOPortNumber: 2, GPOData: true }]]);
  });

  test('a pulse on a reader that does not time it itself', async () => {
    const host = await emulated({ vendor: 'impinj' });
    expect((await tool('set', '--host', host, 'gpo', '1', '50ms')).out).toBe('output 1: on for 50 ms\n');
  });

  test.each([
    [['power'], 'tagtrail reader set power DBM'],
    [['power', 'much'], 'the power is a number, not "much"'],
    [['gpo', '1'], 'tagtrail reader set gpo PORT on|off|MILLISECONDS'],
    [
      ['colour', 'red'],
      'tagtrail reader set power|gpo|mode|session|keepalive|restore|factory-defaults|idle, not "colour"',
    ],
  ])('%j is refused', async (words, why) => {
    expect((await tool('set', '--host', '127.0.0.1', ...words)).error).toBe(`UsageError: ${why}`);
  });
});

describe('tagtrail reader list', () => {
  test('tells readers, held readers, others and nobody apart', async () => {
    const [free, held] = [await emulated({ vendor: 'zebra' }), await emulated()];
    const other = await connect({ host: '127.0.0.1', port: Number(held.split(':')[1]) });
    open.push(() => other.destroy());
    const mute = `127.0.0.1:${(await reader(() => {}, Buffer.alloc(0))).port}`;
    const { code, out, err } = await tool('list', free, held, mute, '127.0.0.1:1', '--timeout', '300');
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toHaveLength(2);
    expect(out).toMatch(new RegExp(`^${free}  Zebra model \\d+, firmware .+, 4 antennas$`, 'm'));
    expect(out).toContain(`${held}  another client holds this reader`);
    expect(err).toContain(`${mute}  no greeting within 300 ms`);
    expect(err).toContain('127.0.0.1:1  connect ECONNREFUSED');
  });

  test('a network is asked address by address; exit 1 when no reader is there', async () => {
    const host = await emulated();
    const port = host.split(':')[1] as string;
    const found = await tool('list', '127.0.0.0/29', '--port', port, '--timeout', '500', '--json');
    expect(linesOf(found.out).map((one) => [one['host'], one['reader']])).toEqual([['127.0.0.1', true]]);
    expect(await tool('list', '127.0.0.1:1')).toMatchObject({ code: 1, out: '' });
    expect((await tool('list', '10.0.0.0/8')).error).toBe(
      'UsageError: 10.0.0.0/8 has too many addresses: a /22 is the largest',
    );
    expect((await tool('list')).error).toMatch('tagtrail reader list HOST');
  });

  test('a reader that greets and then refuses everything is still a reader', async () => {
    const odd = await reader((_, socket) => void socket.write(Buffer.from('043d0000000e0000000100f00003', 'hex')));
    const { code, out } = await tool('list', `127.0.0.1:${odd.port}`, '--timeout', '200');
    expect([code, out]).toEqual([0, `127.0.0.1:${odd.port}  no answer to GET_READER_CAPABILITIES within 200 ms\n`]);
  });
});

describe('tagtrail reader tag', () => {
  const epc = '3034257bf7194e4000000001';
  async function field() {
    const tags = ['01', '02'].map((end) => tagOf(`3034257bf7194e40000000${end}`, `e2801160600002054c5a1a${end}`));
    const there = await reader(readerOfTags(tags).behave);
    const at = (...words: string[]) => tool('tag', '--host', `127.0.0.1:${there.port}`, '--seconds', '0.3', ...words);
    return { tags, there, at };
  }

  test('reads words of one tag, or of all', async () => {
    const { at } = await field();
    expect(await at('read', '--epc', epc, '--bank', 'tid', '--words', '6')).toMatchObject({
      code: 0,
      out: `${epc}  e2801160600002054c5a1a01\n`,
    });
    expect(linesOf((await at('read', '--all', '--bank', 'tid', '--word', '5', '--json')).out)).toEqual([
      { epc, result: 'Success', data: '1a01' },
      { epc: '3034257bf7194e4000000002', result: 'Success', data: '1a02' },
    ]);
    expect(await at('read', '--epc', epc, '--word', '7', '--words', '2')).toMatchObject({
      code: 1,
      out: `${epc}  Nonspecific_Tag_Error\n`,
    });
    expect(await at('read', '--epc', 'ffff')).toMatchObject({ code: 1, out: '', err: 'no such tag answered\n' });
  });

  test('writes, locks and kills with --yes', async () => {
    const { at, tags } = await field();
    const write = ['write', '--epc', epc, '--word', '1', '--data', 'cafef00d', '--yes'];
    expect(await at(...write)).toMatchObject({ code: 0, out: `${epc}  Success\n` });
    expect(tags.map(({ banks }) => banks[3].slice(0, 3))).toEqual([
      [0, 0xcafe, 0xf00d],
      [0, 0, 0],
    ]);
    expect((await at('lock', '--epc', epc, '--lock', 'user,epc', '--permanent', '--yes')).code).toBe(0);
    expect(await at(...write)).toMatchObject({ code: 1, out: `${epc}  Tag_Memory_Locked_Error\n` });
    expect((await at('kill', '--epc', epc, '--password', '1234', '--yes')).code).toBe(0);
    expect(tags.map(({ dead }) => dead)).toEqual([true, undefined]);
  });

  test.each([
    [['write', '--data', 'cafe'], 'this changes the tag (write); say --yes if that is meant'],
    [['erase'], 'this changes the tag (erase); say --yes if that is meant'],
    [['lock'], 'this changes the tag (lock); say --yes if that is meant'],
    [['unlock'], 'this changes the tag (unlock); say --yes if that is meant'],
    [['kill', '--password', '7'], 'this changes the tag (kill); say --yes if that is meant'],
    [['write', '--data', 'caf', '--yes'], '--data is whole words: hexadecimal digits by fours'],
    [['lock', '--lock', 'door', '--yes'], '--lock takes kill, access, epc, tid, user, not "door"'],
    [['read', '--bank', 'piggy'], '--bank is one of reserved, epc, tid, user, not "piggy"'],
    [['kill', '--yes'], 'a tag is killed by its kill password, which is not 0: --password HEX'],
    [['paint'], 'tagtrail reader tag read|write|erase|lock|unlock|kill, not "paint"'],
  ])('%j is refused before it dials', async (words, why) => {
    const { at, there } = await field();
    expect((await at(...words, '--epc', epc)).error).toBe(`UsageError: ${why}`);
    expect((await at('read', '--epc', '30f')).error).toBe('UsageError: --epc is hexadecimal, by twos, not "30f"');
    expect((await at('kill', '--all', '--password', '7', '--yes')).error).toBe(
      'UsageError: --epc is missing: which tag?',
    );
    expect(there.connections()).toBe(0);
  });
});
