import { type BitField, cageCode, integer, numericString, padded, text6, text7, twoDigits } from './bit-field.ts';
import { type UrnScheme, schemeNamed } from './scheme.ts';

/** Bits of a company prefix of 12..6 digits: partitions 0..6 (TDS 2.3 section 14.3.3). */
export const GCP_BITS = [40, 37, 34, 30, 27, 24, 20] as const;
export const HEADER_BITS = 8;
export const PARTITION_BITS = 3;
const FILTER_BITS = 3;

/** One classic binary scheme (TDS 2.3 section 14.6): header, filter, partition and prefix, reference, other fields. */
export interface Layout {
  /** As TDS prints it: `SGTIN-96`. */
  readonly scheme: string;
  readonly header: number;
  /** Length of the scheme; 0 where it varies. */
  readonly bits: number;
  readonly urn: UrnScheme;
  readonly filterBits: number;
  /** Reference behind the company prefix; absent in schemes without a partition. */
  readonly reference?: BitField;
  readonly fields: readonly BitField[];
  /** Bits at the scheme's end that must be zero. */
  readonly zeroBits: number;
  /** Bits beyond the scheme must be zero too, since they would belong to its last field; else they are not looked at. */
  readonly isOpen: boolean;
}

// widths of the reference for partitions 0..6
const ITEM = padded([4, 7, 10, 14, 17, 20, 24]);
const LOCATION = padded([1, 4, 7, 11, 14, 17, 21]);
const REFERENCE = padded([18, 21, 24, 28, 31, 34, 38]);
const ASSET = integer([42, 45, 48, 52, 55, 58, 62]);
const ASSET_TEXT = text7([148, 151, 154, 158, 161, 164, 168]);
const PART = integer([11, 14, 17, 21, 24, 27, 31], [3, 4, 5, 6, 7, 8, 9]);

type Row = [
  scheme: string,
  header: number,
  bits: number,
  reference: BitField | undefined,
  fields: BitField[],
  extra?: { filterBits?: number; zeroBits?: number },
];
const ROWS: Row[] = [
  ['SGTIN-96', 0x30, 96, ITEM, [integer(38)]],
  ['SGTIN-198', 0x36, 198, ITEM, [text7(140)]],
  ['SSCC-96', 0x31, 96, REFERENCE, [], { zeroBits: 24 }],
  ['SGLN-96', 0x32, 96, LOCATION, [integer(41)]],
  ['SGLN-195', 0x39, 195, LOCATION, [text7(140)]],
  ['GRAI-96', 0x33, 96, ITEM, [integer(38)]],
  ['GRAI-170', 0x37, 170, ITEM, [text7(112)]],
  ['GIAI-96', 0x34, 96, ASSET, []],
  ['GIAI-202', 0x38, 202, ASSET_TEXT, []],
  ['GSRN-96', 0x2d, 96, REFERENCE, [], { zeroBits: 24 }],
  ['GSRNP-96', 0x2e, 96, REFERENCE, [], { zeroBits: 24 }],
  ['GDTI-96', 0x2c, 96, LOCATION, [integer(41)]],
  ['GDTI-113', 0x3a, 113, LOCATION, [numericString(58)]],
  ['GDTI-174', 0x3e, 174, LOCATION, [text7(119)]],
  ['CPI-96', 0x3c, 96, PART, [integer(31)]],
  ['CPI-var', 0x3d, 0, text6, [integer(40)]],
  ['SGCN-96', 0x3f, 96, LOCATION, [numericString(41)]],
  ['ITIP-110', 0x40, 110, ITEM, [twoDigits, twoDigits, integer(38)]],
  ['ITIP-212', 0x41, 212, ITEM, [twoDigits, twoDigits, text7(140)]],
  ['GID-96', 0x35, 96, undefined, [integer(28), integer(24), integer(36)], { filterBits: 0 }],
  ['USDOD-96', 0x2f, 96, undefined, [cageCode(8), integer(36)], { filterBits: 4 }],
  ['ADI-var', 0x3b, 0, undefined, [cageCode(6), text6, text6], { filterBits: 6 }],
];

export const LAYOUTS: readonly Layout[] = ROWS.map(([scheme, header, bits, reference, fields, extra]) => ({
  scheme,
  header,
  bits,
  urn: schemeNamed('id', scheme.slice(0, scheme.indexOf('-')).toLowerCase())!,
  filterBits: extra?.filterBits ?? FILTER_BITS,
  ...(reference && { reference }),
  fields,
  zeroBits: extra?.zeroBits ?? 0,
  isOpen: bits === 0 || (fields.at(-1) ?? reference)?.isText === true,
}));

const byHeader: (Layout | undefined)[] = Array.from({ length: 256 });
for (const layout of LAYOUTS) byHeader[layout.header] = layout;
const byScheme = new Map(LAYOUTS.map((layout) => [layout.scheme, layout]));
const byTagName = new Map(LAYOUTS.map((layout) => [layout.scheme.toLowerCase(), layout]));

export const layoutOfHeader = (header: number): Layout | undefined => byHeader[header];
export const layoutOfScheme = (scheme: string): Layout | undefined => byScheme.get(scheme);
export const layoutOfTagName = (name: string): Layout | undefined => byTagName.get(name);
