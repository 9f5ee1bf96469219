// The command line against a running platform, as its users run it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf, item, LOT, LOT_LINK, madeFrom } from '../http/fixtures.ts';
import { startServer, type TestServer } from '../http/server.ts';

const PROGRAM = join(import.meta.dirname, '../../src/entry/tagtrail.mjs');

describe('capture and trace against a server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tagtrail-cli-'));
  let server: TestServer;
  const run = async (args: string[], key = server.keys.operator) => {
    const child = spawn(process.execPath, [PROGRAM, ...args, '--url', server.url, '--key', key]);
    let out = '';
    let err = '';
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    const code = await new Promise((done) => child.once('close', done));
    return { code, out, err, lines: out.split('\n').filter(Boolean) };
  };
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  beforeAll(async () => {
    server = await startServer('pglite');
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('uploads a document with a verdict per event, and again without harm', async () => {
    const made = file('made.json', JSON.stringify(documentOf(madeFrom(LOT, ['1', '2']))));
    const first = await run(['capture', made, '--json']);
    expect(first).toMatchObject({ code: 0 });
    expect(first.out).toMatch(/"accepted"/);
    expect((await run(['capture', made, '--json'])).out).toMatch(/"duplicate"/);
    const broken = await run(['capture', file('broken.json', '{"type":')]);
    expect(broken.code).not.toBe(0);
    expect(broken.err).toContain('broken.json');
  });

  it('asks one question, in short for programs and in words for people', async () => {
    const json = await run(['trace', 'forward', LOT, '--json']);
    expect(json.code).toBe(0);
    expect(json.lines).toHaveLength(1);
    expect(JSON.parse(json.lines[0]!)).toMatchObject({
      nodes: expect.arrayContaining([expect.objectContaining({ id: item(1) })]),
    });
    const words = await run(['trace', 'back', item(1)]);
    expect(words.code).toBe(0);
    expect(words.out).toContain(LOT);
    const links = await run(['trace', 'back', item(1), '--json', '--epcs', 'dl']);
    expect(JSON.parse(links.lines[0]!).origins).toEqual([LOT_LINK]);
  });

  it('answers a batch in order', async () => {
    const questions = [
      { id: 'a', op: 'back', of: item(1) },
      { id: 'b', op: 'where', of: item('nobody') },
      { id: 'c', op: 'forward', of: LOT },
    ];
    const batch = file('batch.jsonl', questions.map((q) => JSON.stringify(q)).join('\n'));
    const { code, lines } = await run(['trace', '--batch', batch, '--json']);
    expect(code).toBe(0);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id: 'a', op: 'back', origins: [LOT] },
      { id: 'b', location: null, state: null },
      { id: 'c', affected: [item(1), item(2)], possible: [] },
    ]);
  });

  it('makes a key that can do what its role says and no more', async () => {
    const made = await run(['key', 'create', '--role', 'reader', '--json']);
    const { key } = JSON.parse(made.out) as { key: string };
    expect((await run(['trace', 'back', item(1), '--json'], key)).code).toBe(0);
    const refused = await run(['key', 'create', '--role', 'reader', '--json'], key);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/^tagtrail key: .*403.*\n$/);
  });

  it('says what is wrong with the key, the address and the number', async () => {
    for (const { code, err } of [
      await run(['trace', 'back', item(1)], 'wrong'),
      await run(['trace', 'back', 'urn:epc:id:sgtin:95211.41.1']),
      await run(['trace', 'back', item(1), '--as-of', 'yesterday']),
    ]) {
      expect(code).not.toBe(0);
      expect(err).toMatch(/^tagtrail trace: [^\n]+\n$/);
    }
  });
});
