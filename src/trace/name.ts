// Identifiers of an answer as URIs again.
import { keyBytes, keyOfUri, numberOf, stemOf, uriOfKey } from '../gs1/index.ts';
import type { Fact, Key } from './fact.ts';
import type { Gap, GapCode } from './gap.ts';
import { kindOf } from './kind.ts';
import { RowTexts } from './row-texts.ts';
import type { Turns } from './turns.ts';
import type { World } from './world.ts';

/** Texts that are made in one turn. */
const ROWS_AT_ONCE = 20_000;

export type Form = 'urn' | 'link';

/** Writes identifiers with the company prefix length that the first event to know it gives (R2 of capture). */
export interface Names {
  of(key: Key): string;
  /** Of all that a thing stands for (cohort.ts). */
  ofMembers(key: Key): string[];
  /** Of all that they stand for, sorted, so that the same set is the same text. */
  all(keys: Iterable<Key>): string[];
  /** The same of very many, with turns for others. */
  allInTurns(keys: Iterable<Key>, turns: Turns): Promise<string[]>;
  place(uri: string | undefined): string | null;
}

export function namesOf(world: World, root: { key: Key; gcpLength: number } | undefined, form: Form): Names {
  const known = new Map<Key, string[]>();
  const write = writer(form);
  /** Serials of one product differ in the number at the end: what stands before it is written once. */
  const addRow = (key: Key, gcpLength: number, rows: RowTexts): boolean => {
    const stem = world.cohorts.count(key) > 1 && kindOf(key) === 'sgtin' ? stemOf(key) : 0;
    const numbers = stem > 0 ? world.cohorts.numbers(key, stem) : undefined;
    if (!numbers) return false;
    const uri = write(key, gcpLength);
    rows.add(uri.slice(0, uri.length - String(numberOf(key, stem)).length), numbers);
    return true;
  };
  const lengthOf = (key: Key): number => gcpLengthOf(world, key) || (key === root?.key ? root.gcpLength : 0);
  const ofMembers = (key: Key): string[] => {
    let uris = known.get(key);
    if (uris === undefined) {
      const gcpLength = lengthOf(key);
      const rows = new RowTexts();
      uris = addRow(key, gcpLength, rows)
        ? rows.take()
        : world.cohorts.members([key]).map((one) => write(one, gcpLength));
      known.set(key, uris);
    }
    return uris;
  };
  const all = (keys: Iterable<Key>): string[] => {
    const uris: string[] = [];
    for (const key of new Set(keys)) for (const uri of ofMembers(key)) uris.push(uri);
    return uris.sort();
  };
  return {
    of: (key) => ofMembers(key)[0]!,
    ofMembers,
    all,
    allInTurns: async (keys, turns) => {
      const others: string[] = [];
      const inRows: string[][] = [];
      const rows = new RowTexts();
      for (const key of [...new Set(keys)].sort()) {
        if (turns.isOver) await turns.pass();
        if (!addRow(key, lengthOf(key), rows)) for (const uri of ofMembers(key)) others.push(uri);
        if (rows.count > ROWS_AT_ONCE) inRows.push(rows.take());
      }
      inRows.push(rows.take());
      others.sort();
      const first = inRows[0]![0];
      // mostly so: lots stand before items, and to compare a hundred thousand texts is a third of making them
      const isSorted = rows.isInOrder && (first === undefined || others.length === 0 || others.at(-1)! < first);
      const uris = others.concat(...inRows);
      return isSorted ? uris : uris.sort();
    },
    place: (uri) => (uri === undefined ? null : inForm(uri, form)),
  };
}

/** The same for one key after the other. */
function writer(form: Form): (key: Key, gcpLength: number) => string {
  let [stem, length, before] = ['', -1, ''];
  return (key, gcpLength) => {
    const end = kindOf(key) === 'sgtin' ? stemOf(key) : 0;
    if (end === 0) return uriOfKey(keyBytes(key), gcpLength, form);
    const number = numberOf(key, end);
    if (gcpLength === length && stem !== '' && key.startsWith(stem)) return before + number;
    const uri = uriOfKey(keyBytes(key), gcpLength, form);
    [stem, length] = [key.slice(0, end - 1), gcpLength];
    before = uri.slice(0, uri.length - String(number).length);
    return uri;
  };
}

function gcpLengthOf(world: World, key: Key): number {
  let first = Infinity;
  let length = 0;
  for (const { fact, mention } of world.entries.get(key) ?? []) {
    if (mention.gcpLength === 0 || fact.sequence >= first) continue;
    first = fact.sequence;
    length = mention.gcpLength;
  }
  return length;
}

/** A place as captured, in the form of the answer where it has one. */
function inForm(uri: string, form: Form): string {
  const { key, gcpLength } = keyOfUri(uri);
  return form === 'urn' && gcpLength === 0 ? uri : uriOfKey(key, gcpLength, form);
}

/** A gap as it stands in an answer. */
export interface AnsweredGap {
  code: string;
  ids: string[];
  eventIDs: string[];
}

const byText = (a: AnsweredGap, b: AnsweredGap): number => {
  const [x, y] = [`${a.code} ${a.ids.join(' ')}`, `${b.code} ${b.ids.join(' ')}`];
  return x < y ? -1 : x > y ? 1 : 0;
};

/** Gaps that name all that they are about at once; of the others there is one for each thing. */
const ABOUT_ALL: ReadonlySet<string> = new Set<GapCode>([
  'CYCLE',
  'NO_TRANSFORMATION_INPUT',
  'NO_TRANSFORMATION_OUTPUT',
  'EVENTID_CONFLICT',
  'UNRESOLVED_ERROR_DECL',
  'MISSING_CORRECTIVE',
]);

/** The identifiers of a gap, for each thing that one of them stands for. */
function* idsOf(names: Names, { code, ids }: Gap): Generator<string[]> {
  const many = ids.find((id) => names.ofMembers(id).length > 1);
  if (many === undefined || ABOUT_ALL.has(code)) return yield names.all(ids);
  const others = ids.filter((id) => id !== many).map((id) => names.of(id));
  for (const uri of names.ofMembers(many)) yield [uri, ...others].sort();
}

/** Gaps with names, in one order whatever order they were found in. */
export const namedGaps = (names: Names, gaps: Gap[]): AnsweredGap[] =>
  gaps
    .flatMap((gap) =>
      Array.from(idsOf(names, gap), (ids) => ({ code: gap.code, ids, eventIDs: eventIDsOf(gap.facts) })),
    )
    .sort(byText);

export const eventIDsOf = (facts: Iterable<Fact>): string[] =>
  [...new Set([...facts].map(({ eventID }) => eventID))].sort();
