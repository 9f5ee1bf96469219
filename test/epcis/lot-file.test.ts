// Files of lots: a folder of files with what they come to, the forms that people write, other programs' spreadsheets.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import readXlsxFile from 'read-excel-file/node';
import { describe, expect, it, test } from 'vitest';
import writeXlsxFile from 'write-excel-file/node';
import { eventHash, normalizeEvent, validateEvent } from '../../src/epcis/index.ts';
import { GS1_CONTEXT, type EpcisEvent } from '../../src/epcis/index.ts';
import {
  csvBytes,
  LOT_COLUMN_NAMES,
  LOT_LIMITS,
  type LotForm,
  lotTemplate,
  openLotTable,
  readHeader,
  readMoment,
  readRow,
  reasonOf,
  sourceOf,
  tellHeaderFault,
  tellProblem,
  xlsxBytes,
  zoneOf,
} from '../../src/epcis/lot-file/index.ts';
import { encodeGb18030 } from '../../src/epcis/lot-file/gb18030.ts';
import { readNumber } from '../../src/epcis/lot-file/number.ts';
import { readSerials } from '../../src/epcis/lot-file/serial.ts';
import { unitOf } from '../../src/epcis/lot-file/unit.ts';
import { zipBytes } from '../../src/epcis/lot-file/zip.ts';

const FOLDER = join(import.meta.dirname, 'fixtures/lots');
const SHANGHAI = zoneOf('Asia/Shanghai')!;

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

async function read(bytes: Uint8Array, options: Parameters<typeof openLotTable>[1] = {}) {
  const { form, rows } = await openLotTable(sourceOf(bytes), options);
  const all: { row: number; cells: (string | number)[] }[] = [];
  for await (const row of rows) all.push(row);
  return { form, rows: all };
}

/** Everything that a file comes to, in English and Chinese. */
async function outcome(bytes: Uint8Array) {
  const { form, rows } = await read(bytes);
  const [head, ...rest] = rows;
  const header = readHeader(head!.cells);
  const is1904 = form.form === 'xlsx' && form.is1904;
  const reading = { mapping: header.mapping, columns: head!.cells.length, zone: SHANGHAI, is1904 };
  return {
    form,
    unknown: header.unknown,
    rows: rest.map(({ row, cells }) => {
      const result = readRow(cells, reading);
      if (!('problems' in result)) return { row, ...result };
      const { problems } = result;
      return { row, problems: problems.map((one) => tellProblem(row, one, 'en')), zh: reasonOf(problems, 'zh') };
    }),
  };
}

describe.each(readdirSync(FOLDER).filter((name) => name.endsWith('.csv')))('%s', (name) => {
  const bytes = readFileSync(join(FOLDER, name));

  it('comes to what stands beside it', async () => {
    const text = `${JSON.stringify(await outcome(bytes), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(FOLDER, name.replace('.csv', '.json')));
  });

  it('makes events that are valid, and the same hash each time', async () => {
    for (const one of (await outcome(bytes)).rows) {
      if (!('event' in one)) continue;
      const event = normalizeEvent(one.event as EpcisEvent, GS1_CONTEXT);
      expect(validateEvent(event)).toEqual([]);
      expect(eventHash(event)).toBe(eventHash(structuredClone(event)));
    }
  });

  it.each(['gb18030', 'utf-16le', 'utf-16be', 'utf-8'] as const)('says the same in %s', async (encoding) => {
    const { rows } = await read(bytes);
    const form = { form: 'csv', encoding, mark: encoding.startsWith('utf'), delimiter: '\t' } as const;
    const again = await read(
      await bytesOf(
        csvBytes(
          rows.map(({ cells }) => cells),
          form,
        ),
      ),
    );
    expect(again.rows.map(({ cells }) => cells)).toEqual(rows.map(({ cells }) => cells.map(inert)));
    const hasChinese = rows.some(({ cells }) => /[^\0-\x7f]/.test(cells.join('')));
    expect(again.form).toEqual(hasChinese || form.mark ? form : { ...form, encoding: 'utf-8' });
  });
});

/** As csvBytes writes it, so that a spreadsheet does not run it. */
const inert = (cell: string | number): string => (/^[=+\-@\t\r]/.test(String(cell)) ? `'${cell}` : String(cell));

describe.each(['en', 'zh'] as const)('the template in %s', (language) => {
  it.each(['csv', 'xlsx'] as const)('as %s names every column, and its examples are good', async (form) => {
    const bytes = await bytesOf(lotTemplate(form, language));
    const { unknown, rows } = await outcome(bytes);
    expect(unknown).toEqual([]);
    expect(rows.map((row) => 'event' in row && row.event['type'])).toEqual([
      'ObjectEvent',
      'ObjectEvent',
      'TransformationEvent',
    ]);
  });

  it('opens in another program, with a sheet that explains each column', async () => {
    const sheets = await readXlsxFile(await bytesOf(lotTemplate('xlsx', language)));
    expect(sheets.map(({ data }) => data.length)).toEqual([4, LOT_COLUMN_NAMES.length + 1]);
    expect(sheets[0]!.data[1]![0]).toBe('09521141123454');
  });
});

test('a spreadsheet of another program: texts shared, numbers, days, booleans', async () => {
  const header = ['GTIN', 'Lot', 'Quantity', 'Unit', 'Production date', 'Time'].map((value) => ({ value }));
  const day = new Date(Date.UTC(2026, 2, 1));
  const rows = [
    [
      { value: 9521141123454, type: Number },
      { value: 'M1', type: String },
      { value: 12.5, type: Number },
      { value: 'kg', type: String },
      { value: day, type: Date, format: 'yyyy-mm-dd' },
      { value: new Date(day.getTime() + 30_600_000), type: Date, format: 'yyyy-mm-dd hh:mm' },
    ],
    [{ value: 9521141123454, type: Number }, null, { value: true, type: Boolean }],
  ];
  // oxlint-disable-next-line typescript/no-explicit-any -- its types ask for cells of one kind in a column
  const bytes = await writeXlsxFile([header, ...rows] as any).toBuffer();
  const { rows: found } = await outcome(bytes);
  expect(found[0]).toMatchObject({
    row: 2,
    event: {
      eventTime: '2026-03-01T00:30:00.000Z',
      quantityList: [{ epcClass: 'https://id.gs1.org/01/09521141123454/10/M1', quantity: 12.5, uom: 'KGM' }],
      ilmd: { 'cbvmda:productionDate': '2026-03-01' },
    },
  });
  expect((found[1] as { problems: { code: string }[] }).problems.map(({ code }) => code)).toEqual([
    'number',
    'lot-missing',
    'time-missing',
  ]);
});

test('what is written is what is read: any texts in any form', async () => {
  const cell = fc.string({ unit: 'binary', maxLength: 20 }).map((text) =>
    text
      .toWellFormed()
      .replaceAll(/[\p{Cc}\ufeff\ufffe\uffff]/gu, '')
      .trim(),
  );
  const forms: LotForm[] = [
    ...(['utf-8', 'gb18030', 'utf-16le', 'utf-16be'] as const).map(
      (encoding) => ({ form: 'csv', encoding, mark: true, delimiter: ',' }) as const,
    ),
    { form: 'xlsx', is1904: false, sheet: 'S' },
  ];
  const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(table, fc.constantFrom(...forms), async (cells, form) => {
      const rows = [['Lot', '批号'], ...cells.map((row) => ['x', ...row])];
      const written = form.form === 'csv' ? csvBytes(rows, form) : xlsxBytes([{ name: 'S', columns: 2, rows }]);
      const options = form.form === 'csv' ? { encoding: form.encoding } : {};
      const { rows: back } = await read(await bytesOf(written), options);
      const trimmed = (row: (string | number)[]): string[] => {
        const texts = row.map((text, i) => (i === 0 ? String(text).replace('\uFEFF', '') : String(text)));
        while (texts.at(-1) === '') texts.pop();
        return texts;
      };
      const expected = rows.map((row) => trimmed(form.form === 'csv' ? row.map(inert) : row));
      expect(back.map(({ cells: row }) => trimmed(row))).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test('every character of GB18030 comes back', () => {
  const decoder = new TextDecoder('gb18030');
  let text = '';
  for (let code = 0x20; code < 0x10ffff; code += code < 0x3000 ? 1 : 37)
    if ((code < 0xd800 || code > 0xdfff) && (code < 0xe000 || code > 0xf8ff)) text += String.fromCodePoint(code);
  expect(decoder.decode(encodeGb18030(text)) === text).toBe(true);
});

describe('days', () => {
  it.each([
    ['2026-03-01', '2026-03-01'],
    ['2026/3/1', '2026-03-01'],
    ['2026.3.1', '2026-03-01'],
    ['1.3.2026', '2026-03-01'],
    ['２０２６年３月１日', '2026-03-01'],
    ['20260301', '2026-03-01'],
    ['13/3/2026', '2026-03-13'],
    ['3/13/2026', '2026-03-13'],
    ['3/3/2026', '2026-03-03'],
    ['1-Mar-2026', '2026-03-01'],
    ['March 1, 2026', '2026-03-01'],
    ['2026-03-01T08:30:15.5+08:00', '2026-03-01 08:30:15 480'],
    ['2026-03-01 8:30 PM', '2026-03-01 20:30:00'],
    ['2026-03-01 12:05 am', '2026-03-01 00:05:00'],
    ['2026-03-01T08:30Z', '2026-03-01 08:30:00 0'],
    ['3/4/2026', 'date-ambiguous 2026-04-03 2026-03-04'],
    ['260301', 'date-ambiguous 2026-03-01 2001-03-26'],
    ['46082', 'date-serial 2026-03-01'],
    ['2026-02-30', 'date'],
    ['2025-02-29', 'date'],
    ['1026-03-01', 'date-range'],
    ['2026-03-01 24:10', 'date'],
    ['tomorrow', 'date'],
    [46082, '2026-03-01'],
    [46082.354166666664, '2026-03-01 08:30:00'],
    [20260301, '2026-03-01'],
    [5, 'date-range'],
    [1e12, 'date-range'],
  ])('%j is %s', (cell, expected) => {
    expect(Object.values(readMoment(cell)).join(' ')).toBe(expected);
  });

  it('counts from 1904 where the file does', () => {
    expect(readMoment(44620, true)).toEqual({ date: '2026-03-01' });
  });

  it('knows when clocks are put forward', () => {
    const berlin = zoneOf('Europe/Berlin')!;
    expect([berlin(Date.UTC(2026, 2, 29, 1, 59)), berlin(Date.UTC(2026, 2, 29, 3, 0))]).toEqual([60, 120]);
    expect([zoneOf('+05:30')!(0), zoneOf('Z')!(0), zoneOf('Moon/Base'), zoneOf('+25:00')]).toEqual([
      330,
      0,
      undefined,
      undefined,
    ]);
  });
});

describe('numbers and units', () => {
  it.each([
    ['１２００', 1200],
    ['1,234.5', 1234.5],
    ['1.234,5', 1234.5],
    ['1,234,567', 1234567],
    ['1 234,5', 1234.5],
    ['0,5', 0.5],
    ['1.234', 1.234],
    ['1,234', 'number-ambiguous'],
    ['-5', 'number'],
    ['1e5', 'number'],
    ['12345678901234567', 'number'],
    ['', 'number'],
    [Number.NaN, 'number'],
  ])('%j is %s', (cell, expected) => {
    const number = readNumber(cell);
    expect(typeof number === 'number' ? number : number.code).toBe(expected);
  });

  it.each([
    ['kg', 'KGM'],
    ['公斤', 'KGM'],
    ['ＫＧ', 'KGM'],
    ['KGM', 'KGM'],
    ['lbr', 'LBR'],
    ['件', ''],
    ['EA', ''],
    ['', ''],
    ['furlong', undefined],
    ['CEL', undefined],
  ])('%j is %s', (word, code) => {
    expect(unitOf(word)).toBe(code);
  });
});

describe('serials', () => {
  it.each([
    [
      ['A01..A03; B7', '', ''],
      ['A01', 'A02', 'A03', 'B7'],
    ],
    [
      ['', 'X98', 'X101'],
      ['X98', 'X99', 'X100', 'X101'],
    ],
    [
      ['', '0098', '0101'],
      ['0098', '0099', '0100', '0101'],
    ],
    [['a-b', '', ''], ['a-b']],
    [[1001, '', ''], ['1001']],
    [['', '', ''], []],
    [['1000-1999', '', ''], 'serial-hyphen'],
    [['5..1', '', ''], 'serial-range'],
    [['A1..B2', '', ''], 'serial-range'],
    [['', '1', ''], 'serial-pair'],
    [['1..10001', '', ''], 'serials-max'],
    [[1234567890123456, '', ''], 'rounded'],
    [['1.2E+14', '', ''], 'exponent'],
  ] as [[string | number, string, string], string[] | string][])('%j are %j', ([list, from, to], expected) => {
    const serials = readSerials(list, from, to);
    expect('code' in serials ? serials.code : serials).toEqual(expected);
  });

  it('holds the limit exactly', () => {
    expect(readSerials('1..10000', '', '')).toHaveLength(LOT_LIMITS.serialsPerRowMax);
  });
});

describe('headers', () => {
  it('takes a mapping before names, and says what it cannot use', () => {
    const header = readHeader(['Artikel', 'Charge', 'GTIN'], { gtin: 'ARTIKEL', lot: 'charge' });
    expect([[...header.mapping], header.unknown]).toEqual([
      [
        ['gtin', 0],
        ['lot', 1],
      ],
      ['GTIN'],
    ]);
    for (const [cells, given] of [
      [['a', 'b'], {}],
      [['GTIN', 'EAN'], {}],
      [['GTIN'], { lot: 'Charge' }],
      [['GTIN'], { colour: 'x' }],
    ] as [string[], Record<string, string>][]) {
      const { fault } = readHeader(cells, given);
      expect(tellHeaderFault(fault!, 'en')).toMatch(/\w{3}/);
      expect(tellHeaderFault(fault!, 'zh')).toMatch(/\p{Script=Han}/u);
    }
  });
});

describe('bad files are refused with what to do', () => {
  const zip = (parts: Record<string, string>) =>
    bytesOf(zipBytes(Object.entries(parts).map(([name, text]) => ({ name, pieces: [text] }))));
  const book = (sheet: string, more: Record<string, string> = {}) =>
    zip({
      'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="S" r:id="a"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels': '<Relationships><Relationship Id="a" Target="worksheets/s.xml"/></Relationships>',
      'xl/worksheets/s.xml': sheet,
      ...more,
    });
  const rows = (xml: string): string => `<worksheet><sheetData>${xml}</sheetData></worksheet>`;

  it.each<[string, () => Uint8Array | Promise<Uint8Array>, RegExp]>([
    ['nothing', () => Buffer.alloc(0), /empty/],
    ['an old XLS', () => Buffer.from('d0cf11e0a1b11ae1', 'hex'), /XLSX/],
    ['a cut ZIP', async () => (await book(rows(''))).subarray(0, 300), /end is missing/],
    ['no workbook', () => zip({ a: 'b' }), /workbook/],
    ['damaged XML', () => book('<worksheet><sheetData>'), /damaged/],
    ['a document type', () => book('<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'), /document type/],
    ['an entity', () => book(rows('<row><c t="inlineStr"><is><t>&bomb;</t></is></c></row>')), /damaged/],
    ['a cell far to the right', () => book(rows('<row><c r="ZZ1"><v>1</v></c></row>')), /columns/],
    ['a bomb', () => book(rows(`<row>${' '.repeat(40_000_000)}</row>`)), /times its size/],
    ['a quotation mark without end', () => Buffer.from('GTIN\n"abc'), /Row 2.*quotation/],
    ['a row without end', () => Buffer.from(`GTIN\n"${'x'.repeat(2_000_000)}`), /characters/],
    ['too many columns', () => Buffer.from(`GTIN\n${'x,'.repeat(300)}`), /columns/],
    ['bytes of no encoding', () => Buffer.from([0x47, 0x54, 0xff, 0xff, 0x0a]), /bytes that are no/],
  ])('%s', async (_, make, message) => {
    await expect(read(await make())).rejects.toThrow(message);
  });

  it('takes values of formulas, no macros, and gaps in rows', async () => {
    const { rows: found } = await read(
      await book(
        rows(
          '<row r="3"><c r="B3"><f>1+1</f><v>2</v></c><c t="e"><v>#N/A</v></c></row><row><c t="b"><v>1</v></c></row>',
        ),
        { 'xl/vbaProject.bin': 'macro' },
      ),
    );
    expect(found).toEqual([
      { row: 3, cells: ['', 2, '#N/A'] },
      { row: 4, cells: ['TRUE'] },
    ]);
  });

  it('refuses an unknown packing', async () => {
    const bytes = await book(rows(''));
    const at = bytes.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
    bytes.writeUInt16LE(99, at + 10);
    await expect(read(bytes)).rejects.toThrow(/unknown way/);
    expect(deflateRawSync('').length).toBeGreaterThan(0);
  });

  it('never throws anything but a refusal, whatever the bytes', async () => {
    const good = await book(rows('<row><c t="inlineStr"><is><t>GTIN</t></is></c></row>'));
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (at, byte) => {
        const bytes = Buffer.from(good);
        bytes[at] = byte;
        await read(bytes).catch((error: unknown) => expect(error).toMatchObject({ name: 'AppError' }));
      }),
      { numRuns: 150 },
    );
  });
});

test('a row of any cells gives an event or problems with words', () => {
  const mapping = new Map(LOT_COLUMN_NAMES.map((name, i) => [name, i]));
  const likely = fc.constantFrom<string | number>(
    '',
    '09521141123454',
    '1',
    'M1',
    '2026-03-01',
    'kg',
    '=1+1',
    46082,
    '#N/A',
  );
  const cell = fc.oneof(likely, fc.string({ unit: 'binary', maxLength: 30 }), fc.double());
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 18 }), (cells) => {
      const result = readRow(cells, { mapping, columns: LOT_COLUMN_NAMES.length, zone: SHANGHAI });
      if ('problems' in result) {
        expect(result.problems.length).toBeGreaterThan(0);
        for (const problem of result.problems) {
          for (const language of ['en', 'zh'] as const) {
            const { message, suggestion = '' } = tellProblem(2, problem, language);
            expect(message + suggestion).not.toMatch(/\{(?:meant|right|first|second|max|date|count|part|position)\}/);
          }
        }
      } else expect(validateEvent(normalizeEvent(result.event as EpcisEvent, GS1_CONTEXT))).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});
