// The short answers of docs/trace.md by the plain reading of its rules, in keys instead of identifiers.
import type { Fact, Key } from '../../src/trace/fact.ts';
import type { Op } from '../../src/trace/index.ts';
import {
  baseOf,
  contentsOf,
  endOf,
  holdersOf,
  isInstance,
  isMaking,
  isPlace,
  isRetiring,
  itemsOf,
  makings,
  momentAt,
  named,
  names,
  rounded,
  type Trouble,
  type World,
  worldOf,
} from './interpreter.ts';
import { fractionsOf, readableShares } from './interpreter-fraction.ts';
import { cycle, makingTroubles, origins, transformationTroubles, walk } from './interpreter-lineage.ts';

export interface Asked {
  op: Op;
  /** A key, or `*` for audit. */
  of: Key;
  asOf: number;
  at?: number;
  from?: number;
  to?: number;
  uom?: string;
  hidden?: string[];
  policy?: 'connected' | 'strict';
}

/** Members as in the product's short answer; gaps as code and ids. */
export type Reply = Record<string, unknown>;

const worlds = new WeakMap<Fact[], Map<number, World>>();

function knownWorld(captured: Fact[], asOf: number): World {
  const known = worlds.get(captured) ?? new Map<number, World>();
  worlds.set(captured, known);
  const world = known.get(asOf) ?? worldOf(captured, asOf);
  known.set(asOf, world);
  return world;
}

/** R27 around the rest. */
export function reply(captured: Fact[], asked: Asked): Reply {
  const all = plain(knownWorld(captured, asked.asOf), asked);
  const hidden = asked.hidden ?? [];
  if (hidden.length === 0) return all;
  const readable = plain(
    worldOf(
      captured.filter(({ eventID }) => !hidden.includes(eventID)),
      asked.asOf,
    ),
    asked,
  );
  const text = (answer: Reply): string => JSON.stringify({ ...answer, gaps: undefined });
  const redacted = text(all) !== text(readable);
  const connected = asked.policy !== 'strict' && ['forward', 'back', 'history'].includes(asked.op);
  if (connected) {
    const events = all['events'] as string[] | undefined;
    return {
      ...all,
      ...(events && { events: events.filter((id) => !hidden.includes(id)) }),
      ...(redacted && { redacted }),
    };
  }
  if (!redacted) return readable;
  const gaps = readable['gaps'] as Trouble[] | undefined;
  return { ...readable, ...(gaps && { gaps: [...gaps, { code: 'REDACTED', ids: [asked.of] }] }), redacted };
}

/** Shares of the root by node, of a question forward; R27 around them. */
export function fractions(captured: Fact[], asked: Asked): Map<Key, number | null> {
  const { of, at, from = at, to = at, asOf, hidden = [] } = asked;
  const shares = (world: World): Map<Key, number | null> => {
    const found = fractionsOf(world, walk(world, of, true, from, to), hidden);
    found.delete(of);
    return found;
  };
  if (hidden.length === 0) return shares(knownWorld(captured, asOf));
  const readable = shares(
    worldOf(
      captured.filter(({ eventID }) => !hidden.includes(eventID)),
      asOf,
    ),
  );
  return asked.policy === 'strict' ? readable : readableShares(shares(knownWorld(captured, asOf)), readable);
}

function plain(world: World, asked: Asked): Reply {
  if (asked.op === 'audit') return audit(world, asked.of);
  const unknown = !world.known.has(asked.of);
  const { gaps, ...rest } = ANSWERS[asked.op](world, asked, unknown);
  if (!gaps) return rest;
  return { ...rest, gaps: unknown ? [{ code: 'UNKNOWN_ID', ids: [asked.of] }] : gaps };
}

type Answer = (world: World, asked: Asked, unknown: boolean) => Reply & { gaps?: Trouble[] };

/** Found once for a world; the interpreter is slow enough. */
const troublesOf = new WeakMap<World, Trouble[]>();

/** The gaps of the world that name an id of the answer's scope. */
function gapsOf(world: World, scope: Iterable<Key>, own: Trouble[] = []): Trouble[] {
  const ids = new Set(scope);
  const all = troublesOf.get(world) ?? [...world.troubles, ...transformationTroubles(world), ...makingTroubles(world)];
  troublesOf.set(world, all);
  return [...all.filter((trouble) => trouble.ids.some((id) => ids.has(id))), ...own];
}

function back(world: World, { of, at, from = at, to = at }: Asked, unknown: boolean): Reply & { gaps: Trouble[] } {
  const answer = walk(world, of, false, from, to);
  const found = origins(world, answer);
  return {
    origins: unknown ? [] : found.origins.sort(),
    upstream: [...answer.definite, ...answer.possible].sort(),
    possible: [...answer.possible].sort(),
    gaps: gapsOf(world, [of, ...answer.definite, ...answer.possible], [...cycle(answer), ...found.troubles]),
  };
}

function forward(world: World, { of, at, from = at, to = at }: Asked): Reply & { gaps: Trouble[] } {
  const answer = walk(world, of, true, from, to);
  return {
    affected: [...answer.definite].sort(),
    possible: [...answer.possible].sort(),
    gaps: gapsOf(world, [of, ...answer.definite, ...answer.possible], cycle(answer)),
  };
}

/** R14: indices of the events of the history of `id`. */
function historyOf(world: World, id: Key): number[] {
  return world.events.flatMap((event, index) => {
    const { freed } = world.moments[index + 1]!;
    if (names(event).has(id) || freed.has(id)) return [index];
    return [...holdersAt(world, id, index + 1)].some((holder) => inherits(event, holder) || freed.has(holder))
      ? [index]
      : [];
  });
}

const holdersAt = (world: World, id: Key, moment: number): Set<Key> => {
  const { stays, fitted } = world.moments[moment]!;
  return holdersOf([...stays, ...fitted.filter(({ parent }) => !isPlace(parent))], id);
};

function inherits(event: Fact, holder: Key): boolean {
  if (event.type === 'AggregationEvent') return named(event, 'childEPC', 'childQuantity').includes(holder);
  return names(event).has(holder);
}

function history(world: World, { of, at, from = at, to = at }: Asked): Reply & { gaps: Trouble[] } {
  const events = historyOf(world, of)
    .map((index) => world.events[index]!)
    .filter(({ eventTime }) => eventTime >= (from ?? -Infinity) && eventTime <= (to ?? Infinity));
  const holders = world.moments.flatMap((_, index) => [...holdersAt(world, of, index)]);
  return { events: events.map(({ eventID }) => eventID), gaps: gapsOf(world, [of, ...holders]) };
}

/** R15. */
function stateOf(world: World, of: Key, before: number): { state: string; seenAfterEnd: boolean } {
  const past = historyOf(world, of).filter((index) => index < before);
  const end = endOf(world, of, before);
  const later = past
    .filter((index) => end !== undefined && index > end.index)
    .filter((index) => end?.how === 'decommissioned' || !named(world.events[index]!, 'inputEPC').includes(of));
  const retired = world.events.slice(0, before).some((event) => isRetiring(event) && named(event, 'epc').includes(of));
  const telling = past
    .map((index) => world.events[index]!)
    .findLast(
      ({ bizStep = '', bizLocation }) =>
        bizLocation !== undefined || ['shipping', 'departing', 'receiving', 'arriving'].includes(bizStep),
    );
  const moving = ['shipping', 'departing'].includes(telling?.bizStep ?? '');
  const state = retired ? 'decommissioned' : end ? 'consumed' : moving ? 'in_transit' : 'at_rest';
  return { state, seenAfterEnd: later.length > 0 };
}

function where(world: World, { of, at, to }: Asked, unknown: boolean): Reply {
  if (unknown || !isInstance(of)) return { location: null, state: null };
  const before = momentAt(world, at ?? to);
  const places = historyOf(world, of)
    .filter((index) => index < before)
    .map((index) => world.events[index]!.bizLocation ?? world.events[index]!.readPoint)
    .filter((place) => place !== undefined);
  return { location: places.at(-1) ?? null, state: stateOf(world, of, before).state };
}

function state(world: World, { of, at, to }: Asked, unknown: boolean): Reply {
  if (unknown || !isInstance(of)) return { state: null, seenAfterEnd: false };
  return stateOf(world, of, momentAt(world, at ?? to));
}

function contents(world: World, { of, at, to }: Asked): Reply & { gaps: Trouble[] } {
  const { stays } = world.moments[momentAt(world, at ?? to)]!;
  const inside = contentsOf(stays, of);
  const totals = new Map<Key, { value: number; unit: string }>();
  const troubles: Trouble[] = [];
  const lots = stays.filter((stay) => stay.isLot && (stay.parent === of || inside.has(stay.parent)));
  for (const { parent, child, amount } of lots.toSorted((a, b) => a.since - b.since)) {
    if (!amount) continue;
    const total = totals.get(child);
    if (!total) totals.set(child, { ...amount });
    else if (total.unit === amount.unit) total.value += amount.value;
    else troubles.push({ code: 'UOM_MISMATCH', ids: [parent, child] });
  }
  const quantities = [...totals].map(([key, { value }]): [Key, number] => [key, rounded(value)]);
  return {
    contents: [...inside].sort(),
    quantities: Object.fromEntries(quantities.sort(([a], [b]) => (a < b ? -1 : 1))),
    gaps: gapsOf(world, [of, ...inside], troubles),
  };
}

interface Book {
  word: 'made' | 'consumed' | 'destroyed' | 'out' | 'in';
  value: number;
  unit: string;
}

const WORDS: Record<string, Book['word']> = { shipping: 'out', departing: 'out', receiving: 'in', arriving: 'in' };

/** R25: what one event states of the lot. */
function booksOf(event: Fact, lot: Key): Book[] {
  const words: Record<string, Book['word'] | undefined> = {
    inputQuantity: 'consumed',
    outputQuantity: 'made',
    quantity:
      event.type !== 'ObjectEvent'
        ? undefined
        : isMaking(event)
          ? 'made'
          : isRetiring(event)
            ? 'destroyed'
            : WORDS[event.bizStep ?? ''],
  };
  const rank = (role: string): number => (role === 'outputQuantity' ? 1 : 0);
  return event.mentions
    .toSorted((a, b) => rank(a.role) - rank(b.role))
    .flatMap(({ key, role, quantity, uom }) => {
      const word = words[role];
      if (key !== lot || word === undefined || quantity === undefined) return [];
      const [unit, factor] = baseOf(uom);
      return [{ word, value: quantity * factor, unit }];
    });
}

function balance(world: World, { of, at, to, uom }: Asked): Reply & { gaps: Trouble[] } {
  const before = momentAt(world, at ?? to);
  let books = world.events.slice(0, before).flatMap((event) => booksOf(event, of));
  const items = itemsOf(world, of, before);
  if (books.length === 0) {
    books = items.flatMap((item): Book[] => {
      const end = endOf(world, item, before)?.how;
      const ended: Book['word'] | undefined = end && (end === 'consumed' ? 'consumed' : 'destroyed');
      return [{ word: 'made', value: 1, unit: 'EA' }, ...(ended ? [{ word: ended, value: 1, unit: 'EA' }] : [])];
    });
  }
  const sums = { made: 0, consumed: 0, destroyed: 0, inTransit: 0, unaccounted: 0 };
  if (books.length === 0) return { ...sums, uom: null, gaps: gapsOf(world, [of]) };
  const asked = uom ?? books[0]!.unit;
  const [unit, factor] = baseOf(asked);
  const outside = makings(world, of, before).length === 0 && items.length === 0;
  for (const book of books.filter((one) => one.unit === unit)) {
    if (book.word === 'out') sums.inTransit += book.value;
    else if (book.word !== 'in') sums[book.word] += book.value;
    else {
      if (outside) sums.made += Math.max(0, book.value - sums.inTransit);
      sums.inTransit = Math.max(0, sums.inTransit - book.value);
    }
  }
  sums.unaccounted = sums.made - sums.consumed - sums.destroyed;
  const numbers = Object.entries(sums).map(([word, value]): [string, number] => [word, rounded(value / factor)]);
  const own: Trouble[] = [];
  if (rounded(sums.unaccounted) < 0) own.push({ code: 'QTY_IMBALANCE', ids: [of] });
  if (books.some((book) => book.unit !== unit)) own.push({ code: 'UOM_MISMATCH', ids: [of] });
  return { ...Object.fromEntries(numbers), uom: asked, gaps: gapsOf(world, [of], own) };
}

function audit(world: World, of: Key): Reply {
  const facts = world.voided.filter((fact) => of === '*' || names(fact).has(of));
  return { excluded: facts.map(({ eventID }) => eventID).sort() };
}

const ANSWERS: Record<Exclude<Op, 'audit'>, Answer> = { back, forward, history, where, state, contents, balance };
