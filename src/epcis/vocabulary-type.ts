import { isUri } from './syntax.ts';

const VTYPE = 'urn:epcglobal:epcis:vtype:';

/** Vocabulary types of EPCIS 2.0 section 10.4 and of the CBV, whose bare word stands for their URI. */
const TYPES = `BusinessStep Disposition ReadPoint BusinessLocation BusinessTransaction BusinessTransactionType EPCClass
  EPCInstance SourceDest SourceDestType Location Party`.split(/\s+/);

/** What people say, and the types that they mean by it: an element is looked for in this order, a new one is the first's. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  products: ['EPCClass'],
  places: ['Location', 'BusinessLocation', 'ReadPoint'],
  parties: ['Party', 'SourceDest'],
  items: ['EPCInstance'],
};

/** Words that stand for more or other types than the one of their name. */
export const VOCABULARY_WORDS = Object.keys(WORDS);

/**
 * The URIs of the types that a path segment means: a URI itself, the bare word of a type of EPCIS, or `products`,
 * `places`, `parties`, `items`. None for any other text.
 */
export function vocabularyTypes(segment: string): string[] {
  if (Object.hasOwn(WORDS, segment)) return WORDS[segment]!.map((type) => VTYPE + type);
  if (TYPES.includes(segment)) return [VTYPE + segment];
  return isUri(segment) ? [segment] : [];
}
