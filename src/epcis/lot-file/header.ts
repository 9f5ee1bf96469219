import { isLotColumn, LOT_COLUMN_NAMES, LOT_COLUMNS, type LotColumnName } from './column.ts';
import type { Cell } from './cell.ts';

/** Which cell of a row is which column, by position. */
export type LotMapping = ReadonlyMap<LotColumnName, number>;

/** What a header row says. */
export interface LotHeader {
  mapping: LotMapping;
  /** Headers that no column has; their cells are not looked at. */
  unknown: string[];
  /** Why the file cannot be read by it; absent where it can. */
  fault?: HeaderFault;
}

export type HeaderFault =
  | { code: 'no-gtin' }
  | { code: 'two-columns'; column: LotColumnName; headers: string[] }
  | { code: 'no-such-header'; column: LotColumnName; header: string }
  | { code: 'no-such-column'; column: string };

/** Without case, width, blanks and punctuation. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');

const BY_NAME: ReadonlyMap<string, LotColumnName> = new Map(
  LOT_COLUMN_NAMES.flatMap((name) => {
    const { header, synonyms } = LOT_COLUMNS[name];
    return [name, ...Object.values(header), ...synonyms.split('|')].map((text): [string, LotColumnName] => [
      plain(text),
      name,
    ]);
  }),
);

/** The header in which our own answer tells why a row was refused; a file may come back with it. */
export const REASON_HEADERS = { en: 'Reason', zh: '原因' } as const;
const REASONS = new Set(Object.values(REASON_HEADERS).map(plain));

/**
 * Reads a header row. `given` (column → header) goes before the names; its headers are compared as all are. A header that
 * is empty, or that our own list of reasons adds, is no column.
 */
export function readHeader(cells: readonly Cell[], given: Readonly<Record<string, string>> = {}): LotHeader {
  const headers = cells.map((cell) => String(cell).trim());
  const mapping = new Map<LotColumnName, number>();
  const taken = new Set<number>();
  for (const [column, header] of Object.entries(given)) {
    if (!isLotColumn(column)) return { mapping, unknown: [], fault: { code: 'no-such-column', column } };
    const at = headers.findIndex((text) => text !== '' && plain(text) === plain(header));
    if (at < 0) return { mapping, unknown: [], fault: { code: 'no-such-header', column, header } };
    mapping.set(column, at);
    taken.add(at);
  }
  const unknown: string[] = [];
  for (const [at, header] of headers.entries()) {
    if (header === '' || taken.has(at) || REASONS.has(plain(header))) continue;
    const column = BY_NAME.get(plain(header));
    if (!column || Object.hasOwn(given, column)) unknown.push(header);
    else if (mapping.has(column)) {
      const first = headers[mapping.get(column)!]!;
      return { mapping, unknown, fault: { code: 'two-columns', column, headers: [first, header] } };
    } else mapping.set(column, at);
  }
  return mapping.has('gtin') ? { mapping, unknown } : { mapping, unknown, fault: { code: 'no-gtin' } };
}
