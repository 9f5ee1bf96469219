// Small worlds of chance in which everything collides, and the questions to ask of them.
import { type Op, OPS } from '../../src/trace/index.ts';
import type { When } from './scenario.ts';

const ITEMS = ['i:A.1', 'i:A.2', 'i:B.1'];
const CARRIERS = ['s:P', 's:C', 'g:T'];
const ASSETS = ['a:E'];
const LOTS = ['l:A.L', 'l:A.M', 'l:R.1', 'l:F.1'];
const CLASSES = ['c:A', 'c:R'];
const THINGS = [...ITEMS, ...ITEMS, ...CARRIERS, ...ASSETS];
const IDS = [...ITEMS, ...CARRIERS, ...ASSETS, ...LOTS, ...CLASSES];
const AMOUNTS = ['', '=1KGM', '=2KGM', '=2KGM', '=3KGM', '=500GRM', '=1', '=2', '=1XBX'];
const STEPS = ['shipping', 'departing', 'receiving', 'arriving', 'inspecting'];
const LAST_MINUTE = 6;

/** Numbers of chance from a seed (mulberry32), and what is drawn with them. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  /** True once in `of` throws. */
  once(of: number): boolean {
    return this.below(of) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Between `least` and `most` different members, in any order. */
  some(list: readonly string[], least: number, most: number): string[] {
    const count = least + this.below(most - least + 1);
    return [...new Set(Array.from({ length: count }, () => this.pick(list)))];
  }
}

const amounts = (dice: Dice, lots: string[]): string[] => lots.map((lot) => `${lot}${dice.pick(AMOUNTS)}`);

/** Things and lots of one list of an event. */
const stuff = (dice: Dice): string[] => [
  ...dice.some(THINGS, 0, 2),
  ...amounts(dice, dice.some([...LOTS, ...LOTS, ...CLASSES], 0, 1)),
];

const filled = (dice: Dice): string[] => {
  const list = stuff(dice);
  return list.length > 0 ? list : [dice.pick(THINGS)];
};

const ACTIONS = ['ADD', 'ADD', 'OBSERVE', 'DELETE'];
const place = (dice: Dice): string => dice.pick(['', '', ' loc=F', ' loc=G', ' rp=GATE']);
const step = (dice: Dice): string => (dice.once(2) ? ` step=${dice.pick(STEPS)}` : '');
const lot = (dice: Dice): string => (dice.once(2) ? ` lot=${dice.pick(['L', 'L', 'M'])}` : '');

/** The rest of an event's line by its type. */
const BODIES: ((dice: Dice) => string)[] = [
  (dice) => `O ADD ${filled(dice).join(' ')}${lot(dice)}${place(dice)}`,
  (dice) => `O ${dice.pick(ACTIONS)} ${filled(dice).join(' ')}${step(dice)}${place(dice)}`,
  (dice) => `O OBSERVE ${amounts(dice, dice.some(LOTS, 1, 1)).join(' ')} step=${dice.pick(STEPS)}${place(dice)}`,
  (dice) => `X ADD ${dice.some(THINGS, 1, 2).join(' ')}${place(dice)}`,
  aggregation,
  aggregation,
  (dice) => {
    const parent = dice.pick([...ITEMS, ...CARRIERS, ...ASSETS, 'p:DOCK']);
    const empty = dice.once(6);
    const children = empty ? [] : dice.some([...ITEMS, 's:C', 'a:E'], 1, 2).filter((id) => id !== parent);
    return children.length === 0 ? `S DELETE ${parent} <` : `S ${dice.pick(ACTIONS)} ${parent} < ${children.join(' ')}`;
  },
  (dice) => `T ${filled(dice).join(' ')} > ${filled(dice).join(' ')}${lot(dice)}${place(dice)}`,
  (dice) => {
    const [into, out] = dice.pick([
      [true, false],
      [false, true],
      [true, true],
    ] as const);
    const sides = [into ? filled(dice).join(' ') : '', out ? filled(dice).join(' ') : ''];
    return `T ${sides.join(' > ')} xid=${dice.pick(['X', 'Y'])}${out ? lot(dice) : ''}`;
  },
];

function aggregation(dice: Dice): string {
  const parent = dice.pick([...CARRIERS, ...CARRIERS, ...ITEMS, ...ASSETS]);
  if (dice.once(8)) return `A DELETE ${parent} <${place(dice)}`;
  if (dice.once(12)) return `A OBSERVE ${filled(dice).join(' ')}${place(dice)}`;
  return `A ${dice.pick(ACTIONS)} ${parent} < ${filled(dice).join(' ')}${step(dice)}${place(dice)}`;
}

const minutes = (dice: Dice): number => 1 + dice.below(LAST_MINUTE);

/** The lines of one world, in the notation of scenario.ts. */
export function worldLines(dice: Dice): string[] {
  const lines: string[] = [];
  const count = 2 + dice.below(10);
  for (let i = 0; i < count; i++) {
    // half of the worlds in good order
    const time = dice.once(2) ? 1 + Math.floor((i * LAST_MINUTE) / count) : minutes(dice);
    const record = dice.once(3) ? ` r=${minutes(dice)}` : '';
    lines.push(`e${i}@${time} ${dice.pick(BODIES)(dice)}${record}`);
  }
  if (dice.once(4)) lines.push(`${dice.pick(lines).replace(/ r=\d+/, '')} r=${minutes(dice)}`);
  if (dice.once(4)) lines.push(`e${dice.below(count)}@${minutes(dice)} ${dice.pick(BODIES)(dice)} r=${minutes(dice)}`);
  for (let i = dice.pick([0, 0, 0, 1, 1, 2]); i > 0; i--) {
    const corrective = dice.once(3) ? ` +e${dice.below(count + 2)}` : '';
    lines.push(`e${dice.below(count + 1)}!${minutes(dice)} incorrect_data${corrective}`);
  }
  return lines;
}

export interface Asking {
  op: Op;
  of: string;
  when: When;
}

/** A time or none, and half-minutes too, so that a cut may fall between events. */
const cut = (dice: Dice): number => dice.below(2 * LAST_MINUTE + 2) / 2;

function window(dice: Dice): When {
  const [first, second] = [cut(dice), cut(dice)].toSorted((a, b) => a - b);
  return dice.pick<When>([{}, { at: first! }, { from: first! }, { to: first! }, { from: first!, to: second! }]);
}

/** Every op of every id, whole and through some cuts. */
export function askings(dice: Dice, lines: string[]): Asking[] {
  const hidden = lines.slice(0, 3).map((line) => /^\w+/.exec(line)![0]);
  return OPS.flatMap((op) =>
    (op === 'audit' ? [...IDS, '*'] : IDS).flatMap((of) => {
      const when: When = { ...window(dice), ...(dice.once(2) && { asOf: cut(dice) }) };
      if (dice.once(4))
        Object.assign(when, { hidden: [dice.pick(hidden)], policy: dice.pick(['connected', 'strict']) });
      const uom = op === 'balance' && dice.once(3) ? { uom: dice.pick(['GRM', 'TNE', 'EA', 'XBX']) } : {};
      return [
        { op, of, when: {} },
        { op, of, when: { ...when, ...uom } },
      ];
    }),
  );
}
