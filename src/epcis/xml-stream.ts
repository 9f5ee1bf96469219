import { SaxesParser, type SaxesTagNS } from 'saxes';
import { AppError } from '../error.ts';
import { BadEncoding } from './decode.ts';
import type { Finding } from './finding.ts';
import type { Place } from './json-check.ts';
import { LIMITS } from './limits.ts';

interface XmlAttribute {
  uri: string;
  local: string;
  prefix: string;
  value: string;
}

/** An element with what stands in it; `name` is `{namespace}local`, the namespace exactly as declared. */
export interface XmlElement extends Place {
  name: string;
  uri: string;
  local: string;
  prefix: string;
  /** Without declarations of namespaces and without those of XML Schema's instance namespace. */
  attributes: XmlAttribute[];
  children: XmlElement[];
  text: string;
  /** `xsi:type` with its prefix resolved, `{namespace}local`. */
  type?: string;
  /** `xsi:nil="true"`. */
  nil?: boolean;
}

const XMLNS = 'http://www.w3.org/2000/xmlns/';
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
export const XSD = 'http://www.w3.org/2001/XMLSchema';

const expanded = (uri: string, local: string): string => (uri === '' ? local : `{${uri}}${local}`);

/** What a reader of XML does with each thing that the parser meets. */
export interface XmlHandlers {
  open(element: XmlElement): void;
  text(part: string): void;
  close(place: Place): void;
}

const refusal = (reason: string, { line, column }: Place): AppError => {
  const message = `The text is no XML document: ${reason} (line ${line}, column ${column}).`;
  const finding: Finding = { path: '', rule: 'syntax', message, line, column };
  return new AppError('invalid', message, { errors: [finding] });
};

/** Pieces that are handed to the parser at once: a token may at most be some of them long. */
const PIECE_LENGTH = 64 * 1024;

/** A document type that names the root and declares nothing is harmless; GS1's own examples have one. */
const EMPTY_DOCTYPE = /^\s*[^\s[\]]+\s*$/;

/**
 * Feeds XML to handlers, piece by piece, and yields after each piece. Document types that declare anything are refused:
 * nothing here needs one, and entities are how XML attacks its reader. Throws AppError `invalid`, rule `syntax`, with
 * line and column, for what is no well-formed XML, is nested too deep or has too long a text.
 */
export async function* readXml(pieces: AsyncIterable<string>, handlers: XmlHandlers): AsyncGenerator<void> {
  const parser = new SaxesParser({ xmlns: true });
  const start: Place = { line: 1, column: 1 };
  let depth = 0;
  let quiet = 0;
  const here = (): Place => ({ line: parser.line, column: parser.column + 1 });
  const refuse = (reason: string): never => {
    throw refusal(reason, here());
  };
  parser.on('error', (error) =>
    refuse(
      error.message
        .replace(/^\d+:\d+: /, '')
        .slice(0, 200)
        .replace(/\.$/, ''),
    ),
  );
  parser.on('doctype', (text) => {
    if (!EMPTY_DOCTYPE.test(text)) refuse('a document type declaration is not allowed');
  });
  parser.on('opentagstart', ({ name }) => {
    quiet = 0;
    start.line = parser.line;
    start.column = Math.max(1, parser.column - name.length - 1);
  });
  parser.on('opentag', (tag) => {
    if (++depth > LIMITS.depthMax) refuse(`nested deeper than ${LIMITS.depthMax}`);
    handlers.open(elementOf(tag, start, (prefix) => parser.resolve(prefix)));
  });
  const text = (part: string): void => {
    quiet = 0;
    if (part.length > LIMITS.stringLengthMax) refuse(`a text is longer than ${LIMITS.stringLengthMax}`);
    if (depth > 0) handlers.text(part);
  };
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('closetag', () => {
    quiet = 0;
    depth--;
    handlers.close(here());
  });
  try {
    for await (const piece of pieces) {
      for (let from = 0; from < piece.length; from += PIECE_LENGTH) {
        quiet += PIECE_LENGTH;
        parser.write(piece.slice(from, from + PIECE_LENGTH));
        if (quiet > LIMITS.eventLengthMax) refuse(`a tag, text or comment is longer than ${LIMITS.eventLengthMax}`);
        yield;
      }
    }
  } catch (error) {
    if (error instanceof BadEncoding) refuse(error.message);
    throw error;
  }
  parser.close();
  yield;
}

function elementOf(
  tag: SaxesTagNS,
  { line, column }: Place,
  resolve: (prefix: string) => string | undefined,
): XmlElement {
  const { uri, local, prefix } = tag;
  const element: XmlElement = {
    name: expanded(uri, local),
    uri,
    local,
    prefix,
    attributes: [],
    children: [],
    text: '',
    line,
    column,
  };
  for (const key in tag.attributes) {
    const attribute = tag.attributes[key];
    if (attribute === undefined || attribute.uri === XMLNS) continue;
    if (attribute.uri !== XSI) element.attributes.push(attribute);
    else if (attribute.local === 'nil') element.nil = /^\s*(?:true|1)\s*$/.test(attribute.value);
    else if (attribute.local === 'type') {
      const [, space = '', name = ''] = /^\s*(?:([^:\s]*):)?(\S*)\s*$/.exec(attribute.value) ?? [];
      element.type = expanded(resolve(space) ?? '', name);
    }
  }
  return element;
}
