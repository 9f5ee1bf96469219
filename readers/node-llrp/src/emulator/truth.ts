import type { Passage } from './scenario.ts';

/** One thing that really happened. `at` is the true time in milliseconds since 1970, whatever the reader's clock says. */
export type TruthLine = { truth: string; at: number } & { readonly [member: string]: unknown };

const LINES_KEPT_MAX = 200_000;
const EPCS_KEPT_MAX = 1_000_000;

interface Told {
  reads: number;
  firstAt: number;
  lastAt: number;
}

/** What really happened, to score a client against. Beyond its limits it keeps the oldest and counts the rest. */
export class TruthLog {
  readonly lines: TruthLine[] = [];
  dropped = 0;
  /** Reads handed to reports, by EPC. */
  readonly reported = new Map<string, number>();
  readonly #told = new Map<string, Told>();

  add(truth: string, at: number, detail: Readonly<Record<string, unknown>> = {}): void {
    if (this.lines.length >= LINES_KEPT_MAX) this.dropped++;
    else this.lines.push({ truth, at, ...detail });
  }

  report(epc: string): void {
    const known = this.reported.get(epc);
    if (known === undefined && this.reported.size >= EPCS_KEPT_MAX) this.dropped++;
    else this.reported.set(epc, (known ?? 0) + 1);
  }

  /** An EPC went to a client in a whole report. */
  sent(epc: string, at: number): void {
    const told = this.#told.get(epc);
    if (told) Object.assign(told, { reads: told.reads + 1, lastAt: at });
    else if (this.#told.size >= EPCS_KEPT_MAX) this.dropped++;
    else this.#told.set(epc, { reads: 1, firstAt: at, lastAt: at });
  }

  /** Everything in order of time, passages by their start, then one line per EPC with what was sent of it. */
  *all(passages: readonly Passage[]): Generator<TruthLine> {
    const passed = passages.map((passage) => ({ truth: 'passage', at: passage.startedAt, ...passage }));
    yield* [...this.lines, ...passed].sort((a, b) => a.at - b.at);
    for (const [epc, { reads, firstAt, lastAt }] of this.#told) {
      yield { truth: 'sent', at: firstAt, epc, entries: reads, lastAt };
    }
    yield { truth: 'end', at: Date.now(), dropped: this.dropped };
  }
}
