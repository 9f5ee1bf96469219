// One function a question, from loading to the answer in its short form (cli.md, Trace).
import { balanceOf } from './balance.ts';
import type { Asking, Limit } from './budget.ts';
import { type Containment, containmentOf } from './containment.ts';
import { contentsOf } from './contents.ts';
import { componentsOf, onCycles } from './cycle.ts';
import { type Facts, type Key, LEVELS_A_CALL } from './fact.ts';
import { type Gap, within } from './gap.ts';
import { complete, factsFor, type Loader, load, loadContents, loaderOf, loadHolders, take } from './gather.ts';
import { gapsOf, loadScope } from './gaps.ts';
import { historyOf, locationOf, type State, stateOf, upTo } from './history.ts';
import { isInstance, isItem } from './kind.ts';
import { itemsOf } from './lineage.ts';
import { after, NOW, windowOf } from './moment.ts';
import { type AnsweredGap, namedGaps, type Names, namesOf } from './name.ts';
import { originsOf } from './origin.ts';
import { type Op, type Question, rootOf } from './question.ts';
import { holdersOf } from './reach.ts';
import { type Standing, strengths } from './strength.ts';
import { type Direction, walk, type Web } from './walk.ts';
import { emptyWorld, isNamed, keepApart, voidedFacts, type World } from './world.ts';

/** Members by op: cli.md. Lists are sorted, but for `events`, which is in order. */
export interface Answer {
  origins?: string[];
  upstream?: string[];
  affected?: string[];
  possible?: string[];
  events?: string[];
  location?: string | null;
  state?: State | null;
  seenAfterEnd?: boolean;
  contents?: string[];
  quantities?: Record<string, number>;
  made?: number;
  consumed?: number;
  destroyed?: number;
  inTransit?: number;
  unaccounted?: number;
  uom?: string | null;
  excluded?: string[];
  gaps?: AnsweredGap[];
  truncated?: true;
  truncatedBy?: Limit;
  redacted?: true;
}

/** A question on its way: what is loaded, and how things are named. */
export interface Inquiry {
  loader: Loader;
  world: World;
  question: Question;
  root: Key;
  names: Names;
  /** Whether any visible event names the root (R15). */
  isKnown: boolean;
}

/** Questions that look at few of the things that came out of a transformation. */
const NARROW: ReadonlySet<Op> = new Set<Op>(['back', 'history', 'where', 'state']);

/**
 * Begins an answer: loads whatever names the root. `full`: with the books of lots. Throws AppError `invalid` for a
 * malformed identifier.
 */
export async function inquire(
  facts: Facts,
  question: Question,
  { full, ...asking }: Asking & { full: boolean },
): Promise<Inquiry> {
  const root = rootOf(question);
  const world = emptyWorld();
  const brief = NARROW.has(question.op);
  const loader = loaderOf(facts, world, { ...asking, brief, outline: brief && !full });
  if (root && isItem(root.key)) keepApart(world, root.key);
  if (root) await load(loader, [root.key], question.op === 'audit' ? 0 : LEVELS_A_CALL);
  else await complete(loader, await take(loader, await factsFor(loader, { declarations: true })));
  const names = namesOf(world, root, question.form ?? 'urn');
  const key = root?.key ?? '';
  return { loader, world, question, root: key, names, isKnown: world.entries.has(key) };
}

export const answerOf = (inquiry: Inquiry): Promise<Answer> => ANSWERS[inquiry.question.op](inquiry);

const ANSWERS: Record<Op, (inquiry: Inquiry) => Promise<Answer>> = {
  back: async (inquiry) => {
    const { standings, origins, gaps } = await trace(inquiry, 'back');
    const { names, loader } = inquiry;
    const possible = keysOf(standings, 'possible');
    return {
      origins: names.all(origins),
      upstream: await names.allInTurns(standings.keys(), loader.turns),
      possible: names.all(possible),
      ...ended(inquiry, gaps),
    };
  },
  forward: async (inquiry) => {
    const { standings, gaps } = await trace(inquiry, 'forward');
    const { names, loader } = inquiry;
    const [affected, possible] = await Promise.all(
      (['definite', 'possible'] as const).map((sure) => names.allInTurns(keysOf(standings, sure), loader.turns)),
    );
    return { affected: affected!, possible: possible!, ...ended(inquiry, gaps) };
  },
  history,
  where: async (inquiry) => {
    const { seenAfterEnd: _, ...found } = await place(inquiry);
    return found;
  },
  state: async (inquiry) => {
    const { location: _, ...found } = await place(inquiry);
    return found;
  },
  contents,
  balance,
  audit: ({ world, root }) => {
    const voided = voidedFacts(world).map(({ fact }) => fact);
    const named = voided.filter(
      ({ mentions }) => root === '' || mentions.some(({ key, role }) => key === root && isNamed(role)),
    );
    return Promise.resolve({ excluded: named.map(({ eventID }) => eventID), ...cutOf(world) });
  },
};

function keysOf(standings: Map<Key, Standing>, confidence: Standing['confidence']): Key[] {
  const keys: Key[] = [];
  for (const [key, standing] of standings) if (standing.confidence === confidence) keys.push(key);
  return keys;
}

/** What every answer with gaps ends with. */
function ended(
  { world, root, names, isKnown }: Inquiry,
  gaps: Gap[],
): Pick<Answer, 'gaps' | 'truncated' | 'truncatedBy'> {
  const unknown: Gap[] = isKnown ? [] : [{ code: 'UNKNOWN_ID', ids: [root], facts: [] }];
  return { gaps: namedGaps(names, [...gaps, ...unknown]), ...cutOf(world) };
}

/** What an answer that reached a limit says. */
export const cutOf = ({ truncated, truncatedBy }: World): Pick<Answer, 'truncated' | 'truncatedBy'> =>
  truncated ? { truncated: true, ...(truncatedBy && { truncatedBy }) } : {};

/** A walk with all that is said about it. */
export interface Trace {
  web: Web;
  containment: Containment;
  standings: Map<Key, Standing>;
  origins: Key[];
  gaps: Gap[];
}

export async function trace({ loader, world, question, root, isKnown }: Inquiry, direction: Direction): Promise<Trace> {
  const window = windowOf(question.at ?? question.from, question.at ?? question.to);
  const web = await walk(loader, root, direction, window);
  await loadScope(loader, web.nodes);
  const { turns } = loader;
  await turns.pass();
  const containment = containmentOf(world);
  await turns.pass();
  const components = componentsOf(web);
  const { origins, gaps } =
    direction === 'back' && isKnown ? originsOf(world, containment, components) : { origins: [], gaps: [] };
  const cyclic = onCycles(world, web, components);
  if (cyclic.length > 0) gaps.push({ code: 'CYCLE', ids: cyclic, facts: [] });
  await turns.pass();
  const standings = strengths(web);
  await turns.pass();
  return { web, containment, standings, origins, gaps: [...gapsOf(world, web.nodes, containment), ...gaps] };
}

/** The time of a state: after all events up to `at`, else `to` (Window). */
const timeOf = ({ at, to }: Question): number | undefined => at ?? to;

async function history(inquiry: Inquiry): Promise<Answer> {
  const { loader, world, root, question } = inquiry;
  await loadHolders(loader, [root]);
  const scope = new Set([root, ...holdersOf(containmentOf(world), root).keys()]);
  await loadScope(loader, scope);
  const containment = containmentOf(world);
  const [from, to] = [question.at ?? question.from ?? -Infinity, timeOf(question) ?? Infinity];
  const facts = historyOf(world, containment, root).filter(({ eventTime }) => eventTime >= from && eventTime <= to);
  return { events: facts.map(({ eventID }) => eventID), ...ended(inquiry, gapsOf(world, scope, containment)) };
}

async function place({
  loader,
  world,
  root,
  names,
  question,
  isKnown,
}: Inquiry): Promise<Pick<Answer, 'location' | 'state' | 'seenAfterEnd' | 'truncated' | 'truncatedBy'>> {
  if (!isKnown || !isInstance(root)) return { location: null, state: null, seenAfterEnd: false };
  await loadHolders(loader, [root]);
  const facts = upTo(historyOf(world, containmentOf(world), root), timeOf(question));
  return { location: names.place(locationOf(facts)), ...stateOf(world, root, facts), ...cutOf(world) };
}

async function contents(inquiry: Inquiry): Promise<Answer> {
  const { loader, world, root, names, question } = inquiry;
  await loadContents(loader, [root]);
  const time = timeOf(question);
  const moment = time === undefined ? NOW : after(time);
  const inside = contentsOf(containmentOf(world), root, moment);
  const scope = new Set([root, ...inside.contents]);
  await loadScope(loader, scope);
  const gaps = within([...gapsOf(world, scope), ...inside.gaps], scope);
  const quantities = [...inside.quantities].map(([key, { value }]): [string, number] => [names.of(key), value]);
  return {
    contents: names.all(inside.contents),
    quantities: Object.fromEntries(quantities.sort(([a], [b]) => (a < b ? -1 : 1))),
    ...ended(inquiry, gaps),
  };
}

async function balance(inquiry: Inquiry): Promise<Answer> {
  const { loader, world, root, question } = inquiry;
  await load(loader, itemsOf(world, root).keys());
  await loadScope(loader, [root]);
  const { balance: books, gaps } = balanceOf(world, root, timeOf(question), question.uom);
  const scope = new Set([root]);
  return { ...books, ...ended(inquiry, within([...gapsOf(world, scope), ...gaps], scope)) };
}
