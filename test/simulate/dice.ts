/** Numbers of chance from a seed (mulberry32), and what is drawn with them. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0, less than `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True once in `of` throws. */
  once(of: number): boolean {
    return this.below(of) === 0;
  }

  /** True with the probability `rate`, to a millionth. */
  chance(rate: number): boolean {
    return this.below(1_000_000) < rate * 1_000_000;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Between `least` and `most` different members, in any order. */
  some(list: readonly string[], least: number, most: number): string[] {
    const count = least + this.below(most - least + 1);
    return [...new Set(Array.from({ length: count }, () => this.pick(list)))];
  }

  /** The same members in an order of chance. */
  shuffled<T>(list: readonly T[]): T[] {
    const mixed = [...list];
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
    }
    return mixed;
  }
}
