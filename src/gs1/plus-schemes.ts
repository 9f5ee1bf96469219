import type { Kind } from './id.ts';

/** A `+` or `++` scheme (TDS 2.3 section 14.6): header, toggle, filter, date, AI values, host name, +AIDC data. */
export interface PlusScheme {
  /** As TDS prints it: `SGTIN+`, `DSGTIN++`. */
  readonly scheme: string;
  readonly header: number;
  readonly kind: Kind;
  /** AIs whose values follow one another. */
  readonly ais: readonly string[];
  /** A date stands between filter and first value. */
  readonly isDated: boolean;
  /** A host name stands behind the last value. */
  readonly hasHost: boolean;
}

type Row = [name: string, plus: number, doublePlus: number, ais: string[], kind?: Kind];
const ROWS: Row[] = [
  ['CPI', 0xf0, 0xe6, ['8010', '8011']],
  ['GRAI', 0xf1, 0xeb, ['8003']],
  ['SGLN', 0xf2, 0xe9, ['414', '254']],
  ['ITIP', 0xf3, 0xed, ['8006', '21']],
  ['GSRN', 0xf4, 0xe7, ['8018']],
  ['GSRNP', 0xf5, 0xe8, ['8017']],
  ['GDTI', 0xf6, 0xea, ['253']],
  ['SGTIN', 0xf7, 0xfd, ['01', '21']],
  ['SGCN', 0xf8, 0xec, ['255']],
  ['SSCC', 0xf9, 0xef, ['00']],
  ['GIAI', 0xfa, 0xee, ['8004']],
  ['DSGTIN', 0xfb, 0xfc, ['01', '21'], 'SGTIN'],
];

export const PLUS_SCHEMES: readonly PlusScheme[] = ROWS.flatMap(([name, plus, doublePlus, ais, kind = name as Kind]) =>
  [plus, doublePlus].map((header, i) => ({
    scheme: name + '+'.repeat(i + 1),
    header,
    kind,
    ais,
    isDated: name === 'DSGTIN',
    hasHost: i === 1,
  })),
);

const byHeader: (PlusScheme | undefined)[] = Array.from({ length: 256 });
for (const scheme of PLUS_SCHEMES) byHeader[scheme.header] = scheme;
const byName = new Map(PLUS_SCHEMES.map((row) => [row.scheme, row]));

export const plusSchemeOfHeader = (header: number): PlusScheme | undefined => byHeader[header];
export const plusSchemeNamed = (scheme: string): PlusScheme | undefined => byName.get(scheme);

/** AIs of the dates that a DSGTIN may have, by their type (TDS 2.3 section 14.5.3); types 7 to 15 are reserved. */
export const DATE_AIS = ['11', '13', '15', '16', '17', '7006', '7007'] as const;
