// Reminds consignees that did not answer in time, when that time is over, and escalates those reminded in vain (C6): by
// itself, as the watch on holds takes scopes.
import { caseOf, isClosed } from '../rules/recall-case.ts';
import type { Store } from '../store/open.ts';
import { appendStep, findCase, lockCase, stepsOf } from '../store/recall.ts';
import { openCases, tenantsWatched } from '../store/recall-alert.ts';
import { type CaseWork, followUp, nextFollowUp } from './recall-notices.ts';
import { Rest } from './rest.ts';

/** A reminder is late by so much at most. */
const POLL_MS = 30_000;
const PLATFORM = { key: 'platform', role: 'platform' };

interface RemindPlatform {
  store: Store;
  /** Milliseconds since 1970. */
  clock: () => number;
  logger: Record<'info' | 'warn', (fields: Record<string, unknown>, message: string) => void>;
  /** For tests. */
  pollMs?: number;
}

/** Until when a case needs no look, unless it has another step by then. */
interface Looked {
  steps: number;
  next: number;
}

/** Reminds until it is stopped. */
export class Reminders {
  readonly #platform: RemindPlatform;
  readonly #looked = new Map<string, Looked>();
  readonly #rest: Rest;
  readonly #loop: Promise<void>;
  #stopping = false;

  constructor(platform: RemindPlatform) {
    this.#platform = platform;
    this.#rest = new Rest(platform.pollMs ?? POLL_MS);
    this.#loop = this.#run();
  }

  /** Resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#rest.wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#rest.begin();
      try {
        for (const tenantId of await tenantsWatched(this.#platform.store)) await this.#look(tenantId);
      } catch (error) {
        this.#platform.logger.warn({ err: error }, 'consignees cannot be reminded');
      }
      await this.#rest.taken();
    }
  }

  async #look(tenantId: string): Promise<void> {
    const { store, clock, logger } = this.#platform;
    for (const caseId of await openCases(store, tenantId)) {
      if (this.#stopping) return;
      const head = await findCase(store, tenantId, caseId);
      const looked = this.#looked.get(caseId);
      if (!head || (looked?.steps === head.steps && clock() < looked.next)) continue;
      const next = nextFollowUp(caseOf(await stepsOf(store, head)));
      this.#looked.set(caseId, { steps: head.steps, next });
      if (clock() < next) continue;
      const { reminded, escalated } = await this.#remind(tenantId, caseId);
      if (reminded + escalated > 0)
        logger.info({ tenantId, caseID: caseId, reminded, escalated }, 'consignees did not answer in time');
    }
  }

  /** Another process, or a person, may have done it meanwhile: then nothing is due. */
  #remind(tenantId: string, caseId: string): Promise<{ reminded: number; escalated: number }> {
    const { store, clock } = this.#platform;
    return store.of(tenantId).transaction(async (tx) => {
      const head = await lockCase(tx, tenantId, caseId);
      const file = head && caseOf(await stepsOf(tx, head));
      if (!file || isClosed(file)) return { reminded: 0, escalated: 0 };
      const now = clock();
      const work: CaseWork = {
        tx,
        head,
        now,
        append: async (kind, by, data) => {
          work.head = await appendStep(tx, work.head, { at: now, kind, by, data: data as Record<string, unknown> });
        },
      };
      const { notices, escalated } = await followUp(work, file, {}, PLATFORM);
      return { reminded: notices.length, escalated: escalated.length };
    });
  }
}
