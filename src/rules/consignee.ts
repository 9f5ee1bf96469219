// Who has the goods of a recall: computed from the record, never typed (docs/recall.md, Consignees).
import { add, compare, type Exact, exactText, negate, readExact, subtract, sum, ZERO } from './exact.ts';
import { finding, type RuleFinding } from './finding.ts';
import { Follower, type Hop, hopQuantity, type JournalLine, type Movement, NOBODY, US } from './movement.ts';
import { type EventParties, learn, Parties } from './party.ts';

export interface ConsigneeQuestion {
  /** In the order of events; the trace's journal. */
  journal: readonly JournalLine[];
  /** Parties of each event of the journal, by eventID; an event without sources and destinations may be left out. */
  parties: ReadonlyMap<string, EventParties>;
  /** Parties and places of the firm that recalls; without any, whoever made the first of the goods. */
  us: readonly string[];
  /** Master data: place to party. */
  partyOfPlace?: ReadonlyMap<string, string>;
}

/** One thing or lot at one consignee. Quantities are exact decimals in `uom`. */
interface ConsigneeGoods {
  id: string;
  lot: string | null;
  kind: 'item' | 'lot';
  uom: string;
  shipped: string;
  received: string;
  /** The greater of both, of each of those who shipped; null where some of it is not known. */
  quantity: string | null;
  /** Passed on to others, and back to us. */
  forwarded: string;
  returned: string;
  eventIDs: string[];
}

export interface Consignee {
  /** URI of the party, else of the place that received. */
  party: string;
  isPlace: boolean;
  /** 1: shipped to by us, 2: by them, …; null: the goods came another way. */
  tier: number | null;
  locations: string[];
  /** Who shipped to it. */
  from: string[];
  /** Known from the lists of others alone: no event of its own. */
  onlyNamed: boolean;
  goods: ConsigneeGoods[];
}

/** Where the goods of a lot went: made = tier1 + onHand + destroyed + consumed + gap. Exact decimals in `uom`. */
export interface LotBook {
  /** The lot, or the thing where no lot is known. */
  lot: string;
  of: 'items' | 'quantity';
  uom: string;
  /** By us, or come to us from others. */
  made: string;
  tier1: string;
  onHand: string;
  /** What came back to us, as the record has it; on hand, destroyed or consumed since. */
  returned: string;
  destroyed: string;
  consumed: string;
  /** Not explained; negative where more is accounted for than was made. */
  gap: string;
}

export interface Consignees {
  /** By tier, then party. */
  consignees: Consignee[];
  books: LotBook[];
  findings: RuleFinding[];
}

/**
 * Of a lot whose consignees say that they returned `told`: what is on hand with us beside returns, and what is returned.
 * What the record has seen come back is on hand already, or has met its end; the rest is on its way or was not recorded.
 */
export function returnsOf({ onHand, returned }: LotBook, told: string): { onHand: string; returned: string } {
  const [held, back, said] = [onHand, returned, told].map((text) => readExact(text, 'returned')) as [
    Exact,
    Exact,
    Exact,
  ];
  const here = compare(back, held) < 0 ? back : held;
  const unseen = compare(said, back) > 0 ? subtract(said, back) : ZERO;
  return { onHand: exactText(subtract(held, here)), returned: exactText(add(here, unseen)) };
}

/** Everyone who received goods of the journal, directly or through others, and what of the goods is not explained. */
export function consigneesOf({ journal, parties: events, us, partyOfPlace }: ConsigneeQuestion): Consignees {
  const parties = new Parties();
  for (const [place, party] of partyOfPlace ?? []) parties.owns(party, place);
  learn(parties, events.values());
  const ours = oursOf(parties, us, journal);
  const followers = new Map<string, Follower>();
  for (const line of journal) {
    let follower = followers.get(line.id);
    if (!follower) followers.set(line.id, (follower = new Follower(line, parties, events, (one) => ours.has(one))));
    follower.take(line);
  }
  const movements = [...followers.values()].map((follower) => follower.end());
  const books = [...byBook(movements).values()].map(bookOf);
  return {
    consignees: listed(movements, parties, us),
    books,
    findings: [...movements.flatMap(movementFindings), ...books.flatMap(bookFindings)],
  };
}

function oursOf(parties: Parties, us: readonly string[], journal: readonly JournalLine[]): Set<string> {
  if (us.length > 0) return new Set(us.map((uri) => parties.ofPlace(uri)));
  const maker = journal.find(({ what, location }) => what === 'made' && location !== null)?.location;
  return new Set(maker === undefined || maker === null ? [] : [parties.ofPlace(maker)]);
}

/** Fewest shipments from us to each party. */
function tiersOf(movements: readonly Movement[]): Map<string, number> {
  const next = new Map<string, Set<string>>();
  for (const { hops } of movements)
    for (const { from, to } of hops.values()) next.set(from, (next.get(from) ?? new Set<string>()).add(to));
  const tiers = new Map([[US, 0]]);
  for (const [party, tier] of tiers)
    for (const to of next.get(party) ?? []) if (!tiers.has(to)) tiers.set(to, tier + 1);
  return tiers;
}

interface Gathered {
  hops: Hop[];
  goods: Map<Movement, { into: Hop[]; out: Hop[] }>;
}

function listed(movements: readonly Movement[], parties: Parties, us: readonly string[]): Consignee[] {
  const tiers = tiersOf(movements);
  const gathered = new Map<string, Gathered>();
  for (const movement of movements) {
    const hops = [...movement.hops.values()];
    const leaving = Map.groupBy(hops, ({ from }) => from);
    for (const hop of hops) {
      if (hop.to === US) continue;
      let one = gathered.get(hop.to);
      if (!one) gathered.set(hop.to, (one = { hops: [], goods: new Map() }));
      one.hops.push(hop);
      let goods = one.goods.get(movement);
      if (!goods) one.goods.set(movement, (goods = { into: [], out: leaving.get(hop.to) ?? [] }));
      goods.into.push(hop);
    }
  }
  const shown = (key: string): string => (key === US ? (us[0] ?? US) : parties.shown(key).uri);
  const consignees = [...gathered].map(([key, { hops, goods }]): Consignee => {
    const { uri, isPlace } = parties.shown(key);
    return {
      party: uri,
      isPlace,
      tier: tiers.get(key) ?? null,
      locations: sorted(hops.flatMap(({ places }) => [...places])),
      from: sorted(hops.flatMap(({ from }) => (from === NOBODY ? [] : [shown(from)]))),
      onlyNamed: !hops.some(({ told }) => told),
      goods: [...goods].map(([movement, { into, out }]) => goodsOf(movement, into, out)).sort(byText(({ id }) => id)),
    };
  });
  return consignees.sort(byText(({ tier, party }) => `${String(tier ?? '~').padStart(6, '0')} ${party}`));
}

const sorted = (texts: string[]): string[] => [...new Set(texts)].sort();
const byText =
  <T>(text: (one: T) => string) =>
  (a: T, b: T): number =>
    text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0;

function goodsOf({ id, lot, kind, uom }: Movement, into: readonly Hop[], out: readonly Hop[]): ConsigneeGoods {
  const total = (hops: readonly Hop[], of: (hop: Hop) => Exact): string => exactText(sum(hops.map(of)));
  const isUnknown = into.some(({ unknown }) => unknown) || uom === '';
  return {
    id,
    lot,
    kind,
    uom,
    shipped: total(into, ({ shipped }) => shipped),
    received: total(into, ({ received }) => received),
    quantity: isUnknown ? null : total(into, hopQuantity),
    forwarded: total(
      out.filter(({ to }) => to !== US),
      hopQuantity,
    ),
    returned: total(
      out.filter(({ to }) => to === US),
      hopQuantity,
    ),
    eventIDs: sorted(into.flatMap(({ eventIDs }) => [...eventIDs])),
  };
}

/** Items of a lot are counted apart from quantities of it: serialised bulk would count twice. */
function byBook(movements: readonly Movement[]): Map<string, [Movement, ...Movement[]]> {
  const books = new Map<string, [Movement, ...Movement[]]>();
  for (const movement of movements) {
    const name = `${movement.kind} ${movement.kind === 'lot' ? movement.id : (movement.lot ?? movement.id)}`;
    const book = books.get(name);
    if (book) book.push(movement);
    else books.set(name, [movement]);
  }
  return books;
}

interface Sums {
  made: Exact;
  tier1: Exact;
  onHand: Exact;
  returned: Exact;
  destroyed: Exact;
  consumed: Exact;
}

function sumsOf({ hops, made, destroyed, consumed, balances }: Movement): Sums {
  const net = new Map<string, Exact>();
  for (const hop of hops.values()) {
    // of a lot that we made, nothing was bought from nobody
    if (hop.from === NOBODY && made.digits > 0n) continue;
    const change = hopQuantity(hop);
    if (hop.from === US) net.set(hop.to, add(net.get(hop.to) ?? ZERO, change));
    if (hop.to === US) net.set(hop.from, add(net.get(hop.from) ?? ZERO, negate(change)));
  }
  const owed = [...net.values()];
  // what we made can only come back, from whoever had it; what we did not make was bought
  const isOurs = made.digits > 0n;
  const bought = isOurs ? ZERO : sum(owed.filter(({ digits }) => digits < 0n).map(negate));
  const onHand = balances.get(US) ?? ZERO;
  const back = sum(
    [...hops.values()].flatMap((hop) => (hop.to === US && hop.from !== NOBODY ? [hopQuantity(hop)] : [])),
  );
  return {
    made: add(made, bought),
    tier1: sum(isOurs ? owed : owed.filter(({ digits }) => digits > 0n)),
    onHand: onHand.digits > 0n ? onHand : ZERO,
    returned: subtract(back, bought),
    destroyed,
    consumed,
  };
}

function bookOf([first, ...others]: [Movement, ...Movement[]]): LotBook {
  const all = [first, ...others].map(sumsOf);
  const total = (column: keyof Sums): Exact => sum(all.map((sums) => sums[column]));
  const accounted = sum((['tier1', 'onHand', 'destroyed', 'consumed'] as const).map(total));
  return {
    lot: first.kind === 'lot' ? first.id : (first.lot ?? first.id),
    of: first.kind === 'lot' ? 'quantity' : 'items',
    uom: first.uom,
    made: exactText(total('made')),
    tier1: exactText(total('tier1')),
    onHand: exactText(total('onHand')),
    returned: exactText(total('returned')),
    destroyed: exactText(total('destroyed')),
    consumed: exactText(total('consumed')),
    gap: exactText(subtract(total('made'), accounted)),
  };
}

function movementFindings({ id, uom, astray, foreign }: Movement): RuleFinding[] {
  const findings: RuleFinding[] = [];
  if (astray.digits > 0n)
    findings.push(
      finding(
        'DESTINATION_UNKNOWN',
        id,
        `${exactText(astray)} ${uom} left us and the record does not say for where.`,
        `${exactText(astray)} ${uom} 已发出，但记录未说明去向。`,
      ),
    );
  if (foreign.length > 0)
    findings.push(
      finding(
        'UOM_MISMATCH',
        id,
        `${foreign.slice(0, 3).join(', ')} cannot be counted in ${uom} and are left out.`,
        `${foreign.slice(0, 3).join('、')} 无法换算为 ${uom}，未计入。`,
      ),
    );
  return findings;
}

function bookFindings({ lot, made, gap, uom }: LotBook): RuleFinding[] {
  if (gap === '0') return [];
  return [
    finding(
      'QTY_GAP',
      lot,
      `Of ${made} ${uom} made, ${gap} ${uom} are not explained by consignees, stock, consumption and destruction.`,
      `生产 ${made} ${uom}，其中 ${gap} ${uom} 无法由收货方、库存、消耗和销毁解释。`,
    ),
  ];
}
