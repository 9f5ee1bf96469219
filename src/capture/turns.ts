/**
 * Whose turn it is to check events, the oldest document first: read in equal shares, many would all be ready at the same
 * late moment, and the database would wait for them. Between two turns whatever else the process has to do is done.
 */
export class Turns {
  #documents = 0;
  #scheduled = false;
  readonly #ready = new Map<number, () => void>();

  /** For a document that begins: resolves whenever it may check the next few events. */
  begin(): () => Promise<void> {
    const document = ++this.#documents;
    return () =>
      new Promise((resolve) => {
        this.#ready.set(document, resolve);
        this.#schedule();
      });
  }

  #schedule(): void {
    if (this.#scheduled || this.#ready.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const oldest = Math.min(...this.#ready.keys());
      const go = this.#ready.get(oldest);
      this.#ready.delete(oldest);
      go?.();
      this.#schedule();
    });
  }
}
