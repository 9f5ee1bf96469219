import {
  type Amount,
  type DemoEvent,
  type Ledger,
  type Truth,
  at,
  between,
  end,
  makeLot,
  move,
  openLedger,
  pack,
  report,
  transform,
} from './demo-ledger.ts';
import { PLACES, PRODUCTS, carrierOf, itemOf, lotOf, masterData, palletOf } from './demo-names.ts';

/** A pallet that goes round between the two live gates. */
export interface LivePallet {
  sscc: string;
  cases: string[];
}

/** What the start page offers to click on. */
interface DemoRecall {
  id: string;
  title: { en: string; zh: string };
}

export interface DemoWorld {
  /** EPCIS documents in the order of their upload. */
  documents: Record<string, unknown>[];
  /** Different events in them, declarations included. */
  eventCount: number;
  truth: Truth;
  badLot: string;
  recalls: DemoRecall[];
  livePallets: LivePallet[];
}

/** Days that the story covers, so that a world which began this long ago ends now. */
export const WORLD_DAYS = 12;
const CASES_PER_PALLET = 12;
const LIVE_PALLETS_PER_RUN = 2;
const SHOPS = [PLACES.shop1.id, PLACES.shop2.id, PLACES.shop3.id, PLACES.shop4.id];

interface Run {
  items: string[];
  lot: string;
}

/** Counts up the serials of one world. */
interface Serials {
  item: number;
  pallet: number;
}

/** One production run: the lots on the line become cases of `lot`, on pallets of twelve. */
function run(
  ledger: Ledger,
  serials: Serials,
  day: number,
  make: { product: keyof typeof PRODUCTS; lot: string; cases: number; from: Amount[] },
): Run {
  const product = PRODUCTS[make.product];
  const items = Array.from({ length: make.cases }, () => itemOf(product, serials.item++));
  const lot = lotOf(product, make.lot);
  transform(ledger, day, PLACES.factory.id, make.from, { lot, items });
  return { items, lot };
}

function palletise(ledger: Ledger, serials: Serials, day: number, items: string[]): LivePallet[] {
  const pallets: LivePallet[] = [];
  for (let from = 0; from < items.length; from += CASES_PER_PALLET) {
    const pallet = { sscc: palletOf(2, serials.pallet++), cases: items.slice(from, from + CASES_PER_PALLET) };
    pack(ledger, day + from / 2000, PLACES.factory.id, 'ADD', pallet.sscc, { items: pallet.cases });
    pallets.push(pallet);
  }
  return pallets;
}

/** Harvests and deliveries: the first act. The imported lettuce was never made here, which its trace must say. */
function harvest(ledger: Ledger): { spinach: Amount[]; lettuce: Amount[] } {
  const { random } = ledger;
  const kilos = (lot: string): Amount => ({ lot, quantity: between(random, 40, 90) * 10, uom: 'KGM' });
  const spinach = ['SP-0410', 'SP-0412', 'SP-0413'].map((lot) => kilos(lotOf(PRODUCTS.spinach, lot)));
  const lettuce = [kilos(lotOf(PRODUCTS.lettuce, 'LT-88')), kilos(lotOf(PRODUCTS.importedLettuce, 'IM-7'))];
  spinach.forEach((amount, n) => makeLot(ledger, 0.2 + n / 8, PLACES.farm.id, amount));
  makeLot(ledger, 0.3, PLACES.lettuceFarm.id, lettuce[0]!);
  move(ledger, 0.7, { amounts: spinach }, { from: PLACES.farm.id, to: PLACES.factory.id, hours: 3 });
  move(ledger, 0.72, { amounts: [lettuce[0]!] }, { from: PLACES.lettuceFarm.id, to: PLACES.factory.id, hours: 4 });
  // Only its receipt is known: it came from a company that sends no events.
  report(ledger, 0.9, {
    type: 'ObjectEvent',
    action: 'OBSERVE',
    bizStep: 'receiving',
    disposition: 'in_progress',
    quantityList: [{ epcClass: lettuce[1]!.lot, quantity: lettuce[1]!.quantity, uom: 'KGM' }],
    ...at(PLACES.factory.id),
    sourceList: [{ type: 'location', source: PLACES.importer.id }],
  });
  return { spinach, lettuce };
}

const part = (amount: Amount, share: number): Amount => ({
  ...amount,
  quantity: Math.round(amount.quantity * share * 10) / 10,
});

/** Salad and soup: SL-102 was made in two runs, of which only the first had the bad spinach in it. */
function produce(ledger: Ledger, serials: Serials, raw: ReturnType<typeof harvest>): Record<string, Run> {
  const [early, bad, late] = raw.spinach as [Amount, Amount, Amount];
  const [lettuce, imported] = raw.lettuce as [Amount, Amount];
  const cases = (dozens: number): number => CASES_PER_PALLET * dozens + between(ledger.random, 0, 6);
  const make = (day: number, product: keyof typeof PRODUCTS, lot: string, dozens: number, from: Amount[]): Run =>
    run(ledger, serials, day, { product, lot, cases: cases(dozens), from });
  return {
    safe: make(1.3, 'salad', 'SL-100', 3, [part(early, 0.7), part(lettuce, 0.2)]),
    first: make(1.6, 'salad', 'SL-101', 5, [part(bad, 0.45), part(lettuce, 0.3)]),
    mixedBad: make(2.3, 'salad', 'SL-102', 3, [part(bad, 0.3), part(imported, 0.4)]),
    mixedGood: make(2.6, 'salad', 'SL-102', 2, [part(late, 0.3), part(imported, 0.3)]),
    soup: make(2.8, 'soup', 'SO-55', 3, [part(bad, 0.2)]),
    last: make(3.2, 'salad', 'SL-103', 4, [part(late, 0.5), part(lettuce, 0.3)]),
  };
}

/** Pallets come into the warehouse and leave as roll cages for the shops, each of which makes several trips. */
function distribute(ledger: Ledger, pallets: LivePallet[]): { late: DemoEvent[]; voided: DemoEvent[] } {
  const { random } = ledger;
  const late: DemoEvent[] = [];
  const voided: DemoEvent[] = [];
  pallets.forEach((pallet, n) => {
    const day = 4 + n / 4;
    const cage = carrierOf(3, 1 + (n % 6));
    const shop = SHOPS[n % SHOPS.length]!;
    const to = PLACES.warehouse.id;
    move(ledger, day, { things: [pallet.sscc] }, { from: PLACES.factory.id, to, hours: between(random, 2, 5) });
    // One pallet is emptied and nobody reports it: the trace must say so and still know where the cases went.
    if (n !== 2) pack(ledger, day + 0.4, to, 'DELETE', pallet.sscc, { items: pallet.cases });
    pack(ledger, day + 0.5, to, 'ADD', cage, { items: pallet.cases });
    const { received } = move(ledger, day + 0.6, { things: [cage] }, { from: to, to: shop, hours: 2 });
    const unpacked = pack(ledger, day + 0.75, shop, 'DELETE', cage, { items: pallet.cases });
    for (const item of pallet.cases) ledger.truth.placeOf.set(item, shop);
    if (n === 3) late.push(received, unpacked);
    if (n === 5) voided.push(received);
    const sold = pallet.cases.filter(() => random() < 0.3);
    if (sold.length > 0) end(ledger, day + 1.2, shop, 'retail_selling', sold);
  });
  return { late, voided };
}

/** The drug: solvent comes in a drum, tablets leave as serialised packs to two pharmacies. */
function medicine(ledger: Ledger, serials: Serials): { solvent: string; drum: string } {
  const solvent: Amount = { lot: lotOf(PRODUCTS.solvent, 'ET-2204'), quantity: 200, uom: 'LTR' };
  const substance: Amount = { lot: lotOf(PRODUCTS.substance, 'AS-17'), quantity: 25, uom: 'KGM' };
  const bulk: Amount = { lot: lotOf(PRODUCTS.bulkTablets, 'TB-09'), quantity: 24, uom: 'KGM' };
  const drum = carrierOf(5, 4711);
  const used = part(solvent, 0.3);
  const plant = PLACES.drugPlant.id;
  makeLot(ledger, 0.1, PLACES.chemicalPlant.id, solvent);
  makeLot(ledger, 0.4, plant, substance);
  pack(ledger, 0.5, PLACES.chemicalPlant.id, 'ADD', drum, { amounts: [solvent] });
  move(ledger, 0.8, { things: [drum] }, { from: PLACES.chemicalPlant.id, to: plant, hours: 6 });
  pack(ledger, 1.4, plant, 'DELETE', drum, { amounts: [used] });
  transform(ledger, 1.5, plant, [substance, used], { lot: bulk.lot, items: [], amount: bulk });
  const packs = Array.from({ length: 60 }, () => itemOf(PRODUCTS.drug, serials.item++));
  transform(ledger, 2.1, plant, [bulk], { lot: lotOf(PRODUCTS.drug, 'CM-26B'), items: packs });
  const boxes = [0, 1, 2].map((n) => ({ sscc: palletOf(4, 1 + n), packs: packs.slice(n * 20, n * 20 + 20) }));
  boxes.forEach((box, n) => {
    const pharmacy = n === 0 ? PLACES.pharmacy1.id : PLACES.pharmacy2.id;
    const depot = PLACES.wholesaler.id;
    pack(ledger, 2.4, plant, 'ADD', box.sscc, { items: box.packs });
    move(ledger, 3, { things: [box.sscc] }, { from: plant, to: depot, hours: 8 });
    for (const item of box.packs) ledger.truth.placeOf.set(item, n === 2 ? depot : pharmacy);
    if (n === 2) return;
    move(ledger, 5 + n, { things: [box.sscc] }, { from: depot, to: pharmacy, hours: 4 });
    pack(ledger, 5.5 + n, pharmacy, 'DELETE', box.sscc, { items: box.packs });
    end(ledger, 7 + n, pharmacy, 'dispensing', box.packs.slice(0, between(ledger.random, 3, 9)));
  });
  return { solvent: solvent.lot, drum };
}

/** The receipt booked at the wrong time is declared an error and told again. */
function correct(ledger: Ledger, wrong: DemoEvent[]): DemoEvent[] {
  return wrong.flatMap((event) => {
    const { eventID: _wrongID, eventTime, ...fields } = event;
    const day = (Date.parse(eventTime) - ledger.start) / 86_400_000 + 0.02;
    const right = report(ledger, day, fields);
    const declaration = {
      declarationTime: new Date(Date.parse(eventTime) + 3_600_000).toISOString(),
      reason: 'incorrect_data',
      correctiveEventIDs: [right.eventID],
    };
    return [{ ...event, errorDeclaration: declaration }, right];
  });
}

const documentOf = (eventList: DemoEvent[], start: number, header = {}): Record<string, unknown> => ({
  '@context': ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'],
  type: 'EPCISDocument',
  schemaVersion: '2.0',
  creationDate: new Date(start + WORLD_DAYS * 86_400_000).toISOString(),
  ...header,
  epcisBody: { eventList },
});

/**
 * A small supply chain, told by its events: farm, factory, warehouse and shops; a drug; a drum of solvent. One spinach
 * lot is bad. Some events are missing, late, told twice or wrong, as they are in life.
 * The same seed and start (milliseconds since 1970) give the same world.
 */
export function demoWorld(seed: number, start: number): DemoWorld {
  const ledger = openLedger(seed, start);
  const serials: Serials = { item: 1000, pallet: 100 };
  const raw = harvest(ledger);
  const runs = produce(ledger, serials, raw);
  const shipped = ['first', 'safe', 'mixedGood', 'soup'].flatMap((name, n) =>
    palletise(ledger, serials, 2.2 + n / 3, runs[name]!.items),
  );
  const waiting = ['mixedBad', 'last'].flatMap((name, n) =>
    palletise(ledger, serials, 3.4 + n / 4, runs[name]!.items).slice(0, LIVE_PALLETS_PER_RUN),
  );
  const { late, voided } = distribute(ledger, shipped);
  const { solvent, drum } = medicine(ledger, serials);
  const main = ledger.events
    .filter((event) => !late.includes(event))
    .sort((a, b) => Date.parse(a.eventTime) - Date.parse(b.eventTime));
  const twice = main.slice(20, 23);
  const corrections = correct(ledger, voided);
  const badLot = raw.spinach[1]!.lot;
  return {
    documents: [
      documentOf([...main, ...twice], start, { epcisHeader: masterData() }),
      documentOf(late, start),
      documentOf(corrections, start),
    ],
    eventCount: main.length + late.length + corrections.length,
    truth: ledger.truth,
    badLot,
    recalls: [
      {
        id: badLot,
        title: {
          en: 'Baby spinach lot SP-0412: Listeria found in a retained sample',
          zh: '嫩菠菜批次 SP-0412：留样检出李斯特菌',
        },
      },
      {
        id: solvent,
        title: {
          en: 'Ethanol lot ET-2204: benzene above the limit',
          zh: '药用乙醇批次 ET-2204：苯含量超标',
        },
      },
      { id: drum, title: { en: 'The drum that it came in', zh: '装运该批次的桶' } },
    ],
    livePallets: waiting,
  };
}
