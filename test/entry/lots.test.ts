// `tagtrail lots` as a process, against a server over HTTP: outcome, exit codes, the refused rows, a cut upload.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../http/server.ts';

const GTIN = '09521141123454';
const CLI = join(import.meta.dirname, '../../src/entry/cli.ts');

describe('tagtrail lots', () => {
  let server: TestServer;
  let folder: string;
  beforeAll(async () => {
    server = await startServer('pglite');
    folder = await mkdtemp(join(tmpdir(), 'tagtrail-lots-'));
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const cli = (args: string[], input = ''): Promise<{ code: number; stdout: Buffer; stderr: string }> =>
    new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [CLI, 'lots', ...args],
        { encoding: 'buffer', env: { ...process.env, TAGTRAIL_KEY: server.keys.capture } },
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr: stderr.toString() }),
      );
      child.stdin?.end(input);
    });
  const fileOf = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const withUrl = (...args: string[]): string[] => [...args, '--url', server.url];

  it('uploads, tells, and gives the refused rows back', async () => {
    const file = await fileOf('a.csv', `GTIN,Lot,Time,Colour\n${GTIN},A1,2026-03-01,red\n${GTIN},A2,soon,blue\n`);
    const out = join(folder, 'bad.csv');
    const first = await cli(withUrl(file, '--rejected', out));
    expect([first.code, first.stdout.toString()]).toEqual([
      1,
      expect.stringContaining('1 stored, 0 duplicate, 1 refused'),
    ]);
    expect(first.stdout.toString()).toContain('row 3, Time "soon": It is no date.');
    expect(first.stderr).toContain('not known: Colour');
    expect(await readFile(out, 'utf8')).toMatch(/^GTIN,Lot,Time,Colour,Reason\r\n09521141123454,A2,soon,blue,Time: /);
    const again = await cli(withUrl(file, '--json', '--lang', 'zh'));
    expect(JSON.parse(again.stdout.toString())).toMatchObject({
      file,
      row: 3,
      code: 'date',
      message: '不是有效日期。',
    });
    expect(again.stderr).toContain('0 stored, 1 duplicate, 1 refused');
  });

  it('goes on with an upload that an earlier run left', async () => {
    const text = `GTIN,Lot,Time\n${Array.from({ length: 50 }, (_, i) => `${GTIN},B${i},2026-03-01`).join('\n')}\n`;
    const file = await fileOf('b.csv', text);
    const { createHash } = await import('node:crypto');
    const query = 'name=b.csv';
    const key = `lots-${createHash('sha256').update(query).update(text).digest('hex').slice(0, 40)}`;
    const headers = {
      authorization: `Bearer ${server.keys.capture}`,
      'content-type': 'text/csv',
      'idempotency-key': key,
    };
    const init = { method: 'POST', headers, body: text.slice(0, 100) };
    expect((await fetch(`${server.url}/api/lots?${query}&complete=false`, init)).status).toBe(202);
    const { code, stdout, stderr } = await cli(withUrl(file));
    expect([code, stderr]).toEqual([0, expect.stringContaining('going on at byte 100')]);
    expect(stdout.toString()).toContain('50 rows, 50 stored');
  });

  it('reads standard input, and checks without storing', async () => {
    const { code, stdout } = await cli(withUrl('-', '--dry-run'), `GTIN,Lot,Time\n${GTIN},C1,2026-03-01\n`);
    expect([code, stdout.toString()]).toEqual([0, expect.stringContaining('1 rows, 0 stored')]);
  });

  it('writes templates', async () => {
    const csv = await cli(['--template', 'csv', '--lang', 'zh']);
    expect([csv.code, csv.stdout.toString()]).toEqual([0, expect.stringMatching(/^\uFEFF商品条码,产品名称,批号/)]);
    expect((await cli(['--template', 'xlsx'])).stdout.subarray(0, 2).toString()).toBe('PK');
  });

  it.each<[string, (file: string) => string[], RegExp]>([
    ['no file', () => withUrl(), /one FILE/],
    ['no such file', () => withUrl('/nowhere.csv'), /no such file/],
    ['no server named', (file) => [file], /--url/],
    ['no such template', () => ['--template', 'pdf'], /csv or xlsx/],
    ['an unknown option', (file) => withUrl(file, '--colour', 'red'), /--colour/],
    ['a file of other things', (file) => withUrl(file), /no column for the GTIN/],
  ])('%s is exit 2 and one line', async (_, args, message) => {
    const file = await fileOf('other.csv', 'a,b\n1,2\n');
    const { code, stderr } = await cli(args(file));
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('a refusal of the server is exit 1', async () => {
    const file = await fileOf('c.csv', 'GTIN\n');
    const { code, stderr } = await cli([...withUrl(file), '--time-zone', 'Mars']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('timeZone')]);
  });
});
