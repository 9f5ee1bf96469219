// Two readings of the rules held against each other: interpreter-answers.ts and the product, in worlds of chance.
// node test/trace/oracle.ts --worlds N --seed S prints every kind of disagreement once, with the shortest world of it.
import { parseArgs } from 'node:util';
import { keyBytes, keyOfUri, keyText, uriOfKey } from '../../src/gs1/index.ts';
import type { Facts } from '../../src/trace/fact.ts';
import { ask, askFull } from '../../src/trace/index.ts';
import { type Asked, fractions, type Reply, reply } from './interpreter-answers.ts';
import { Dice } from '../simulate/dice.ts';
import { type Asking, askings, worldLines } from './oracle-worlds.ts';
import { type Story, story } from './scenario.ts';

/** Company prefix length of every identifier in the notation. */
const GCP_LENGTH = 7;

export interface Disagreement {
  lines: string[];
  asking: Asking;
  member: string;
  product: unknown;
  rules: unknown;
}

/** Members that hold other things than identifiers of things. */
const NO_IDENTIFIERS: ReadonlySet<string> = new Set(['events', 'excluded', 'location', 'state', 'uom']);

const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1);

/** One form for both: identifiers in short names, sets sorted, gaps as code and ids. */
function plainly(
  answer: Reply,
  nameOf: (id: unknown) => unknown,
  names: (id: unknown) => unknown,
): Record<string, string> {
  const entries = Object.entries(answer).map(([member, value]): [string, string] => {
    const name = NO_IDENTIFIERS.has(member) ? nameOf : names;
    if (member === 'gaps') {
      const gaps = (value as { code: string; ids: unknown[] }[]).map(
        ({ code, ids }) => `${code} ${[...new Set(ids.map(name))].toSorted(byText).join(' ')}`,
      );
      return [member, [...new Set(gaps)].sort().join('; ')];
    }
    if (member === 'quantities') {
      const amounts = Object.entries(value as object).map(([id, amount]) => `${name(id) as string}=${amount}`);
      return [member, amounts.sort().join(' ')];
    }
    if (!Array.isArray(value)) return [member, String(name(value))];
    const list = value.map(name);
    return [member, (member === 'events' ? list : list.toSorted(byText)).join(' ')];
  });
  return Object.fromEntries(entries);
}

/** How much of a share two readings may differ by: each sums in an order of its own. */
const SHARE_TOLERANCE = 1e-10;

type Shares = Map<unknown, number | null | undefined>;

const sharesText = (shares: Shares): string =>
  Array.from(shares, ([id, share]) => `${id as string}=${share}`)
    .sort()
    .join(' ');

/** `share`, or what the product says where that is as good as the same. */
function asProduct(share: number | null, product: number | null | undefined): number | null {
  if (share === null || typeof product !== 'number') return share;
  return Math.abs(share - product) <= SHARE_TOLERANCE * share ? product : share;
}

const keyOf = (uri: string): string => (uri === '*' ? uri : keyText(keyOfUri(uri).key));

/** Where the two answers to one question differ; `known` are the product's facts, those in memory where not given. */
export async function compare(
  told: Story,
  asking: Asking,
  known: (asOf: number) => Facts = told.known,
): Promise<Omit<Disagreement, 'lines' | 'asking'>[]> {
  const { question, asOf } = told.question(asking.op, asking.of, asking.when);
  const asked = { ...question, of: keyOf(question.of), asOf } as Asked;
  const shortName = (id: unknown): unknown => told.names.back(id);
  const uriOf = (id: unknown): unknown => (typeof id === 'string' ? uriOfKey(keyBytes(id), GCP_LENGTH) : id);
  const product = plainly({ ...(await ask(known(asOf), question)) }, shortName, shortName);
  const rules = plainly(reply(told.facts, asked), shortName, (id) => shortName(uriOf(id)));
  if (asking.op === 'forward') {
    const { nodes = [] } = await askFull(known(asOf), question, { asOf: 0 });
    const shares: Shares = new Map(nodes.map(({ id, fraction }) => [shortName(id), fraction]));
    const plain = [...fractions(told.facts, asked)].map(([key, share]): [unknown, number | null] => {
      const id = shortName(uriOf(key));
      return [id, asProduct(share, shares.get(id))];
    });
    product['fraction'] = sharesText(shares);
    rules['fraction'] = sharesText(new Map(plain));
  }
  return [...new Set([...Object.keys(product), ...Object.keys(rules)])]
    .filter((member) => product[member] !== rules[member])
    .map((member) => ({ member, product: product[member], rules: rules[member] }));
}

/** Every disagreement in the world of `seed`. */
export async function disagreements(seed: number): Promise<Disagreement[]> {
  const dice = new Dice(seed);
  const lines = worldLines(dice);
  const told = story(lines.join('\n'));
  const found: Disagreement[] = [];
  for (const asking of askings(dice, lines))
    for (const difference of await compare(told, asking)) found.push({ lines, asking, ...difference });
  return found;
}

/** None where the lines are short of a word that makes them events. */
async function differences(lines: string[], asking: Asking): ReturnType<typeof compare> {
  try {
    return await compare(story(lines.join('\n')), asking);
  } catch {
    return [];
  }
}

/** The same disagreement in a world without the lines, and the words in them, that it does not need. */
export async function shrunk(given: Disagreement): Promise<Disagreement> {
  let best = given;
  const attempt = async (lines: string[]): Promise<boolean> => {
    const again = (await differences(lines, given.asking)).find(({ member }) => member === given.member);
    if (again) best = { ...best, ...again, lines };
    return again !== undefined;
  };
  for (let i = 0; i < best.lines.length;) if (!(await attempt(best.lines.toSpliced(i, 1)))) i++;
  for (let i = 0; i < best.lines.length; i++) {
    for (let word = 2; word < best.lines[i]!.split(' ').length;) {
      const shorter = best.lines[i]!.split(' ').toSpliced(word, 1).join(' ');
      if (!(await attempt(best.lines.with(i, shorter)))) word++;
    }
  }
  return best;
}

/** A disagreement as it can be told again: the world, the question, both answers. */
export function textOf({ lines, asking, member, product, rules }: Disagreement): string {
  const when = Object.entries(asking.when).map(([name, value]) => `${name}=${value as string}`);
  const answers = `  ${member}: product [${String(product)}], rules [${String(rules)}]`;
  return `${lines.join('\n')}\n${asking.op} ${asking.of} ${when.join(' ')}\n${answers}\n`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { worlds: { type: 'string' }, seed: { type: 'string' } } });
  const first = Number(values.seed ?? 1);
  const shortest = new Map<string, Disagreement>();
  let count = 0;
  for (let seed = first; seed < first + Number(values.worlds ?? 1000); seed++) {
    for (const found of (await disagreements(seed)).slice(0, 3)) {
      count++;
      const small = await shrunk(found);
      const kind = `${small.asking.op} ${small.member}`;
      if ((shortest.get(kind)?.lines.length ?? Infinity) > small.lines.length) shortest.set(kind, small);
    }
  }
  for (const found of shortest.values()) console.log(textOf(found));
  console.log(`${count} disagreements`);
  if (count > 0) process.exitCode = 1;
}

if (import.meta.main) await main();
