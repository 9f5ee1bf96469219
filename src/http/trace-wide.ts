// Questions about a great many things: hundreds of megabytes and seconds of work each. Side by side none would be done
// sooner, and all would lie in memory at once: so they are worked on one after the other, and smaller ones beside them.
import { namedBy } from '../trace/bundle.ts';
import type { Facts } from '../trace/fact.ts';

/** Identifiers loaded from which on a question is wide. */
const WIDE_IDENTIFIERS = 300_000;

/** The wide questions of this process, in the order in which they became so. */
export class WideQuestions {
  readonly #identifiersMax: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(identifiersMax = WIDE_IDENTIFIERS) {
    this.#identifiersMax = identifiersMax;
  }

  /** Does `work` over `facts`; once it has loaded much, it goes on when the wide ones before it have ended. */
  async do<T>(facts: Facts, signal: AbortSignal | undefined, work: (facts: Facts) => Promise<T>): Promise<T> {
    let identifiers = 0;
    let turn: Promise<void> | undefined;
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const counted: Facts = async (want) => {
      const found = await facts(want);
      for (const fact of found) identifiers += namedBy(fact);
      if (identifiers > this.#identifiersMax) await (turn ??= this.#turn(ended, signal));
      return found;
    };
    try {
      return await work(Object.assign(counted, { ...facts }));
    } finally {
      end();
    }
  }

  /** Resolves when all before have ended; rejects as soon as nobody waits for the answer. `ended`: when this one has. */
  #turn(ended: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    const before = this.#last;
    this.#last = Promise.all([before, ended]);
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(signal?.reason as Error);
      if (signal?.aborted) gone();
      signal?.addEventListener('abort', gone, { once: true });
      void before.then(() => resolve());
    });
  }
}
