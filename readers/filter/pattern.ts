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

function matcherOf(text: string): Matcher {
  if (HEX.test(text)) {
    const prefix = text.toLowerCase();
    return (subject) => subject.hex.startsWith(prefix);
  }
  const [scheme, rest] = text.slice(PATTERN_PREFIX.length).split(':');
  if (!text.startsWith(PATTERN_PREFIX) || !scheme || !rest) {
    throw new AppError('invalid', `filter pattern "${text}": expected ${PATTERN_PREFIX}SCHEME:FIELDS or a hex prefix`);
  }
  const fields = rest.split('.').map(fieldOf);
  const start = `${TAG_PREFIX}${scheme}:`;
  return ({ tagUri }) => {
    if (!tagUri?.startsWith(start)) return false;
    // The last field takes the rest: serial numbers may hold dots.
    const values = tagUri.slice(start.length).split('.');
    const parts = [...values.slice(0, fields.length - 1), values.slice(fields.length - 1).join('.')];
    return values.length >= fields.length && fields.every((field, i) => field(parts[i]!));
  };
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
