// Files of lots over REST, on both databases: from upload to events, problems and the refused rows; cuts and repeats.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSheet } from 'read-excel-file/node';
import { LEASE_MS, lotFiles } from '../../src/capture/lot-file.ts';
import { readLotFile } from '../../src/capture/lot-read.ts';
import { encodeGb18030 } from '../../src/epcis/lot-file/gb18030.ts';
import { openLotTable, sourceOf, xlsxBytes } from '../../src/epcis/lot-file/index.ts';
import { DEFAULT_TENANT } from '../../src/store/open.ts';
import { clientOf, DATABASES, startServer, type TestServer } from './server.ts';

const CSV = 'text/csv';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const GTIN = '09521141123454';
const HEADER = 'GTIN,Lot,Quantity,Unit,Production date';

/** Rows of lots of its own: good ones, and some whose date is none. */
const rows = (name: string, good: number, bad = 0): string =>
  [
    HEADER,
    ...Array.from({ length: good }, (_, i) => `${GTIN},${name}${i},${i + 1},kg,2026-03-01`),
    ...Array.from({ length: bad }, (_, i) => `${GTIN},${name}x${i},1,kg,=1+${i}`),
  ].join('\n');

interface Upload {
  id: string;
  state: string;
  position?: number;
  [member: string]: unknown;
}

describe.each(DATABASES)('lot files on %s', (database) => {
  let server: TestServer;
  let call: ReturnType<typeof clientOf>;
  beforeAll(async () => {
    server = await startServer(database);
    call = clientOf(server.url, server.keys.operator);
  });
  afterAll(() => server.stop());

  const send = async (
    body: string | Uint8Array,
    query = '',
    headers: Record<string, string> = {},
    path = '/api/lots',
    method = 'POST',
  ): Promise<{ status: number; json: Upload; location: string }> => {
    const auth = { authorization: `Bearer ${server.keys.operator}`, 'content-type': CSV };
    const init: RequestInit = { method, headers: { ...auth, ...headers }, body };
    const res = await fetch(`${server.url}${path}${query}`, init);
    return { status: res.status, json: (await res.json()) as Upload, location: res.headers.get('location') ?? '' };
  };
  /** Waits until an upload is what it is to be. */
  const until = async (id: string, is: (upload: Upload) => boolean): Promise<Upload> =>
    expect
      .poll(
        async () => {
          const { json } = await call('GET', `/api/lots/${id}`);
          return is(json) ? json : undefined;
        },
        { timeout: 20_000 },
      )
      .toBeDefined()
      .then(async () => (await call('GET', `/api/lots/${id}`)).json);
  const finished = async (body: string | Uint8Array, query = '', headers = {}): Promise<Upload> => {
    const { status, json } = await send(body, query, headers);
    expect([status, json]).toEqual([202, expect.objectContaining({ state: 'reading' })]);
    return until(json.id, ({ state }) => state === 'finished' || state === 'failed');
  };
  const eventsOf = async (query: string): Promise<Record<string, unknown>[]> =>
    (await call('GET', `/epcis/events?perPage=1000&${query}`)).json.epcisBody.queryResults.resultsBody.eventList;
  const ofLot = (lot: string) =>
    eventsOf(`MATCH_anyEPCClass=${encodeURIComponent(`https://id.gs1.org/01/${GTIN}/10/${lot}`)}`);

  it('stores good rows and tells of bad ones; the same file again is duplicates', async () => {
    const first = await finished(rows('A', 5, 2), '?timeZone=Asia/Shanghai&name=a.csv');
    expect(first).toMatchObject({
      state: 'finished',
      name: 'a.csv',
      timeZone: 'Asia/Shanghai',
      form: 'csv',
      encoding: 'utf-8',
      delimiter: ',',
      columns: { gtin: 'GTIN', lot: 'Lot' },
      unknownColumns: [],
      row: 8,
      rowsRead: 7,
      rowsBad: 2,
      problems: 2,
      accepted: 5,
      duplicate: 0,
    });
    const [event] = await ofLot('A3');
    expect(event).toMatchObject({
      eventID: expect.stringMatching(/^ni:\/\/\/sha-256;/),
      action: 'ADD',
      bizStep: 'commissioning',
      eventTime: '2026-02-28T16:00:00.000Z',
      eventTimeZoneOffset: '+08:00',
      quantityList: [{ quantity: 4, uom: 'KGM' }],
      ilmd: { 'cbvmda:productionDate': '2026-03-01' },
    });
    const again = await finished(rows('A', 5, 2), '?timeZone=Asia/Shanghai');
    expect(again).toMatchObject({ accepted: 0, duplicate: 5, rowsBad: 2 });
    expect(await ofLot('A3')).toHaveLength(1);
  });

  it('tells problems page by page, in the language asked for', async () => {
    const { id } = await finished(rows('B', 1, 3));
    const page = await call('GET', `/api/lots/${id}/problems?perPage=2`);
    expect(page.json.member).toEqual(
      [0, 1].map((i) => ({
        row: i + 3,
        column: 'Production date',
        value: `=1+${i}`,
        code: 'date',
        message: 'It is no date.',
        suggestion: 'Write it as 2026-03-01.',
      })),
    );
    const next = /<([^>]+)>/.exec(page.headers.get('link')!)![1]!;
    const last = await call('GET', next, { headers: { 'accept-language': 'zh-CN,en;q=0.5' } });
    expect(last.json.member).toMatchObject([{ row: 5, message: '不是有效日期。' }]);
    expect([last.headers.get('content-language'), last.headers.get('link')]).toEqual(['zh', null]);
  });

  it('gives the refused rows back as the same kind of file, without formulas, and takes them again', async () => {
    const text = `商品条码\t批号\t时间\t备注\n${GTIN}\tC1\t=cmd()\t@甲\n${GTIN}\tC2\t2026-03-01\t好`;
    const { id, unknownColumns } = await finished(encodeGb18030(text));
    expect(unknownColumns).toEqual(['备注']);
    const get = async (): Promise<{ bytes: Buffer; headers: Headers }> => {
      const res = await fetch(`${server.url}/api/lots/${id}/rejected`, {
        headers: { authorization: `Bearer ${server.keys.operator}`, 'accept-language': 'zh' },
      });
      return { bytes: Buffer.from(await res.arrayBuffer()), headers: res.headers };
    };
    const { bytes, headers } = await get();
    expect(headers.get('content-disposition')).toContain('rejected-lots.csv');
    const { form, rows: back } = await openLotTable(sourceOf(bytes));
    const cells: unknown[] = [];
    for await (const row of back) cells.push(row.cells);
    expect(form).toMatchObject({ encoding: 'gb18030', delimiter: '\t' });
    expect(cells).toEqual([
      ['商品条码', '批号', '时间', '备注', '原因'],
      [GTIN, 'C1', "'=cmd()", "'@甲", expect.stringContaining('时间')],
    ]);
    const repaired = Buffer.from(new TextDecoder('gb18030').decode(bytes).replace("'=cmd()", '2026-03-01'));
    expect(await finished(repaired)).toMatchObject({ accepted: 1, rowsBad: 0 });
  });

  it('reads XLSX, and gives it back as XLSX', async () => {
    const sheet = [
      ['GTIN', 'Lot', 'Time'],
      [GTIN, 'D1', '2026-03-01'],
      [GTIN, '', '2026-03-01'],
    ];
    const pieces: Uint8Array[] = [];
    for await (const piece of xlsxBytes([{ name: 'Lots', columns: 3, rows: sheet }])) pieces.push(piece);
    const upload = await finished(Buffer.concat(pieces), '', { 'content-type': XLSX });
    expect(upload).toMatchObject({ form: 'xlsx', sheet: 'Lots', accepted: 1, rowsBad: 1 });
    const res = await fetch(`${server.url}/api/lots/${upload.id}/rejected`, {
      headers: { authorization: `Bearer ${server.keys.operator}` },
    });
    expect(res.headers.get('content-type')).toBe(XLSX);
    const data = await readSheet(Buffer.from(await res.arrayBuffer()));
    expect(data).toEqual([
      ['GTIN', 'Lot', 'Time', 'Reason'],
      [GTIN, null, '2026-03-01', expect.stringContaining('neither a lot nor a serial')],
    ]);
  });

  it('takes a form with the file, its name and options', async () => {
    const form = new FormData();
    form.set('mapping', JSON.stringify({ gtin: 'Artikel', lot: 'Charge', time: 'Zeit' }));
    form.set('file', new File([`Artikel;Charge;Zeit\n${GTIN};E1;1.3.2026`], '批次.csv'));
    const res = await fetch(`${server.url}/api/lots`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.keys.operator}` },
      body: form,
    });
    const { id } = (await res.json()) as Upload;
    expect(await until(id, ({ state }) => state === 'finished')).toMatchObject({ name: '批次.csv', accepted: 1 });
  });

  it('stores nothing on a dry run, and nothing of all-or-nothing with a bad row', async () => {
    expect(await finished(rows('F', 3, 1), '?dryRun=true')).toMatchObject({ rowsRead: 4, rowsBad: 1, accepted: 0 });
    expect(await finished(rows('F', 3, 1), '?behaviour=rollback')).toMatchObject({
      rowsRead: 4,
      rowsBad: 1,
      accepted: 0,
    });
    expect(await ofLot('F1')).toHaveLength(0);
    expect(await finished(rows('F', 3), '?behaviour=rollback')).toMatchObject({ rowsRead: 3, rowsBad: 0, accepted: 3 });
    expect(await ofLot('F1')).toHaveLength(1);
  });

  it('names a product that has no name, and leaves one that has', async () => {
    const gtin = '09521141222225';
    const at = `/epcis/vocabularies/products/${encodeURIComponent(`https://id.gs1.org/01/${gtin}`)}`;
    const file = (lot: string, name: string) => `GTIN,Lot,Time,Product name\n${gtin},${lot},2026-03-01,${name}`;
    await finished(file('G1', 'Yoghurt'));
    await finished(file('G2', 'Other'));
    expect((await call('GET', at)).json).toMatchObject({ version: 1, attributes: [{ attribute: 'Yoghurt' }] });
  });

  it('goes on behind a cut line', async () => {
    const body = Buffer.from(rows('H', 20_000));
    const half = Math.floor(body.length / 2);
    const { hostname, port } = new URL(server.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `POST /api/lots HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.keys.operator}\r\nContent-Type: text/csv\r\nIdempotency-Key: cut\r\nContent-Length: ${body.length}\r\n\r\n`,
        );
        socket.write(body.subarray(0, half), () => socket.end(resolve));
      });
    });
    const known = async (): Promise<Upload> => (await send('', '', { 'idempotency-key': 'cut' })).json;
    await expect.poll(async () => (await call('GET', '/api/lots')).json.member[0].position ?? 0).toBeGreaterThan(0);
    const upload = await known();
    expect(upload).toMatchObject({ state: 'receiving', position: expect.any(Number) });
    expect(upload.position).toBeLessThanOrEqual(half);
    const path = `/api/lots/${upload.id}`;
    const wrong = await send('x', `?position=${upload.position! + 1}`, {}, path, 'PUT');
    expect([wrong.status, wrong.json.position]).toEqual([409, upload.position]);
    // in two parts, the first of which is not the last
    const middle = upload.position! + 1000;
    const part = await send(
      body.subarray(upload.position, middle),
      `?position=${upload.position}&complete=false`,
      {},
      path,
      'PUT',
    );
    expect(part.json).toMatchObject({ state: 'receiving', position: middle });
    expect((await send(body.subarray(middle), `?position=${middle}`, {}, path, 'PUT')).status).toBe(202);
    const done = await until(upload.id, ({ state }) => state === 'finished');
    expect(done).toMatchObject({ rowsRead: 20_000, rowsBad: 0, accepted: 20_000 });
    expect((await known()).id).toBe(upload.id);
    expect((await send('', '?dryRun=true', { 'idempotency-key': 'cut' })).status).toBe(409);
  }, 60_000);

  it('goes on reading where another process stopped, and stores nothing twice', async () => {
    const { json } = await send(rows('I', 4), '?complete=false');
    const files = lotFiles(server.store, DEFAULT_TENANT);
    const { bytes, ...file } = (await files.byId(json.id))!;
    // a process had settled two rows, and then was killed: its lease has run out
    const progress = { ...file.progress, row: 3, rows: 2, accepted: 2 };
    await files.update(json.id, { ...file, bytes, state: 'reading', progress, leaseUntil: 0 });
    expect((await call('GET', `/api/lots/${json.id}`)).json.position).toBe(bytes);
    expect((await send('', `?position=${bytes}`, {}, `/api/lots/${json.id}`, 'PUT')).status).toBe(202);
    expect(await until(json.id, ({ state }) => state === 'finished')).toMatchObject({ rowsRead: 4, accepted: 4 });
    expect([(await ofLot('I1')).length, (await ofLot('I3')).length]).toEqual([0, 1]);
  });

  it('is read by one at a time', async () => {
    const { json } = await send(rows('J', 50), '?complete=false');
    const files = lotFiles(server.store, DEFAULT_TENANT);
    const file = (await files.byId(json.id))!;
    await files.update(json.id, { ...file, state: 'reading' });
    const principal = { tenantId: DEFAULT_TENANT, keyId: 'test', role: 'operator' } as const;
    await Promise.all([1, 2, 3].map(() => readLotFile(server.platform, principal, json.id)));
    expect((await call('GET', `/api/lots/${json.id}`)).json).toMatchObject({
      state: 'finished',
      accepted: 50,
      duplicate: 0,
    });
    const now = Date.now();
    expect(await files.lease(json.id, now, now + LEASE_MS)).toBeDefined();
    expect((await call('DELETE', `/api/lots/${json.id}`)).status).toBe(409);
  });

  it('fails a file that is none, in a sentence', async () => {
    expect(await finished('a,b\n1,2')).toMatchObject({ state: 'failed', failure: expect.stringContaining('GTIN') });
    expect(await finished(Buffer.from('PK\x03\x04 no zip'))).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('XLSX'),
    });
    expect(await finished('')).toMatchObject({ state: 'failed', failure: 'The file is empty.' });
    expect(await finished(`${HEADER}\n${GTIN},\0,1,kg,2026-03-01\n`)).toMatchObject({ state: 'finished', rowsBad: 1 });
  });

  it('forgets an upload, and the walls hold', async () => {
    const { id } = await finished(rows('K', 1, 1));
    expect((await call('DELETE', `/api/lots/${id}`)).status).toBe(204);
    for (const path of ['', '/problems', '/rejected'])
      expect((await call('GET', `/api/lots/${id}${path}`)).status).toBe(404);
    expect(await lotFiles(server.store, DEFAULT_TENANT).rows(id, 0, 10)).toEqual([]);
    expect(await ofLot('K0')).toHaveLength(1);
  });

  it.each<[path: string, init: RequestInit, status: number]>([
    ['/api/lots', { method: 'POST', body: 'x', headers: { 'content-type': 'application/pdf' } }, 415],
    ['/api/lots?mapping=x', { method: 'POST', body: 'x' }, 400],
    ['/api/lots?timeZone=Mars', { method: 'POST', body: 'x' }, 400],
    ['/api/lots?behaviour=maybe', { method: 'POST', body: 'x' }, 400],
    ['/api/lots?surplus=1', { method: 'POST', body: 'x' }, 400],
    ['/api/lots', { method: 'POST', body: 'x', headers: { 'idempotency-key': 'k'.repeat(300) } }, 400],
    ['/api/lots', { method: 'POST', body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=x' } }, 400],
    ['/api/lots/none', {}, 404],
    ['/api/lots/none?position=0', { method: 'PUT', body: 'x' }, 404],
    ['/api/lots/none', { method: 'PUT', body: 'x' }, 400],
    ['/api/lots/template?form=pdf', {}, 400],
    ['/api/lots?perPage=0', {}, 400],
  ])('%s %j is %i', async (path, init, status) => {
    const headers = {
      authorization: `Bearer ${server.keys.capture}`,
      'content-type': CSV,
      ...(init.headers as object),
    };
    expect((await fetch(server.url + path, { ...init, headers })).status).toBe(status);
  });

  it('serves templates', async () => {
    for (const [query, type] of [
      ['?form=csv&lang=zh', CSV],
      ['', XLSX],
    ] as const) {
      const { status, headers } = await call('GET', `/api/lots/template${query}`);
      expect([status, headers.get('content-type')]).toEqual([200, type]);
    }
    expect((await clientOf(server.url, server.keys.reader)('GET', '/api/lots/template')).status).toBe(403);
  });
});
