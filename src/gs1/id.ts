/** What an identifier names; the names of the EPC schemes, and GTIN for a product class. */
export type Kind =
  | 'GTIN'
  | 'LGTIN'
  | 'SGTIN'
  | 'UPUI'
  | 'ITIP'
  | 'SSCC'
  | 'SGLN'
  | 'PGLN'
  | 'GRAI'
  | 'GIAI'
  | 'GSRN'
  | 'GSRNP'
  | 'GDTI'
  | 'SGCN'
  | 'CPI'
  | 'GINC'
  | 'GSIN'
  | 'GMN'
  | 'PAYTO'
  | 'GID'
  | 'USDOD'
  | 'ADI'
  | 'BIC'
  | 'IMOVN'
  | 'DRUG'
  | 'USCC';

/** One application identifier and its value, unescaped: `['21', '32a/b']`. */
export type Element = readonly [ai: string, value: string];

/** A GS1 identifier, read from any form; immutable. */
export interface Id {
  readonly kind: Kind;
  /** The key, its qualifiers in their order, then the rest as given. Empty where no AIs exist (GID …, open patterns). */
  readonly ais: readonly Element[];
  /** Digits of the company prefix, 6..12; absent where the form that was read does not tell. */
  readonly gcpLength?: number;
  /** The URN's fields, unescaped, of an identity without AIs. */
  readonly fields?: readonly string[];
  /** The `urn:epc:idpat:` URI when one was read. */
  readonly pattern?: string;
  /** The private URI of an identity that neither AIs nor an EPC scheme can say. */
  readonly uri?: string;
  /** The link as it was read, where its host is not GS1's: a name that the identity goes by besides. */
  readonly alias?: string;
}

/** The value of an AI of the identifier, where it has that AI. */
export function valueOf(id: Id, ai: string): string | undefined {
  for (const element of id.ais) if (element[0] === ai) return element[1];
  return undefined;
}
