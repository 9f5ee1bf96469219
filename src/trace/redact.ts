// What an asker may not read (R27).
import { asSet } from './digest.ts';
import type { Fact, Facts } from './fact.ts';
import type { AnsweredEdge, AnsweredNode, Excluded } from './full.ts';
import type { AnsweredGap } from './name.ts';
import type { Op, Question } from './question.ts';

/** Ops whose connections stay visible through hidden events, unless the question is strict. */
const CONNECTED: ReadonlySet<Op> = new Set<Op>(['forward', 'back', 'history']);

/** The members that this room looks at, in short and full answers. */
interface Redactable {
  events?: string[];
  gaps?: AnsweredGap[];
  nodes?: AnsweredNode[];
  edges?: AnsweredEdge[];
  carriers?: string[];
  excluded?: (string | Excluded)[];
  redacted?: boolean;
}

/** The facts without those of hidden events. */
const without =
  (facts: Facts, hidden: ReadonlySet<string>): Facts =>
  async (want) =>
    (await facts(want)).filter((fact: Fact) => !hidden.has(fact.eventID));

/** Answers a question over what its asker may see, and says so where that changed the answer. */
export async function redact<A extends Redactable>(
  facts: Facts,
  question: Question,
  answer: (facts: Facts) => Promise<A>,
): Promise<A> {
  const all = await answer(facts);
  const hidden = new Set(question.hidden);
  if (hidden.size === 0) return all;
  const readable = await answer(without(facts, hidden));
  const changed = members(all) !== members(readable);
  const mark = changed ? { redacted: true } : {};
  if (question.policy !== 'strict' && CONNECTED.has(question.op))
    return { ...stripped(all, readable, hidden), ...mark };
  if (!changed || !readable.gaps) return { ...readable, ...mark };
  const gap: AnsweredGap = { code: 'REDACTED', ids: [question.of], eventIDs: [] };
  return { ...readable, gaps: [...readable.gaps, gap], ...mark };
}

const members = (answer: Redactable): string => JSON.stringify({ ...answer, gaps: undefined });

/**
 * The connections of all, the details of what may be read: no event, time, place or quantity of a hidden event is in
 * it, nor what follows from one.
 */
function stripped<A extends Redactable>(all: A, readable: A, hidden: ReadonlySet<string>): A {
  const seen = (ids: string[]): string[] => ids.filter((id) => !hidden.has(id));
  const nodes = new Map(readable.nodes?.map((node) => [node.id, node]));
  return {
    ...all,
    ...(all.events && { events: seen(all.events) }),
    ...(all.gaps && { gaps: all.gaps.map((gap) => ({ ...gap, eventIDs: seen(gap.eventIDs) })) }),
    ...(all.nodes && { nodes: asSet(all.nodes.map((node) => ({ ...node, ...detailsOf(node, nodes.get(node.id)) }))) }),
    ...(all.edges && { edges: asSet(all.edges.map((edge) => ({ ...edge, eventIDs: seen(edge.eventIDs) }))) }),
    ...(readable.carriers && { carriers: readable.carriers }),
    ...(readable.excluded && { excluded: readable.excluded }),
  };
}

const NO_DETAILS = { state: null, quantity: null, holdings: [], eventIDs: [] };

/** What readable events say of a node; a share only if it is also true that no hidden event changes it. */
function detailsOf(
  { fraction }: AnsweredNode,
  node: AnsweredNode | undefined,
): Pick<AnsweredNode, 'state' | 'quantity' | 'fraction' | 'holdings' | 'eventIDs'> {
  const { state, quantity, holdings, eventIDs } = node ?? NO_DETAILS;
  const share = fraction !== undefined && { fraction: node?.fraction === fraction ? fraction : null };
  return { state, quantity, ...share, holdings, eventIDs };
}
