const GRAIN_MS = 100;
/** The bucket of an entry that is in none. */
const NONE = -1;

/** Which table entries to look at when: a bucket for each tenth of a second, an entry in one of them at most. */
export class Wheel {
  readonly #buckets = new Map<number, number[]>();
  #bucketOf = new Float64Array(1024).fill(NONE);

  /** Puts an entry where it is due; what was set before no longer holds. */
  schedule(index: number, dueMs: number): void {
    if (index >= this.#bucketOf.length) {
      const larger = new Float64Array(Math.max(this.#bucketOf.length * 2, index + 1)).fill(NONE);
      larger.set(this.#bucketOf);
      this.#bucketOf = larger;
    }
    const bucket = Math.ceil(dueMs / GRAIN_MS);
    if (this.#bucketOf[index] === bucket) return;
    this.#bucketOf[index] = bucket;
    const list = this.#buckets.get(bucket);
    if (list) list.push(index);
    else this.#buckets.set(bucket, [index]);
  }

  /** Takes out what is due by `nowMs`, in the order of time. */
  due(nowMs: number): number[] {
    const now = Math.floor(nowMs / GRAIN_MS);
    const buckets = [...this.#buckets.keys()].filter((bucket) => bucket <= now).toSorted((a, b) => a - b);
    return buckets.flatMap((bucket) => {
      const list = this.#buckets.get(bucket)!.filter((index) => this.#bucketOf[index] === bucket);
      this.#buckets.delete(bucket);
      for (const index of list) this.#bucketOf[index] = NONE;
      return list;
    });
  }
}
