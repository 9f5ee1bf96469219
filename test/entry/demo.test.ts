import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const CLI = resolve(import.meta.dirname, '../../src/entry/cli.ts');
const READY_MS_MAX = 20_000;
const STOP_MS_MAX = 5000;

const folder = mkdtempSync(join(tmpdir(), 'tagtrail-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  url: string;
  readyMs: number;
  log: () => string;
  /** Exit code and how long the end took. */
  interrupt: () => Promise<{ code: number | null; ms: number }>;
}

/** Starts the command as a person does and waits for the address on its standard output. */
async function runDemo(): Promise<Run> {
  const began = performance.now();
  const child = spawn(process.execPath, [CLI, 'demo', '--port', '0', '--data', folder]);
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const [line] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => {
      throw new Error(`it ended: ${log}`);
    }),
  ])) as [Buffer];
  return {
    url: line.toString().trim(),
    readyMs: performance.now() - began,
    log: () => log,
    interrupt: async () => {
      const from = performance.now();
      child.kill('SIGINT');
      const [code] = (await once(child, 'exit')) as [number | null];
      return { code, ms: performance.now() - from };
    },
  };
}

describe('tagtrail demo', () => {
  it('is ready in time, answers, ends at once, and goes on with its data at the next start', async () => {
    const first = await runDemo();
    expect(first.readyMs).toBeLessThan(READY_MS_MAX);
    expect((await fetch(first.url)).status).toBe(200);
    // a page that listens must not keep it from ending
    const live = await fetch(new URL('/api/live', first.url));
    const reader = live.body!.getReader();
    await reader.read();
    const ended = await first.interrupt();
    expect(ended.code, first.log()).toBe(0);
    expect(ended.ms).toBeLessThan(STOP_MS_MAX);
    await reader.cancel().catch(() => undefined);

    const second = await runDemo();
    expect(second.log()).toContain('0 new events');
    expect(second.log()).toContain('the first pallet has been read');
    expect((await second.interrupt()).code).toBe(0);
  });

  it('says in one line that its port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const child = spawn(process.execPath, [CLI, 'demo', '--port', String(port), '--data', folder]);
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number];
    taken.close();
    expect(code).toBe(1);
    expect(log.trim().split('\n').at(-1)).toMatch(new RegExp(`^tagtrail demo: .*${port}.*in use`));
  });

  it.each([
    ['--port', 'x'],
    ['--port', '70000'],
    ['--nonsense', '1'],
  ])('refuses %s %s', async (...args) => {
    const child = spawn(process.execPath, [CLI, 'demo', ...args]);
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(2);
  });
});
