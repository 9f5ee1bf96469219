// A wide question works for a second and more; whoever else is served by this process gets a turn in between.
import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work before others get a turn. */
const WORK_MS = 20;

export class Turns {
  #since = performance.now();

  /** Whether it is others' turn: then who works awaits `pass`. */
  get isOver(): boolean {
    return performance.now() - this.#since > WORK_MS;
  }

  /** Lets others have their turn, if it is. */
  async pass(): Promise<void> {
    if (!this.isOver) return;
    await setImmediate();
    this.begin();
  }

  /** Said after waiting for something else: others had their turn. */
  begin(): void {
    this.#since = performance.now();
  }
}
