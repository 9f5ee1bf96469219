// The Worker in real workerd, on a real PostgreSQL, made from wrangler.toml as it is deployed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestHarness } from 'wrangler';
import { addKey } from '../../src/store/api-key.ts';
import { DEFAULT_TENANT, openStore } from '../../src/store/open.ts';
import { documentOf, item, LOT, madeFrom } from '../http/fixtures.ts';
import { type Answer, clientOf, freshDatabase } from '../http/server.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Cloudflare takes 3 MiB compressed on its smallest plan; far below, a start stays fast. */
const BUNDLE_GZIP_KIB_MAX = 500;

describe('the Worker', () => {
  const harness = createTestHarness({ root: ROOT, workers: [{ configPath: './wrangler.toml' }] });
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let call: (...args: Parameters<ReturnType<typeof clientOf>>) => Promise<Answer>;
  let url: string;

  beforeAll(async () => {
    database = await freshDatabase();
    const store = await openStore({ url: database.url }, { migrate: true });
    const { key } = await addKey(store, DEFAULT_TENANT, 'operator', Date.now());
    await store.close();
    const connection = new URL(database.url);
    connection.password ||= 'none'; // Hyperdrive wants one, a trusting server does not look at it
    process.env['CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE'] = connection.href;
    process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false';
    url = (await harness.listen()).url.origin;
    call = clientOf(url, key);
  });
  afterAll(async () => {
    await harness.close();
    await database.drop();
  });

  it('is healthy', async () => {
    expect(await call('GET', '/healthz')).toMatchObject({
      status: 200,
      json: { status: 'up', database: { status: 'up' } },
    });
  });

  it('captures a document and gives it back', async () => {
    const posted = await call('POST', '/epcis/capture', { body: documentOf(madeFrom(LOT, ['W1', 'W2'])) });
    expect(posted.status, posted.text).toBe(202);
    expect((await call('GET', posted.headers.get('location')!)).json).toMatchObject({ running: false, success: true });
    const found = await call('GET', `/epcis/epcs/${encodeURIComponent(item('W1'))}/events`, {
      headers: { 'GS1-EPC-Format': 'Always_EPC_URN' },
    });
    expect(found.json.epcisBody.queryResults.resultsBody.eventList).toMatchObject([
      { outputEPCList: [item('W1'), item('W2')] },
    ]);
  });

  it('traces what it captured', async () => {
    const res = await call('GET', `/api/trace/back/${encodeURIComponent(item('W1'))}`);
    expect(res.status, res.text).toBe(200);
    expect(res.json).toMatchObject({ origins: [LOT] });
  });

  it('serves the pages and their files', async () => {
    const page = await clientOf(url)('GET', '/login');
    expect(page.status, page.text).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    const style = /href="(\/assets\/style\.css[^"]*)"/.exec(page.text)![1]!;
    expect((await clientOf(url)('GET', style)).headers.get('content-type')).toContain('text/css');
  });

  it('refuses as the server on Node does', async () => {
    expect(await clientOf(url)('GET', '/epcis/events')).toMatchObject({
      status: 401,
      json: { type: 'epcisException:SecurityException' },
    });
    expect((await call('GET', `/epcis/events?EQ_action=${'x'.repeat(70_000)}`)).status).toBe(414);
  });

  it('says that it has no live stream', async () => {
    const res = await call('GET', '/api/live', { headers: { accept: 'text/event-stream' } });
    expect(res).toMatchObject({ status: 501, json: { type: 'epcisException:ImplementationException' } });
  });
});

describe('the bundle', () => {
  it(`deploys with at most ${BUNDLE_GZIP_KIB_MAX} KiB compressed`, () => {
    const out = mkdtempSync(join(tmpdir(), 'tagtrail-worker-'));
    const args = ['node_modules/wrangler/bin/wrangler.js', 'deploy', '--dry-run', '--minify', '--outdir', out];
    const run = spawnSync(process.execPath, args, {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    });
    expect(run.status, run.stderr).toBe(0);
    const kib = gzipSync(readFileSync(join(out, 'worker.js'))).length / 1024;
    rmSync(out, { recursive: true });
    expect(kib).toBeLessThan(BUNDLE_GZIP_KIB_MAX);
  });
});
