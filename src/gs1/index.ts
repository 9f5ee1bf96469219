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
export {
  gtinKeyOf,
  KEY_BYTES_MAX,
  keyBytes,
  keyKind,
  keyOf,
  keyText,
  lotKeyOf,
  numberOf,
  stemIn,
  stemOf,
  uriOfKey,
} from './key.ts';
export { answer, type Answer, type Question } from './forms.ts';
export { gcpKnowledge, type GcpKnowledge, parseGcpTable, prefixDigits } from './gcp-table.ts';
export { identify } from './identify.ts';
export { readUscc } from './china.ts';
export { keyInto, keyOfEpc } from './epc-key.ts';
export { uriOfEpc } from './epc.ts';
export { bytesOfTagUri } from './tag-bytes.ts';
export { keyOfUri, keyTextOfUri } from './key-of-uri.ts';
export { nameOfUri } from './name-of-uri.ts';
export { answerBank, type BankQuestion } from './bank-answer.ts';
export { type Designers, parseDesigners } from './designers.ts';
