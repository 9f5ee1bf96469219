// What goes on in the true world: each order is a process that acts and then waits, many of them side by side.
import { PARTIES, type Role, type Sector, SECTORS, type Size } from './sectors.ts';
import { type Amount, partsOf, TrueWorld } from './true-world.ts';
import type { Dice } from './dice.ts';

/** Acts, and yields how many minutes it waits. */
type Process<T = void> = Generator<number, T>;

const HOUR_MINUTES = 60;
/** Draws and fillings of one campaign. */
const CAMPAIGN_TURNS_MAX = 3;

/** One world while it goes on. */
class Chain {
  readonly world: TrueWorld;
  readonly dice: Dice;
  readonly size: Size;
  readonly #waiting: { at: number; process: Process }[] = [];
  readonly #freeTotes: string[] = [];
  /** Parties of each role that have a part. */
  readonly #busy = new Map<Role, number>();
  /** The lot that is in the silo of each maker. */
  readonly silos = new Map<string, string>();
  /** The lot number printed on an item. */
  readonly lotOf = new Map<string, string>();
  /** Rework that waits for the next run, by maker and product. */
  readonly rework = new Map<string, string>();

  constructor(dice: Dice, size: Size) {
    this.dice = dice;
    this.size = size;
    this.world = new TrueWorld(dice);
  }

  spawn(process: Process, after: number): void {
    this.#waiting.push({ at: this.world.now + after, process });
  }

  /** Runs every process in the order of time until none is left. */
  run(): void {
    for (;;) {
      const [first] = this.#waiting;
      if (!first) return;
      const next = this.#waiting.reduce((best, one) => (one.at < best.at ? one : best), first);
      this.world.now = Math.max(this.world.now, next.at);
      const { value, done } = next.process.next();
      if (done) this.#waiting.splice(this.#waiting.indexOf(next), 1);
      else next.at = this.world.now + value;
    }
  }

  /** One of a role: mostly one that had nothing to do yet, so that in a large world all have a part. */
  party(role: Role): string {
    const count = Math.min(PARTIES[role], this.size.parties);
    const busy = this.#busy.get(role) ?? 0;
    const isNew = busy === 0 || (busy < count && !this.dice.once(8));
    if (isNew) this.#busy.set(role, busy + 1);
    return `${role}${1 + (isNew ? busy : this.dice.below(busy))}`;
  }

  lot(product: string): string {
    return `l:${product}.${this.world.next(product)}`;
  }

  /** A reusable carrier that is empty, often one that was used before. */
  tote(): string {
    const used = this.dice.once(3) ? undefined : this.#freeTotes.shift();
    return used ?? `g:${this.world.next('tote')}`;
  }

  free(carrier: string): void {
    if (carrier.startsWith('g:')) this.#freeTotes.push(carrier);
  }
}

/** Minutes that a step takes. */
const hours = (dice: Dice, least: number, most: number): number =>
  dice.between(least * HOUR_MINUTES, most * HOUR_MINUTES);

/** From one party to another: dock, the carrier's gate, customs at times, dock. */
function* haul(chain: Chain, sector: Sector, from: string, to: string, list: Amount[]): Process {
  const { world, dice } = chain;
  const things = list.filter(({ quantity }) => quantity === undefined);
  world.ship(from, list);
  yield hours(dice, 1, 4);
  if (things.length > 0 && dice.once(3)) {
    const party = chain.party('carrier');
    world.tell({ what: 'gate', party, head: 'O OBSERVE', list: things, rp: party });
    yield hours(dice, 1, 4);
  }
  if (things.length > 0 && dice.chance(sector.customs)) {
    const party = chain.party('customs');
    world.tell({ what: 'gate', party, head: 'O OBSERVE', list: things, step: 'inspecting', rp: party });
    yield hours(dice, 1, 8);
  }
  world.receive(to, list, dice.once(6) ? 'arriving' : 'receiving');
  // some docks read what is inside too, and tell it as what they saw together
  const [first] = things;
  const inside = first ? world.allInside(first.id) : [];
  if (first && inside.length > 0 && dice.once(4)) {
    const read = { party: to, list: inside.map((id) => ({ id })), loc: to };
    world.tell({ what: 'gate', head: 'A OBSERVE', parent: first.id, ...read });
  }
  yield hours(dice, 0, 2);
}

/** A raw lot comes to the maker, loose or in a carrier; returns what can be put into the line. */
function* supply(chain: Chain, sector: Sector, raw: Sector['raw'][number], maker: string): Process<Amount> {
  const { world, dice } = chain;
  const from = chain.party(raw.from);
  const id = chain.lot(raw.product);
  const quantity = dice.between(2, 9) * 10;
  const amount = { id, quantity, uom: raw.uom };
  // who imports knows of the lot only that it came
  world.make(from, amount, raw.from !== 'importer');
  yield hours(dice, 1, 5);
  if (!raw.carrier) {
    yield* haul(chain, sector, from, maker, [amount]);
    return amount;
  }
  const tote = chain.tote();
  world.pack(from, tote, [], [amount]);
  yield hours(dice, 0, 3);
  yield* haul(chain, sector, from, maker, [{ id: tote }]);
  if (raw.carrier === 'dumped') return { id: tote };
  world.unpack(maker, tote, 'list');
  chain.free(tote);
  yield hours(dice, 0, 3);
  return amount;
}

/** The part of what is on hand that goes into one run; carriers go in whole. */
const portion = (chain: Chain, maker: string, { id, uom }: Amount, runsLeft: number): Amount[] => {
  const there = chain.world.stockOf(maker).find(({ lot }) => lot === id);
  if (id.startsWith('g:')) return [{ id }];
  if (!there) return [];
  return [{ id, quantity: Math.max(1, Math.floor(there.quantity / runsLeft)), uom: uom ?? there.uom }];
};

function dumped(chain: Chain, maker: string, inputs: Amount[]): void {
  for (const { id } of inputs.filter((input) => input.id.startsWith('g:'))) {
    chain.world.emptied(maker, id);
    chain.free(id);
  }
}

const sum = (amounts: Amount[]): number => amounts.reduce((total, { quantity = 10 }) => total + quantity, 0);

/** Into the silo onto its heel; what is drawn for this run is of the silo's new lot. */
function* throughSilo(chain: Chain, sector: Sector, maker: string, inputs: Amount[]): Process<Amount[]> {
  const { world, dice } = chain;
  const silo = `silo of ${maker}`;
  const name = `${maker} ${sector.name}`;
  const heel = world.stockOf(silo).find(({ lot }) => lot === chain.silos.get(name));
  const id = chain.lot(`${sector.product}MIX`);
  const rest = heel ? [{ id: heel.lot, quantity: heel.quantity, uom: heel.uom }] : [];
  if (heel) world.put(maker, world.take(silo, heel.lot, heel.quantity));
  const quantity = sum([...rest, ...inputs]);
  world.transform(maker, [...rest, ...inputs], [{ id, quantity, uom: 'KGM' }]);
  dumped(chain, maker, inputs);
  chain.silos.set(name, id);
  world.put(silo, world.take(maker, id, quantity));
  yield hours(dice, 1, 6);
  // another order may have filled it again meanwhile
  const drawn = world.take(silo, chain.silos.get(name) ?? id, Math.ceil(quantity * 0.7));
  world.put(maker, drawn);
  return [{ id: drawn.lot, quantity: drawn.quantity, uom: drawn.uom }];
}

/** Fed and drawn from in turn under one transformationID: what was drawn early has nothing of what went in late. */
function* campaign(chain: Chain, maker: string, inputs: Amount[], outputs: Amount[], lot?: string): Process {
  const { world, dice } = chain;
  const run = String(world.next('run'));
  const turns = Math.min(CAMPAIGN_TURNS_MAX, inputs.length, outputs.length);
  let before: ReadonlySet<string> = new Set();
  for (let turn = 0; turn < turns; turn++) {
    const share = <T>(list: T[]): T[] =>
      list.slice(Math.floor((turn * list.length) / turns), Math.floor(((turn + 1) * list.length) / turns));
    before = world.transform(maker, share(inputs), [], { run, before });
    dumped(chain, maker, share(inputs));
    yield hours(dice, 1, 3);
    world.transform(maker, [], share(outputs), { run, before, ...(lot && { lot }) });
    yield hours(dice, 1, 3);
  }
}

/** One run of the maker: lots become items of a lot, or a quantity of it. */
function* produce(chain: Chain, sector: Sector, maker: string, given: Amount[], lot: string): Process<Amount[]> {
  const { world, dice, size } = chain;
  const mixing = dice.pick(sector.mixing);
  const left = chain.rework.get(`${maker} ${sector.name}`);
  chain.rework.delete(`${maker} ${sector.name}`);
  let inputs = [...given, ...(left ? portion(chain, maker, { id: left }, 1) : [])];
  if (inputs.length === 0) return [];
  const items = Array.from(
    { length: dice.between(...size.items) },
    () => `i:${sector.product}.${world.next(`${sector.product} serial`)}`,
  );
  const isLoose = dice.chance(sector.loose);
  const outputs: Amount[] = isLoose
    ? [{ id: lot, quantity: sum(inputs), uom: sector.raw[0]!.uom }]
    : items.map((id) => ({ id }));
  const number = partsOf(lot)[1];
  for (const { id } of outputs) chain.lotOf.set(id, number);
  if (mixing === 'heel') inputs = yield* throughSilo(chain, sector, maker, inputs);
  if (sector.bulk && !isLoose && mixing !== 'campaign') {
    // in bulk it has a number of its own, or that of the lot which its serials are then of
    const id = dice.once(2) ? lot : chain.lot(sector.bulk.product);
    const bulk = { id, quantity: sum(inputs), uom: sector.bulk.uom };
    world.transform(maker, inputs, [bulk]);
    dumped(chain, maker, inputs);
    inputs = [bulk];
    yield hours(dice, 2, 8);
  }
  if (mixing === 'campaign') yield* campaign(chain, maker, inputs, outputs, number);
  else {
    world.transform(maker, inputs, outputs, { lot: number });
    dumped(chain, maker, inputs);
  }
  yield hours(dice, 1, 3);
  if (!dice.chance(sector.rework) || outputs.length < 2) return outputs;
  const again = outputs.slice(0, 1);
  const rework = chain.lot(`${sector.product}REWORK`);
  world.transform(maker, again, [{ id: rework, quantity: 5, uom: 'KGM' }]);
  chain.rework.set(`${maker} ${sector.name}`, rework);
  yield hours(dice, 1, 2);
  return outputs.slice(1);
}

const chunks = <T>(list: T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size));

/** Items into cases, cases onto pallets; returns the pallets. */
function* palletise(chain: Chain, party: string, items: string[]): Process<string[]> {
  const { world, dice, size } = chain;
  const boxed = function* (things: string[], each: number, sort: string): Process<string[]> {
    const boxes: string[] = [];
    for (const content of chunks(things, each)) {
      const box = `s:${sort}${world.next(sort)}`;
      world.pack(party, box, content);
      boxes.push(box);
      yield dice.below(10);
    }
    return boxes;
  };
  const cases = yield* boxed(items, size.perCase, 'case');
  return yield* boxed(cases, size.perPallet, 'pallet');
}

const unpacking = (dice: Dice): 'list' | 'all' | 'retire' => dice.pick(['list', 'list', 'list', 'all', 'retire']);

/** Pallets go to the next party, at times several in one container, with a logger on them. */
function* forwarded(chain: Chain, sector: Sector, from: string, to: string, pallets: string[]): Process {
  const { world, dice } = chain;
  const box = pallets.length > 1 || dice.once(3) ? chain.tote() : undefined;
  if (box) world.pack(from, box, pallets);
  const logger = dice.chance(sector.logger) ? `i:LOGGER.${world.next('logger')}` : undefined;
  const watched = box ?? pallets[0]!;
  if (logger) {
    world.commission(from, logger);
    world.fit(from, watched, logger, false);
  }
  if (dice.once(5)) world.tell({ what: 'trade', party: from, head: 'X ADD', list: pallets.map((id) => ({ id })) });
  yield hours(dice, 0, 2);
  yield* haul(chain, sector, from, to, box ? [{ id: box }] : pallets.map((id) => ({ id })));
  if (logger) world.unfit(to, watched, logger);
  if (!box) return;
  world.unpack(to, box, dice.once(3) ? 'all' : 'list');
  chain.free(box);
  yield hours(dice, 0, 2);
}

/** From the maker by every stop of the road to the end. */
function* distribute(chain: Chain, sector: Sector, maker: string, items: Amount[]): Process {
  const { world, dice, size } = chain;
  let pallets = yield* palletise(
    chain,
    maker,
    items.map(({ id }) => id),
  );
  let at = maker;
  const stops = sector.road.slice(size.parties === 1 && dice.once(2) ? -1 : 0);
  for (const [n, role] of stops.entries()) {
    const to = chain.party(role);
    if (to !== at) yield* forwarded(chain, sector, at, to, pallets);
    at = to;
    // cross-docking: pallets are opened and their cases go on in others
    if (n === stops.length - 1 || !dice.once(2)) continue;
    const cases = pallets.flatMap((pallet) => world.unpack(at, pallet, unpacking(dice)));
    yield hours(dice, 1, 4);
    pallets = [];
    for (const load of chunks(dice.shuffled(cases), size.perPallet)) {
      const cage = dice.once(2) ? chain.tote() : `s:pallet${world.next('pallet')}`;
      world.pack(at, cage, load);
      pallets.push(cage);
    }
  }
  for (const pallet of pallets) {
    const cases = world.unpack(at, pallet, unpacking(dice));
    chain.free(pallet);
    yield hours(dice, 0, 2);
    for (const box of cases) yield* opened(chain, sector, at, world.unpack(at, box, unpacking(dice)));
  }
}

/** Half of a lot goes loose to one customer, half in a drum to another; there it is used or destroyed. */
function* deliverLoose(chain: Chain, sector: Sector, maker: string, goods: Amount[]): Process {
  const { world, dice } = chain;
  for (const [n, share] of [0.5, 1].entries()) {
    yield hours(dice, 0, 2);
    const there = world.stockOf(maker).find(({ lot }) => lot === goods[0]?.id);
    if (!there) return;
    const uom = there.uom;
    const amount = { id: there.lot, quantity: Math.ceil(there.quantity * share), uom };
    const to = chain.party(sector.road.at(-1)!);
    const drum = n === 1 ? chain.tote() : undefined;
    if (drum) world.pack(maker, drum, [], [amount]);
    yield* haul(chain, sector, maker, to, drum ? [{ id: drum }] : [amount]);
    const isUsed = dice.once(2);
    const isDumped = isUsed && drum !== undefined && dice.once(2);
    if (drum && !isDumped) world.unpack(to, drum, 'list');
    yield hours(dice, 1, 4);
    const used = { id: chain.lot(`${sector.product}USE`), quantity: amount.quantity, uom };
    if (isUsed) world.transform(to, [isDumped ? { id: drum } : amount], [used]);
    else world.end(to, [amount], 'destroying');
    if (drum && isDumped) world.emptied(to, drum);
    if (drum) chain.free(drum);
  }
}

/** What becomes of the items of a case: new tags, kits, an end. */
function* opened(chain: Chain, sector: Sector, at: string, found: string[]): Process {
  const { world, dice } = chain;
  const items = found.map((item) => {
    if (!dice.chance(sector.retag)) return item;
    const id = `i:${sector.product}.${world.next(`${sector.product} serial`)}`;
    const lot = dice.once(2) ? chain.lotOf.get(item) : undefined;
    world.transform(at, [{ id: item }], [{ id }], lot ? { lot } : {});
    return id;
  });
  yield hours(dice, 1, 12);
  const [part, ...rest] = items;
  if (part && dice.chance(sector.kit)) {
    const kit = `i:KIT.${world.next('kit')}`;
    world.commission(at, kit, '1');
    world.fit(at, kit, part, true);
  }
  const ended = rest.filter(() => dice.chance(sector.end.share));
  if (ended.length > 0)
    world.end(
      at,
      ended.map((id) => ({ id })),
      sector.end.step,
    );
}

/** Raw lots to a maker, one or more runs, deliveries beside. */
function* order(chain: Chain, sector: Sector): Process {
  const { dice, size } = chain;
  const maker = chain.party(sector.maker);
  const given: Amount[] = [];
  for (const [n, raw] of sector.raw.entries())
    if (n === 0 || dice.once(2)) given.push(yield* supply(chain, sector, raw, maker));
  const runs = dice.between(...size.runs);
  let lot = chain.lot(sector.product);
  for (let left = runs; left > 0; left--) {
    // a carrier is dumped in one run alone
    const inputs = given.flatMap((amount, n) =>
      amount.id.startsWith('g:') && n % runs !== runs - left ? [] : portion(chain, maker, amount, left),
    );
    const goods = yield* produce(chain, sector, maker, inputs, lot);
    const [first] = goods;
    const delivery = first?.quantity === undefined ? distribute : deliverLoose;
    if (first) chain.spawn(delivery(chain, sector, maker, goods), hours(dice, 0, 3));
    if (!dice.chance(sector.sameLot)) lot = chain.lot(sector.product);
  }
}

/** A true world of chance, from its first harvest until the last order is delivered. */
export function trueWorld(dice: Dice, size: Size): TrueWorld {
  const chain = new Chain(dice, size);
  for (let n = dice.between(...size.orders); n > 0; n--)
    chain.spawn(order(chain, dice.pick(SECTORS)), dice.below(size.span));
  chain.run();
  return chain.world;
}
