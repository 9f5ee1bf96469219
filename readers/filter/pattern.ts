import { AppError } from '../../src/error.ts';

/** An EPC as patterns see it. `tagUri` is undefined for one of no known scheme, and for a + tag. */
interface Subject {
  hex: string;
  tagUri: string | undefined;
}
type Field = (text: string) => boolean;
type Matcher = (subject: Subject) => boolean;

const PATTERN_PREFIX = 'urn:epc:pat:';
const TAG_PREFIX = 'urn:epc:tag:';
const HEX = /^[0-9a-f]+$/i;
const RANGE = /^\[(\d+)-(\d+)\]$/;

function fieldOf(text: string): Field {
  if (text === '*') return () => true;
  const range = RANGE.exec(text);
  if (!range) return (value) => value === text;
  const [low, high] = [BigInt(range[1]!), BigInt(range[2]!)];
  return (value) => /^\d+$/.test(value) && BigInt(value) >= low && BigInt(value) <= high;
}

/** The fields of a tag URI that a pattern fits, or undefined. */
function partsOf(text: string, any: string): (subject: Subject) => string[] | undefined {
  const [scheme, rest] = text.slice(PATTERN_PREFIX.length).split(':');
  if (!text.startsWith(PATTERN_PREFIX) || !scheme || !rest) {
    throw new AppError('invalid', `filter pattern "${text}": expected ${PATTERN_PREFIX}SCHEME:FIELDS or a hex prefix`);
  }
  const fields = rest.split('.').map((field) => fieldOf(field === any ? '*' : field));
  const start = `${TAG_PREFIX}${scheme}:`;
  return ({ tagUri }) => {
    if (!tagUri?.startsWith(start)) return undefined;
    // The last field takes the rest: serial numbers may hold dots.
    const values = tagUri.slice(start.length).split('.');
    const parts = [...values.slice(0, fields.length - 1), values.slice(fields.length - 1).join('.')];
    return values.length >= fields.length && fields.every((field, i) => field(parts[i]!)) ? parts : undefined;
  };
}

function matcherOf(text: string): Matcher {
  if (HEX.test(text)) {
    const prefix = text.toLowerCase();
    return (subject) => subject.hex.startsWith(prefix);
  }
  const parts = partsOf(text, '*');
  return (subject) => parts(subject) !== undefined;
}

/**
 * Which EPCs the include and exclude lists let through. Entries are EPC pattern URIs (TDS: `*`, `[low-high]` and
 * fixed fields) or hex prefixes. Throws AppError('invalid') for an entry that is neither.
 */
export function admission(include: string[], exclude: string[]): Matcher {
  const [wanted, unwanted] = [include.map(matcherOf), exclude.map(matcherOf)];
  return (subject) =>
    (wanted.length === 0 || wanted.some((match) => match(subject))) && !unwanted.some((match) => match(subject));
}

/**
 * In which group an EPC counts: the name of the first pattern that it fits, with the EPC's own value in place of each
 * `X` (ALE 1.1 "grouping patterns"); undefined where it fits none. Throws AppError('invalid') for what is no pattern.
 */
export function grouping(patterns: string[]): (subject: Subject) => string | undefined {
  const groups = patterns.map((text) => {
    const fields = text.slice(text.lastIndexOf(':') + 1).split('.');
    const start = text.slice(0, text.lastIndexOf(':') + 1);
    return { parts: partsOf(text, 'X'), fields, start };
  });
  return (subject) => {
    for (const { parts, fields, start } of groups) {
      const values = parts(subject);
      if (values) return start + fields.map((field, i) => (field === 'X' ? values[i] : field)).join('.');
    }
    return undefined;
  };
}
