// Small worlds of chance in which everything collides, and the questions to ask of them.
import { type Op, OPS } from '../../src/trace/index.ts';
import type { Dice } from '../simulate/dice.ts';
import type { When } from './scenario.ts';

const ITEMS = ['i:A.1', 'i:A.2', 'i:B.1'];
const CARRIERS = ['s:P', 's:C', 'g:T'];
const ASSETS = ['a:E'];
const LOTS = ['l:A.L', 'l:A.M', 'l:R.1', 'l:F.1'];
const CLASSES = ['c:A', 'c:R'];
const IDS = [...ITEMS, ...CARRIERS, ...ASSETS, ...LOTS, ...CLASSES];
const AMOUNTS = ['', '=1KGM', '=2KGM', '=2KGM', '=3KGM', '=500GRM', '=1', '=2', '=1XBX'];
const STEPS = ['shipping', 'departing', 'receiving', 'arriving', 'inspecting'];
const LAST_MINUTE = 6;

/** What plays in one world; the fewer, the more they collide. */
interface Cast {
  items: string[];
  carriers: string[];
  things: string[];
  lots: string[];
  classes: string[];
  lastMinute: number;
}

function castOf(dice: Dice): Cast {
  const items = dice.some(ITEMS, 1, 4);
  const carriers = dice.some(CARRIERS, 1, 4);
  const assets = dice.some(ASSETS, 0, 1);
  return {
    items,
    carriers,
    things: [...items, ...items, ...carriers, ...assets],
    lots: dice.some(LOTS, 1, 4),
    classes: dice.some(CLASSES, 0, 2),
    lastMinute: 2 + dice.below(LAST_MINUTE - 1),
  };
}

type Writer = (dice: Dice, cast: Cast) => string;

const amounts = (dice: Dice, lots: string[]): string[] => lots.map((lot) => `${lot}${dice.pick(AMOUNTS)}`);

/** Things and lots of one list of an event. */
const stuff = (dice: Dice, { things, lots, classes }: Cast): string[] => [
  ...dice.some(things, 0, 3),
  ...amounts(dice, dice.some([...lots, ...lots, ...classes], 0, 2)),
];

const filled: Writer = (dice, cast) => {
  const list = stuff(dice, cast);
  return (list.length > 0 ? list : [dice.pick(cast.things)]).join(' ');
};

const ACTIONS = ['ADD', 'ADD', 'OBSERVE', 'DELETE'];
const place = (dice: Dice): string => dice.pick(['', '', ' loc=F', ' loc=G', ' rp=GATE']);
const step = (dice: Dice): string => (dice.once(2) ? ` step=${dice.pick(STEPS)}` : '');
const lot = (dice: Dice): string => (dice.once(2) ? ` lot=${dice.pick(['L', 'L', 'M'])}` : '');

/** The rest of an event's line by its type. */
const BODIES: readonly Writer[] = [
  (dice, cast) => `O ADD ${filled(dice, cast)}${lot(dice)}${place(dice)}`,
  (dice, cast) => `O ${dice.pick(ACTIONS)} ${filled(dice, cast)}${step(dice)}${place(dice)}`,
  (dice, { lots }) => `O OBSERVE ${amounts(dice, dice.some(lots, 1, 1)).join(' ')} step=${dice.pick(STEPS)}`,
  (dice, { things }) => `X ADD ${dice.some(things, 1, 2).join(' ')}${place(dice)}`,
  // what chance alone seldom brings about: items of a lot without books, boxes in boxes that go in unopened
  (dice, { items }) => `O ADD ${dice.pick(items)} lot=L`,
  (dice, { carriers, things }) => `T ${dice.pick(carriers)} > ${dice.pick(things)}`,
  (dice) => `A ADD ${dice.pick(CARRIERS)} < ${dice.pick(CARRIERS)}`,
  aggregation,
  aggregation,
  association,
  (dice, cast) => `T ${filled(dice, cast)} > ${filled(dice, cast)}${lot(dice)}${place(dice)}`,
  (dice, cast) => {
    const side = dice.below(3);
    const into = side === 1 ? '' : filled(dice, cast);
    const out = side === 0 ? '' : `${filled(dice, cast)}${lot(dice)}`;
    return `T ${into} > ${out} xid=${dice.pick(['X', 'Y'])}`;
  },
];

function aggregation(dice: Dice, cast: Cast): string {
  const parent = dice.pick([...cast.carriers, ...cast.things]);
  if (dice.once(8)) return `A DELETE ${parent} <${place(dice)}`;
  if (dice.once(12)) return `A OBSERVE ${filled(dice, cast)}${place(dice)}`;
  return `A ${dice.pick(ACTIONS)} ${parent} < ${filled(dice, cast)}${step(dice)}${place(dice)}`;
}

function association(dice: Dice, { things, lots }: Cast): string {
  const parent = dice.pick([...things, ...things, 'p:DOCK']);
  const children = dice.once(6) ? [] : [...dice.some(things, 1, 2), ...(dice.once(4) ? [dice.pick(lots)] : [])];
  const others = children.filter((id) => id !== parent);
  return others.length === 0 ? `S DELETE ${parent} <` : `S ${dice.pick(ACTIONS)} ${parent} < ${others.join(' ')}`;
}

/** The lines of one world, in the notation of scenario.ts. */
export function worldLines(dice: Dice): string[] {
  const cast = castOf(dice);
  const writers = dice.once(2) ? BODIES : Array.from({ length: 4 }, () => dice.pick(BODIES));
  const minute = (): number => 1 + dice.below(cast.lastMinute);
  const body = (): string => dice.pick(writers)(dice, cast);
  const lines: string[] = [];
  const count = 2 + dice.below(dice.once(10) ? 30 : 11);
  const inOrder = dice.once(2);
  for (let i = 0; i < count; i++) {
    const time = inOrder ? 1 + Math.floor((i * cast.lastMinute) / count) : minute();
    const record = dice.once(3) ? ` r=${minute()}` : '';
    lines.push(`e${i}@${time} ${body()}${record}`);
  }
  if (dice.once(4)) lines.push(`${dice.pick(lines).replace(/ r=\d+/, '')} r=${minute()}`);
  if (dice.once(4)) lines.push(`e${dice.below(count)}@${minute()} ${body()} r=${minute()}`);
  for (let i = dice.pick([0, 0, 0, 1, 1, 2]); i > 0; i--) {
    const corrective = dice.once(3) ? ` +e${dice.below(count + 2)}` : '';
    lines.push(`e${dice.below(count + 1)}!${minute()} incorrect_data${corrective}`);
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
