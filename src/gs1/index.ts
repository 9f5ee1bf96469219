/** Identifiers: every form of a GS1 identifier into every other. Other rooms import from here alone. */
export { Gs1Error } from './error.ts';
export { checkDigit, hasCheckDigit } from './check-digit.ts';
export { type Id, valueOf } from './id.ts';
export { parse } from './parse.ts';
export { withGcpLength } from './elements.ts';
export { toElementString } from './element-string.ts';
export { toLink } from './digital-link.ts';
export { toUrn } from './urn.ts';
export { decode, encode, rawUri, toHex } from './binary.ts';
export { fromHex } from './hex.ts';
export { encodeTagUri, parseTagUri, toTagUri } from './tag-uri.ts';
export { gtinKeyOf, KEY_BYTES_MAX, keyBytes, keyKind, keyOf, keyText, lotKeyOf, uriOfKey } from './key.ts';
export { answer, type Answer, type Question } from './forms.ts';
export { gcpKnowledge, type GcpKnowledge, parseGcpTable } from './gcp-table.ts';
export { identify } from './identify.ts';
export { keyInto, keyOfEpc } from './epc-key.ts';
export { uriOfEpc } from './epc.ts';
export { keyOfUri } from './key-of-uri.ts';
