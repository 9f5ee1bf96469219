/** Times are rounded up to this; it is how often a filter's tick comes. */
const GRAIN_MS = 25;
/** Looked at again after so long at the latest: a clock that stood still may go on in one step. */
const AGAIN_MS_MAX = 1000;

/** When to look at a named record again, so that what is not due costs nothing. */
export class Agenda {
  readonly #names = new Set<string>();
  readonly #buckets = new Map<number, string[]>();
  #nowMs = -Infinity;

  /** Puts a name down for the next look; one that is down already keeps its time. */
  soon(name: string): void {
    this.#put(name, -Infinity);
  }

  /** Puts a name down for `afterMs` from now, a second at most. */
  after(name: string, afterMs: number): void {
    this.#put(name, Math.ceil((this.#nowMs + Math.min(Math.max(afterMs, 0), AGAIN_MS_MAX)) / GRAIN_MS));
  }

  #put(name: string, bucket: number): void {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    const names = this.#buckets.get(bucket);
    if (names) names.push(name);
    else this.#buckets.set(bucket, [name]);
  }

  /** Takes out what is due by `nowMs`; all of it where the clock was set back. */
  take(nowMs: number): string[] {
    const limit = nowMs < this.#nowMs ? Infinity : Math.floor(nowMs / GRAIN_MS);
    this.#nowMs = nowMs;
    const due: string[] = [];
    for (const [bucket, names] of this.#buckets) {
      if (bucket > limit) continue;
      this.#buckets.delete(bucket);
      for (const name of names) {
        this.#names.delete(name);
        due.push(name);
      }
    }
    return due;
  }
}
