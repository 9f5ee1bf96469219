// The full answer (section 3): nodes with state and place, edges, carriers, what was voided, and the digest.
import { type Answer, answerOf, cutOf, type Inquiry, inquire, trace, type Trace } from './answer.ts';
import { balanceOf } from './balance.ts';
import type { Asking } from './budget.ts';
import { type Alike, alikeAsSet, asSet, digestOf } from './digest.ts';
import type { Facts, Key } from './fact.ts';
import { fractionsOf } from './fraction.ts';
import { historyOf, stateOf } from './history.ts';
import { carriersOf, type Holding, holdingsOf } from './holding.ts';
import { isInstance, isLot, kindOf } from './kind.ts';
import { eventIDsOf, namedGaps, namesOf } from './name.ts';
import { type Op, type Question, rootOf } from './question.ts';
import { redact } from './redact.ts';
import type { Confidence, Standing } from './strength.ts';
import type { Direction, End, LinkKind } from './walk.ts';
import { emptyWorld, factsNaming, truncate, voidedFacts, type World } from './world.ts';

export interface AnsweredNode {
  id: string;
  kind: string;
  depth: number;
  confidence: Confidence;
  state: string | null;
  /** What the books of a lot say should still exist. */
  quantity: { value: number; uom: string } | null;
  /** Forward: share of the root in its mass, well mixed, 0 to 1; null where the record does not say. */
  fraction?: number | null;
  holdings: Holding[];
  eventIDs: string[];
}

export interface AnsweredEdge {
  from: string;
  to: string;
  kind: LinkKind;
  confidence: Confidence;
  eventIDs: string[];
}

/** An event that a declaration voided. */
export interface Excluded {
  eventID: string;
  declaredAt: string;
  reason: string | null;
}

/** Members of the short answer, and these; `nodes`, `edges` and `carriers` for back and forward. */
export interface FullAnswer extends Omit<Answer, 'excluded' | 'truncated' | 'redacted'> {
  root: string;
  direction?: Direction;
  asOf: string;
  at?: string;
  from?: string;
  to?: string;
  policy: 'connected' | 'strict';
  nodes?: AnsweredNode[];
  edges?: AnsweredEdge[];
  carriers?: string[];
  excluded: Excluded[];
  truncated: boolean;
  redacted: boolean;
  /** Number of facts captured up to asOf. */
  logHead?: { size: number };
  digest: string;
}

/** What the asker's door knows of the record: the concrete asOf (ms since 1970) and how many facts there are up to it. */
export interface Head {
  asOf: number;
  size?: number;
}

/** A full answer to a question; `facts` is cut at `head.asOf`. Throws as `ask` does. */
export async function askFull(facts: Facts, question: Question, head: Head, asking: Asking = {}): Promise<FullAnswer> {
  const body = await redact(facts, question, async (readable) =>
    unsealed(await inquire(readable, question, { ...asking, full: true })),
  );
  const answer = {
    ...frameOf(question, head),
    ...body,
    truncated: body.truncated ?? false,
    redacted: body.redacted ?? false,
    ...(head.size !== undefined && { logHead: { size: head.size } }),
  };
  return { ...answer, digest: await digestOf({ ...answer, of: question.of, op: question.op }) };
}

const isoOf = (time: number): string => new Date(time).toISOString();

/** The question as it was understood, with concrete times. */
function frameOf(
  question: Question,
  { asOf }: Head,
): Pick<FullAnswer, 'root' | 'asOf' | 'at' | 'from' | 'to' | 'policy'> {
  const root = rootOf(question);
  const { at, from, to } = question;
  return {
    root: root ? namesOf(emptyWorld(), root, question.form ?? 'urn').of(root.key) : question.of,
    asOf: isoOf(asOf),
    ...(at !== undefined && { at: isoOf(at) }),
    ...(from !== undefined && { from: isoOf(from) }),
    ...(to !== undefined && { to: isoOf(to) }),
    policy: question.policy ?? 'connected',
  };
}

/** Everything but frame, marks and digest. */
type Body = Omit<Answer, 'excluded'> & Pick<FullAnswer, 'direction' | 'nodes' | 'edges' | 'carriers' | 'excluded'>;

const DIRECTIONS: Partial<Record<Op, Direction>> = { back: 'back', forward: 'forward' };

async function unsealed(inquiry: Inquiry): Promise<Body> {
  const direction = DIRECTIONS[inquiry.question.op];
  if (!direction) {
    const { excluded, ...answer } = await answerOf(inquiry);
    const scope = excluded ? new Set(excluded) : undefined;
    return {
      ...answer,
      excluded: excludedOf(inquiry.world, (eventID, keys) => scope?.has(eventID) ?? keys.includes(inquiry.root)),
    };
  }
  const found = await trace(inquiry, direction);
  const { world, names, root, isKnown, question } = inquiry;
  const { turns } = inquiry.loader;
  const fractions =
    direction === 'forward' ? await fractionsOf(inquiry.loader, found, new Set(question.hidden)) : undefined;
  const edges = await alikeAsSet(edgesOf(inquiry, found), turns);
  const unknown = isKnown ? [] : [{ code: 'UNKNOWN_ID' as const, ids: [root], facts: [] }];
  const goods = [root, ...found.standings.keys()];
  const carriers = [...carriersOf(found.containment, goods)].filter((key) => key !== root && !found.standings.has(key));
  return {
    direction,
    origins: names.all(found.origins),
    nodes: await alikeAsSet(nodesOf(inquiry, found, fractions), turns),
    edges,
    carriers: names.all(carriers),
    gaps: namedGaps(names, [...found.gaps, ...unknown]),
    excluded: excludedOf(world, (_, keys) => keys.some((key) => found.web.nodes.has(key))),
    ...cutOf(world),
  };
}

/** Shares of the root by node, where the question goes forward. */
type Fractions = ReadonlyMap<Key, number> | undefined;

function* nodesOf(inquiry: Inquiry, found: Trace, fractions: Fractions): Generator<Alike<AnsweredNode>> {
  for (const [key, standing] of found.standings) {
    const { item, ...alike } = nodeOf(inquiry, found, key, standing);
    yield { item: fractions ? { ...item, fraction: fractions.get(key) ?? null } : item, ...alike };
  }
}

/** The node of all that a key stands for: they differ in their id alone. */
function nodeOf(
  { world, names }: Inquiry,
  { containment }: Trace,
  key: Key,
  { depth, confidence }: Standing,
): Alike<AnsweredNode> {
  const history = historyOf(world, containment, key);
  const { state } = stateOf(world, key, history);
  const item = {
    id: '',
    kind: kindName(key),
    depth,
    confidence,
    state,
    quantity: isLot(key) ? booksOf(world, key) : null,
    holdings: asSet(holdingsOf(world, containment, names, key, history, state)),
    eventIDs: eventIDsOf(factsNaming(world, key)),
  };
  return { item, name: 'id', values: names.ofMembers(key) };
}

/** item, carrier, lot, class; the kind of key tells them finer. */
export const kindName = (key: Key): string => (isInstance(key) ? kindOf(key) : isLot(key) ? 'lot' : 'class');

function booksOf(world: World, lot: Key): AnsweredNode['quantity'] {
  const { unaccounted, uom } = balanceOf(world, lot).balance;
  return uom === null ? null : { value: unaccounted, uom };
}

/** Links pair by pair: only here, where somebody wants to read them, m inputs and n outputs are m times n. */
function* edgesOf({ names, world, loader }: Inquiry, { web, standings }: Trace): Generator<Alike<AnsweredEdge>> {
  let count = 0;
  const isThere = ([key]: [Key, End]): boolean => key === web.root || standings.has(key);
  for (const { kind, from, to } of web.links) {
    const targets = [...to].filter(isThere);
    for (const [upper, a] of [...from].filter(isThere)) {
      for (const [lower, b] of targets) {
        const confidence = isDefinite(a, b) ? 'definite' : 'possible';
        const shared = { kind, confidence, eventIDs: eventIDsOf([...a.facts, ...b.facts]) } as const;
        for (const source of names.ofMembers(upper)) {
          const uris = names.ofMembers(lower);
          const values = upper === lower ? uris.filter((uri) => uri !== source) : uris;
          count += values.length;
          if (count > loader.budget.edges) {
            truncate(world, 'edges');
            return;
          }
          yield { item: { from: source, to: '', ...shared }, name: 'to', values };
        }
      }
    }
  }
}

const isDefinite = (from: End, to: End): boolean => !from.weak && !to.weak && from.time <= to.time;

function excludedOf(world: World, test: (eventID: string, keys: Key[]) => boolean): Excluded[] {
  const voided = voidedFacts(world).filter(({ fact }) =>
    test(
      fact.eventID,
      fact.mentions.map(({ key }) => key),
    ),
  );
  return asSet(
    voided.map(({ fact: { eventID }, declaration: { declaration } }) => ({
      eventID,
      declaredAt: isoOf(declaration?.declarationTime ?? Number.NaN),
      reason: declaration?.reason ?? null,
    })),
  );
}
