import { type Cell, plainText, textOf } from './cell.ts';
import type { LotColumnName } from './column.ts';
import { type LotMoment, readMoment } from './date.ts';
import type { LotMapping } from './header.ts';
import { nameLink, readGtin, readName, readParty, readPlace } from './identifier.ts';
import { readInputs } from './input.ts';
import { LOT_LIMITS } from './limits.ts';
import { readNumber, splitUnit } from './number.ts';
import { readSerials, serialLinks } from './serial.ts';
import { unitOf } from './unit.ts';
import { offsetText, type ZoneOffset } from './zone.ts';

/** One thing wrong with a row: its column, what stood there, which fault (problem.ts has the words), and what fills them. */
export interface LotProblem {
  /** Absent for a fault of the row as a whole. */
  column?: LotColumnName;
  value?: string;
  code: string;
  values?: Record<string, string | number>;
}

/** An event of EPCIS 2.0 in the shape of JSON; its eventID is left to capture, which makes it of the content. */
type LotEvent = Record<string, unknown>;

/** What a row stands for. */
export type LotRow = { event: LotEvent; product?: { id: string; name: string } } | { problems: LotProblem[] };

/** How the rows of one file are read. */
export interface LotReading {
  mapping: LotMapping;
  /** Cells behind the last header are a fault. */
  columns: number;
  zone: ZoneOffset;
  /** Days of the spreadsheet are counted from 1904 on. */
  is1904?: boolean;
}

const VALUE_CHARACTERS_MAX = 200;
/** Errors of a formula, as spreadsheets show them. */
const ERROR = /^#(?:N\/A|REF!|VALUE!|DIV\/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)$/;
const MINUTE_MS = 60_000;

/** What a reader of cells gives back in place of a value. */
type Fault = { code: string };
const isFault = <T>(value: T): value is Extract<T, Fault> =>
  typeof value === 'object' && value !== null && 'code' in value;

/** The cells of one row by column, and the problems that are found in them. */
class Cells {
  readonly problems: LotProblem[];
  readonly #cells: readonly Cell[];
  readonly #mapping: LotMapping;

  constructor(cells: readonly Cell[], reading: LotReading) {
    this.#cells = cells;
    this.#mapping = reading.mapping;
    this.problems = checkCells(cells, reading);
  }

  of(column: LotColumnName): Cell {
    const at = this.#mapping.get(column);
    const cell = at === undefined ? '' : (this.#cells[at] ?? '');
    return typeof cell === 'string' ? cell.replace(/^'(?=[=+\-@\t])/, '') : cell;
  }

  has(column: LotColumnName): boolean {
    return textOf(this.of(column)) !== '';
  }

  fail(column: LotColumnName, { code, ...rest }: Fault & Record<string, unknown>): undefined {
    // what is wrong with the cell as such is said already
    if (this.problems.some((problem) => problem.column === column)) return undefined;
    const values = rest as Record<string, string | number>;
    const value = String(this.of(column)).slice(0, VALUE_CHARACTERS_MAX);
    this.problems.push({ column, value, code, ...(Object.keys(values).length > 0 && { values }) });
    return undefined;
  }

  /** What `read` makes of a cell; undefined of an empty one, and of one with a fault, which is noted. */
  read<T>(column: LotColumnName, read: (cell: Cell) => T): Exclude<T, Fault> | undefined {
    if (!this.has(column)) return undefined;
    const value = read(this.of(column));
    return isFault(value) ? this.fail(column, value) : (value as Exclude<T, Fault>);
  }
}

function amountIn(cells: Cells): { quantity: number; uom?: string } | undefined {
  if (!cells.has('quantity')) return cells.has('unit') ? cells.fail('quantity', { code: 'missing' }) : undefined;
  const { number, unit } = splitUnit(cells.of('quantity'));
  const quantity = readNumber(number);
  if (typeof quantity !== 'number') return cells.fail('quantity', quantity);
  if (quantity === 0) return cells.fail('quantity', { code: 'zero' });
  const own = unitOf(unit);
  const given = unitOf(plainText(cells.of('unit')));
  if (own === undefined) return cells.fail('quantity', { code: 'unit' });
  if (given === undefined) return cells.fail('unit', { code: 'unit' });
  if (unit !== '' && cells.has('unit') && own !== given) return cells.fail('unit', { code: 'two-units' });
  const uom = own === '' ? given : own;
  if (uom === '' && !Number.isInteger(quantity)) return cells.fail('quantity', { code: 'pieces' });
  return { quantity, ...(uom !== '' && { uom }) };
}

/** ILMD's attribute of each column of days (CBV 2.0, 9.2). */
const DAYS = {
  productionDate: 'cbvmda:productionDate',
  expiryDate: 'cbvmda:itemExpirationDate',
  bestBeforeDate: 'cbvmda:bestBeforeDate',
} as const;

interface Days {
  ilmd: Record<string, string>;
  production?: LotMoment;
}

function daysIn(cells: Cells, is1904: boolean): Days {
  const days: Days = { ilmd: {} };
  for (const [column, attribute] of Object.entries(DAYS) as [keyof typeof DAYS, string][]) {
    const moment = cells.read(column, (cell) => readMoment(cell, is1904));
    if (!moment) continue;
    days.ilmd[attribute] = moment.date;
    if (column === 'productionDate') days.production = moment;
    else if (days.production && moment.date < days.production.date)
      cells.fail(column, { code: 'before-production', production: days.production.date });
  }
  return days;
}

/** eventTime and its offset: of the time column, else of the production date. */
function timeIn(cells: Cells, { zone, is1904 = false }: LotReading, production: LotMoment | undefined) {
  const own = cells.read('time', (cell) => readMoment(cell, is1904));
  const moment = own ?? production;
  if (!moment) {
    if (!cells.has('time') && !cells.has('productionDate')) cells.fail('time', { code: 'time-missing' });
    return undefined;
  }
  const local = Date.parse(`${moment.date}T${moment.time ?? '00:00:00'}Z`);
  const offset = moment.offset ?? zone(local);
  return {
    eventTime: new Date(local - offset * MINUTE_MS).toISOString(),
    eventTimeZoneOffset: offsetText(offset),
  };
}

/** What the row makes: items by their serials, or an amount of a lot. */
function madeIn(cells: Cells, gtin: string | undefined): { items: string[]; lots: object[] } | undefined {
  const lot = cells.read('lot', readName);
  const serials = readSerials(cells.of('serial'), cells.of('serialFrom'), cells.of('serialTo'));
  const column = cells.has('serial') ? 'serial' : 'serialFrom';
  if (isFault(serials)) return cells.fail(column, serials);
  const amount = amountIn(cells);
  if (serials.length === 0 && !cells.has('lot')) return cells.fail('lot', { code: 'lot-missing' });
  if (gtin === undefined) return undefined;
  const epcClass = lot === undefined ? undefined : nameLink(gtin, '10', lot);
  if (isFault(epcClass)) return cells.fail('lot', epcClass);
  if (serials.length === 0) return { items: [], lots: [{ epcClass, ...amount }] };
  const links = serialLinks(gtin, serials);
  if (isFault(links)) return cells.fail(column, links);
  if (new Set(links).size !== links.length) return cells.fail(column, { code: 'serial-twice' });
  if (amount && (amount.uom !== undefined || amount.quantity !== links.length))
    return cells.fail('quantity', { code: 'serial-count', count: links.length });
  return { items: links, lots: [] };
}

/** Faults of the row as such: what stands behind the header, too long cells, errors of formulas. */
function checkCells(cells: readonly Cell[], { columns, mapping }: LotReading): LotProblem[] {
  const problems: LotProblem[] = [];
  const at = (column: number): { column?: LotColumnName } => {
    const found = [...mapping].find(([, index]) => index === column)?.[0];
    return found ? { column: found } : {};
  };
  const stray = cells.findIndex((cell, i) => i >= columns && textOf(cell) !== '');
  if (stray >= 0) {
    const value = String(cells[stray]).slice(0, VALUE_CHARACTERS_MAX);
    problems.push({ value, code: 'stray', values: { position: stray + 1 } });
  }
  for (const [i, cell] of cells.entries()) {
    if (typeof cell === 'number') continue;
    const value = cell.slice(0, VALUE_CHARACTERS_MAX);
    const max = LOT_LIMITS.cellCharactersMax;
    if (cell.length > max) problems.push({ ...at(i), value, code: 'cell-long', values: { max } });
    else if (ERROR.test(cell) && at(i).column) problems.push({ ...at(i), value, code: 'formula' });
  }
  return problems;
}

/** The event of what was read; each list only where it has something. */
function eventOf(parts: {
  time: object;
  made: { items: string[]; lots: object[] };
  inputs: { items: string[]; lots: object[] };
  ilmd: Record<string, string>;
  place: string | undefined;
}): LotEvent {
  const { time, made, inputs, ilmd, place } = parts;
  const isMade = inputs.items.length + inputs.lots.length > 0;
  const list = (name: string, values: readonly unknown[]): LotEvent => (values.length > 0 ? { [name]: values } : {});
  return {
    type: isMade ? 'TransformationEvent' : 'ObjectEvent',
    ...time,
    ...(isMade
      ? {
          ...list('inputEPCList', inputs.items),
          ...list('inputQuantityList', inputs.lots),
          ...list('outputEPCList', made.items),
          ...list('outputQuantityList', made.lots),
        }
      : { action: 'ADD', ...list('epcList', made.items), ...list('quantityList', made.lots) }),
    bizStep: 'commissioning',
    disposition: 'active',
    ...(place !== undefined && { readPoint: { id: place }, bizLocation: { id: place } }),
    ...(Object.keys(ilmd).length > 0 && { ilmd }),
  };
}

/** GS1's web vocabulary names who has made a thing. */
const MANUFACTURER = 'gs1:manufacturer';

/**
 * The event that a row stands for: ObjectEvent ADD (commissioning) of a lot's amount or of items, TransformationEvent
 * where it names inputs, with days, lot and maker as ILMD. All that is wrong with the row comes back at once, up to
 * problemsPerRowMax; never throws for what a stranger wrote.
 */
export function readRow(row: readonly Cell[], reading: LotReading): LotRow {
  const cells = new Cells(row, reading);
  const gtin = cells.has('gtin') ? cells.read('gtin', readGtin) : cells.fail('gtin', { code: 'missing' });
  const made = madeIn(cells, gtin);
  const { ilmd, production } = daysIn(cells, reading.is1904 ?? false);
  const time = timeIn(cells, reading, production);
  const place = cells.read('place', readPlace);
  const party = cells.read('party', readParty);
  const inputs = cells.read('inputs', readInputs) ?? { items: [], lots: [] };
  if (cells.problems.length > 0 || !made || !time || gtin === undefined)
    return { problems: cells.problems.slice(0, LOT_LIMITS.problemsPerRowMax) };
  if (made.items.length > 0 && cells.has('lot')) ilmd['cbvmda:lotNumber'] = textOf(cells.of('lot'));
  if (party !== undefined) ilmd[MANUFACTURER] = party;
  const name = textOf(cells.of('productName'));
  return {
    event: eventOf({ time, made, inputs, ilmd, place }),
    ...(name !== '' && { product: { id: `https://id.gs1.org/01/${gtin}`, name } }),
  };
}
