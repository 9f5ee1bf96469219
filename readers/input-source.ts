import { messageOf } from '../src/error.ts';
import { Backoff, pause } from './backoff.ts';
import type { InputConfig } from './config.ts';
import { Input } from './input.ts';
import type { Source, SourceParts } from './source.ts';

const RETRY_FIRST_MS = 250;
const RETRY_MS_MAX = 30_000;
/** A link that ran this long was a good one: the next loss starts again with a short wait. */
const STEADY_MS = 60_000;

/** What one kind of input does: one link from its beginning to its end. Resolves or rejects with why it ended. */
export type Attempt = (link: InputLink) => Promise<string>;

/** An attempt's hold on the source that it is made for. */
export interface InputLink {
  input: Input;
  /** Aborted when the source stops: the attempt ends then. */
  signal: AbortSignal;
  /** Messages come from now on. `kept`: somebody kept what came meanwhile. */
  running: (kept: boolean) => void;
}

/** A reader whose reads come as JSON, for as long as the collector runs: one attempt after the other. */
export class InputSource implements Source {
  readonly clockOffsetMs = 0;
  readonly #input: Input;
  readonly #attempt: Attempt;
  readonly #stop = new AbortController();
  readonly #backoff = new Backoff(RETRY_FIRST_MS, RETRY_MS_MAX);
  #state: Source['state'] = 'idle';
  #running: Promise<void> = Promise.resolve();

  constructor(config: InputConfig, parts: SourceParts, attempt: Attempt) {
    this.#input = new Input(config, parts);
    this.#attempt = attempt;
  }

  get counts(): Source['counts'] {
    return this.#input.counts;
  }
  get state(): Source['state'] {
    return this.#state === 'running' && this.#input.parts.intake.blocked ? 'full' : this.#state;
  }

  start(): void {
    this.#running = this.#run();
  }
  block(blocked: boolean): void {
    this.#input.block(blocked);
  }
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#input.end();
    await this.#running;
    this.#state = 'stopped';
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const running = (kept: boolean): void => {
      this.#state = 'running';
      this.#input.found(kept);
    };
    while (!signal.aborted) {
      const from = Date.now();
      this.#state = 'connecting';
      const reason = await this.#attempt({ input: this.#input, signal, running }).catch(messageOf);
      if (signal.aborted) break;
      this.#input.lost(reason);
      if (Date.now() - from >= STEADY_MS) this.#backoff.reset();
      this.#state = 'backoff';
      await pause(this.#backoff.next(), signal);
    }
  }
}
