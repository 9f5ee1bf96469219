// tagtrail recall at a real platform, and archives that are checked without one.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../src/access/policy.ts';
import { UsageError } from '../../src/entry/command.ts';
import { command } from '../../src/entry/commands/recall.ts';
import { opening, type RecallServer, startRecalls } from '../http/recall-server.ts';

interface Result {
  code: number;
  out: string;
  err: string;
}

async function run(args: string[], stdin = ''): Promise<Result> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const read = async (stream: PassThrough): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };
  const [outText, errText] = [read(out), read(err)];
  const code = await command.run(args, { stdin: Readable.from([stdin]), stdout: out, stderr: err });
  out.end();
  err.end();
  return { code, out: await outText, err: await errText };
}

describe('tagtrail recall', () => {
  let server: RecallServer;
  const folder = mkdtempSync(join(tmpdir(), 'tagtrail-recall-'));
  const as = (role: Role, ...args: string[]) =>
    run([...args, '--url', server.url, '--key', server.keys[role], '--json']);
  const lines = ({ out }: Result) =>
    out
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  let id: string;
  let lot: string;
  let item: string;
  const archive = join(folder, 'archive.ndjson');
  beforeAll(async () => {
    server = await startRecalls('pglite');
    const told = await server.tell(`
      a1@1 O ADD i:A.1 lot=L1 loc=FAC
      a2@2 T l:R.1=1KGM > i:B.1 lot=LB loc=FAC`);
    [lot, item] = [told.names.uri('l:A.L1'), told.names.uri('i:A.1')];
    const file = join(folder, 'case.json');
    writeFileSync(file, JSON.stringify(opening([{ id: lot }], { us: [told.names.uri('p:FAC')] })));
    const made = await as('coordinator', 'open', file);
    expect([made.code, made.err]).toEqual([0, '']);
    id = String(lines(made)[0]!['caseID']);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('lists, shows, takes the scope, decides and releases', async () => {
    expect(lines(await as('reader', 'list'))).toMatchObject([{ caseID: id, state: 'open' }]);
    expect(lines(await as('reader', 'show', id))).toMatchObject([{ product: { name: 'Milk' } }]);
    expect(lines(await as('coordinator', 'scope', id, '--person', 'Li'))).toMatchObject([
      { version: 2, by: { person: 'Li' }, difference: { added: [] } },
    ]);
    expect(lines(await as('reader', 'scope', id, '--version', '1'))).toMatchObject([{ version: 1 }]);
    expect(lines(await as('reader', 'hold', id)).map((one) => one['id'])).toEqual([lot, item]);
    await as('coordinator', 'decide', id, item, '--out', '--reason', 'tested');
    const released = await as('quality', 'release', id, item, '--reason', 'tested');
    expect(lines(released)).toMatchObject([{ released: 1, onHold: 1 }]);
    expect(lines(await as('reader', 'status', id))[0]).toHaveProperty('fields');
    expect(lines(await as('reader', 'audit', id)).length).toBeGreaterThan(4);
  });

  it('says what stands in the way of closing, with exit code 1', async () => {
    const refused = await as('quality', 'close', id, '--reason', 'x');
    expect(refused.code).toBe(1);
    expect(lines(refused).map((one) => one['code'])).toContain('DEADLINE_OPEN');
    const { code, err } = await run(['close', id, '--reason', 'x', '--url', server.url, '--key', server.keys.quality]);
    expect([code, err]).toEqual([1, expect.stringContaining('Start the recall and notify')]);
  });

  it('files the report in each form', async () => {
    for (const [format, begin] of [
      ['json', '{'],
      ['csv', '\ufeff'],
      ['xlsx', 'PK'],
      ['html', '<!'],
    ] as const) {
      const file = join(folder, `report.${format}`);
      expect((await as('reader', 'report', id, '--format', format, '--out-file', file)).code).toBe(0);
      expect(readFileSync(file, 'utf8').trimStart().length).toBeGreaterThan(100);
      if (format !== 'csv') expect(readFileSync(file, 'utf8').trimStart().startsWith(begin)).toBe(true);
    }
  });

  it('fills in a form, and says which there are', async () => {
    const made = await as('reader', 'form', id, 'enforcement', '--format', 'csv');
    expect([made.code, made.out]).toEqual([0, expect.stringContaining('recall_number,event_id,status')]);
    const none = await as('reader', 'form', id, 'none');
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('firm-report and enforcement')]);
    await expect(as('reader', 'form', id)).rejects.toThrow('form CASE FORM');
  });

  it('exports an archive that verifies without a server', async () => {
    expect((await as('reader', 'export', id, '--out-file', archive)).code).toBe(0);
    const [shown] = lines(await as('reader', 'show', id));
    const digest = String(shown!['digest']);
    const checked = await run(['verify', archive, '--digest', digest, '--json']);
    expect([checked.code, checked.err]).toEqual([0, '']);
    expect(JSON.parse(checked.out)).toMatchObject({ ok: true, case: id, digest, answers: 2 });
    const looks = lines({ code: 0, out: readFileSync(archive, 'utf8'), err: '' }).filter(({ type }) => type === 'look');
    expect(looks.length).toBe(JSON.parse(checked.out).looks);
    for (const what of ['archive', ''])
      expect(looks).toContainEqual(
        expect.objectContaining({ what, role: 'reader', key: expect.stringMatching(/^\w+$/) }),
      );
    expect((await run(['verify', archive, '--digest', 'ni:///sha-256;x'])).code).toBe(1);
    expect((await run(['verify', '-'], readFileSync(archive, 'utf8'))).code).toBe(0);
  });

  const told = (): string[] => readFileSync(archive, 'utf8').trimEnd().split('\n');
  const joined = (all: string[]): string => `${all.join('\n')}\n`;
  /** The last line made anew, as whoever forges an archive would. */
  const sealed = async (all: string[]): Promise<string> => {
    const body = all.slice(0, -1);
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update(joined(body)).digest('hex');
    return joined([...body, JSON.stringify({ type: 'end', lines: body.length, sha256 })]);
  };
  it.each<[string, (all: string[]) => string[], string]>([
    ['a word of a step', (all) => all.map((one) => one.replace('tested', 'teased')), 'is not what its digest says'],
    ['a step left out', (all) => all.filter((one) => !one.includes('"kind":"decided"')), 'is numbered'],
    [
      'the last step left out',
      (all) =>
        all.toSpliced(
          all.findLastIndex((one) => one.includes('"type":"step"')),
          1,
        ),
      'has',
    ],
    [
      'an answer',
      (all) => all.map((one) => one.replace('"confidence":"definite"', '"confidence":"possible"')),
      'answer',
    ],
    ['an answer left out', (all) => all.filter((one, i) => !(one.includes('"type":"answer"') && i > 8)), 'answers'],
    [
      'a look at what never was',
      (all) => all.map((one) => (one.includes('"type":"look"') ? one.replace(/"version":\d+/, '"version":999') : one)),
      'more steps than there are',
    ],
    ['the name of the case', (all) => [all[0]!.replace(/"case":"\w/, '"case":"x'), ...all.slice(1)], 'another case'],
  ])('finds %s changed', async (_, change, says) => {
    const changed = change(told());
    expect(changed).not.toEqual(told());
    for (const body of [joined(changed), await sealed(changed)]) {
      const { code, err } = await run(['verify', '-'], body);
      expect(code).toBe(1);
      expect(err).not.toBe('');
    }
    expect((await run(['verify', '-'], await sealed(changed))).err).toContain(says);
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, -2)],
    ['without its end', (text: string) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)],
    ['longer', (text: string) => `${text}{"type":"step"}\n`],
    ['empty', () => ''],
    ['of another form', () => '{"type":"archive","form":"other/1"}\n'],
  ])('an archive that is %s is none', async (_, change) => {
    expect((await run(['verify', '-'], change(readFileSync(archive, 'utf8')))).code).toBe(1);
  });

  it.each([
    [[]],
    [['burn', 'x']],
    [['show']],
    [['decide', 'x', 'y', '--reason', 'r']],
    [['show', 'x', '--url', 'nowhere', '--key', 'k']],
    [['open', '/no/such/file', '--url', 'http://127.0.0.1:9', '--key', 'k']],
    [['verify', '/no/such/file']],
  ])('%j is wrong usage', async (args) => {
    const key = ['--url', server.url, '--key', 'k'];
    await expect(run(args.includes('--url') || args[0] === 'verify' ? args : [...args, ...key])).rejects.toThrow(
      UsageError,
    );
  });
});
