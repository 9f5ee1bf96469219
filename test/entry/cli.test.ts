import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const COMMANDS = readdirSync(join(ROOT, 'src/entry/commands')).flatMap(
  (file) => /^([a-z]+)\.ts$/.exec(file)?.[1] ?? [],
);

/** Runs the program as a user does. */
function tagtrail(args: string[], input = ''): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'src/entry/tagtrail.mjs'), ...args], { cwd: ROOT });
  let out = '';
  let err = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  child.stdin.on('error', () => {}); // a program that reads no input may be gone before it is written
  child.stdin.end(input);
  return new Promise((done) => child.once('close', (code) => done({ code, out, err })));
}
/** What every refusal looks like: one line, and no stack trace. */
const ONE_LINE = /^tagtrail[^\n]+\n$/;

describe('the command line', () => {
  it('lists every command', async () => {
    const { code, out } = await tagtrail(['--help']);
    expect(code).toBe(0);
    for (const name of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
  });

  it('refuses no command, and one that does not exist', async () => {
    expect((await tagtrail([])).code).toBe(2);
    const { code, out, err } = await tagtrail(['toString']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(ONE_LINE);
  });

  it.each(COMMANDS)('%s explains itself with an example and refuses an unknown option', async (name) => {
    const [help, wrong] = await Promise.all([tagtrail([name, '--help']), tagtrail([name, '--no-such-option'])]);
    expect(help.code).toBe(0);
    expect(help.out).toMatch(/example/i);
    expect(help.out).toContain(`tagtrail ${name}`);
    expect(wrong.code).toBe(2);
    expect(wrong.out).toBe('');
    expect(wrong.err).toMatch(ONE_LINE);
  });

  it.each([
    [['epcis', 'validate', 'no-such-file.json']],
    [['llrp', 'decode', 'no-such-file.bin']],
    [['collect', '--config', 'no-such-file.json']],
    [['trace', 'back', 'urn:epc:id:sgtin:9521234.000001.1', '--events', 'no-such-file.json']],
    [['trace', 'sideways', 'urn:epc:id:sgtin:9521234.000001.1', '--events', 'package.json']],
    [['serve', '--port', 'http']],
    [['key', 'create', '--role', 'king', '--data', '/tmp/none']],
  ])('%j ends with 2 and one line that says why', async (args) => {
    const { code, err } = await tagtrail(args);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).not.toMatch(/^\s+at |node:internal/m);
    expect(code).toBe(2);
  });

  it('does not fail when its reader goes away', async () => {
    const many = 'urn:epc:id:sgtin:9521234.000001.1\n'.repeat(20_000);
    const child = spawn(process.execPath, [join(ROOT, 'src/entry/tagtrail.mjs'), 'epc', '--json'], { cwd: ROOT });
    child.stdin.on('error', () => {});
    child.stdin.end(many);
    let err = '';
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((done) => child.once('close', done));
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});
