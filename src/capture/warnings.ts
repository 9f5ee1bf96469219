// Warnings beside the verdicts: what each accepted event is at odds with, given the log up to the last event of its
// document. Nothing of it is stored: the log keeps its order for ever, and so the same is found whenever somebody asks.
import type { Fact, Key, Mention } from '../trace/fact.ts';
import { isClass } from '../trace/kind.ts';
import { type Names, namesOf } from '../trace/name.ts';
import { Books, type PartialFact, type Warning, type WarningCode } from '../trace/warning.ts';
import { tellWarning, type WarningLanguage, type WarningNames } from '../trace/warning-words.ts';
import { isNamed, push } from '../trace/world.ts';
import type { Verdict } from '../store/capture-job.ts';
import type { Variant } from '../store/event.ts';
import type { PlacedEvent } from '../store/event-write.ts';
import type { Queries } from '../store/open.ts';
import { headsOf, MENTIONS_PER_KEY_MAX, surroundingsOf } from '../store/surroundings.ts';
import type { Checked, Refused } from './check.ts';
import { placedVerdicts, type PlacedPage } from './job.ts';

/** Identifiers of one event that are looked up, the first ones. */
const IDS_PER_EVENT_MAX = 1_000;
/** Identifiers of the events of one page, unless a single event has more; then the page is shorter. */
const IDS_PER_PAGE_MAX = 20_000;
/** Identifiers that one statement looks up, and events read at a time to know them. */
const IDS_PER_LOOK = 2_000;
const HEADS_PER_LOOK = 100;
/** Identifiers and events that one warning lists. */
const LISTED_MAX = 10;
/** Of one dry run: identifiers that are looked up, and warnings. */
const IDS_PER_DRY_RUN_MAX = 100_000;
const WARNINGS_PER_DRY_RUN_MAX = 1_000;
/** Holders of holders are looked up so often, some levels at a time; what lies beyond counts as not read. */
const ROUNDS_MAX = 4;
/** Events that made something which others made too: read again for the lots that they give. */
const CONTESTED_MAX = 10_000;

/** A warning as an answer has it. */
export interface ToldWarning {
  code: WarningCode;
  /** At most LISTED_MAX; the sentence says how many there are. */
  ids: string[];
  message: string;
  /** The other events that show it; none where it is something's absence. */
  eventIDs?: string[];
}

export type WarnedVerdict = Verdict & { warnings?: ToldWarning[] };

/** How warnings are written. */
export interface Telling {
  language: WarningLanguage;
  form: 'urn' | 'link';
}

/** An event and those of its identifiers that are looked up. */
interface Judged {
  sequence: number;
  keys: Key[];
}

const keysOf = (mentions: readonly Mention[]): Key[] => [
  ...new Set(
    mentions
      .slice(0, IDS_PER_EVENT_MAX)
      .filter(({ key, role }) => isNamed(role) && !isClass(key))
      .map(({ key }) => key),
  ),
];

/** What is known: the log up to a place in it and, of a dry run, the document's own events behind. */
interface Known {
  db: Queries;
  tenantId: string;
  last: number;
  own: Own;
}

/** Events that are not stored yet. */
class Own {
  readonly #byKey = new Map<Key, PartialFact[]>();
  /** eventIDs that declarations among them void. */
  readonly voided: ReadonlySet<string>;

  constructor(facts: readonly Fact[] = [], voided: ReadonlySet<string> = new Set()) {
    this.voided = voided;
    this.add(facts);
  }

  add(facts: readonly Fact[]): void {
    for (const fact of facts) {
      const whole = { ...fact, isWhole: true };
      for (const key of new Set(fact.mentions.map((mention) => mention.key))) push(this.#byKey, key, whole);
    }
  }

  naming(key: Key): readonly PartialFact[] {
    return this.#byKey.get(key) ?? [];
  }
}

/** The facts around some identifiers while they are gathered. */
class Gathering {
  readonly facts = new Map<number, PartialFact>();
  readonly #known: Known;
  readonly #sought = new Set<Key>();
  readonly #counts = new Map<Key, number>();

  constructor(known: Known) {
    this.#known = known;
  }

  /** Looks `keys` up, and what holds them; resolves the holders that are to be looked up next. */
  async look(keys: Iterable<Key>): Promise<Set<Key>> {
    const { db, tenantId, last, own } = this.#known;
    const asked = new Set(keys);
    const { facts, counts } = await surroundingsOf(db, tenantId, asked, last);
    for (const [key, count] of counts) this.#count(key, count);
    for (const fact of facts) if (!own.voided.has(fact.eventID)) this.#add(fact);
    for (const key of new Set([...asked, ...counts.keys()])) {
      this.#sought.add(key);
      for (const fact of own.naming(key)) {
        this.facts.set(fact.sequence, fact);
        this.#count(key, new Set(fact.mentions.filter((one) => one.key === key).map(({ role }) => role)).size);
      }
    }
    return this.#unsoughtHolders();
  }

  /** Identifiers that events name too often, and `unread` ones. */
  busy(unread: ReadonlySet<Key>): Set<Key> {
    const busy = new Set(unread);
    for (const [key, count] of this.#counts) if (count > MENTIONS_PER_KEY_MAX) busy.add(key);
    return busy;
  }

  #count(key: Key, count: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }

  /** The same event comes again with the holders of what it names. */
  #add(fact: PartialFact): void {
    const there = this.facts.get(fact.sequence);
    if (!there) return void this.facts.set(fact.sequence, fact);
    there.isWhole ||= fact.isWhole;
    for (const mention of fact.mentions) {
      const isSame = ({ key, role }: Mention): boolean => key === mention.key && role === mention.role;
      if (!there.mentions.some(isSame)) there.mentions.push(mention);
    }
  }

  #unsoughtHolders(): Set<Key> {
    const holders = new Set<Key>();
    for (const { mentions } of this.facts.values()) {
      const parent = mentions.find(({ role }) => role === 'parent')?.key;
      if (parent === undefined || this.#sought.has(parent)) continue;
      const isHolder = mentions.some(({ key, role }) => CHILD_ROLES.has(role) && this.#sought.has(key));
      if (isHolder) holders.add(parent);
    }
    return holders;
  }
}

const CHILD_ROLES: ReadonlySet<string> = new Set(['childEPC', 'childQuantity']);

/** Events that made one of `keys` which another made as well; lots are told apart by them alone. */
function contested(facts: Iterable<PartialFact>, keys: ReadonlySet<Key>): PartialFact[] {
  const making = new Map<Key, PartialFact[]>();
  for (const fact of facts) {
    for (const { key, role } of fact.mentions) {
      const makes = role === 'outputEPC' || (role === 'epc' && fact.type === 'ObjectEvent' && fact.action === 'ADD');
      if (makes && keys.has(key)) push(making, key, fact);
    }
  }
  const several = [...making.values()].filter((list) => new Set(list).size > 1);
  return [...new Set(several.flat())].filter(({ isWhole }) => !isWhole);
}

const isLotGiven = ({ role }: Mention): boolean => role === 'lot';

async function booksAround(known: Known, judged: readonly Judged[]): Promise<Books> {
  const { db, tenantId, last } = known;
  const gathering = new Gathering(known);
  const keys = new Set(judged.flatMap((one) => one.keys));
  let next: ReadonlySet<Key> = keys;
  for (let round = 0; next.size > 0 && round < ROUNDS_MAX; round++) next = await gathering.look(next);
  const stored = contested(gathering.facts.values(), keys)
    .map(({ sequence }) => sequence)
    .filter((sequence) => sequence <= last)
    .sort((a, b) => a - b)
    .slice(0, CONTESTED_MAX);
  for (const [sequence, mentions] of await headsOf(db, tenantId, stored))
    gathering.facts.get(sequence)!.mentions.push(...mentions.filter(isLotGiven));
  return new Books(gathering.facts.values(), gathering.busy(next));
}

/** A warning before it is put into words. */
export type KeptWarning = { code: WarningCode } & WarningNames;

function kept(names: Names, { code, ids, facts }: Warning): KeptWarning {
  const events = [...new Set(facts.map(({ eventID }) => eventID))];
  return {
    code,
    ids: ids.slice(0, LISTED_MAX).map((key) => names.of(key)),
    idCount: ids.length,
    eventIDs: events.slice(0, LISTED_MAX),
    eventCount: events.length,
  };
}

export const toldWarning = ({ code, ...names }: KeptWarning, language: WarningLanguage): ToldWarning => ({
  code,
  ids: [...names.ids],
  message: tellWarning(code, names, language),
  ...(names.eventIDs.length > 0 && { eventIDs: [...names.eventIDs] }),
});

/** Runs of events with so many identifiers together that one statement looks them up. */
function* looks(judged: Iterable<Judged>): Generator<Judged[]> {
  let look: Judged[] = [];
  let count = 0;
  for (const one of judged) {
    if (look.length > 0 && count + one.keys.length > IDS_PER_LOOK) {
      yield look;
      look = [];
      count = 0;
    }
    look.push(one);
    count += one.keys.length;
  }
  if (look.length > 0) yield look;
}

/** The warnings of some events, by their place in the log; in the order of the events. */
async function warningsOf(
  known: Known,
  judged: readonly Judged[],
  form: Telling['form'],
): Promise<Map<number, KeptWarning[]>> {
  const found = new Map<number, KeptWarning[]>();
  const books = await booksAround(known, judged);
  const names = namesOf(books.world, undefined, form);
  for (const { sequence, keys } of judged) {
    const fact = books.world.facts.get(sequence);
    const warnings = fact ? books.warningsOf(fact, keys) : [];
    if (warnings.length > 0)
      found.set(
        sequence,
        warnings.map((warning) => kept(names, warning)),
      );
  }
  return found;
}

/** The same of any number of events. */
async function allWarningsOf(
  known: Known,
  judged: readonly Judged[],
  form: Telling['form'],
): Promise<Map<number, KeptWarning[]>> {
  const found = new Map<number, KeptWarning[]>();
  for (const look of looks(judged))
    for (const [sequence, warnings] of await warningsOf(known, look, form)) found.set(sequence, warnings);
  return found;
}

const withWarnings = (
  verdict: Verdict,
  warnings: KeptWarning[] | undefined,
  language: WarningLanguage,
): WarnedVerdict => (warnings ? { ...verdict, warnings: warnings.map((one) => toldWarning(one, language)) } : verdict);

/** A page of verdicts, and how many events the document has. */
export interface WarnedPage {
  verdicts: WarnedVerdict[];
  events: number;
}

/**
 * The verdicts of the events `from` to `to` (excluded), each with its warnings; fewer where they name very much. Of one job the
 * same each time. Undefined when the tenant has no such job.
 */
export async function warnedVerdicts(
  db: Queries,
  tenantId: string,
  captureID: string,
  [from, to]: readonly [from: number, to: number],
  { language, form }: Telling,
): Promise<WarnedPage | undefined> {
  const page = await placedVerdicts(db, tenantId, captureID, from, to);
  if (!page) return undefined;
  const { events, last = 0 } = page;
  const { judged, count } = await judgedOf(db, tenantId, page);
  const warnings = await allWarningsOf({ db, tenantId, last, own: new Own() }, judged, form);
  const verdicts = page.verdicts
    .slice(0, count)
    .map((verdict) => withWarnings(verdict, warnings.get(page.sequences.get(verdict.index) ?? 0), language));
  return { verdicts, events };
}

/** What the events of a page name, and how many of its verdicts that covers. */
async function judgedOf(db: Queries, tenantId: string, { verdicts, sequences }: PlacedPage) {
  const judged: Judged[] = [];
  let ids = 0;
  for (let at = 0; at < verdicts.length; at += HEADS_PER_LOOK) {
    const part = verdicts.slice(at, at + HEADS_PER_LOOK);
    const heads = await headsOf(
      db,
      tenantId,
      part.flatMap(({ index }) => sequences.get(index) ?? []),
    );
    for (const [i, { index }] of part.entries()) {
      const sequence = sequences.get(index);
      const keys = keysOf((sequence !== undefined && heads.get(sequence)) || []);
      ids += keys.length;
      if (ids > IDS_PER_PAGE_MAX && at + i > 0) return { judged, count: at + i };
      if (sequence !== undefined && keys.length > 0) judged.push({ sequence, keys });
    }
  }
  return { judged, count: verdicts.length };
}

/** A document that was checked and settled, and is not stored. */
export interface Unstored {
  events: readonly (Checked | Refused)[];
  verdicts: readonly Verdict[];
  /** What is stored under its eventIDs. */
  stored: ReadonlyMap<string, readonly Variant[]>;
  /** The log's last place. */
  last: number;
}

const isDeclaration = ({ variant }: Variant): boolean => variant[0] === 1;

/** Events that would be stored and count, by their index, each with the place that it would have. */
function factsOf({ events, verdicts, stored, last }: Unstored, now: number) {
  const accepted = events.flatMap((event, index) =>
    'row' in event && verdicts[index]?.verdict === 'accepted' ? [{ ...event, index }] : [],
  );
  const voided = new Set(accepted.flatMap(({ row, declaration }) => (declaration ? [row.fact.eventID] : [])));
  const facts = new Map<number, Fact>();
  for (const [i, { row, declaration, index }] of accepted.entries()) {
    const { fact } = row;
    const isVoid = voided.has(fact.eventID) || stored.get(fact.eventID)?.some(isDeclaration);
    if (!declaration && !isVoid) facts.set(index, { ...fact, sequence: last + 1 + i, recordTime: now });
  }
  return { facts, voided };
}

/**
 * The verdicts of a dry run, each with the warnings that it would have. `warningsUpTo` is there when a limit stopped the
 * look: events from this index on were not looked at.
 */
export async function dryRunWarnings(
  db: Queries,
  tenantId: string,
  document: Unstored,
  now: number,
  { language, form }: Telling,
): Promise<{ verdicts: WarnedVerdict[]; warningsUpTo?: number }> {
  const { facts, voided } = factsOf(document, now);
  const known = { db, tenantId, last: document.last, own: new Own([...facts.values()], voided) };
  const all = [...facts].map(([index, { sequence, mentions }]) => ({ index, sequence, keys: keysOf(mentions) }));
  const indexes = new Map(all.map(({ index, sequence }) => [sequence, index]));
  const warnings = new Map<number, KeptWarning[]>();
  let [ids, listed, upTo] = [0, 0, Infinity];
  for (const look of looks(all)) {
    ids += look.reduce((sum, { keys }) => sum + keys.length, 0);
    if (ids > IDS_PER_DRY_RUN_MAX) upTo = Math.min(upTo, indexes.get(look[0]!.sequence)!);
    if (upTo < Infinity) break;
    for (const [sequence, list] of await warningsOf(known, look, form)) {
      const index = indexes.get(sequence)!;
      listed += list.length;
      if (listed > WARNINGS_PER_DRY_RUN_MAX) upTo = Math.min(upTo, index);
      if (index < upTo) warnings.set(index, list);
    }
  }
  const verdicts = document.verdicts.map((verdict) => withWarnings(verdict, warnings.get(verdict.index), language));
  return { verdicts, ...(upTo < Infinity && { warningsUpTo: upTo }) };
}

/**
 * The warnings of events that one document has just brought into the log, by their place in it: the same as are told
 * beside its verdicts, with Digital Links, and for less, since the events themselves are at hand.
 */
export function warningsOfStored(
  db: Queries,
  tenantId: string,
  placed: readonly PlacedEvent[],
): Promise<Map<number, KeptWarning[]>> {
  const facts = placed
    .filter(({ variant }) => variant.length === 0)
    .map(({ row, sequence }): Fact => ({ ...row.fact, sequence, recordTime: Number.MAX_SAFE_INTEGER }));
  const known = { db, tenantId, last: (placed[0]?.sequence ?? 1) - 1, own: new Own(facts) };
  const judged = facts.map(({ sequence, mentions }) => ({ sequence, keys: keysOf(mentions) }));
  return allWarningsOf(known, judged, 'link');
}

/**
 * The same of documents that are not stored, one after the other, each as if those before it were: with places in the log
 * from behind `last` on.
 */
export class UnstoredWarnings {
  readonly #db: Queries;
  readonly #tenantId: string;
  readonly #last: number;
  readonly #own = new Own();
  readonly #eventIDs = new Set<string>();
  #size: number;
  #ids = 0;

  constructor(db: Queries, tenantId: string, last: number) {
    this.#db = db;
    this.#tenantId = tenantId;
    this.#last = last;
    this.#size = last;
  }

  /**
   * Takes events that are not in `stored` and were not taken before; resolves their warnings by position among `facts`,
   * whenever it is called. Undefined once they would name more than a dry run looks up, with all before them.
   */
  take(facts: readonly Fact[], stored: ReadonlySet<string>): (() => Promise<Map<number, KeptWarning[]>>) | undefined {
    const positions = new Map<number, number>();
    const fresh: Fact[] = [];
    for (const [position, fact] of facts.entries()) {
      if (stored.has(fact.eventID) || this.#eventIDs.has(fact.eventID)) continue;
      this.#eventIDs.add(fact.eventID);
      this.#size += 1;
      positions.set(this.#size, position);
      fresh.push({ ...fact, sequence: this.#size, recordTime: Number.MAX_SAFE_INTEGER });
    }
    const judged = fresh.map(({ sequence, mentions }) => ({ sequence, keys: keysOf(mentions) }));
    this.#ids += judged.reduce((sum, { keys }) => sum + keys.length, 0);
    if (this.#ids > IDS_PER_DRY_RUN_MAX) return undefined;
    this.#own.add(fresh);
    const known = { db: this.#db, tenantId: this.#tenantId, last: this.#last, own: this.#own };
    return async () => {
      const found = await allWarningsOf(known, judged, 'link');
      return new Map([...found].map(([sequence, warnings]) => [positions.get(sequence)!, warnings]));
    };
  }
}
