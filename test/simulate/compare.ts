// The product's answers held against the plain interpreter's in worlds of the simulator: every operation, at every as-of
// cut of each world, and once more with its reports arriving in another order.
import { isDeepStrictEqual } from 'node:util';
import type { Facts } from '../../src/trace/fact.ts';
import { type Op, OPS } from '../../src/trace/index.ts';
import { compare, type Disagreement } from '../trace/oracle.ts';
import type { Asking } from '../trace/oracle-worlds.ts';
import { type Story, story, type When } from '../trace/scenario.ts';
import { Dice } from './dice.ts';
import { allAt } from './faults.ts';
import type { SizeName } from './sectors.ts';
import { simulate } from './simulate.ts';

/** A small world's faults are many times as frequent as life's, or none would be in it. */
const FACTORS = [0, 1, 5, 20];
/** Mostly tiny ones: what is wrong shows in them too, and ten thousand are done in half an hour. */
const SIZES: readonly SizeName[] = [...Array<SizeName>(36).fill('tiny'), ...Array<SizeName>(3).fill('small'), 'middle'];
const IDS_AT_END = 4;
const UNKNOWN = 'i:NOBODY.1';
const UNITS = ['GRM', 'TNE', 'EA', 'LTR', 'XBX'];

const ID = /(?<= )[ilsgac]:[\w.]+/g;
const numbersOf = (lines: readonly string[], form: RegExp): number[] =>
  [...new Set(lines.flatMap((line) => form.exec(line)?.[1] ?? []))].map(Number).sort((a, b) => a - b);

/** A world as it is told, and what can be asked of it. */
interface Telling {
  lines: string[];
  ids: string[];
  eventIDs: string[];
  /** Minutes at which something happened. */
  times: number[];
  /** Minutes at which something was learnt: after each of them the record is another. */
  cuts: number[];
}

function telling(lines: string[]): Telling {
  return {
    lines,
    ids: [...new Set(lines.flatMap((line) => line.match(ID) ?? [])), UNKNOWN],
    eventIDs: [...new Set(lines.map((line) => /^\w+/.exec(line)![0]))],
    times: numbersOf(lines, /^\w+@(-?[\d.]+)/),
    cuts: numbersOf(lines, /(?:r=|^\w+!)([\d.]+)/),
  };
}

/** The world of a seed. */
const linesOf = (seed: number, dice: Dice): string[] =>
  simulate(seed, dice.pick(SIZES), allAt(dice.pick(FACTORS))).lines;

/** A time of an event, or between two. */
const moment = (dice: Dice, times: number[]): number => dice.pick(times) + dice.pick([0, 0, 0.5]);

/** Some window, unit and rights, or none. */
function circumstances(dice: Dice, { times, eventIDs }: Telling, op: Op): When {
  const [from, to] = [moment(dice, times), moment(dice, times)].sort((a, b) => a - b) as [number, number];
  const when = { ...dice.pick<When>([{}, { at: from }, { from }, { to }, { from, to }]) };
  if (op === 'balance' && dice.once(2)) when.uom = dice.pick(UNITS);
  if (dice.once(6)) {
    when.hidden = dice.some(eventIDs, 1, 3);
    if (dice.once(2)) when.policy = dice.pick(['connected', 'strict'] as const);
  }
  return when;
}

/** Every op of some identifier at every cut, and of more of them at the end, whole and in circumstances. */
function askingsOf(dice: Dice, world: Telling): Asking[] {
  const { ids, cuts } = world;
  const chosen = (op: Op): string => (op === 'audit' && dice.once(3) ? '*' : dice.pick(ids));
  const atCuts = [-1, ...cuts].flatMap((asOf) =>
    OPS.map((op) => {
      const when = dice.once(2) ? circumstances(dice, world, op) : {};
      return { op, of: chosen(op), when: { ...when, asOf } };
    }),
  );
  const atEnd = OPS.flatMap((op) =>
    dice
      .shuffled(ids)
      .slice(0, IDS_AT_END)
      .flatMap((of) => [
        { op, of, when: {} },
        { op, of, when: circumstances(dice, world, op) },
      ]),
  );
  return [...atCuts, ...atEnd];
}

/** The world of `seed` as it was told, and the questions to it; its facts lie in an order of chance. */
export function worldOf(seed: number): { dice: Dice; world: Telling; askings: Asking[]; told: Story } {
  const dice = new Dice(seed);
  const world = telling(linesOf(seed, dice));
  const askings = askingsOf(dice, world);
  return { dice, world, askings, told: story(world.lines.join('\n'), (facts) => dice.shuffled(facts)) };
}

/** The first question on which product and rules disagree; `known` as in oracle.ts. */
export async function firstDifference(
  told: Story,
  lines: string[],
  askings: Asking[],
  known?: (asOf: number) => Facts,
): Promise<Disagreement | undefined> {
  for (const asking of askings) {
    const [difference] = await compare(told, asking, known);
    if (difference) return { lines, asking, ...difference };
  }
  return undefined;
}

/** The same reports, arriving one by one in another order; told in the order of arrival. */
function rearranged(dice: Dice, lines: readonly string[]): string[] {
  return dice
    .shuffled(lines)
    .map((line, n) => (/^\w+!/.test(line) ? line.replace(/!\S+/, `!${n}`) : line.replace(/ r=\S+/, ` r=${n}`)));
}

/** Whether the order of events hangs on arrival: two of them have one time. */
function hasTies({ lines, times }: Telling): boolean {
  const events = new Set(lines.filter((line) => !/^\w+!/.test(line)).map((line) => line.split(' ')[0]));
  return times.length < events.size;
}

/** Whether both tellings of one world give one answer at the end, where no two events have one time. */
async function arrivalDifference(
  [first, second]: readonly [Story, Story],
  lines: string[],
  askings: Asking[],
): Promise<Disagreement | undefined> {
  for (const asking of askings) {
    const [one, other] = [
      await first.ask(asking.op, asking.of, asking.when),
      await second.ask(asking.op, asking.of, asking.when),
    ];
    if (!isDeepStrictEqual(one, other))
      return { lines, asking, member: 'order of arrival', product: JSON.stringify(one), rules: JSON.stringify(other) };
  }
  return undefined;
}

interface Trialled {
  events: number;
  cuts: number;
  questions: number;
  disagreement?: Disagreement;
}

/** Holds the world of `seed` against the rules. */
export async function tryWorld(seed: number): Promise<Trialled> {
  const { dice, world, askings, told } = worldOf(seed);
  const { lines, cuts } = world;
  const otherwise = telling(rearranged(dice, lines));
  const toldOtherwise = story(otherwise.lines.join('\n'));
  const others = askingsOf(dice, otherwise).filter(() => dice.once(8));
  const atEnd = askings.filter(({ when }) => when.asOf === undefined);
  const disagreement =
    (await firstDifference(told, lines, askings)) ??
    (await firstDifference(toldOtherwise, otherwise.lines, others)) ??
    (hasTies(world) ? undefined : await arrivalDifference([told, toldOtherwise], lines, atEnd));
  const questions = askings.length + others.length + atEnd.length;
  return { events: lines.length, cuts: cuts.length, questions, ...(disagreement && { disagreement }) };
}
