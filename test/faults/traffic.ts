// What passes the gate on a simulated day, and the truth about it: pallets of cases that go through, that stand for
// some minutes, and that come back hours later. A case comes back at the next antenna, so that a read tells by itself
// which visit it belongs to, whatever any clock says.
import { MINUTE, SECOND, type Draw } from './kinds.ts';
import type { Reader, Span } from './reader.ts';

const PALLET_EVERY_MS = 40 * SECOND;
const PALLET_CASES = [8, 24] as const;
const PASSES_MS = [2 * SECOND, 6 * SECOND] as const;
const STANDS_MS = [MINUTE, 8 * MINUTE] as const;
const STANDING_SHARE = 0.12;
const STANDING_READS_PER_SECOND = 0.3;
const RETURNING_SHARE = 0.25;
const RETURNS_AFTER_MS = 15 * MINUTE;
const VISITS_MAX = 4;

/** An EPC at an antenna, once. `from` to `to` is when it was in the field. */
export interface Visit extends Span {
  uri: string;
  antenna: number;
  /** Of a read that the reader put behind newer ones, as no reader does that keeps its order: when it did. */
  queuedAt?: number;
}
interface Pallet {
  epcs: string[];
  visits: number;
  leftAt: number;
}

/** SGTIN-96 of a company prefix of seven digits: hex and pure identity URI. */
function sgtin(prefix: string, item: string, serial: number): { hex: string; uri: string } {
  const bits =
    (0x30n << 88n) | (1n << 85n) | (5n << 82n) | (BigInt(prefix) << 58n) | (BigInt(item) << 38n) | BigInt(serial);
  return { hex: bits.toString(16).padStart(24, '0'), uri: `urn:epc:id:sgtin:${prefix}.${item}.${serial}` };
}

export class Traffic {
  /** By EPC in hex and antenna. */
  readonly visits = new Map<string, Visit>();
  readonly #uris = new Map<string, string>();
  readonly #reader: Reader;
  readonly #draw: Draw;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #now: () => number;
  #pallets: Pallet[] = [];
  #serial = 1;
  #burstSerial = 1;
  readonly #standing = new Set<Promise<void>>();

  constructor(parts: { reader: Reader; draw: Draw; sleep: (ms: number) => Promise<void>; now: () => number }) {
    this.#reader = parts.reader;
    this.#draw = parts.draw;
    this.#sleep = parts.sleep;
    this.#now = parts.now;
  }

  /** Lets pallets pass until then. */
  async run(until: number): Promise<void> {
    while (this.#now() < until) {
      await this.#sleep(this.#draw(0.2, 1.8) * PALLET_EVERY_MS);
      const pallet = this.#next();
      if (this.#draw(0, 1) >= STANDING_SHARE) {
        await this.#pass(pallet);
        continue;
      }
      const standing = this.#stand(pallet).finally(() => this.#standing.delete(standing));
      this.#standing.add(standing);
    }
    await Promise.all(this.#standing);
  }

  /** A pallet that comes back, or a new one. */
  #next(): Pallet {
    const now = this.#now();
    const gone = this.#pallets.filter(({ visits, leftAt }) => visits < VISITS_MAX && now - leftAt > RETURNS_AFTER_MS);
    if (gone.length && this.#draw(0, 1) < RETURNING_SHARE) return gone[Math.floor(this.#draw(0, gone.length))]!;
    const count = Math.round(this.#draw(...PALLET_CASES));
    const pallet = { epcs: this.#make('9521234', '000017', this.#serial, count), visits: 0, leftAt: 0 };
    this.#serial += count;
    this.#pallets = [...this.#pallets, pallet].slice(-500);
    return pallet;
  }

  #make(prefix: string, item: string, first: number, count: number): string[] {
    return Array.from({ length: count }, (_, i) => {
      const { hex, uri } = sgtin(prefix, item, first + i);
      this.#uris.set(hex, uri);
      return hex;
    });
  }

  #note(epc: string, antenna: number, span: Span & { queuedAt?: number }): void {
    this.visits.set(`${epc} ${antenna}`, { ...span, uri: this.#uris.get(epc)!, antenna });
  }

  async #pass(pallet: Pallet): Promise<void> {
    const durationMs = Math.round(this.#draw(...PASSES_MS));
    const span = await this.#reader.do({ pass: pallet.epcs, antenna: pallet.visits + 1, durationMs });
    if (span) this.#visited(pallet, span);
  }

  /** Stands until it is taken away or the reader loses its power. */
  async #stand(pallet: Pallet): Promise<void> {
    pallet.leftAt = Infinity;
    const antenna = pallet.visits + 1;
    const readsPerSecond = STANDING_READS_PER_SECOND;
    const came = await this.#reader.do({ put: pallet.epcs, antenna, readsPerSecond });
    if (!came) return void (pallet.leftAt = this.#now());
    await this.#sleep(this.#draw(...STANDS_MS));
    const left = await this.#reader.do({ remove: pallet.epcs });
    this.#visited(pallet, { from: came.from, to: left?.to ?? this.#now() });
  }

  #visited(pallet: Pallet, span: Span): void {
    pallet.visits++;
    pallet.leftAt = span.to;
    for (const epc of pallet.epcs) this.#note(epc, pallet.visits, span);
  }

  /** New tags that the reader says it has read in the past, evenly over `spanMs`, all at once. */
  async burst(tags: number, spanMs: number): Promise<void> {
    const firstSerial = this.#burstSerial;
    this.#burstSerial += tags;
    const ms = Math.round(spanMs);
    const numbers = { messages: tags, tags, spanMs: ms, firstSerial };
    const when = await this.#reader.do({ fault: 'burst', numbers });
    if (!when) return;
    this.#make('0614141', '199999', firstSerial, tags).forEach((epc, i) => {
      const at = when.from - ms + (ms * i) / tags;
      this.#note(epc, 1, { from: at, to: at, queuedAt: when.to });
    });
  }
}
