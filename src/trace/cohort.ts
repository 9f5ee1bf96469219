// Things with one and the same life: the items of a case that were made together and never parted. No rule tells them
// apart, so that one of them stands for all, and a walk costs by lives and not by things.
import type { Fact, Key, Role } from './fact.ts';
import { isItem } from './kind.ts';
import { dropMerged, type Entry, type World } from './world.ts';

/** Lists in which one thing is like another; a parent or a quantity is its own. */
const ALIKE: ReadonlySet<Role> = new Set<Role>(['epc', 'childEPC', 'inputEPC', 'outputEPC']);

/** Characters of a key that tell its product, kind included. */
const PRODUCT_CHARS = 7;
/** Ways of standing in one event: 11 roles times prefix lengths up to 12. */
const WAYS = 256;

/** Numbers lives: the same number for the same entries in the same order. */
class Lives {
  #count = 0;
  readonly #products = new Map<string, number>();
  /** The product last seen: of the next thing it mostly is the same. */
  #product: { head: string; life: number } | undefined;
  readonly #steps = new Map<Fact, Map<number, number>>();
  /** The step last taken at each place of a life: the next thing mostly takes it too. */
  readonly #last: { fact: Fact; from: number; way: number; to: number }[] = [];

  /** Undefined for a life that is its own. */
  of(key: Key, entries: readonly Entry[]): number | undefined {
    let life = this.#begin(key);
    for (let i = 0; i < entries.length; i++) {
      const { fact, mention } = entries[i]!;
      if (!ALIKE.has(mention.role) || mention.quantity !== undefined) return undefined;
      life = this.#step(i, life, fact, mention.role.charCodeAt(0) * 16 + mention.gcpLength);
    }
    return life;
  }

  #begin(key: Key): number {
    if (this.#product && key.startsWith(this.#product.head)) return this.#product.life;
    const head = key.slice(0, PRODUCT_CHARS);
    let life = this.#products.get(head);
    if (life === undefined) this.#products.set(head, (life = this.#count++));
    this.#product = { head, life };
    return life;
  }

  #step(place: number, from: number, fact: Fact, way: number): number {
    const last = this.#last[place];
    if (last && last.fact === fact && last.from === from && last.way === way) return last.to;
    let steps = this.#steps.get(fact);
    if (!steps) this.#steps.set(fact, (steps = new Map()));
    const name = from * WAYS * 16 + way;
    let to = steps.get(name);
    if (to === undefined) steps.set(name, (to = this.#count++));
    this.#last[place] = { fact, from, way, to };
    return to;
  }
}

/**
 * Lets one of `keys` stand for all that have its life, `apart` for nothing but itself. All facts of `keys` are loaded,
 * and no list of keys that a caller holds has one of them: those that are merged are gone from the lists of facts.
 */
export function mergeAlike(world: World, keys: readonly Key[], apart: Key): void {
  const lives = new Lives();
  const byLife = new Map<number, Key[]>();
  const touched = new Set<Fact>();
  let last: { life: number; alike: Key[] } | undefined;
  for (const key of keys) {
    const entries = world.entries.get(key);
    if (!entries || key === apart || !isItem(key)) continue;
    const life = lives.of(key, entries);
    if (life === undefined) continue;
    const alike = life === last?.life ? last.alike : byLife.get(life);
    if (!alike) {
      last = { life, alike: [key] };
      byLife.set(life, last.alike);
    } else {
      last = { life, alike };
      alike.push(key);
      world.merged.add(key);
    }
  }
  for (const alike of byLife.values()) {
    const [first] = alike;
    if (alike.length === 1) continue;
    world.cohorts.set(first!, alike);
    for (const { fact } of world.entries.get(first!)!) touched.add(fact);
  }
  dropMerged(world, touched);
}
