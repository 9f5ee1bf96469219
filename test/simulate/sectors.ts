// Who plays in the simulated supply chain, and what each sector makes, packs and sends: tables alone.

/** Parties by role; 200 in the whole world. */
export const PARTIES = {
  farm: 40,
  plant: 12,
  importer: 8,
  factory: 25,
  packer: 10,
  carrier: 15,
  customs: 5,
  warehouse: 25,
  shop: 40,
  hospital: 20,
} as const;

export type Role = keyof typeof PARTIES;

/** How the lots on the line become the product. */
type Mixing =
  /** Each run is a batch of its own. */
  | 'batch'
  /** Into a silo that is never empty: what is left (the heel) goes into the next filling. */
  | 'heel'
  /** One transformationID over days: fed and drawn from in turn. */
  | 'campaign';

interface Raw {
  product: string;
  from: Role;
  uom: string;
  /** A reusable carrier (GRAI) is filled with it; `dumped`: it goes to the line unopened, and alone is named as input. */
  carrier?: 'unpacked' | 'dumped';
}

export interface Sector {
  name: string;
  raw: Raw[];
  maker: Role;
  mixing: Mixing[];
  /** Where the product is a bulk lot first, and gets serials in a step of its own. */
  bulk?: { product: string; uom: string };
  product: string;
  /** Stops on the way from the maker; the last sells, dispenses or uses it up. */
  road: Role[];
  /** How it ends, and which share of it. */
  end: { step: string; share: number };
  /** Probabilities in a run. */
  rework: number;
  /** The product is a quantity of a lot, without serials. */
  loose: number;
  sameLot: number;
  customs: number;
  /** Items that get a new tag on the way, loggers on pallets, items built into kits: probabilities. */
  retag: number;
  logger: number;
  kit: number;
}

export const SECTORS: readonly Sector[] = [
  {
    name: 'food',
    raw: [
      { product: 'SPINACH', from: 'farm', uom: 'KGM', carrier: 'unpacked' },
      { product: 'HERBS', from: 'farm', uom: 'KGM', carrier: 'dumped' },
      { product: 'MILK', from: 'importer', uom: 'LTR' },
    ],
    maker: 'factory',
    mixing: ['batch', 'heel'],
    product: 'SALAD',
    road: ['packer', 'warehouse', 'shop'],
    end: { step: 'retail_selling', share: 0.6 },
    rework: 0.25,
    loose: 0.1,
    sameLot: 0.3,
    customs: 0.1,
    retag: 0,
    logger: 0.1,
    kit: 0,
  },
  {
    name: 'drugs',
    raw: [
      { product: 'SUBSTANCE', from: 'plant', uom: 'KGM', carrier: 'dumped' },
      { product: 'STARCH', from: 'importer', uom: 'KGM' },
    ],
    maker: 'plant',
    mixing: ['batch', 'campaign'],
    bulk: { product: 'TABLETS', uom: 'KGM' },
    product: 'PACK',
    road: ['warehouse', 'hospital'],
    end: { step: 'dispensing', share: 0.5 },
    rework: 0.1,
    loose: 0,
    sameLot: 0.2,
    customs: 0.3,
    retag: 0.05,
    logger: 0.5,
    kit: 0.1,
  },
  {
    name: 'chemicals',
    raw: [
      { product: 'CRUDE', from: 'importer', uom: 'TNE' },
      { product: 'SOLVENT', from: 'plant', uom: 'LTR', carrier: 'dumped' },
    ],
    maker: 'plant',
    mixing: ['heel', 'campaign'],
    product: 'DRUM',
    road: ['warehouse', 'factory'],
    end: { step: 'destroying', share: 0.3 },
    rework: 0.3,
    loose: 0.5,
    sameLot: 0.4,
    customs: 0.5,
    retag: 0.02,
    logger: 0.2,
    kit: 0,
  },
];

/** How large a world is. */
export interface Size {
  /** Orders in it, of which each brings raw lots, runs and deliveries. */
  orders: [least: number, most: number];
  /** Parties of a role that take part, at most; the fewer, the more goods meet. */
  parties: number;
  /** Production runs of an order. */
  runs: [least: number, most: number];
  items: [least: number, most: number];
  perCase: number;
  perPallet: number;
  /** Minutes in which orders begin. */
  span: number;
}

const DAY_MINUTES = 24 * 60;

export const SIZES = {
  tiny: { orders: [1, 1], parties: 1, runs: [1, 1], items: [1, 3], perCase: 2, perPallet: 2, span: 60 },
  small: { orders: [1, 2], parties: 2, runs: [1, 2], items: [2, 4], perCase: 2, perPallet: 2, span: DAY_MINUTES },
  middle: { orders: [3, 5], parties: 3, runs: [1, 2], items: [2, 6], perCase: 3, perPallet: 2, span: 2 * DAY_MINUTES },
  full: {
    orders: [80, 90],
    parties: 40,
    runs: [1, 3],
    items: [12, 40],
    perCase: 5,
    perPallet: 4,
    span: 14 * DAY_MINUTES,
  },
} as const satisfies Record<string, Size>;

export type SizeName = keyof typeof SIZES;
