// How good the recall lists are: the answers over what was told, held against what truly has matter of the lot in it.
import { type Answer, ask, type Question } from '../../src/trace/index.ts';
import { minute, story } from '../trace/scenario.ts';
import { allAt, FAULT_NAMES, type Factors } from './faults.ts';
import type { SizeName } from './sectors.ts';
import { simulate } from './simulate.ts';
import type { Truth } from './true-world.ts';

/** Means over the questions of one world, 0 to 1. */
interface Share {
  /** Of the goods that truly are it, those on the list. */
  recall: number;
  /** Of the goods on the list, those that truly are it. */
  precision: number;
}

export interface Measured {
  /** `affected`, and `affected` with `possible`, of lots that are in something. */
  affected: Share;
  both: Share;
  /** `affected` of cases and pallets: the items that lay in them. */
  boxes: Share;
  /** Items whose place is told as it is. */
  places: number;
}

/** Times the usual rates. */
export const FACTORS = [0, 0.25, 0.5, 1, 2, 4];
/** For one fault alone: this many times its usual rate. */
export const ALONE_FACTOR = 4;
/** Uploads that are on time have come. */
const ON_TIME_MINUTES = 240;
const LOTS_ASKED = 100;
const BOXES_ASKED = 50;
const ITEMS_ASKED = 100;

/** Worlds by what goes wrong in them: all faults at some rate, or one alone. */
export const KINDS: Readonly<Record<string, Factors>> = {
  ...Object.fromEntries(FACTORS.map((factor) => [`${factor}`, allAt(factor)])),
  ...Object.fromEntries(FAULT_NAMES.map((name) => [name, { ...allAt(0), [name]: ALONE_FACTOR }])),
};

const isItem = (id: string): boolean => id.startsWith('i:');
const isLot = ([id]: [string, unknown]): boolean => id.startsWith('l:');
const isBox = ([id]: [string, unknown]): boolean => id.startsWith('s:');
const isGoods = (id: string): boolean => id.startsWith('l:') || isItem(id);

/** By lot or thing: all goods with matter of it, itself left out. */
function withMatterOf({ matterIn }: Truth): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [id, matter] of matterIn) {
    if (!isGoods(id)) continue;
    for (const of of matter) if (of !== id) found.set(of, (found.get(of) ?? new Set()).add(id));
  }
  return found;
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** To a hundredth of a percent: what a change of the last digits of a sum must not show in. */
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

/** Lists told beside lists of truth; an empty list is not wrong in anything. */
function shareOf(pairs: { told: ReadonlySet<string>; truly: ReadonlySet<string> }[]): Share {
  const right = ({ told, truly }: (typeof pairs)[number]): number => [...told].filter((id) => truly.has(id)).length;
  const listed = pairs.filter(({ told }) => told.size > 0);
  return {
    recall: rounded(mean(pairs.map((pair) => right(pair) / pair.truly.size))),
    precision: rounded(mean(listed.map((pair) => right(pair) / pair.told.size))),
  };
}

/** A repeatable choice of `most` of a list. */
const some = <T>(list: readonly T[], most: number): T[] =>
  list.filter((_, n) => n % Math.ceil(list.length / most) === 0);

/** Asks the world of `seed` at its end, when late uploads are still out. */
export async function measure(kind: string, seed: number, size: SizeName = 'full'): Promise<Measured> {
  const { lines, truth, lastMinute } = simulate(seed, size, KINDS[kind]!);
  const told = story(lines.join('\n'));
  const facts = told.known(minute(lastMinute + ON_TIME_MINUTES));
  const askAbout = (op: Question['op'], of: string): Promise<Answer> => ask(facts, told.question(op, of).question);
  const goods = (...lists: string[][]): string[] => (told.names.back(lists.flat()) as string[]).filter(isGoods);
  const children = withMatterOf(truth);

  const lots = [];
  for (const [lot, truly] of some([...children].filter(isLot), LOTS_ASKED)) {
    const { affected = [], possible = [] } = await askAbout('forward', lot);
    lots.push({ affected: new Set(goods(affected)), both: new Set(goods(affected, possible)), truly });
  }
  const boxes = [];
  for (const [box, lain] of some([...truth.layIn].filter(isBox), BOXES_ASKED)) {
    const { affected = [] } = await askAbout('forward', box);
    const items = [...lain].filter(isItem);
    const truly = new Set([...items, ...items.flatMap((item) => [...(children.get(item) ?? [])])].filter(isItem));
    boxes.push({ told: new Set(goods(affected).filter(isItem)), truly });
  }
  let placed = 0;
  const items = some(
    [...truth.placeOf].filter(([id]) => isItem(id)),
    ITEMS_ASKED,
  );
  for (const [item, place] of items) {
    const { location } = await askAbout('where', item);
    if (told.names.back(location) === place) placed++;
  }
  return {
    affected: shareOf(lots.map(({ affected, truly }) => ({ told: affected, truly }))),
    both: shareOf(lots.map(({ both, truly }) => ({ told: both, truly }))),
    boxes: shareOf(boxes),
    places: rounded(placed / items.length),
  };
}
