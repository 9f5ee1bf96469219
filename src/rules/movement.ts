// One thing or lot on its way from party to party: shipments matched with receipts, in the order of events.
import { add, compare, type Exact, exactText, negate, readExact, subtract, ZERO } from './exact.ts';
import { convert } from './quantity.ts';
import type { EventParties, Parties } from './party.ts';

/** What the record says of one thing or lot in one event; the trace's journal has these, in the order of events. */
export interface JournalLine {
  eventID: string;
  bizStep: string | null;
  what: 'made' | 'consumed' | 'destroyed' | 'leaving' | 'coming' | 'other';
  id: string;
  kind: 'item' | 'lot';
  lot: string | null;
  location: string | null;
  quantity: number | null;
  uom: string | null;
}

/** Goods that went from one party to another. */
export interface Hop {
  from: string;
  to: string;
  shipped: Exact;
  received: Exact;
  /** Some of it is of unknown quantity. */
  unknown: boolean;
  /** The receiver has told of it, and not the sender alone. */
  told: boolean;
  places: Set<string>;
  eventIDs: Set<string>;
}

/** A shipment of which some is still on its way. `to` absent: the record does not say where. */
interface Open {
  from: string;
  to: string | undefined;
  left: Exact;
  /** Null once a second step has told of it. */
  step: string | null;
}

/** The way of one thing or lot; quantities in `uom`. */
export interface Movement {
  id: string;
  kind: 'item' | 'lot';
  lot: string | null;
  uom: string;
  hops: Map<string, Hop>;
  made: Exact;
  consumed: Exact;
  destroyed: Exact;
  /** What each party should have. */
  balances: Map<string, Exact>;
  /** Left us, and the record does not say for where. */
  astray: Exact;
  /** Quantities that measure something else, as they stood. */
  foreign: string[];
}

/** Somebody whom the record does not name. */
export const NOBODY = '';
/** All of our parties and places together. */
export const US = 'us';

/** Adds to the list under a key of a map. */
function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

const ONE = readExact(1, 'quantity');
const max = (a: Exact, b: Exact): Exact => (compare(a, b) >= 0 ? a : b);
const min = (a: Exact, b: Exact): Exact => (compare(a, b) <= 0 ? a : b);
export const hopQuantity = ({ shipped, received }: Hop): Exact => max(shipped, received);

/** Of two steps about one movement the second says nothing new: departing after shipping, receiving after arriving. */
const AGAIN: Readonly<Record<string, string>> = {
  departing: 'shipping',
  shipping: 'departing',
  receiving: 'arriving',
  arriving: 'receiving',
};

/** Follows one thing or lot through its lines of the journal. `partyOf` gives US for each of ours. */
export class Follower {
  readonly movement: Movement;
  readonly #parties: Parties;
  readonly #events: ReadonlyMap<string, EventParties>;
  readonly #isUs: (party: string) => boolean;
  /** By receiver, NOBODY where the record does not say; in the order of shipping. */
  readonly #open = new Map<string, Open[]>();
  /** Where shipments said that they would arrive, and whose they would be. */
  readonly #planned = new Map<string, string>();
  /** What came to each party since something last left it. */
  readonly #arrivals = new Map<string, { amount: Exact; step: string | null }[]>();

  constructor(
    first: JournalLine,
    parties: Parties,
    events: ReadonlyMap<string, EventParties>,
    isUs: (party: string) => boolean,
  ) {
    const { id, kind, lot } = first;
    this.#parties = parties;
    this.#events = events;
    this.#isUs = isUs;
    this.movement = {
      id,
      kind,
      lot,
      uom: kind === 'item' ? 'EA' : '',
      hops: new Map(),
      made: ZERO,
      consumed: ZERO,
      destroyed: ZERO,
      balances: new Map(),
      astray: ZERO,
      foreign: [],
    };
  }

  take(line: JournalLine): void {
    const amount = this.#amount(line);
    if (line.what === 'leaving') this.#leave(line, amount);
    else if (line.what === 'coming') this.#come(line, amount);
    else if (line.what === 'other') this.#name(line);
    else this.#account(line.what, line, amount ?? ZERO);
  }

  /** The way as it stands after the last line. */
  end(): Movement {
    for (const { from, left } of this.#openTo(NOBODY))
      if (from === US) this.movement.astray = add(this.movement.astray, left);
    return this.movement;
  }

  /** In the unit of the first line that has one; undefined where it is unknown or measures something else. */
  #amount({ quantity, uom }: JournalLine): Exact | undefined {
    if (quantity === null) return undefined;
    const value = quantity === 1 ? ONE : readExact(quantity, 'quantity');
    const { movement } = this;
    movement.uom ||= uom ?? 'EA';
    const converted = convert(value, uom ?? 'EA', movement.uom);
    if (!converted) movement.foreign.push(`${exactText(value)} ${uom ?? 'EA'}`);
    return converted;
  }

  #partyOf(uri: string | null | undefined): string | undefined {
    return uri === null || uri === undefined ? undefined : this.#ours(this.#parties.ofPlace(uri));
  }

  #ours(party: string): string {
    return this.#isUs(party) ? US : party;
  }

  #side(line: JournalLine, side: 'source' | 'destination'): string | undefined {
    const party = this.#parties.ofSide(this.#events.get(line.eventID)?.[side] ?? {});
    return party === undefined ? undefined : this.#ours(party);
  }

  #holder(): string | undefined {
    for (const [party, balance] of this.movement.balances) if (balance.digits > 0n) return party;
    return undefined;
  }

  #change(party: string, amount: Exact): void {
    const { balances } = this.movement;
    balances.set(party, add(balances.get(party) ?? ZERO, amount));
  }

  #account(what: 'made' | 'consumed' | 'destroyed', { location }: JournalLine, amount: Exact): void {
    const party = this.#partyOf(location) ?? this.#holder() ?? US;
    this.#change(party, what === 'made' ? amount : negate(amount));
    if (party === US) this.movement[what] = add(this.movement[what], amount);
  }

  #hop(from: string, to: string, line: JournalLine): Hop {
    const { hops } = this.movement;
    const name = `${from}\n${to}`;
    let hop = hops.get(name);
    if (!hop) {
      hop = {
        from,
        to,
        shipped: ZERO,
        received: ZERO,
        unknown: false,
        told: false,
        places: new Set(),
        eventIDs: new Set(),
      };
      hops.set(name, hop);
    }
    hop.eventIDs.add(line.eventID);
    const place =
      this.#events.get(line.eventID)?.destination.location ?? (line.what === 'coming' ? line.location : null);
    if (place !== null) hop.places.add(place);
    if (line.what === 'coming') hop.told = true;
    return hop;
  }

  #openTo(to: string | undefined): Open[] {
    return this.#open.get(to ?? NOBODY) ?? [];
  }

  #leave(line: JournalLine, amount: Exact | undefined): void {
    const from = this.#side(line, 'source') ?? this.#partyOf(line.location) ?? this.#holder() ?? US;
    const to = this.#side(line, 'destination');
    if (from === to || this.#isContinued(line, from, to, amount)) return;
    if (to !== undefined) {
      const hop = this.#hop(from, to, line);
      if (amount) hop.shipped = add(hop.shipped, amount);
      else hop.unknown = true;
      const place = this.#events.get(line.eventID)?.destination.location;
      if (place !== undefined) this.#planned.set(place, to);
    }
    if (!amount) return;
    this.#change(from, negate(amount));
    this.#arrivals.delete(from);
    push(this.#open, to ?? NOBODY, { from, to, left: amount, step: line.bizStep });
  }

  /** A further step of a shipment that is on its way: it may say for the first time where that goes. */
  #isContinued(line: JournalLine, from: string, to: string | undefined, amount: Exact | undefined): boolean {
    if (!amount) return false;
    const lists = to === undefined ? [...this.#open.values()] : [this.#openTo(to), this.#openTo(NOBODY)];
    for (const list of lists) {
      const open = list.find(
        (one) =>
          one.from === from &&
          (line.kind === 'item' || AGAIN[line.bizStep ?? ''] === one.step) &&
          compare(one.left, amount) === 0,
      );
      if (!open) continue;
      if (line.kind === 'lot') open.step = null;
      if (open.to === undefined && to !== undefined) this.#address(line, open, to);
      return true;
    }
    return false;
  }

  #address(line: JournalLine, open: Open, to: string): void {
    const hop = this.#hop(open.from, to, line);
    hop.shipped = add(hop.shipped, open.left);
    this.#open.set(
      NOBODY,
      this.#openTo(NOBODY).filter((one) => one !== open),
    );
    push(this.#open, to, { ...open, to });
  }

  #come(line: JournalLine, amount: Exact | undefined): void {
    const place = line.location;
    const planned = place === null ? undefined : this.#planned.get(place);
    const to = this.#side(line, 'destination') ?? planned ?? this.#partyOf(place);
    if (to === undefined) return;
    const from = this.#side(line, 'source');
    if (!amount) this.#comeUncounted(line, from, to);
    else if (!this.#isArrived(line, to, amount)) this.#receive(line, from, to, amount);
  }

  /** A receipt without quantity confirms what was on its way; without that, nobody knows how much it is. */
  #comeUncounted(line: JournalLine, from: string | undefined, to: string): void {
    const open = this.#openTo(to).find((one) => from === undefined || one.from === from);
    if (open) this.#hop(open.from, to, line);
    else if (from !== to) this.#hop(from ?? NOBODY, to, line).unknown = true;
  }

  /** Received already, in the step before or by whoever has the item. */
  #isArrived(line: JournalLine, to: string, amount: Exact): boolean {
    if (line.kind === 'item') return this.#holder() === to;
    const arrivals = this.#arrivals.get(to) ?? [];
    const again = arrivals.findIndex(
      (arrival) => AGAIN[line.bizStep ?? ''] === arrival.step && compare(arrival.amount, amount) === 0,
    );
    if (again >= 0) arrivals.splice(again, 1);
    return again >= 0;
  }

  #receive(line: JournalLine, from: string | undefined, to: string, amount: Exact): void {
    if (line.kind === 'lot') push(this.#arrivals, to, { amount, step: line.bizStep });
    const rest = this.#match(line, from, to, amount);
    this.#change(to, subtract(amount, rest));
    if (rest.digits > 0n && from !== to && !this.#isInternal(from, to, rest)) this.#appear(line, from, to, rest);
  }

  /** Of a lot that we made, what turns up with us from nobody is what we had, at another of our places. */
  #isInternal(from: string | undefined, to: string, rest: Exact): boolean {
    const { made, balances } = this.movement;
    return from === undefined && to === US && made.digits > 0n && compare(balances.get(US) ?? ZERO, rest) >= 0;
  }

  /** Received without a shipment: from whom the event names; an item from whoever had it. */
  #appear(line: JournalLine, from: string | undefined, to: string, rest: Exact): void {
    this.#change(to, rest);
    const giver = from ?? (line.kind === 'item' ? this.#giver(to) : undefined) ?? NOBODY;
    const hop = this.#hop(giver, to, line);
    hop.received = add(hop.received, rest);
    if (giver !== NOBODY) this.#change(giver, negate(rest));
  }

  #giver(to: string): string | undefined {
    for (const [party, balance] of this.movement.balances) if (party !== to && balance.digits > 0n) return party;
    return undefined;
  }

  /** Takes a receipt from the shipments that fit, the best first and the earliest of those; gives what is left of it. */
  #match(line: JournalLine, from: string | undefined, to: string, amount: Exact): Exact {
    const isFrom = (open: Open): boolean => from === undefined || open.from === from;
    const candidates = [
      ...this.#openTo(to).filter(isFrom),
      ...this.#openTo(NOBODY).filter((open) => isFrom(open) && open.from !== to),
      ...this.#openTo(NOBODY).filter((open) => isFrom(open) && open.from === to),
    ];
    let rest = amount;
    for (const open of candidates) {
      if (rest.digits === 0n) break;
      const taken = min(open.left, rest);
      if (open.from !== to) this.#arrive(line, open, to, taken);
      open.left = subtract(open.left, taken);
      rest = subtract(rest, taken);
    }
    for (const key of [to, NOBODY]) {
      const left = this.#openTo(key).filter((open) => open.left.digits > 0n);
      if (left.length > 0) this.#open.set(key, left);
      else this.#open.delete(key);
    }
    return rest;
  }

  #arrive(line: JournalLine, open: Open, to: string, taken: Exact): void {
    const hop = this.#hop(open.from, to, line);
    hop.received = add(hop.received, taken);
    if (open.to === undefined) hop.shipped = add(hop.shipped, taken);
  }

  /** An event that moves nothing and names who takes: an item is theirs, of a lot they are known by name. */
  #name(line: JournalLine): void {
    const to = this.#side(line, 'destination');
    const from = this.#side(line, 'source') ?? this.#holder();
    if (to === undefined || from === undefined || from === to) return;
    if (line.kind === 'lot') this.#hop(from, to, line);
    else if (this.#holder() !== to) this.#leave(line, this.#amount(line));
  }
}
