// The true world of the simulator: what lies where, what is in what, and of which lots each thing has matter in it. Each
// act changes the world and is a deed, which the parties report as well as they can (faults.ts).
import type { Dice } from './dice.ts';

/** A thing, or a quantity of a lot, in the names of test/trace/scenario.ts. */
export interface Amount {
  id: string;
  quantity?: number;
  uom?: string;
}

type What =
  | 'make'
  | 'transform'
  | 'pack'
  | 'unpack'
  | 'ship'
  | 'receive'
  | 'gate'
  | 'trade'
  | 'fit'
  | 'unfit'
  | 'end'
  | 'copy';

/** What somebody truly did, as the event that a perfect party would report of it. */
export interface Deed {
  what: What;
  /** Minutes after the start; no two deeds have the same. */
  minute: number;
  /** Who did it, and reports it. */
  party: string;
  /** Type and action in the notation of scenario.ts. */
  head: `${'O' | 'A' | 'S' | 'X'} ${'ADD' | 'OBSERVE' | 'DELETE'}` | 'T';
  parent?: string;
  /** Of a transformation the inputs. */
  list: Amount[];
  outputs?: Amount[];
  step?: string;
  loc?: string;
  rp?: string;
  /** Lot number of the ILMD. */
  lot?: string;
  /** transformationID. */
  run?: string;
}

/** What no event can lie about. */
export interface Truth {
  /** By thing or lot: every thing and lot whose matter is or was in it, itself too. */
  matterIn: Map<string, Set<string>>;
  /** By carrier: every thing that ever lay in it, at any depth. */
  layIn: Map<string, Set<string>>;
  /** Where each thing is or ended. */
  placeOf: Map<string, string>;
}

/** Some of a lot, at a party or in a carrier; what is of one lot in one place is mixed. */
interface Portion {
  lot: string;
  quantity: number;
  uom: string;
  matter: ReadonlySet<string>;
}

/** Deeds are at least this far apart; a power of two, so that times are exact. */
const TICK_MINUTES = 1 / 16;

const union = (sets: Iterable<ReadonlySet<string>>): Set<string> => {
  const all = new Set<string>();
  for (const set of sets) for (const id of set) all.add(id);
  return all;
};

/** Product and lot number of `l:PRODUCT.NUMBER`. */
export const partsOf = (id: string): [product: string, number: string] => {
  const [product = '', number = ''] = id.slice(2).split('.');
  return [product, number];
};

export class TrueWorld {
  readonly dice: Dice;
  readonly deeds: Deed[] = [];
  readonly truth: Truth = { matterIn: new Map(), layIn: new Map(), placeOf: new Map() };
  /** Minutes after the start; the next deed is not before. */
  now = 0;
  readonly #stock = new Map<string, Map<string, Portion>>();
  readonly #inside = new Map<string, Set<string>>();
  readonly #numbers = new Map<string, number>();

  constructor(dice: Dice) {
    this.dice = dice;
  }

  /** The next number of a sort: serials, lots, carriers. */
  next(sort: string): number {
    const number = (this.#numbers.get(sort) ?? 0) + 1;
    this.#numbers.set(sort, number);
    return number;
  }

  tell(deed: Omit<Deed, 'minute'>): void {
    const last = this.deeds.at(-1)?.minute ?? -TICK_MINUTES;
    this.now = Math.max(this.now, last + TICK_MINUTES);
    this.deeds.push({ ...deed, minute: this.now });
  }

  stockOf(where: string): Portion[] {
    return [...(this.#stock.get(where)?.values() ?? [])];
  }

  thingsIn(carrier: string): string[] {
    return [...(this.#inside.get(carrier) ?? [])];
  }

  put(where: string, portion: Portion): void {
    const stock = this.#stock.get(where) ?? new Map<string, Portion>();
    this.#stock.set(where, stock);
    const there = stock.get(portion.lot);
    const quantity = portion.quantity + (there?.quantity ?? 0);
    const matter = there ? union([portion.matter, there.matter]) : portion.matter;
    stock.set(portion.lot, { ...portion, quantity, matter });
  }

  /** At most `quantity` of a lot, out of a place. */
  take(where: string, lot: string, quantity: number): Portion {
    const stock = this.#stock.get(where);
    const there = stock?.get(lot);
    if (!stock || !there) throw new Error(`no ${lot} at ${where}`);
    const taken = Math.min(quantity, there.quantity);
    if (taken === there.quantity) stock.delete(lot);
    else stock.set(lot, { ...there, quantity: there.quantity - taken });
    return { ...there, quantity: taken };
  }

  #holds(id: string, matter: Iterable<string>): void {
    const known = this.truth.matterIn.get(id) ?? new Set([id]);
    this.truth.matterIn.set(id, known);
    for (const one of matter) known.add(one);
  }

  matterOf(id: string): ReadonlySet<string> {
    return this.truth.matterIn.get(id) ?? new Set([id]);
  }

  /** Things and portions in `carrier`, at any depth: the matter of all. */
  #matterInside(carrier: string): Set<string> {
    const parts = this.thingsIn(carrier).flatMap((id) => [this.matterOf(id), this.#matterInside(id)]);
    return union([...parts, ...this.stockOf(carrier).map(({ matter }) => matter)]);
  }

  allInside(carrier: string): string[] {
    return this.thingsIn(carrier).flatMap((id) => [id, ...this.allInside(id)]);
  }

  #place(ids: string[], party: string): void {
    for (const id of ids) for (const one of [id, ...this.allInside(id)]) this.truth.placeOf.set(one, party);
  }

  /** A lot comes into being; `told: false` where its maker sends no events. */
  make(party: string, { id, quantity, uom }: Required<Amount>, told = true): void {
    this.#holds(id, []);
    this.put(party, { lot: id, quantity, uom, matter: new Set([id]) });
    const list = [{ id, quantity, uom }];
    if (told) this.tell({ what: 'make', party, head: 'O ADD', list, step: 'commissioning', loc: party });
  }

  /** A thing of its own: a logger, a kit. */
  commission(party: string, id: string, lot?: string): void {
    this.#holds(id, []);
    this.#place([id], party);
    this.tell({ what: 'make', party, head: 'O ADD', list: [{ id }], loc: party, ...(lot && { lot }) });
  }

  /** Things and quantities go into a carrier. */
  pack(party: string, carrier: string, things: string[], amounts: Required<Amount>[] = []): void {
    const inside = this.#inside.get(carrier) ?? new Set<string>();
    this.#inside.set(carrier, inside);
    for (const id of things) inside.add(id);
    for (const { id, quantity } of amounts) this.put(carrier, this.take(party, id, quantity));
    const lain = this.truth.layIn.get(carrier) ?? new Set<string>();
    this.truth.layIn.set(carrier, lain);
    for (const id of this.allInside(carrier)) lain.add(id);
    this.#place([carrier], party);
    const list = [...things.map((id) => ({ id })), ...amounts];
    this.tell({ what: 'pack', party, head: 'A ADD', parent: carrier, list, step: 'packing', loc: party });
  }

  /** All comes out: told with a list, without one, or by retiring the carrier; a reusable one is never retired. */
  unpack(party: string, carrier: string, how: 'list' | 'all' | 'retire'): string[] {
    const things = this.thingsIn(carrier);
    const amounts = this.stockOf(carrier);
    this.#inside.delete(carrier);
    for (const { lot, quantity } of amounts) this.put(party, this.take(carrier, lot, quantity));
    this.#place(things, party);
    const list = [
      ...things.map((id) => ({ id })),
      ...amounts.map(({ lot: id, quantity, uom }) => ({ id, quantity, uom })),
    ];
    const deed = { what: 'unpack', party, step: 'unpacking', loc: party } as const;
    if (how === 'retire' && carrier.startsWith('s:'))
      this.tell({ ...deed, head: 'O DELETE', list: [{ id: carrier }], step: 'decommissioning' });
    else this.tell({ ...deed, head: 'A DELETE', parent: carrier, list: how === 'list' ? list : [] });
    return things;
  }

  /** Things and quantities leave a party; a quantity of a lot is then nowhere until it is received. */
  ship(party: string, list: Amount[]): void {
    for (const { id, quantity } of list)
      if (quantity !== undefined) this.put(`road ${id}`, this.take(party, id, quantity));
    this.tell({ what: 'ship', party, head: 'O OBSERVE', list, step: 'shipping', rp: party });
  }

  receive(party: string, list: Amount[], step = 'receiving'): void {
    for (const { id, quantity } of list)
      if (quantity !== undefined) this.put(party, this.take(`road ${id}`, id, quantity));
    this.#place(
      list.filter(({ quantity }) => quantity === undefined).map(({ id }) => id),
      party,
    );
    this.tell({ what: 'receive', party, head: 'O OBSERVE', list, step, loc: party });
  }

  /**
   * Everything that goes in comes to be in everything that comes out. `inputs` are things, quantities at the party, and
   * carriers that are dumped in; `before` is matter that is in the vessel already. Returns the matter.
   */
  transform(
    party: string,
    inputs: Amount[],
    outputs: Amount[],
    more: { lot?: string; run?: string; before?: ReadonlySet<string>; from?: string } = {},
  ): ReadonlySet<string> {
    const { lot, run, before = new Set(), from = party } = more;
    const matter = union([
      before,
      ...inputs.map(({ id, quantity }) => {
        if (quantity === undefined) return union([this.matterOf(id), this.#matterInside(id)]);
        return this.take(from, id, quantity).matter;
      }),
    ]);
    for (const { id, quantity, uom } of outputs) {
      this.#holds(id, matter);
      if (quantity !== undefined)
        this.put(from, { lot: id, quantity, uom: uom ?? 'EA', matter: new Set([...matter, id]) });
      else {
        // an item is of its lot, and so has the lot's matter by name
        if (lot) {
          const own = `l:${partsOf(id)[0]}.${lot}`;
          this.#holds(own, matter);
          this.#holds(id, [own]);
        }
        this.#place([id], party);
      }
    }
    const told = { ...(lot && { lot }), ...(run && { run }) };
    this.tell({ what: 'transform', party, head: 'T', list: inputs, outputs, loc: party, ...told });
    return matter;
  }

  /** What was dumped is no longer in its carrier. */
  emptied(party: string, carrier: string): void {
    for (const { lot, quantity } of this.stockOf(carrier)) this.take(carrier, lot, quantity);
    this.#inside.delete(carrier);
    this.tell({ what: 'unpack', party, head: 'A DELETE', parent: carrier, list: [], loc: party });
  }

  /** A part is fitted to an assembly, or comes off again; what is in it stays in it. */
  fit(party: string, parent: string, part: string, isPart: boolean): void {
    if (isPart) this.#holds(parent, this.matterOf(part));
    this.tell({ what: 'fit', party, head: 'S ADD', parent, list: [{ id: part }], loc: party });
  }

  unfit(party: string, parent: string, part: string): void {
    this.#place([part], party);
    this.tell({ what: 'unfit', party, head: 'S DELETE', parent, list: [{ id: part }], loc: party });
  }

  /** Things, or quantities at the party, are sold, dispensed or destroyed. */
  end(party: string, list: Amount[], step: string): void {
    for (const { id, quantity } of list) if (quantity !== undefined) this.take(party, id, quantity);
    this.#place(
      list.filter(({ quantity }) => quantity === undefined).map(({ id }) => id),
      party,
    );
    this.tell({ what: 'end', party, head: 'O DELETE', list, step, loc: party });
  }
}
