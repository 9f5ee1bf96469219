import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { command } from '../../src/entry/commands/epcis.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));
const GOOD = join(FIXTURES, 'documents/farm-to-shop.json');
const BARE = join(FIXTURES, 'documents/bare-event.json');
const dir = mkdtempSync(join(tmpdir(), 'epcis-'));
afterAll(() => rmSync(dir, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
}

class Sink extends Writable {
  text = '';
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

interface Outcome {
  code: number;
  out: string;
  err: string;
  rows: Record<string, unknown>[];
}
const run = (...args: string[]): Promise<Outcome> => runWith('', ...args);

async function runWith(input: string, ...args: string[]): Promise<Outcome> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  const stdin = new PassThrough();
  stdin.end(input);
  const code = await command.run(args, { stdin, stdout, stderr });
  const lines = args.includes('--json') ? stdout.text.split('\n').filter(Boolean) : [];
  return {
    code,
    out: stdout.text,
    err: stderr.text,
    rows: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

const broken = file('broken.json', '{"type":');
const xml = file('events.xml', '\uFEFF<?xml version="1.0"?><epcis/>');
const halfXml = file('half.xml', '<?xml version="1.0"?><epcis>');
const marked = file('marked.json', '\uFEFF' + readFileSync(BARE, 'utf8'));
const wrong = file('wrong.json', readFileSync(BARE, 'utf8').replace('"OBSERVE"', '"LOOK"'));

describe('tagtrail epcis', () => {
  it('validate tells each file apart', async () => {
    const { code, rows } = await run('validate', '--json', GOOD, wrong, broken, marked);
    expect(code).toBe(1);
    expect(rows).toMatchObject([
      { file: GOOD, valid: true, events: 6, errors: [] },
      { file: wrong, valid: false, events: 1, errors: [{ path: '/action', rule: 'value' }] },
      { file: broken, valid: false, errors: [{ path: '', rule: 'syntax' }] },
      { file: marked, valid: true, events: 1 },
    ]);
  });

  it('validate says the same to people', async () => {
    const { code, out } = await run('validate', wrong);
    expect([code, out]).toEqual([
      1,
      `${wrong}: invalid, 1 events\n  6:13 /action value: action must be ADD or OBSERVE or DELETE.\n`,
    ]);
  });

  it('hash gives each event its line; bad files stop none of the others', async () => {
    const { code, rows, err } = await run(
      'hash',
      '--json',
      '--prehash',
      broken,
      halfXml,
      join(dir, 'none.json'),
      wrong,
      GOOD,
    );
    expect(code).toBe(2);
    expect(rows.map(({ file: name, index }) => [name, index])).toEqual([
      [wrong, 0],
      ...[0, 1, 2, 3, 4, 5].map((i) => [GOOD, i]),
    ]);
    expect(rows[1]?.['hash']).toMatch(/^ni:\/\/\/sha-256;/);
    expect(rows[1]?.['prehash']).toMatch(/^eventType=ObjectEvent/);
    expect(err.trimEnd().split('\n')).toHaveLength(3);
  });

  it('XML is hashed and validated', async () => {
    const twin = join(FIXTURES, 'twins/weighing.xml');
    const { code, rows } = await run('hash', '--json', twin, twin.replace('.xml', '.json'), xml);
    expect([code, rows.length]).toEqual([0, 4]);
    expect([rows[0]?.['hash'], rows[1]?.['hash']]).toEqual([rows[2]?.['hash'], rows[3]?.['hash']]);
    const { rows: verdicts } = await run('validate', '--json', xml, BARE);
    expect(verdicts).toMatchObject([{ file: xml, valid: false, errors: [{ rule: 'root', line: 1 }] }, { valid: true }]);
  });

  it('hash refuses what would exhaust it', async () => {
    const deep = file('deep.json', `{"type":"ObjectEvent","ex:a":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`);
    expect(await run('hash', '--json', deep)).toMatchObject({ code: 2, out: '' });
  });

  it('convert rewrites identifiers and nothing else', async () => {
    const kept = await run('convert', '--to', 'json', GOOD);
    expect(JSON.parse(kept.out)).toEqual(JSON.parse(readFileSync(GOOD, 'utf8')));
    const links = JSON.parse((await run('convert', '--epcs', 'dl', GOOD)).out) as {
      epcisBody: { eventList: { epcList: string[] }[] };
    };
    expect(links.epcisBody.eventList[0]?.epcList[0]).toBe('https://id.gs1.org/01/09521141123454/21/A%2F1');
  });

  it('convert of several files writes into a directory, never half a document', async () => {
    const out = join(dir, 'out');
    const control = file('control.json', readFileSync(BARE, 'utf8').replace('"OBSERVE"', '"\\u0001"'));
    const { code, err } = await run('convert', '--to', 'xml', '--out', out, GOOD, control, halfXml, BARE);
    expect([code, err.trimEnd().split('\n').length]).toEqual([2, 2]);
    expect(err).toContain(`${control}: event 0 (line 1): /action: XML has no way to write the character U+0001.`);
    expect(readdirSync(out).sort()).toEqual(['bare-event.xml', 'farm-to-shop.xml']);
  });

  it('takes standard input', async () => {
    const text = readFileSync(GOOD, 'utf8');
    const { out: xmlText } = await runWith(text, 'convert', '--to', 'xml', '--xml-version', '1.2', '-');
    expect(xmlText).toContain('schemaVersion="1.2"');
    expect((await runWith(xmlText, 'validate', '--json', '-')).rows).toMatchObject([
      { file: '-', valid: true, events: 6 },
    ]);
    expect((await runWith(text, 'hash', '--json', '-')).rows).toHaveLength(6);
  });

  it('hash --check says whose hash an eventID is', async () => {
    const { rows } = await run('hash', '--json', BARE);
    const id = String(rows[0]?.['hash']);
    const own = file('own.json', readFileSync(BARE, 'utf8').replace('{', `{"eventID": "${id}",`));
    expect((await run('hash', '--json', '--check', own)).rows[0]?.['eventIDIs']).toBe('standard');
    expect((await run('hash', '--json', '--check', GOOD)).rows[0]?.['eventIDIs']).toBeNull();
  });

  it.each([
    [[]],
    [['weigh', GOOD]],
    [['hash']],
    [['convert', '--to', 'yaml', GOOD]],
    [['convert', '--to', 'xml', '--xml-version', '1.1', GOOD]],
    [['convert', GOOD, BARE]],
    [['convert', '--epcs', 'x', GOOD]],
  ])('wrong usage: %j', async (args) => {
    await expect(run(...args)).rejects.toThrow(expect.objectContaining({ name: 'UsageError' }) as Error);
  });
});
