/** What a reader's antennas are known to be, so that a loss is told also when nobody was there to hear of it. */
export class Antennas {
  readonly #connected: Map<number, boolean>;

  /** Goes on with what `toList` gave. */
  constructor(known: readonly (readonly [antenna: number, connected: boolean])[] = []) {
    this.#connected = new Map(known);
  }

  /** The reader has said how an antenna is. */
  told(antenna: number, connected: boolean): void {
    this.#connected.set(antenna, connected);
  }

  /**
   * How all of them are, asked at the beginning of a connection; what has changed since they were known. An empty port
   * is nothing to tell of: only an antenna that was there, or that is configured (`wanted`), can be lost.
   */
  found(
    now: readonly { antenna: number; connected: boolean }[],
    wanted: ReadonlySet<number>,
  ): { antenna: number; connected: boolean }[] {
    return now.filter(({ antenna, connected }) => {
      const before = this.#connected.get(antenna);
      const counts = connected || before !== undefined || wanted.has(antenna);
      if (counts) this.#connected.set(antenna, connected);
      return counts && connected !== (before ?? true);
    });
  }

  get lost(): number[] {
    return [...this.#connected].flatMap(([antenna, connected]) => (connected ? [] : [antenna])).sort((a, b) => a - b);
  }

  toList(): [antenna: number, connected: boolean][] {
    return [...this.#connected];
  }
}
