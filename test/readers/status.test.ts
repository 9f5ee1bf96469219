import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../readers/main.ts';
import { statusPage } from '../../readers/status-page.ts';
import { WORDS } from '../../readers/status-words.ts';
import { Rig } from './rig.ts';
import { until } from './stand-in-reader.ts';

let rig: Rig;
let collector: Collector;
beforeEach(async () => {
  rig = await Rig.make();
  collector = await rig.start({ listen: { port: 0 } });
  expect(await rig.running()).toBe(true);
});
afterEach(async () => {
  expect(await rig.dispose()).toEqual([]);
});
const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${collector.statusPort}${path}`, init);

describe('the status server', () => {
  it('tells metrics in Prometheus form', async () => {
    await rig.endpoint.close();
    rig.send(rig.tags(3));
    expect(await rig.reader.barrier()).toBe(true);
    const text = await (await get('/metrics')).text();
    const again = await (await get('/metrics')).text();
    for (const line of [
      'tagtrail_collector_reads_total 15',
      'tagtrail_collector_arrivals_total 3',
      'tagtrail_collector_endpoint_waiting_events{endpoint="capture"} 1',
      'tagtrail_collector_reader_state{reader="dock-1",state="running"} 1',
      'tagtrail_collector_reader_state{reader="dock-1",state="backoff"} 0',
      'tagtrail_collector_reader_connections_total{reader="dock-1"} 1',
      'tagtrail_collector_operations_total{kind="gap"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
      expect(again.split('\n')).toContain(line);
    }
    expect(text).toContain('# TYPE tagtrail_collector_reads_total counter');
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('shows readers, backlog, alarms and what happened, with the platform away, in English and Chinese', async () => {
    await rig.endpoint.close();
    rig.reader.socket?.destroy();
    expect(await until(() => collector.stats().readers[0]!.connections === 2)).toBe(true);
    rig.reader.gpiEvent(1, true);
    rig.reader.antennaEvent(2, false);
    expect(await until(() => collector.stats().alarms.length > 0)).toBe(true);
    const page = await get('/');
    const text = await page.text();
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    for (const word of ['dock-1', 'reading', 'antenna 2 is not connected', 'antenna lost', 'gap in coverage', '1 high'])
      expect(text).toContain(word);
    expect(text).toMatch(/from: .*, to: .*, reason: \w+/);
    const chinese = await (await get('/', { headers: { 'Accept-Language': 'zh-CN,zh;q=0.9' } })).text();
    for (const word of ['读取中', '覆盖中断', '天线断开', '<html lang="zh">']) expect(chinese).toContain(word);
    expect(await (await get('/?lang=zh')).text()).toContain('采集器');
    expect(await (await get('/status.json')).json()).toMatchObject({
      readers: [{ name: 'dock-1', state: 'running', gpi: { 1: true } }],
      latest: [{ kind: 'antenna-lost', detail: { antenna: 2 } }, { kind: 'gap' }, { kind: 'gap' }],
    });
    expect(await (await get('/healthz')).json()).toEqual({ ok: true, alarms: ['reader-antenna:dock-1'] });
  });

  it('says 503 when nothing can be kept, and refuses what it does not serve', async () => {
    expect((await get('/none')).status).toBe(404);
    expect((await get('/__proto__')).status).toBe(404);
    const post = await get('/', { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const elsewhere = await new Promise<number | undefined>((resolve) => {
      const options = { port: collector.statusPort, host: '127.0.0.1', headers: { host: 'evil.example' } };
      request(options, (answer) => resolve(answer.resume().statusCode)).end();
    });
    expect(elsewhere).toBe(421);
    await rig.stop();
    await rig.endpoint.close();
    collector = await rig.start({
      listen: { port: 0 },
      spoolMaxBytes: 262_144,
      capture: { url: rig.endpoint.url, flushMs: 0 },
    });
    expect(await until(() => collector.stats().readers[0]?.state === 'running')).toBe(true);
    for (const { epc } of rig.tags(4000)) rig.reader.send([{ epc }]);
    expect(await until(() => collector.stats().alarms.some(({ name }) => name === 'spool-full'))).toBe(true);
    expect((await get('/healthz')).status).toBe(503);
    await rig.endpoint.open();
  });

  it('moves with a reload, and a port in use is said', async () => {
    const before = collector.statusPort!;
    await expect(rig.reload({ listen: { port: rig.reader.port } })).rejects.toThrow(
      /listen 127.0.0.1:\d+: .*EADDRINUSE/,
    );
    await rig.reload({ listen: { port: 0 } });
    expect((await get('/healthz')).status).toBe(200);
    await expect(fetch(`http://127.0.0.1:${before}/healthz`)).rejects.toThrow('fetch failed');
    await rig.reload({});
    expect(collector.statusPort).toBeUndefined();
    await expect(rig.reload({ spool: '/elsewhere' })).rejects.toThrow('spool cannot change');
  });
});

describe('the page', () => {
  it('escapes what readers and servers say', () => {
    const evil = '<script>"\'&';
    const stats = { ...collector.stats(), alarms: [{ name: 'dead-letters' as const, message: evil }] };
    const text = statusPage(stats, [{ atMs: 0, kind: evil, reader: evil, detail: { [evil]: evil } }], 'en');
    expect(text).not.toContain('<script>');
    expect(text).toContain('&lt;script&gt;&quot;&#39;&amp;');
  });

  it('shows gates with their counts, also as metrics', async () => {
    await rig.reload(
      { listen: { port: 0 } },
      { antennas: { 1: { side: 'A' }, 2: { side: 'B' } }, filter: { mode: 'gate' } },
    );
    const text = await (await get('/')).text();
    expect(text).toContain('<h2>Gates</h2>');
    expect(text).toContain('<th scope="col">undecided</th>');
    const line = /tagtrail_collector_gate_passages_total\{gate="[^"]+",read_point="[^"]+",way="in"\} 0/;
    expect(await (await get('/metrics')).text()).toMatch(line);
  });

  it('has every word in both languages', () => {
    expect(Object.keys(WORDS.zh)).toEqual(Object.keys(WORDS.en));
    expect(Object.values(WORDS.zh).filter((word) => !/[\u4e00-\u9fff]/.test(word))).toEqual([]);
  });
});
