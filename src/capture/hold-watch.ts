// Holds committed captures against what is on hold, off the path of their acknowledgement (C4). The tenant's log is the
// outbox, as it is for subscribers (docs/decisions/0005): what was not looked at yet is looked at after a crash.
import { AppError } from '../error.ts';
import {
  casesKnowing,
  heldKeys,
  markScoped,
  openCases,
  raiseAlerts,
  stretchOf,
  tenantsToWatch,
  type WatchState,
  watchState,
} from '../store/recall-alert.ts';
import { alarmsOf } from './alarm.ts';
import { onCommitted } from './queue.ts';
import { type ScopePlatform, takeScope } from './recall-scope.ts';
import { Rest } from './rest.ts';

/** Other processes' commits are seen so late at most. */
const POLL_MS = 500;
/** Events that are looked at together. */
const STRETCH_EVENTS = 2_000;
/** A scope is taken anew when an event names something of it, but not sooner than this after the last time … */
const AGAIN_MS = 250;
/** … nor so soon that it would take more than a fifth of the time. */
const REST_FACTOR = 4;
/** All open cases are taken anew so long after any event: one may concern them that names nothing of theirs. */
const ALL_MS = 10_000;

interface WatchPlatform extends ScopePlatform {
  logger: Record<'warn', (fields: Record<string, unknown>, message: string) => void>;
  /** For tests. */
  allMs?: number;
}

/** When a case may be taken anew, and whether it should be. */
interface Turn {
  wanted: boolean;
  notBefore: number;
}

/** Watches until it is stopped. */
export class HoldWatch {
  readonly #platform: WatchPlatform;
  readonly #turns = new Map<string, Turn>();
  /** When all cases of a tenant were last taken anew. */
  readonly #all = new Map<string, number>();
  /** Scopes that are being taken, by tenant. */
  readonly #following = new Map<string, Promise<void>>();
  readonly #loop: Promise<void>;
  readonly #unsubscribe: () => void;
  readonly #rest = new Rest(POLL_MS);
  #stopping = false;

  constructor(platform: WatchPlatform) {
    this.#platform = platform;
    this.#unsubscribe = onCommitted(platform.store, () => this.wake());
    this.#loop = this.#run();
  }

  wake(): void {
    this.#rest.wake();
  }

  /** Resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#unsubscribe();
    this.wake();
    await this.#loop;
    await Promise.all(this.#following.values());
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#rest.begin();
      try {
        for (const tenantId of await tenantsToWatch(this.#platform.store)) await this.#look(tenantId);
      } catch (error) {
        this.#platform.logger.warn({ err: error }, 'captures cannot be held against what is on hold');
      }
      await this.#rest.taken();
    }
  }

  /**
   * Captures against what is on hold now; then, beside further looks, the scopes that they may change. What a scope adds
   * is held against the same captures when it is taken.
   */
  async #look(tenantId: string): Promise<void> {
    const { store, clock } = this.#platform;
    const state = await watchState(store, tenantId);
    if (!state) return;
    for (let from = state.progress; from < state.size && !this.#stopping; from += STRETCH_EVENTS) {
      const upTo = Math.min(from + STRETCH_EVENTS, state.size);
      const facts = await stretchOf(store, tenantId, from, upTo);
      const keys = new Set(facts.flatMap(({ mentions }) => mentions.map(({ key }) => key)));
      const held = await heldKeys(store, tenantId, keys);
      const hits = alarmsOf(facts, (key) => held.get(key) ?? []);
      await store.of(tenantId).transaction((tx) => raiseAlerts(tx, tenantId, hits, { upTo, now: clock() }));
      for (const caseId of await casesKnowing(store, tenantId, keys)) this.#turnOf(caseId).wanted = true;
    }
    this.#follow(tenantId, state);
  }

  /** Takes scopes anew, unless that is under way for this tenant. */
  #follow(tenantId: string, state: WatchState): void {
    if (this.#following.has(tenantId) || this.#stopping) return;
    const following = this.#takeAll(tenantId, state)
      .catch((error: unknown) => this.#platform.logger.warn({ err: error, tenantId }, 'scopes cannot be taken'))
      .finally(() => this.#following.delete(tenantId));
    this.#following.set(tenantId, following);
  }

  #turnOf(caseId: string): Turn {
    const turn = this.#turns.get(caseId) ?? { wanted: false, notBefore: 0 };
    this.#turns.set(caseId, turn);
    return turn;
  }

  async #takeWanted(tenantId: string, cases: readonly string[]): Promise<void> {
    for (const caseId of cases) {
      const turn = this.#turnOf(caseId);
      if (!turn.wanted || performance.now() < turn.notBefore || this.#stopping) continue;
      turn.wanted = false;
      await this.#take(tenantId, caseId, turn);
    }
  }

  async #take(tenantId: string, caseId: string, turn: Turn): Promise<void> {
    const start = performance.now();
    try {
      await takeScope(this.#platform, tenantId, caseId);
    } catch (error) {
      // a person closed it or took it meanwhile
      if (!(error instanceof AppError && error.code === 'conflict')) {
        turn.wanted = true;
        this.#platform.logger.warn({ err: error, tenantId, caseId }, 'the scope of a recall case cannot be taken');
      }
    }
    const end = performance.now();
    turn.notBefore = end + Math.max(AGAIN_MS, REST_FACTOR * (end - start));
  }

  /** Wanted ones that had to wait, and from time to time all of them. */
  async #takeAll(tenantId: string, { scoped, size }: WatchState): Promise<void> {
    const { store, allMs = ALL_MS } = this.#platform;
    const cases = await openCases(store, tenantId);
    await this.#takeWanted(tenantId, cases);
    const last = this.#all.get(tenantId);
    if (last === undefined) this.#all.set(tenantId, performance.now());
    if (scoped >= size || performance.now() < (last ?? performance.now()) + allMs) return;
    const waits = cases.some((caseId) => performance.now() < this.#turnOf(caseId).notBefore);
    if (waits) return;
    for (const caseId of cases) if (!this.#stopping) await this.#take(tenantId, caseId, this.#turnOf(caseId));
    this.#all.set(tenantId, performance.now());
    await markScoped(store, tenantId, size);
  }
}
