import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../src/entry/commands/capture.ts';
import { documentOf, item, observed } from '../http/fixtures.ts';
import { startServer, type TestServer } from '../http/server.ts';

const xml = (serial: number): string => `<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2" creationDate="2026-03-01T00:00:00Z">
<EPCISBody><EventList><ObjectEvent><eventTime>2026-03-01T00:00:00Z</eventTime>
<eventTimeZoneOffset>+00:00</eventTimeZoneOffset><epcList><epc>${item(serial)}</epc></epcList><action>OBSERVE</action>
</ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>`;

describe('tagtrail capture', () => {
  let server: TestServer;
  let dir: string;
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(dir, name);
    writeFileSync(path, content);
    return path;
  };
  const run = async (args: string[], stdin = '') => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const target = ['--url', server.url, '--key', server.keys.capture];
    const code = await command.run([...args, ...target], {
      stdin: Readable.from([Buffer.from(stdin)]),
      stdout,
      stderr,
    });
    return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
  };
  beforeAll(async () => {
    server = await startServer('pglite');
    dir = mkdtempSync(join(tmpdir(), 'tagtrail-test-'));
  });
  afterAll(async () => {
    rmSync(dir, { recursive: true, force: true });
    await server.stop();
  });

  it('takes JSON and XML, packed or not, whatever their names', async () => {
    const json = JSON.stringify(documentOf([observed(1), observed(2)]));
    const files = [
      file('one.json', json),
      file('two.dat', `\uFEFF${xml(1)}`),
      file('three.json.gz', gzipSync(JSON.stringify(documentOf([observed(3)])))),
      file('four.xml.gz', gzipSync(xml(4))),
    ];
    const { code, out, err } = await run(files);
    expect(code, err).toBe(0);
    expect(out.match(/accepted, 0 duplicate, 0 rejected/g)).toHaveLength(4);
  });

  it('a file again gives duplicates; with --resume it is not uploaded again', async () => {
    const path = file('again.json', JSON.stringify(documentOf([observed(5)])));
    const first = await run([path, '--resume']);
    const second = await run([path, '--resume']);
    expect(second.out).toBe(first.out);
    expect(second.err).toContain('was uploaded before');
    expect((await run([path])).out).toContain('0 accepted, 1 duplicate');
  });

  it('tells why an event was rejected, as lines of JSON too; a bad file stops none of the others', async () => {
    const bad = file('bad.json', JSON.stringify(documentOf([observed(6), observed(6, { action: 'SEE' })])));
    const good = file('good.json', JSON.stringify(documentOf([observed(7)])));
    const { code, out, err } = await run([bad, join(dir, 'none.json'), file('cut.json.gz', gzipSync('{')), good]);
    expect(code).toBe(2);
    expect(out).toContain('event 1 rejected: action must be ADD or OBSERVE or DELETE.');
    expect(out).toContain(`${good}: 1 accepted`);
    expect(err).toContain('no such file');
    expect(err).toContain('cut.json.gz: 400');
    const lines = await run([bad, '--behaviour', 'proceed', '--json']);
    expect(
      lines.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { file: bad, index: 0, verdict: 'accepted' },
      { file: bad, index: 1, verdict: 'rejected', reasons: [expect.any(String)] },
    ]);
  });

  it('tells what a stored event is at odds with, and says no less that it is stored', async () => {
    const path = file('unknown.json', JSON.stringify(documentOf([observed(10), observed(11, { action: 'ADD' })])));
    const { code, out } = await run([path]);
    expect(code).toBe(0);
    const [warning, sum] = out.trim().split('\n');
    expect(warning).toContain(`${path}: event 0 MISSING_COMMISSION: ${item(10)}: never commissioned here`);
    expect(sum).toContain(`${path}: 2 accepted, 0 duplicate, 0 rejected, 1 with warnings (job `);
    const plain = await run([file('plain.json', JSON.stringify(documentOf([observed(13)]))), '--no-warnings']);
    expect(plain.out).toMatch(/^[^ ]+: 1 accepted, 0 duplicate, 0 rejected \(job [^ ]+\)\n$/);
    const again = file('again-unknown.json', JSON.stringify(documentOf([observed(12)])));
    expect(JSON.parse((await run([again, '--json'])).out)).toMatchObject({
      index: 0,
      verdict: 'accepted',
      warnings: [{ code: 'MISSING_COMMISSION', ids: [item(12)], message: expect.any(String) }],
    });
  });

  it('reads standard input as what it is called', async () => {
    expect((await run(['-', '--type', 'xml'], xml(8))).out).toContain('1 accepted');
    expect((await run(['-'], JSON.stringify(documentOf([observed(9)])))).out).toContain('1 accepted');
  });
});
