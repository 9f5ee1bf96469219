import { SaxesParser } from 'saxes';
import { AppError } from '../error.ts';
import type { Finding } from './finding.ts';
import { LIMITS } from './limits.ts';

/** An element with what stands in it; names with a namespace are `{namespace}local`, exactly as declared. */
export interface XmlElement {
  name: string;
  attributes: [name: string, value: string][];
  children: XmlElement[];
  text: string;
}

const XMLNS = 'http://www.w3.org/2000/xmlns/';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

const nameOf = (uri: string, local: string): string => (uri === '' ? local : `{${uri}}${local}`);

/** AppError `invalid`, rule `syntax`, with line and column. */
const refuse = (reason: string, { line, column }: { line: number; column: number }): never => {
  const message = `The text is no XML document: ${reason} (line ${line}, column ${column}).`;
  throw new AppError('invalid', message, { errors: [{ path: '', rule: 'syntax', message }] satisfies Finding[] });
};

/**
 * Reads XML as a stream of elements. `wanted(name, ancestors)` picks those that are built whole and given to `take`, in
 * order; what is around them costs no memory. Document type declarations are refused: nothing here needs one, and
 * entities are how XML attacks its reader. Throws AppError `invalid` for what is no well-formed XML or is nested deeper
 * than the limit.
 */
export function readElements(
  text: string,
  wanted: (name: string, ancestors: readonly string[]) => boolean,
  take: (element: XmlElement) => void,
): void {
  const parser = new SaxesParser({ xmlns: true });
  const ancestors: string[] = [];
  const open: XmlElement[] = [];
  parser.on('error', (error) => refuse(error.message.replace(/^\d+:\d+: /, '').slice(0, 200), parser));
  parser.on('doctype', () => refuse('a document type declaration is not allowed', parser));
  parser.on('opentag', ({ uri, local, attributes }) => {
    const name = nameOf(uri, local);
    if (open.length > 0 || wanted(name, ancestors)) {
      const element: XmlElement = { name, attributes: [], children: [], text: '' };
      for (const attribute of Object.values(attributes)) {
        if (attribute.uri === XMLNS || attribute.uri === XSI) continue;
        element.attributes.push([nameOf(attribute.uri, attribute.local), attribute.value]);
      }
      open.at(-1)?.children.push(element);
      open.push(element);
    }
    ancestors.push(name);
    if (ancestors.length > LIMITS.depthMax) refuse(`nested deeper than ${LIMITS.depthMax}`, parser);
  });
  const append = (part: string): void => {
    const element = open.at(-1);
    if (!element) return;
    element.text += part;
    if (element.text.length > LIMITS.stringLengthMax) refuse(`a text is longer than ${LIMITS.stringLengthMax}`, parser);
  };
  parser.on('text', append);
  parser.on('cdata', append);
  parser.on('closetag', () => {
    ancestors.pop();
    const element = open.pop();
    if (element && open.length === 0) take(element);
  });
  parser.write(text).close();
}
