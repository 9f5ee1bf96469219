/** The pause of a loop that looks for work: it ends when somebody wakes it, and after `ms` all the same. */
export class Rest {
  readonly #ms: number;
  #wakened = false;
  #wakeUp: (() => void) | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  wake(): void {
    this.#wakened = true;
    this.#wakeUp?.();
  }

  /** From here on a call of `wake` counts: what is looked at next may not have it yet. */
  begin(): void {
    this.#wakened = false;
  }

  /** Resolves at once if it was woken since `begin`. */
  async taken(): Promise<void> {
    if (this.#wakened) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wakeUp = resolve;
      timer = setTimeout(resolve, this.#ms);
    });
    clearTimeout(timer);
  }
}
