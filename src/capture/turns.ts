/** Work before others of the process have their turn; longer while somebody asks, when a millisecond is left free behind it. */
const TURN_MS_MAX = 1;
const TURN_ASKED_MS_MAX = 2;
/** Numbers of documents begin here; below are those of transactions. */
const DOCUMENTS_FROM = 2 ** 40;

/** A document's or a transaction's own turns. */
export class Turn {
  readonly #next: () => Promise<void>;
  readonly #msMax: () => number;
  #since = performance.now();

  constructor(next: () => Promise<void>, msMax: () => number) {
    this.#next = next;
    this.#msMax = msMax;
  }

  /** Said after waiting for something else: others had their turn. */
  begin(): void {
    this.#since = performance.now();
  }

  /** Whether it is others' turn: then who works awaits `pass`. */
  get isOver(): boolean {
    return performance.now() - this.#since > this.#msMax();
  }

  async pass(): Promise<void> {
    await this.#next();
    this.begin();
  }
}

/**
 * Whose turn it is: a transaction on its way before any document, since the database waits for it; then the oldest
 * document: read in equal shares, many would all be ready at the same late moment, and the database would wait for them.
 * Between two turns whatever else the process has to do is done.
 *
 * While somebody asks (`isAsked`), the next turn comes from a timer. The loop does what arrived, then what was put off to
 * its end, then timers: so what a question sends next is on its way first, which the driver puts off; and for the
 * millisecond of the timer the processor is the database's.
 */
export class Turns {
  #begun = 0;
  #scheduled = false;
  readonly #isAsked: () => boolean;
  readonly #ready = new Map<number, () => void>();

  constructor(isAsked: () => boolean = () => false) {
    this.#isAsked = isAsked;
  }

  /** For a document that begins to be checked. */
  document(): Turn {
    return this.#turn(DOCUMENTS_FROM, TURN_MS_MAX);
  }

  /** For a transaction whose statements are made: in one go while nobody asks. */
  transaction(): Turn {
    return this.#turn(0, Infinity);
  }

  #turn(from: number, unaskedMsMax: number): Turn {
    const number = from + ++this.#begun;
    return new Turn(
      () =>
        new Promise((resolve) => {
          this.#ready.set(number, resolve);
          this.#schedule();
        }),
      () => (this.#isAsked() ? TURN_ASKED_MS_MAX : unaskedMsMax),
    );
  }

  #schedule(): void {
    if (this.#scheduled || this.#ready.size === 0) return;
    this.#scheduled = true;
    if (this.#isAsked()) setTimeout(() => this.#go(), 0);
    else setImmediate(() => this.#go());
  }

  #go(): void {
    this.#scheduled = false;
    const first = Math.min(...this.#ready.keys());
    const go = this.#ready.get(first);
    this.#ready.delete(first);
    go?.();
    this.#schedule();
  }
}
