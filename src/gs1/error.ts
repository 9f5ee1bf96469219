/** Every reason for which the room refuses a value. Stable: collectors, tests and users branch on them. */
export type Gs1ErrorCode =
  | 'EMPTY'
  | 'TOO_LONG'
  | 'UNKNOWN_FORM'
  | 'NOT_HEX'
  | 'TRUNCATED'
  | 'UNKNOWN_HEADER'
  | 'UNKNOWN_SCHEME'
  | 'SCHEME_MISMATCH'
  | 'FILTER'
  | 'INDICATOR'
  | 'HOST'
  | 'PARTITION'
  | 'GCP_LENGTH'
  | 'FIELD_COUNT'
  | 'LENGTH'
  | 'CHARACTER'
  | 'ESCAPE'
  | 'LEADING_ZERO'
  | 'RANGE'
  | 'TERMINATOR'
  | 'ZERO_BITS'
  | 'CHECK_DIGIT'
  | 'AI_VALUE'
  | 'DATE'
  | 'UNKNOWN_AI'
  | 'AI_SYNTAX'
  | 'AI_REPEATED'
  | 'AI_RELATION'
  | 'AI_ORDER'
  | 'NO_KEY'
  | 'AMBIGUOUS'
  | 'COMPRESSION'
  | 'CHECK_CHARACTER'
  | 'URI_SYNTAX'
  | 'PATTERN'
  | 'NO_FORM'
  | 'CRC'
  | 'CONTROL_FIELD'
  | 'TID_CLASS'
  | 'PACKED_OBJECT'
  | 'RESERVED_ID'
  | 'DIRECTORY'
  | 'UNSUPPORTED_STRUCTURE'
  | 'KEY_BYTES';

/**
 * A value that is no identifier, or not one that the question's form can hold.
 * `position` counts characters of the text, or bits of an EPC, from 0; absent where the whole value is meant.
 */
export class Gs1Error extends Error {
  readonly code: Gs1ErrorCode;
  readonly position: number | undefined;

  constructor(code: Gs1ErrorCode, message: string, position?: number) {
    super(message);
    this.name = 'Gs1Error';
    this.code = code;
    this.position = position;
  }
}
