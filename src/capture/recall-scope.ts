// The scope of a recall case, taken anew: what is known now, how it differs from what was known, and what it puts on hold.
import { instantOf } from '../epcis/index.ts';
import { AppError } from '../error.ts';
import { keyOfUri, keyText } from '../gs1/index.ts';
import { factsOf } from '../store/facts.ts';
import { readHead, sizeAt } from '../store/log-head.ts';
import type { Queries, Store } from '../store/open.ts';
import { appendStep, type CaseHead, findCase, lockCase, type NewStep, stepsOf } from '../store/recall.ts';
import { factsAt, raiseAlerts, sequencesNaming, watch } from '../store/recall-alert.ts';
import { rootsAt } from '../store/recall-place.ts';
import { entriesAt, writeVersion } from '../store/recall-scope.ts';
import { type Change, differenceOf } from '../trace/difference.ts';
import type { Key } from '../trace/fact.ts';
import { type Listed, type Scope, scopeOf, type ScopeRoot } from '../trace/scope.ts';
import { alarmsOf } from './alarm.ts';

/** Tries where others take the same scope at the same moment. */
const TRIES_MAX = 3;

/** A root as a case keeps it: a thing, a lot or a container, or whatever was at a place. Times are ISO 8601. */
export interface CaseRoot {
  id?: string;
  place?: string;
  from?: string;
  to?: string;
}

export interface ScopePlatform {
  store: Store;
  /** Milliseconds since 1970. */
  clock: () => number;
}

/** Who takes it; a case is looked after by the platform too, when late uploads change what it covers. */
export type Taker = NewStep['by'];
const PLATFORM: Taker = { key: 'platform', role: 'platform' };

const END_OF_TIME = Number.MAX_SAFE_INTEGER;
const time = (text: string | undefined): number | undefined => (text === undefined ? undefined : instantOf(text));

/** The roots as known at an instant: a place stands for what was seen there. */
async function rootsOf(db: Queries, tenantId: string, roots: readonly CaseRoot[], asOf: number): Promise<ScopeRoot[]> {
  const all = new Map<string, ScopeRoot>();
  for (const { id, place, ...window } of roots) {
    const [from, to] = [time(window.from), time(window.to)];
    const found =
      place === undefined
        ? [id!]
        : await rootsAt(db, tenantId, { place, from: from ?? 0, to: to ?? END_OF_TIME, asOf });
    for (const one of found)
      all.set(`${one} ${from} ${to}`, {
        id: one,
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      });
  }
  return [...all.values()];
}

/** The scope of a case as known at an instant: the same for ever, digest and all. */
export async function scopeAt(db: Queries, head: CaseHead, roots: readonly CaseRoot[], asOf: number): Promise<Scope> {
  const { tenantId } = head;
  const found = await rootsOf(db, tenantId, roots, asOf);
  return scopeOf(factsOf(db, tenantId, asOf), found, { asOf, size: await sizeAt(db, tenantId, asOf) });
}

/** The roots that a case was opened with. */
export async function caseRoots(db: Queries, head: CaseHead): Promise<CaseRoot[]> {
  const [opened] = await stepsOf(db, head, { last: 1 });
  return opened?.data['roots'] as CaseRoot[];
}

const countOf = (scope: Scope, test: (one: { role: string; confidence: string }) => boolean): number =>
  [...scope.entries.values()].filter(test).length;

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** What the record of a case says of one version. */
function stepOf(scope: Scope, changes: readonly Change[], version: number, asOf: number): Record<string, unknown> {
  return {
    version,
    asOf: isoOf(asOf),
    digest: scope.digest,
    answers: scope.answers.map(({ answer: { root, digest } }) => ({ root, digest })),
    definite: countOf(scope, ({ role, confidence }) => role !== 'carrier' && confidence === 'definite'),
    possible: countOf(scope, ({ role, confidence }) => role !== 'carrier' && confidence === 'possible'),
    carriers: countOf(scope, ({ role }) => role === 'carrier'),
    added: changes.filter(({ from }) => !from).length,
    removed: changes.filter(({ to }) => !to).length,
    changed: changes.filter(({ from, to }) => from && to).length,
    gaps: scope.gaps,
    truncated: scope.truncated,
  };
}

/** Alerts of what was captured since the last version of what only this one puts on hold. */
async function alertLate(
  tx: Queries,
  head: CaseHead,
  changes: readonly Change[],
  { since, now }: { since: number; now: number },
): Promise<void> {
  const { tenantId, caseId, drill } = head;
  const added = new Map<Key, string>(
    changes.filter(({ from }) => !from).map(({ id }) => [keyText(keyOfUri(id).key), id]),
  );
  if (drill || added.size === 0) return;
  const facts = await factsAt(tx, tenantId, await sequencesNaming(tx, tenantId, added.keys(), since));
  const hits = alarmsOf(facts, (key) => (added.has(key) ? [{ caseId, id: added.get(key)! }] : []));
  await raiseAlerts(tx, tenantId, hits, { now });
}

export interface Taken {
  head: CaseHead;
  version: number;
  scope: Scope;
  changes: Change[];
}

type Row = Pick<Listed, 'id' | 'role' | 'confidence' | 'state'>;
const rowText = ({ id, role, confidence, state }: Row): string => `${id} ${role} ${confidence} ${state}`;

/** How a scope differs from the version before it, which is asked for again only where it does. */
async function changesOf(
  db: Queries,
  head: CaseHead,
  scope: Scope,
  { roots, asOf }: { roots: readonly CaseRoot[]; asOf: number },
): Promise<Change[]> {
  if (head.scope === 0) return [...scope.entries.values()].map((to): Change => ({ id: to.id, to, cause: [] }));
  const listed = new Set((await entriesAt(db, head, head.scope)).map(rowText));
  if (listed.size === scope.entries.size && [...scope.entries.values()].every((one) => listed.has(rowText(one))))
    return [];
  const before = await scopeAt(db, head, roots, head.asOf);
  return differenceOf(factsOf(db, head.tenantId, asOf), before, scope, head.asOf);
}

/** One try: `same` where nothing differs and nobody asked, `raced` where somebody else took it meanwhile. */
async function tryScope(
  platform: ScopePlatform,
  tenantId: string,
  caseId: string,
  by?: Taker,
): Promise<Taken | 'same' | 'raced'> {
  const { store, clock } = platform;
  const head = await findCase(store, tenantId, caseId);
  if (!head) throw new AppError('not_found', `There is no recall case ${caseId.slice(0, 200)}.`);
  if (head.closedAt !== undefined) throw new AppError('conflict', 'The case is closed; reopen it first.');
  const log = await readHead(store, tenantId);
  const asOf = log.size === 0 ? clock() : log.recordTime;
  const roots = await caseRoots(store, head);
  const scope = await scopeAt(store, head, roots, asOf);
  const changes = await changesOf(store, head, scope, { roots, asOf });
  if (!by && changes.length === 0) return 'same';
  const since = head.scope === 0 ? log.size : await sizeAt(store, tenantId, head.asOf);
  return store.of(tenantId).transaction(async (tx) => {
    const locked = await lockCase(tx, tenantId, caseId);
    if (!locked || locked.scope !== head.scope || locked.closedAt !== undefined) return 'raced';
    const version = head.scope + 1;
    const data = stepOf(scope, changes, version, asOf);
    const now = clock();
    const next = await appendStep(
      tx,
      locked,
      { at: now, kind: 'scope', by: by ?? PLATFORM, data },
      { scope: version, asOf },
    );
    await writeVersion(tx, next, changes, { version, step: next.steps });
    await watch(tx, tenantId, log.size);
    await alertLate(tx, next, changes, { since, now });
    return { head: next, version, scope, changes };
  });
}

/**
 * Takes the scope of a case anew and records it as the next version; what it adds is on hold at once. Taken by the
 * platform itself (`by` absent), a version is made only where something differs, else undefined is resolved. asOf is the
 * recordTime of the newest commit, which no later commit can have, so that the answer stays the same.
 *
 * Throws AppError `not_found`, `conflict` for a closed case or another version meanwhile, and as a trace does.
 */
export async function takeScope(
  platform: ScopePlatform,
  tenantId: string,
  caseId: string,
  by?: Taker,
): Promise<Taken | undefined> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const taken = await tryScope(platform, tenantId, caseId, by);
    if (taken !== 'raced') return taken === 'same' ? undefined : taken;
  }
  throw new AppError('conflict', 'Others keep taking the scope of this case at the same time; try again.');
}
