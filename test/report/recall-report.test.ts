import { parse } from 'csv-parse/sync';
import readXlsxFile from 'read-excel-file/node';
import { describe, expect, it } from 'vitest';
import {
  isUnchanged,
  RECALL_TABLES,
  recallPagePolicy,
  recallReport,
  recallReportCsv,
  type RecallReportInput,
  recallReportPage,
  recallReportXlsx,
} from '../../src/report/index.ts';
import {
  consigneesOf,
  deadlinesOf,
  effectivenessOf,
  partiesOf,
  reconcile,
  statusReportOf,
} from '../../src/rules/index.ts';

const LOT = 'urn:epc:class:lgtin:9521234.000001.L-7';
const PLANT = 'urn:epc:id:sgln:9521234.00001.0';
const SHOP = 'urn:epc:id:pgln:9521111.00000';
const EVIL = '=HYPERLINK("http://evil.example","<b>x</b>")';

function input(change: Partial<RecallReportInput['case']> = {}): RecallReportInput {
  const line = { id: LOT, kind: 'lot', lot: null, location: PLANT, uom: 'KGM' } as const;
  const { consignees, books, findings } = consigneesOf({
    journal: [
      { ...line, eventID: 'e1', what: 'made', bizStep: null, quantity: 100 },
      { ...line, eventID: 'e2', what: 'leaving', bizStep: 'shipping', quantity: 40.25 },
      { ...line, eventID: 'e3', what: 'leaving', bizStep: 'shipping', quantity: 3 },
    ],
    parties: new Map([['e2', partiesOf({ destinationList: [{ type: 'owning_party', destination: SHOP }] })]]),
    us: [PLANT],
  });
  const deadlines = deadlinesOf(
    {
      jurisdiction: 'cn-drug',
      classes: [{ class: '2', at: '2026-06-01T01:00:00Z' }],
      zone: '+08:00',
      acts: [{ act: 'decision', at: '2026-06-01T01:00:00Z' }],
    },
    '2026-06-02T00:00:00Z',
  );
  const effectiveness = effectivenessOf({ notified: 1, answered: 0, toCheck: 1, checked: 0, correct: 0 });
  const reconciliation = reconcile([{ lot: LOT, uom: 'KGM', made: 100, onHand: '56.75', atConsignees: '48.25' }]);
  return {
    at: '2026-06-02T00:00:00Z',
    case: {
      id: 'R-2026-7',
      zone: '+08:00',
      drill: false,
      jurisdiction: 'cn-drug',
      class: '2',
      provisional: true,
      product: EVIL,
      firm: 'Fern',
      responsible: 'A. Moss',
      reason: 'Undeclared almond',
      hazard: 'Allergic shock',
      knownAt: '2026-06-01T01:00:00Z',
      openedAt: '2026-06-01T01:30:00Z',
      closedAt: null,
      reference: null,
      ...change,
    },
    scope: {
      version: 1,
      asOf: '2026-06-01T23:00:00Z',
      digest: 'ni:///sha-256;scope',
      truncated: false,
      goods: [
        {
          id: LOT,
          role: 'root',
          kind: 'lot',
          confidence: 'definite',
          state: null,
          decision: null,
          held: true,
          locations: [PLANT],
          fraction: 0.25,
        },
        {
          id: '+1',
          role: 'goods',
          kind: 'item',
          confidence: 'possible',
          state: 'in_transit',
          decision: 'out',
          held: false,
          locations: [],
          fraction: null,
        },
      ],
      gaps: [{ code: 'MISSING_ADD', ids: ['urn:a', 'urn:b'] }],
    },
    deadlines,
    consignees: consignees.map((one) => ({
      ...one,
      name: '@corner',
      notice: { state: 'sent', at: '2026-06-01T02:00:00Z', channel: 'e-mail' },
      answeredAt: null,
    })),
    books,
    reconciliation,
    effectiveness,
    status: statusReportOf({ jurisdiction: 'cn-drug', consignees: [], effectiveness, reconciliation }),
    findings,
  };
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** Rows of one table as CSV, by the header's words. */
async function csv(table: string, language: 'en' | 'zh' = 'en'): Promise<Record<string, string>[]> {
  const bytes = await bytesOf(recallReportCsv(await recallReport(input()), language, table));
  return parse(bytes, { bom: true, columns: true });
}

/** Sheets of the workbook as another program reads them, by name. */
async function sheets(language: 'en' | 'zh'): Promise<Map<string, unknown[][]>> {
  const read = await readXlsxFile(await bytesOf(recallReportXlsx(await recallReport(input()), language)));
  return new Map((read as { sheet: string; data: unknown[][] }[]).map(({ sheet, data }) => [sheet, data]));
}

describe('the recall report as data', () => {
  it('has an id, the as-of of its scope and a digest that anyone can check', async () => {
    const report = await recallReport(input());
    expect(report).toMatchObject({
      format: 'tagtrail-recall-report-1',
      reportId: 'R-2026-7/2026-06-02T00:00:00Z',
      asOf: '2026-06-01T23:00:00Z',
      digest: expect.stringMatching(/^ni:\/\/\/sha-256;[\w-]{43}$/),
    });
    expect(await isUnchanged(report)).toBe(true);
    expect(await isUnchanged(JSON.parse(JSON.stringify(report)))).toBe(true);
    expect(await isUnchanged({ ...report, case: { ...report.case, hazard: 'none' } })).toBe(false);
    expect(await recallReport(input())).toEqual(report);
  });

  it('names each thing that is not yet verified once', async () => {
    const { notVerified } = await recallReport(input());
    expect(notVerified.map(({ en }) => en)).toEqual([
      'not yet verified with NMPA notice 92 of 2022',
      'not yet verified with SAMR and NMPA: the form of the progress report',
    ]);
  });
});

describe('the recall report as CSV', () => {
  it('says in every row which report it is', async () => {
    const report = await recallReport(input());
    for (const table of RECALL_TABLES) {
      const rows = await csv(table);
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows)
        expect(row).toMatchObject({
          Report: report.reportId,
          'As known at': '2026-06-02T07:00:00+08:00',
          Digest: report.digest,
          'Not yet verified': expect.stringContaining('NMPA'),
        });
    }
  });

  it('says of a gap what the records lack and what to do about it', async () => {
    const of = async (language: 'en' | 'zh') => Object.values((await csv('findings', language)).at(-1)!);
    expect(await of('en')).toEqual(
      expect.arrayContaining([
        'MISSING_ADD',
        'urn:a urn:b',
        expect.stringMatching(/nobody had packed it\. A packing event/),
      ]),
    );
    expect(await of('zh')).toContainEqual(expect.stringContaining('缺少装入事件'));
  });

  it('has numbers as numbers, negative ones too, and moments in the zone of the case', async () => {
    const [consignee] = await csv('consignees');
    expect(consignee).toMatchObject({
      Shipped: '40.25',
      Lot: 'L-7',
      Unit: 'KGM',
      'Notice at': '2026-06-01T10:00:00+08:00',
    });
    expect((await csv('reconciliation'))[0]).toMatchObject({ Made: '100', Missing: '-5' });
    expect((await csv('deadlines'))[0]).toMatchObject({
      Due: '2026-06-05T00:00:00+08:00',
      State: 'open',
      Mandatory: 'yes',
    });
  });

  it('says of the status report what is not known', async () => {
    expect((await csv('status')).map(({ Field, Value }) => [Field, Value])).toContainEqual([
      'Estimated completion',
      'not known',
    ]);
  });

  it('runs nothing in a spreadsheet', async () => {
    const cells = (await Promise.all(RECALL_TABLES.map((table) => csv(table))))
      .flat()
      .flatMap((row) => Object.values(row));
    expect(cells).toContain(`'${EVIL}`);
    expect(cells).toContain("'@corner");
    expect(cells).toContain("'+1");
    for (const cell of cells) if (!/^-\d/.test(cell)) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  });

  it('speaks Chinese', async () => {
    expect((await csv('goods', 'zh'))[1]).toMatchObject({ 确定性: '可能', 状态: '运输中', 决定: '排除', 已冻结: '否' });
    expect((await csv('goods', 'en')).map((row) => row['Mass share'])).toEqual(['0.25', '']);
    expect((await csv('goods', 'zh')).map((row) => row['质量占比'])).toEqual(['0.25', '']);
  });

  it('is refused for a table that there is not', async () => {
    const report = await recallReport(input());
    expect(() => recallReportCsv(report, 'en', 'prices')).toThrow('table must be one of summary');
  });
});

describe('the recall report as a workbook', () => {
  it('has a sheet a table, with numbers and dates that a spreadsheet reckons with', async () => {
    const read = await sheets('en');
    expect([...read.keys()]).toEqual([
      'Recall',
      'Status report',
      'Deadlines',
      'Goods',
      'Consignees',
      'Balance',
      'Reconciliation',
      'Findings',
    ]);
    const column = (sheet: string, title: string, row = 1): unknown =>
      read.get(sheet)?.[row]?.[read.get(sheet)?.[0]?.indexOf(title) ?? -1];
    expect(column('Consignees', 'Shipped')).toBe(40.25);
    expect(column('Reconciliation', 'Missing')).toBe(-5);
    // the wall clock of the case's zone, which the library reads as UTC
    expect(column('Deadlines', 'Due')).toEqual(new Date('2026-06-05T00:00:00Z'));
    expect(column('Deadlines', 'Verification')).toContain('not yet verified');
    const summary = new Map(read.get('Recall')?.map(([name, value]) => [name, value]));
    expect(summary.get('Digest of the report')).toBe((await recallReport(input())).digest);
    expect(summary.get('As known at')).toEqual(new Date('2026-06-02T07:00:00Z'));
    expect(summary.get('Definitely affected')).toBe(1);
    expect(summary.get('Product')).toBe(EVIL);
  });

  it('speaks Chinese', async () => {
    const read = await sheets('zh');
    expect([...read.keys()]).toEqual([
      '召回',
      '进展报告',
      '期限',
      '受影响产品',
      '收货方',
      '物料平衡',
      '数量核对',
      '问题',
    ]);
    expect(read.get('期限')?.[1]).toContain('发布召回信息，通知停止销售和使用');
  });
});

describe('the recall report as a page', () => {
  const page = async (language: 'en' | 'zh', change = {}): Promise<string> =>
    String(await recallReportPage(await recallReport(input(change)), language));

  it('has every table, report id, as-of and digest, and escapes what people wrote', async () => {
    const report = await recallReport(input());
    const text = await page('en');
    expect(text.match(/<h2/g)).toHaveLength(RECALL_TABLES.length);
    for (const part of [
      report.reportId,
      report.digest,
      'datetime="2026-06-02T07:00:00+08:00"',
      '<td class="number">40.25</td>',
    ])
      expect(text).toContain(part);
    expect(text).toContain('not yet verified with NMPA notice 92 of 2022');
    expect(text).not.toContain('<b>x</b>');
    expect(text).not.toContain('DRILL');
    expect(text).toContain('@media print');
  });

  it('speaks Chinese, and says of a drill that it is one', async () => {
    const text = await page('zh', { drill: true });
    expect(text).toContain('<html lang="zh-Hans">');
    expect(text).toContain('演练：未发送任何通知。');
    expect(text).toContain('尚未与国家药监局2022年第92号公告核对');
  });

  it('loads nothing: its policy allows its own style alone', async () => {
    const text = await page('en');
    const style = /<style>([^]*?)<\/style>/.exec(text)?.[1] ?? '';
    const hash = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style))).toString('base64');
    expect(await recallPagePolicy()).toContain(`style-src 'sha256-${hash}'`);
    expect(text).not.toMatch(/ (?:src|href|style)=/);
  });

  it('shows a bounded number of rows and says how many more there are', async () => {
    const many = input();
    const goods = Array.from({ length: 2_100 }, (_, i) => ({
      ...many.scope.goods[0]!,
      id: `urn:epc:id:sgtin:9521234.000002.${i}`,
    }));
    const text = String(await recallReportPage(await recallReport({ ...many, scope: { ...many.scope, goods } }), 'en'));
    expect(text).toContain('100 more rows are in the file.');
  });
});
