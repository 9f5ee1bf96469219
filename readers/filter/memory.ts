/** A changed record for the spool; no text = it is gone. */
export interface Remembered {
  key: string;
  text: string | undefined;
}

/**
 * Named records of filter state, of which only the changed ones go to disk, in the commit of the events that they
 * led to. Records are plain data and changed in place: `put` says that one has changed.
 */
export class Memory<T extends object> {
  readonly prefix: string;
  readonly #records = new Map<string, T>();
  readonly #dirty = new Set<string>();

  constructor(prefix: string) {
    this.prefix = prefix;
  }
  get size(): number {
    return this.#records.size;
  }
  get dirty(): boolean {
    return this.#dirty.size > 0;
  }
  get(name: string): T | undefined {
    return this.#records.get(name);
  }
  put(name: string, record: T): void {
    this.#records.set(name, record);
    this.#dirty.add(name);
  }
  delete(name: string): void {
    if (this.#records.delete(name)) this.#dirty.add(name);
  }
  /** In the order in which they were first put. */
  entries(): [name: string, record: T][] {
    return [...this.#records];
  }
  values(): T[] {
    return [...this.#records.values()];
  }

  changed(): Remembered[] {
    return [...this.#dirty].map((name) => {
      const record = this.#records.get(name);
      return { key: this.prefix + name, text: record && JSON.stringify(record) };
    });
  }
  /** To be called when what `changed` gave is on disk. */
  clean(): void {
    this.#dirty.clear();
  }
  /** Takes the records that are its own. Throws RangeError where one is no JSON. */
  load(rows: Iterable<{ key: string; text: string }>): void {
    for (const { key, text } of rows) {
      if (!key.startsWith(this.prefix)) continue;
      try {
        this.#records.set(key.slice(this.prefix.length), JSON.parse(text) as T);
      } catch {
        throw new RangeError(`filter memory "${key}" is broken`);
      }
    }
  }
}
