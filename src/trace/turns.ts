// A wide question works for a second and more; whoever else is served by this process gets a turn in between.
import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work before others get a turn. */
const WORK_MS = 20;

export class Turns {
  #since = performance.now();
  readonly #check: (() => void) | undefined;

  /** `check` is asked after each turn of the others and throws where the work is no longer wanted. */
  constructor(check?: () => void) {
    this.#check = check;
  }

  /** Whether it is others' turn: then who works awaits `pass`. */
  get isOver(): boolean {
    return performance.now() - this.#since > WORK_MS;
  }

  /** Lets others have their turn, if it is. */
  async pass(): Promise<void> {
    if (!this.isOver) return;
    await setImmediate();
    this.#since = performance.now();
    this.#check?.();
  }
}
