/** What is wrong with bytes, JSON or a session; stable, for branching. */
export type LlrpErrorCode =
  | 'LENGTH' // a message or parameter length that cannot be
  | 'TOO_LONG' // beyond a limit of ours
  | 'TRUNCATED' // the bytes end inside something
  | 'UNKNOWN_TV' // nobody knows where the next parameter begins
  | 'MISSING_PARAMETER'
  | 'LEFT_OVER' // bytes behind the last field or parameter
  | 'NOT_UTF8'
  | 'NESTING'
  | 'ENCODE' // JSON that is no LLRP message
  | 'CHANGES_TAGS' // would change tags, and the call does not say that it may
  | 'CAPABILITY' // the reader's own tables do not have it
  | 'CONNECT' // no link, no greeting, or the reader refuses us
  | 'TIMEOUT'
  | 'CLOSED'
  | 'STATUS'; // the reader answered with an LLRPStatus that is no success

/** The one error of this package. `offset` counts bytes from the start of what was given; `path` names the JSON place. */
export class LlrpError extends Error {
  readonly code: LlrpErrorCode;
  readonly offset: number | undefined;
  readonly path: string | undefined;

  constructor(code: LlrpErrorCode, message: string, place: { offset?: number; path?: string } = {}) {
    super(place.offset === undefined ? message : `offset ${place.offset}: ${message}`);
    this.name = 'LlrpError';
    this.code = code;
    this.offset = place.offset;
    this.path = place.path;
  }
}
