// The program itself, started as a user starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { documentOf, observed } from '../http/fixtures.ts';
import { clientOf, freshDatabase } from '../http/server.ts';
import { openStore } from '../../src/store/open.ts';

const CLI = join(import.meta.dirname, '../../src/entry/cli.ts');
const READY_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'tagtrail-node-'));
const children: ChildProcess[] = [];

interface Program {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  /** Exit code. */
  ended: Promise<number | null>;
}

function run(args: string[], env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, out: () => out, err: () => err, ended };
}

const urlOf = async (program: Program): Promise<string> => {
  await expect.poll(() => program.out() + program.err(), { timeout: READY_MS }).toMatch(/listens on http/);
  return /http:\/\/\S+/.exec(program.out())![0];
};
const serve = (...args: string[]) => run(['serve', '--port', '0', ...args], { TAGTRAIL_LOG: 'info' });

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('tagtrail serve', () => {
  it('starts on a new directory, makes the first key, keeps all over a restart', async () => {
    const data = join(folder, 'new');
    const first = serve('--data', data);
    const url = await urlOf(first);
    const file = join(data, 'operator.key');
    await expect.poll(() => first.out()).toContain(file); // told behind the URL, in a write of its own
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const key = readFileSync(file, 'utf8').trim();
    const event = observed(1);
    expect((await clientOf(url, key)('POST', '/epcis/capture', { body: documentOf([event]) })).status).toBe(202);
    expect((await fetch(`${url}/login`)).headers.get('content-type')).toContain('text/html');
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(first.err()).toContain('SIGTERM');
    expect(first.err()).not.toContain(key);

    const second = serve('--data', data);
    const again = await clientOf(await urlOf(second), key)(
      'GET',
      `/epcis/events/${encodeURIComponent(String(event['eventID']))}`,
    );
    expect(again.status).toBe(200);
    expect(second.out()).not.toContain('operator');
    const third = serve('--data', data);
    expect(await third.ended).toBe(1);
    expect(third.err()).toContain('is in use by process');
  }, 60_000);

  it('says in one line why it cannot start', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const { port } = busy.address() as AddressInfo;
    const database = await freshDatabase();
    await (await openStore({ url: database.url }, { migrate: true })).close();
    const cases: [string[], NodeJS.ProcessEnv, number, RegExp][] = [
      [['--port', String(port), '--database-url', database.url], {}, 1, /port \d+ on 127\.0\.0\.1 is in use/],
      [['--port', 'nine'], {}, 2, /--port: must be a whole number/],
      [['--colour'], {}, 2, /--colour/],
      [['--port', '0', '--host', '192.0.2.1', '--database-url', database.url], {}, 1, /no address 192\.0\.2\.1/],
      [
        ['--port', '0', '--database-url', 'postgres://a:b@127.0.0.1:1/x'],
        { TAGTRAIL_DATABASE_WAIT_S: '2' },
        1,
        /Trying again for 2 s[^]*Gave up/,
      ],
    ];
    const tried = cases.map(([args, env, code, says]) => ({ program: run(['serve', ...args], env), code, says }));
    for (const { program, code, says } of tried) {
      expect(await program.ended, program.err()).toBe(code);
      expect(program.err()).toMatch(says);
      expect(program.err()).not.toMatch(/\n\s+at /);
    }
    busy.close();
    await database.drop();
  }, 60_000);

  it('wants a server migrated first, and runs on it', async () => {
    const database = await freshDatabase();
    const early = serve('--database-url', database.url);
    expect(await early.ended).toBe(1);
    expect(early.err()).toContain('tagtrail migrate');
    await (await openStore({ url: database.url }, { migrate: true })).close();
    const program = serve('--database-url', database.url);
    expect((await clientOf(await urlOf(program))('GET', '/healthz')).status).toBe(200);
    program.child.kill('SIGINT');
    expect(await program.ended).toBe(0);
    await database.drop();
  }, 60_000);
});

describe('tagtrail capture', () => {
  it('uploads files and tells of every event', async () => {
    const data = join(folder, 'upload');
    const server = serve('--data', data);
    const url = await urlOf(server);
    const key = readFileSync(join(data, 'operator.key'), 'utf8').trim();
    const write = (name: string, content: unknown): string => {
      writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
      return join(folder, name);
    };
    const [good, bad] = [observed(1), { ...observed(2), action: 'CREATE' }];
    const files = [write('good.json', documentOf([good])), write('mixed.json', documentOf([observed(3), bad]))];
    const capture = (...args: string[]) => run(['capture', ...args, '--url', url, '--key', key]);

    const one = capture(files[0]!, '--json');
    expect(await one.ended, one.err()).toBe(0);
    expect(JSON.parse(one.out())).toMatchObject({
      file: files[0],
      index: 0,
      verdict: 'accepted',
      eventID: good['eventID'],
    });

    const all = capture(...files, '--behaviour', 'proceed', '--json');
    expect(await all.ended).toBe(1);
    const verdicts = all
      .out()
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { verdict: string }).verdict);
    expect(verdicts).toEqual(['duplicate', 'accepted', 'rejected']);

    const broken = capture(write('broken.json', '{"type":'), join(folder, 'nowhere.json'), files[0]!);
    expect(await broken.ended).toBe(2);
    expect(broken.err()).toMatch(/broken\.json: 400 .*line 1, column 9/);
    expect(broken.err()).toContain('nowhere.json: no such file');
    expect(broken.out()).toContain('0 accepted, 1 duplicate, 0 rejected');

    const wrongKey = run(['capture', files[0]!, '--url', url, '--key', 'wrong']);
    expect(await wrongKey.ended).toBe(1);
    expect(wrongKey.err()).toContain('401');
    server.child.kill('SIGTERM');
    await server.ended;
    const down = capture(files[0]!);
    expect(await down.ended).toBe(1);
    expect(down.err()).toContain('ECONNREFUSED');
  }, 60_000);
});
