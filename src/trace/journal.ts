// What happened to goods, in order, with the quantities and through which container: what consignees are computed from.
import { keyOfUri, keyText } from '../gs1/index.ts';
import { type Containment, containmentOf, levelAt, spanOf } from './containment.ts';
import { type Fact, type Facts, type Key, LEVELS_A_CALL, type Mention } from './fact.ts';
import { parentsEver } from './gather.ts';
import { historyOf, isComing, isLeaving, placeOf } from './history.ts';
import { isCarrier, isInstance, isLot } from './kind.ts';
import { lotsOf } from './lineage.ts';
import { compare, holds } from './moment.ts';
import { type Names, namesOf } from './name.ts';
import { rounded } from './units.ts';
import { addFact, emptyWorld, isNamed, push, type World } from './world.ts';

/** `other` says neither that goods came into being or ended nor that they moved. */
type JournalWord = 'made' | 'consumed' | 'destroyed' | 'leaving' | 'coming' | 'other';

/** One thing or lot in one event. */
interface JournalEntry {
  eventID: string;
  eventTime: string;
  bizStep: string | null;
  what: JournalWord;
  id: string;
  kind: 'item' | 'lot';
  /** Of an item. */
  lot: string | null;
  /** The container that the event names in its place. */
  via: string | null;
  location: string | null;
  /** As stated, of an item 1; null where the record does not say it. */
  quantity: number | null;
  uom: string | null;
}

/** Keys that one call to Facts asks for; of more than a few the holders are asked for by themselves (gather.ts). */
const KEYS_A_CALL_MAX = 20_000;
const KEYS_WITH_HOLDERS_MAX = 100;

/**
 * The history of each of `ids` (R14), in the order of events (R2), but for unpackings that free it with its holder. Carriers and classes have no quantity of goods and are
 * passed over. `facts` is cut at its asOf by whoever made it. Throws Gs1Error for what is no identifier.
 */
export async function journalOf(facts: Facts, ids: readonly string[]): Promise<JournalEntry[]> {
  const goods = [...new Map(ids.map((id) => [keyText(keyOfUri(id).key), id]))].filter(
    ([key]) => isLot(key) || (isInstance(key) && !isCarrier(key)),
  );
  const world = await worldAround(
    facts,
    goods.map(([key]) => key),
  );
  const containment = containmentOf(world);
  const book: Book = { world, containment, names: namesOf(world, undefined, 'urn'), frames: new Map() };
  const lines: { fact: Fact; entry: JournalEntry }[] = [];
  for (const [key, id] of goods) {
    const thing = thingOf(book, key, id);
    const mentions = mentionsOf(world, key);
    for (const fact of historyOf(world, containment, key))
      for (const line of linesOf(book, key, fact, mentions.get(fact) ?? []))
        lines.push({ fact, entry: { ...thing, ...frameOf(book, fact), ...line } });
  }
  lines.sort((a, b) => compare(a.fact, b.fact) || byText(a.entry.id, b.entry.id));
  return lines.map(({ entry }) => entry);
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

interface Book {
  world: World;
  containment: Containment;
  names: Names;
  frames: Map<Fact, Frame>;
}

/** Everything that names `keys` or whatever they ever were in. */
export async function worldAround(facts: Facts, keys: readonly Key[]): Promise<World> {
  const world = emptyWorld();
  const asked = new Set<Key>();
  let frontier = [...keys];
  while (frontier.length > 0) {
    for (const key of frontier) asked.add(key);
    for (let at = 0; at < frontier.length; at += KEYS_A_CALL_MAX) {
      const part = frontier.slice(at, at + KEYS_A_CALL_MAX);
      const levels = part.length > KEYS_WITH_HOLDERS_MAX ? 0 : LEVELS_A_CALL;
      for (const fact of await facts({ keys: part, levels })) addFact(world, fact);
    }
    frontier = [...new Set(frontier.flatMap((key) => parentsEver(world, key)))].filter((key) => !asked.has(key));
  }
  return world;
}

type Thing = Pick<JournalEntry, 'id' | 'kind' | 'lot'>;
type Frame = Pick<JournalEntry, 'eventID' | 'eventTime' | 'bizStep' | 'location'>;
type Line = Pick<JournalEntry, 'what' | 'via' | 'quantity' | 'uom'>;

function thingOf({ world, names }: Book, key: Key, id: string): Thing {
  const [lot] = isLot(key) ? [] : lotsOf(world, key).keys();
  return { id, kind: isLot(key) ? 'lot' : 'item', lot: lot === undefined ? null : names.of(lot) };
}

/** The same for all that one event is about. */
function frameOf({ names, frames }: Book, fact: Fact): Frame {
  let frame = frames.get(fact);
  if (!frame) {
    frame = {
      eventID: fact.eventID,
      eventTime: new Date(fact.eventTime).toISOString(),
      bizStep: fact.bizStep ?? null,
      location: names.place(placeOf(fact)),
    };
    frames.set(fact, frame);
  }
  return frame;
}

/** Where each event names it itself. */
function mentionsOf(world: World, key: Key): Map<Fact, Mention[]> {
  const mentions = new Map<Fact, Mention[]>();
  for (const { fact, mention } of world.entries.get(key) ?? [])
    if (isNamed(mention.role)) push(mentions, fact, mention);
  return mentions;
}

/** A line for each time that the event names it, else one for all of it in the container that the event names. */
function linesOf(book: Book, key: Key, fact: Fact, named: readonly Mention[]): Line[] {
  if (named.length > 0)
    return named.map((mention) => ({ what: wordOf(fact, mention), via: null, ...statedOf(key, mention) }));
  const through = holderOf(book, key, fact);
  return through ? [{ what: movedOf(fact), via: book.names.of(through.holder), ...through.amount }] : [];
}

function wordOf(fact: Fact, { role }: Mention): JournalWord {
  if (role === 'inputEPC' || role === 'inputQuantity') return 'consumed';
  if (role === 'outputEPC' || role === 'outputQuantity') return 'made';
  if (fact.type === 'ObjectEvent' && fact.action === 'ADD') return 'made';
  if (fact.type === 'ObjectEvent' && fact.action === 'DELETE') return 'destroyed';
  return movedOf(fact);
}

const movedOf = (fact: Fact): JournalWord =>
  fact.type !== 'ObjectEvent' || fact.action !== 'OBSERVE'
    ? 'other'
    : isLeaving(fact)
      ? 'leaving'
      : isComing(fact)
        ? 'coming'
        : 'other';

const ONE = { quantity: 1, uom: 'EA' };
type Amount = Pick<Line, 'quantity' | 'uom'>;

const statedOf = (key: Key, { quantity, uom }: Mention): Amount =>
  isLot(key) ? { quantity: quantity ?? null, uom: quantity === undefined ? null : (uom ?? 'EA') } : ONE;

/** Which of the event's identifiers held it at that moment, and how much of a lot was in there. */
function holderOf(book: Book, key: Key, fact: Fact): { holder: Key; amount: Amount } | undefined {
  const { containment } = book;
  let holder: Key | undefined;
  let sum = 0;
  let unit: string | null = null;
  for (const stay of containment.stays.byChild.get(key) ?? []) {
    if (!holds(spanOf(stay), fact)) continue;
    const found = climb(containment, stay.parent, fact).find((one) => isMoved(book, one, fact));
    if (found === undefined) continue;
    holder ??= found;
    const level = levelAt(stay, fact);
    sum += level?.value ?? Number.NaN;
    unit = level?.unit ?? unit;
  }
  if (holder === undefined) return undefined;
  if (!isLot(key)) return { holder, amount: ONE };
  return { holder, amount: Number.isNaN(sum) ? { quantity: null, uom: null } : { quantity: rounded(sum), uom: unit } };
}

/** Whether an event is about a container as a thing: not as the parent of what goes in and out. */
const isMoved = ({ world }: Book, holder: Key, fact: Fact): boolean =>
  (world.entries.get(holder) ?? []).some(
    (entry) => entry.fact === fact && (entry.mention.role === 'epc' || entry.mention.role === 'childEPC'),
  );

/** A container and everything that it is in at a moment, the nearest first. */
function climb({ stays }: Containment, key: Key, moment: Fact): Key[] {
  const seen = new Set<Key>([key]);
  for (const at of seen)
    for (const stay of stays.byChild.get(at) ?? []) if (holds(spanOf(stay), moment)) seen.add(stay.parent);
  return [...seen];
}
