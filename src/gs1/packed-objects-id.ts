import { type Cursor, takeBits } from './bits.ts';
import { Gs1Error } from './error.ts';
import { PRIMARY_IDS, SECONDARY_IDS } from './packed-objects-table.ts';

/** Least and most characters of a part of a value; without a most, Infinity. */
export interface Span {
  readonly min: number;
  readonly max: number;
}

/** One application identifier in a Packed Object and the shape of its value: digits, then characters. */
export interface Item {
  readonly ai: string;
  readonly digits: Span;
  readonly text: Span;
}

/** An application identifier of a table row, before the object's own bits have completed it. */
interface Component {
  readonly stem: string;
  /** The AI's last digit is one of these. */
  readonly lastDigits?: readonly [first: number, last: number];
  readonly isOptional: boolean;
  readonly digits: Span;
  readonly text: Span;
}

/** A row: one of several lists of components, or a secondary table. */
type IdRow = { readonly choices: readonly (readonly Component[])[] } | { readonly table: string };

function spanOf(format: string, kind: 'n' | 'x'): Span {
  let [min, max] = [0, 0];
  for (const part of format.split('.')) {
    if (!part.startsWith(kind)) continue;
    const [least, most = least] = part.slice(1).split('-');
    min += Number(least);
    max += most === '' ? Infinity : Number(most);
  }
  return { min, max };
}

function componentOf(spec: string, format: string): Component {
  const [, stem, first, last, optional] = /^(\d+)(?:\{(\d)-(\d)\})?(\?)?$/.exec(spec)!;
  return {
    stem: stem!,
    ...(first !== undefined && { lastDigits: [Number(first), Number(last)] as const }),
    isOptional: optional !== undefined,
    digits: spanOf(format, 'n'),
    text: spanOf(format, 'x'),
  };
}

function rowOf(ids: string, formats: string): IdRow {
  if (ids.startsWith('=')) return { table: ids.slice(1) };
  const shapes = formats.split('|').map((choice) => choice.split('+'));
  return {
    choices: ids.split('|').map((choice, i) => choice.split('+').map((spec, j) => componentOf(spec, shapes[i]![j]!))),
  };
}

function compile(rows: string): ReadonlyMap<number, IdRow> {
  const table = new Map<number, IdRow>();
  for (const line of rows.trim().split('\n')) {
    const [values, ids, formats = ''] = line.split(' ');
    const [from, to = from] = values!.split('-').map(Number);
    const [first] = ids!.split('-');
    for (let value = from!; value <= to!; value++)
      table.set(value, rowOf(from === to ? ids! : String(Number(first) + value - from!), formats));
  }
  return table;
}

const primary = compile(PRIMARY_IDS);
const secondary = new Map(
  Object.entries(SECONDARY_IDS).map(([name, [bits, rows]]) => [name, { bits, rows: compile(rows) }]),
);

/** Bits that tell `count` things apart. */
const bitsFor = (count: number): number => Math.ceil(Math.log2(count));

function choose<T>(cursor: Cursor, choices: readonly T[]): T {
  const at = cursor.at;
  const chosen = choices[takeBits(cursor, bitsFor(choices.length))];
  if (chosen === undefined)
    throw new Gs1Error('PACKED_OBJECT', 'Secondary ID bits choose what the table does not offer.', at);
  return chosen;
}

function itemOf(cursor: Cursor, { stem, lastDigits, digits, text }: Component): Item {
  if (!lastDigits) return { ai: stem, digits, text };
  const [first, last] = lastDigits;
  const offered = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return { ai: stem + choose(cursor, offered), digits, text };
}

function reserved(value: number, at: number): Gs1Error {
  return new Gs1Error(
    'RESERVED_ID',
    `ID value ${value} is not assigned in GS1's table, or has no usable format there.`,
    at,
  );
}

/**
 * The application identifiers that an ID value stands for, completed by the Secondary ID bits at the cursor (TDS annex
 * I.6, J.3). `at` is the place of the value itself, for errors.
 */
export function itemsOf(value: number, cursor: Cursor, at: number): Item[] {
  let row = primary.get(value);
  if (row && 'table' in row) {
    const { bits, rows } = secondary.get(row.table)!;
    const place = cursor.at;
    const index = takeBits(cursor, bits);
    row = rows.get(index);
    if (!row) throw reserved(index, place);
  }
  if (!row || 'table' in row) throw reserved(value, at);
  const items: Item[] = [];
  for (const component of choose(cursor, row.choices))
    if (!component.isOptional || takeBits(cursor, 1) === 1) items.push(itemOf(cursor, component));
  return items;
}
