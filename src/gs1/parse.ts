import { Gs1Error } from './error.ts';
import { idOfChineseUri } from './china.ts';
import { isWebUri } from './digital-link.ts';
import { parseElementString } from './element-string.ts';
import { withGcpLength } from './elements.ts';
import type { Id } from './id.ts';
import { readLink } from './link.ts';
import { checkGcpLength } from './scheme.ts';
import { isTagUri, parseTagUri } from './tag-uri.ts';
import { isEpcUrn, parseUrn } from './urn.ts';

/** What the asker knows beside the text. */
interface ParseOptions {
  /** Digits of the company prefix, 6..12: element strings and links do not tell it. */
  gcpLength?: number;
  /** False: AIs that may not stand together are let pass, as in the data of a `+` tag. */
  relations?: boolean;
}

/**
 * Reads an identifier in any text form: pure identity, class, pattern or tag URI, Digital Link of any host, bracketed
 * element string. Exactly as it stands: no blanks, no guesses. Throws Gs1Error with code and position.
 */
export function parse(text: string, { gcpLength, relations = true }: ParseOptions = {}): Id {
  if (gcpLength !== undefined) checkGcpLength(gcpLength);
  const id = parseForm(text, relations);
  return gcpLength === undefined ? id : withGcpLength(id, gcpLength);
}

function parseForm(text: string, relations: boolean): Id {
  if (text === '') throw new Gs1Error('EMPTY', 'The value is empty.', 0);
  if (text.startsWith('(')) return parseElementString(text, undefined, relations);
  if (isTagUri(text)) return parseTagUri(text).id;
  if (isEpcUrn(text)) return parseUrn(text);
  if (isWebUri(text)) return idOfChineseUri(text) ?? readLink(text, relations);
  throw new Gs1Error('UNKNOWN_FORM', 'The value is no EPC, URN, Digital Link or element string.', 0);
}
