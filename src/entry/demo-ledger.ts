/** The books of a simulated supply chain: what was reported (EPCIS events) beside what truly happened. */

/** One EPCIS 2.0 event as JSON; the capture path is its only judge. */
export type DemoEvent = Record<string, unknown> & { type: string; eventID: string; eventTime: string };

/** Amount of a lot in one UN/ECE unit; `lot` is an LGTIN URN. */
export interface Amount {
  lot: string;
  quantity: number;
  uom?: string;
}

/** What no event can lie about. Identifiers are URNs. */
export interface Truth {
  /** What each lot or item was really made from, directly. */
  madeFrom: Map<string, Set<string>>;
  /** The lot printed on each item. */
  lotOf: Map<string, string>;
  /** Where each item really is; items that were sold or destroyed are absent. */
  placeOf: Map<string, string>;
}

/** Fills `events` in the order of reporting and `truth` as things happen; made by `openLedger`. */
export interface Ledger {
  events: DemoEvent[];
  truth: Truth;
  random: () => number;
  /** Milliseconds since 1970 at which day 0 begins. */
  start: number;
  offset: string;
}

/** Repeatable numbers in [0, 1) from a 32-bit seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from `low` to `high`, both included. */
export const between = (random: () => number, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));

export function openLedger(seed: number, start: number): Ledger {
  const truth: Truth = { madeFrom: new Map(), lotOf: new Map(), placeOf: new Map() };
  return { events: [], truth, random: seededRandom(seed), start, offset: '+08:00' };
}

function eventID(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16));
  hex[12] = '4';
  hex[16] = '8';
  const text = hex.join('');
  return `urn:uuid:${[0, 8, 12, 16, 20].map((from, n) => text.slice(from, [8, 12, 16, 20, 32][n])).join('-')}`;
}

/** Reports one event at `day` (days after the start, with a fraction) and returns it. */
export function report(ledger: Ledger, day: number, fields: Record<string, unknown> & { type: string }): DemoEvent {
  const event = {
    ...fields,
    eventID: eventID(ledger.random),
    eventTime: new Date(ledger.start + Math.round(day * 86_400) * 1000).toISOString(),
    eventTimeZoneOffset: ledger.offset,
  };
  ledger.events.push(event);
  return event;
}

const quantityList = (amounts: Amount[]): Record<string, unknown>[] =>
  amounts.map(({ lot, quantity, uom }) => ({ epcClass: lot, quantity, ...(uom === undefined ? {} : { uom }) }));

/** A lot comes into being at a place: harvest, delivery from a well, synthesis. */
export function makeLot(ledger: Ledger, day: number, place: string, amount: Amount): void {
  const lotNumber = amount.lot.split('.').at(-1);
  ledger.truth.madeFrom.set(amount.lot, new Set());
  report(ledger, day, {
    type: 'ObjectEvent',
    action: 'ADD',
    bizStep: 'commissioning',
    disposition: 'active',
    quantityList: quantityList([amount]),
    ...at(place),
    ilmd: { 'cbvmda:lotNumber': lotNumber },
  });
}

/** Inputs become items of one lot, or an amount of it. Every output is truly made from every input. */
export function transform(
  ledger: Ledger,
  day: number,
  place: string,
  inputs: Amount[],
  output: { lot: string; items: string[]; amount?: Amount },
): DemoEvent {
  const { madeFrom, lotOf, placeOf } = ledger.truth;
  const sources = inputs.map((input) => input.lot);
  for (const made of [output.lot, ...output.items]) {
    madeFrom.set(made, new Set([...(madeFrom.get(made) ?? []), ...sources]));
  }
  for (const item of output.items) {
    lotOf.set(item, output.lot);
    placeOf.set(item, place);
  }
  return report(ledger, day, {
    type: 'TransformationEvent',
    bizStep: 'commissioning',
    disposition: 'active',
    inputQuantityList: quantityList(inputs),
    ...(output.items.length > 0 ? { outputEPCList: output.items } : {}),
    ...(output.amount ? { outputQuantityList: quantityList([output.amount]) } : {}),
    ...at(place),
    ilmd: { 'cbvmda:lotNumber': output.lot.split('.').at(-1) },
  });
}

/** Goods go into or out of a carrier. */
export function pack(
  ledger: Ledger,
  day: number,
  place: string,
  action: 'ADD' | 'DELETE',
  parent: string,
  children: { items?: string[]; amounts?: Amount[] },
): DemoEvent {
  return report(ledger, day, {
    type: 'AggregationEvent',
    action,
    bizStep: action === 'ADD' ? 'packing' : 'unpacking',
    disposition: 'in_progress',
    parentID: parent,
    ...(children.items ? { childEPCs: children.items } : {}),
    ...(children.amounts ? { childQuantityList: quantityList(children.amounts) } : {}),
    ...at(place),
  });
}

/** Things (or amounts of lots) leave `from` for `to` and are received there; returns both events. */
export function move(
  ledger: Ledger,
  day: number,
  goods: { things?: string[]; amounts?: Amount[] },
  route: { from: string; to: string; hours: number },
): { sent: DemoEvent; received: DemoEvent } {
  const named = {
    ...(goods.things ? { epcList: goods.things } : {}),
    ...(goods.amounts ? { quantityList: quantityList(goods.amounts) } : {}),
  };
  const parties = {
    sourceList: [{ type: 'location', source: route.from }],
    destinationList: [{ type: 'location', destination: route.to }],
  };
  const object = { type: 'ObjectEvent', action: 'OBSERVE', ...named };
  const sent = report(ledger, day, {
    ...object,
    bizStep: 'shipping',
    disposition: 'in_transit',
    readPoint: { id: route.from },
    ...parties,
  });
  const received = report(ledger, day + route.hours / 24, {
    ...object,
    bizStep: 'receiving',
    disposition: 'in_progress',
    ...at(route.to),
    ...parties,
  });
  return { sent, received };
}

/** Items reach their end: sold, dispensed, destroyed. */
export function end(ledger: Ledger, day: number, place: string, bizStep: string, items: string[]): void {
  for (const item of items) ledger.truth.placeOf.delete(item);
  const disposition = { retail_selling: 'retail_sold', dispensing: 'dispensed' }[bizStep] ?? 'destroyed';
  report(ledger, day, { type: 'ObjectEvent', action: 'DELETE', bizStep, disposition, epcList: items, ...at(place) });
}

/** Read point and business location of an event at `place`. */
export const at = (place: string): Record<string, unknown> => ({
  readPoint: { id: place },
  bizLocation: { id: place },
});

/** Everything that truly holds some of `root`, itself left out. */
export function downstream(truth: Truth, root: string): Set<string> {
  const reached = new Set<string>([root]);
  let grew = true;
  while (grew) {
    grew = false;
    for (const [made, sources] of truth.madeFrom) {
      if (reached.has(made) || ![...sources].some((source) => reached.has(source))) continue;
      reached.add(made);
      grew = true;
    }
  }
  reached.delete(root);
  return reached;
}

/** The things that `id` truly goes back to and that were made from nothing. */
export function trueOrigins(truth: Truth, id: string): Set<string> {
  const origins = new Set<string>();
  const seen = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const sources = truth.madeFrom.get(next);
    if (sources && sources.size > 0) open.push(...sources);
    else origins.add(next);
  }
  return origins;
}
