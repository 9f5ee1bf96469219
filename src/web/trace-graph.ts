/** Boxes in one picture; more than these nobody reads, and the layout stays within a second. */
export const BOXES_MAX = 300;
/** Lines in one picture; the layout's time grows with them. */
const LINKS_MAX = 700;

export type Confidence = 'definite' | 'possible';

/** One identifier of an answer, with what decides in which box it stands. */
export interface Thing {
  id: string;
  /** Word of gs1's keyKind. */
  kind: string;
  confidence: Confidence;
  /** Steps from the thing asked for: below 0 upstream, 0 itself, above 0 downstream. */
  level: number;
  /** What makes it alike: its product and lot, or its kind. */
  sort: string;
  /** Where it is now, as a URI. */
  place?: string;
  /** Sold, used up, destroyed: nowhere any more. */
  ended?: boolean;
}

/** `from` went into `to`. */
export interface Link {
  from: string;
  to: string;
  confidence: Confidence;
}

export interface Box {
  things: [Thing, ...Thing[]];
  level: number;
  confidence: Confidence;
}

export interface Picture {
  boxes: Box[];
  /** Indexes into `boxes`. */
  links: { from: number; to: number; confidence: Confidence }[];
  /** Different things share boxes, because there were too many. */
  shortened: boolean;
}

type KeyOf = (thing: Thing) => string;

/** Kinds that are classes: each is a box of its own while there is room. */
const CLASSES = new Set(['gtin', 'lgtin']);

/** Direct neighbours on the way to the root: like things from the same source share a box. */
function sourcesOf(things: Thing[], links: Link[]): Map<string, string> {
  const level = new Map(things.map((thing) => [thing.id, thing]));
  const sources = new Map<string, Set<string>>();
  const note = (thing: Thing, neighbour: Thing): void => {
    const set = sources.get(thing.id) ?? new Set<string>();
    sources.set(
      thing.id,
      set.add(CLASSES.has(neighbour.kind) || neighbour.level === 0 ? neighbour.id : neighbour.sort),
    );
  };
  for (const link of links) {
    const [from, to] = [level.get(link.from), level.get(link.to)];
    if (!from || !to) continue;
    if (to.level > 0) note(to, from);
    if (from.level < 0) note(from, to);
  }
  return new Map([...sources].map(([id, set]) => [id, [...set].sort().join(' ')]));
}

/** From the finest grouping to the coarsest; the first that fits is drawn. */
function groupings(things: Thing[], links: Link[]): KeyOf[] {
  const sources = sourcesOf(things, links);
  const levels = things.map((thing) => thing.level);
  const span = Math.max(...levels) - Math.min(...levels) + 1;
  const perBucket = Math.ceil(span / (BOXES_MAX / 4));
  const own = (thing: Thing): string | undefined => (CLASSES.has(thing.kind) ? thing.id : undefined);
  const base = (thing: Thing): string => `${thing.level} ${thing.kind} ${thing.sort} ${thing.confidence}`;
  return [
    (thing) =>
      own(thing) ?? `${base(thing)} ${sources.get(thing.id) ?? ''} ${thing.ended === true} ${thing.place ?? ''}`,
    (thing) => own(thing) ?? `${base(thing)} ${sources.get(thing.id) ?? ''}`,
    (thing) => own(thing) ?? base(thing),
    (thing) => `${thing.level} ${thing.kind} ${thing.confidence}`,
    (thing) => `${Math.trunc(thing.level / perBucket)} ${CLASSES.has(thing.kind)} ${thing.confidence}`,
  ];
}

function group(things: Thing[], links: Link[], keyOf: KeyOf): Omit<Picture, 'shortened'> {
  const boxOf = new Map<string, number>();
  const indexOf = new Map<string, number>();
  const boxes: Box[] = [];
  for (const thing of things) {
    const key = thing.level === 0 ? thing.id : keyOf(thing);
    const known = indexOf.get(key);
    if (known === undefined) {
      indexOf.set(key, boxes.length);
      boxes.push({ things: [thing], level: thing.level, confidence: thing.confidence });
    } else boxes[known]!.things.push(thing);
    boxOf.set(thing.id, known ?? boxes.length - 1);
  }
  const lines = new Map<string, Picture['links'][number]>();
  for (const { from, to, confidence } of links) {
    const [a, b] = [boxOf.get(from), boxOf.get(to)];
    if (a === undefined || b === undefined || a === b) continue;
    const key = `${a} ${b}`;
    if (lines.get(key)?.confidence !== 'definite') lines.set(key, { from: a, to: b, confidence });
  }
  return { boxes, links: [...lines.values()] };
}

/** Leaves out a line where two lines of the same strength go the same way through a box between. */
function reduce(links: Picture['links']): Picture['links'] {
  const out = new Map<number, Map<number, Confidence>>();
  for (const { from, to, confidence } of links) {
    out.set(from, (out.get(from) ?? new Map<number, Confidence>()).set(to, confidence));
  }
  const strong = (found: Confidence | undefined, wanted: Confidence): boolean =>
    found === 'definite' || (found !== undefined && wanted === 'possible');
  return links.filter(({ from, to, confidence }) => {
    for (const [between, first] of out.get(from) ?? []) {
      if (between !== to && strong(first, confidence) && strong(out.get(between)?.get(to), confidence)) return false;
    }
    return true;
  });
}

/** The answer's things as at most 300 boxes: like things from one source at one place share a box. */
export function summarise(things: Thing[], links: Link[]): Picture {
  const ways = groupings(things, links);
  for (const [n, keyOf] of ways.entries()) {
    const picture = group(things, links, keyOf);
    const last = n === ways.length - 1;
    if (!last && (picture.boxes.length > BOXES_MAX || picture.links.length > LINKS_MAX)) continue;
    return { boxes: picture.boxes, links: reduce(picture.links).slice(0, LINKS_MAX), shortened: n > 1 };
  }
  return { boxes: [], links: [], shortened: false };
}
