// The README's examples are the files in examples/, which are run here, and its other code is type-checked.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { type Emulator, startEmulator } from 'node-llrp';
import { afterEach, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const PACKAGE = join(ROOT, 'readers/node-llrp');
const README = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
const EXAMPLES = readdirSync(join(PACKAGE, 'examples'));
const blocks = [...README.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code!);
const TAGS = ['30340001', '30340002', '30340003'];

let emulator: Emulator | undefined;
afterEach(async () => {
  await emulator?.stop();
  emulator = undefined;
});

/** Runs a program to its end; `on` is told all that it has said so far, each time it says more. */
async function run(args: string[], on: (said: string, stop: () => void) => void = () => {}): Promise<string> {
  const child = spawn(process.execPath, args, { cwd: PACKAGE, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const told = (bytes: Buffer): void => {
    said += bytes.toString();
    on(said, () => void child.kill('SIGINT'));
  };
  child.stdout.on('data', told);
  child.stderr.on('data', told);
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect([code, said]).toEqual([0, said]);
  return said;
}
const field = async (): Promise<string> => {
  emulator = await startEmulator({ scenario: { standing: [{ tags: TAGS }] } });
  return `127.0.0.1:${emulator.port}`;
};

describe('the examples', () => {
  test('stand in the README word for word', () => {
    const shown = blocks.flatMap((code) => /^\/\/ examples\/(\S+)\n([^]*)$/.exec(code)?.slice(1, 3) ?? []);
    const files = EXAMPLES.flatMap((name) => [
      name,
      readFileSync(join(PACKAGE, 'examples', name), 'utf8').replace(/^.*\n/, ''),
    ]);
    const pairs = (list: string[]): string[] => list.map((_, i) => list.slice(2 * i, 2 * i + 2).join('\n')).sort();
    expect(pairs(shown)).toEqual(pairs(files));
  });

  test('inventory prints reads until it is told to stop, and leaves nothing on the reader', async () => {
    const said = await run(['examples/inventory.ts', await field()], (text, stop) => {
      if (TAGS.every((epc) => text.includes(epc))) stop();
    });
    expect(said).toMatch(/^3034000[123] [1-4] -\d/);
    const lines = [...emulator!.truth().lines()].map(({ truth }) => truth);
    expect(lines).toContain('disconnection');
  });

  test('tid reads the TID of every tag', async () => {
    const said = await run(['examples/tid.ts', await field()]);
    expect(
      said
        .trim()
        .split('\n')
        .sort()
        .map((line) => line.split(' ')[0]),
    ).toEqual(TAGS);
    expect(said).toMatch(/^\w+ e2[0-9a-f]{22}$/m);
  });

  test('gate shows a passage and an event', async () => {
    const said = await run(['examples/gate.ts']);
    expect(said).toContain('5 tags');
    expect(said).toMatch(/type: 'antenna', antenna: 2, connected: false/);
  });

  test('listen tells who calls', async () => {
    const target = await field();
    let called = false;
    const said = await run(['examples/listen.ts', '0'], (text, stop) => {
      const port = /listening on (\d+)/.exec(text)?.[1];
      if (text.includes('antennas')) stop();
      else if (port && !called) {
        called = true;
        const [there, reader] = [
          connectTcp(Number(port), '127.0.0.1'),
          connectTcp(Number(target.split(':')[1]), '127.0.0.1'),
        ];
        for (const socket of [there, reader]) socket.on('error', () => socket.destroy());
        there.pipe(reader).pipe(there);
      }
    });
    expect(said).toMatch(/127\.0\.0\.1 PEN 0 1 4 antennas/);
  });
});

test('all code of the README is right for the compiler', async () => {
  // Inside the project, so that the package is found by its name.
  mkdirSync(join(ROOT, 'test-results'), { recursive: true });
  const directory = mkdtempSync(join(ROOT, 'test-results', 'readme-'));
  try {
    const files = blocks.map((code, i) => {
      writeFileSync(join(directory, `block-${i}.ts`), code);
      return `block-${i}.ts`;
    });
    writeFileSync(
      join(directory, 'tsconfig.json'),
      JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), include: files, exclude: [] }),
    );
    const said = await run([join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', directory]);
    expect(said).toBe('');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 120_000);
