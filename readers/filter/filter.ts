import { Cycles } from './cycle.ts';
import { Gates } from './gate.ts';
import { Inputs } from './inputs.ts';
import type { Remembered } from './memory.ts';
import { Moves } from './move.ts';
import type { Fact, FilterCounts, Identify, Place, Read, Spot } from './place.ts';
import { type Page, PresenceTable, type Rows, type Run } from './presence.ts';
import { Presences } from './presences.ts';
import { tellingOf } from './raw.ts';
import { type Notice, Windows } from './window.ts';

const SWEEP_ENTRIES = 4096;

/** A change at a general purpose input of a reader, or how one was found; `atMs` on the host's clock. */
export interface GpiEdge {
  reader: string;
  port: number;
  high: boolean;
  atMs: number;
}

const waitsForInputs = ({ filter: { window, cycle } }: Place): boolean =>
  window !== undefined || cycle?.start !== undefined || cycle?.stop !== undefined;

/** What of the filter's state has changed since it was last written. */
export interface Changed {
  pages: Page[];
  memory: Remembered[];
}

/**
 * From reads to facts, for all places and modes. A function of its state, the reads and the time: nothing else counts,
 * so a recorded stream gives the same facts again, and state that was written goes on as if it had never stopped.
 */
export class Filter {
  readonly counts: FilterCounts = { weak: 0, ignored: 0, backward: 0, late: 0 };
  readonly table: PresenceTable;
  readonly #places: Map<number, Place>;
  readonly #identify: Identify;
  readonly #presences: Presences;
  readonly #gates: Gates;
  readonly #windows: Windows;
  readonly #moves: Moves;
  readonly #cycles: Cycles;
  readonly #inputs: Inputs;
  #facts: Fact[] = [];
  #notices: Notice[] = [];

  /** `places` may change while it runs; call `placed` then. */
  constructor(places: Map<number, Place>, identify: Identify, table = new PresenceTable()) {
    this.#places = places;
    this.#identify = identify;
    this.table = table;
    const placeOf = (id: number): Place | undefined => places.get(id);
    this.#presences = new Presences(table, identify, this.counts, placeOf);
    this.#gates = new Gates(identify, this.counts, placeOf);
    this.#windows = new Windows(identify, this.counts, this.#gates.tally, placeOf);
    this.#moves = new Moves(identify, this.counts, placeOf);
    this.#inputs = new Inputs(placeOf);
    this.#cycles = new Cycles(identify, this.counts, placeOf);
    this.placed();
  }

  get #memories() {
    return [
      this.#gates.memory,
      this.#gates.tally.memory,
      this.#windows.memory,
      this.#moves.memory,
      this.#cycles.memory,
      this.#inputs.memory,
    ];
  }

  /** State as `changed` gave it, all of it. Throws RangeError where it is broken. */
  load(pages: Iterable<Page>, memory: Iterable<{ key: string; text: string }>): void {
    this.table.load(pages, (id) => this.#places.has(id));
    const rows = [...memory];
    for (const one of this.#memories) one.load(rows);
    this.#presences.resume();
    this.#gates.resume();
    this.#moves.resume();
  }

  /** The places have changed. */
  placed(): void {
    this.#gates.setGates(this.#places.values());
  }

  /** Takes a read that arrived at `nowMs`. */
  read(spot: Spot, read: Read, nowMs: number): void {
    const { mode, window } = spot.place.filter;
    if (mode === 'arrivals') return this.#presences.see(spot, read, nowMs, this.#facts);
    spot.listening.saw(read.lastMs, nowMs);
    if (mode === 'presence') this.#presences.see(spot, read, nowMs, this.#facts);
    else if (mode === 'gate') (window ? this.#windows : this.#gates).see(spot, read);
    else if (mode === 'moves') this.#moves.see(spot, read, this.#facts);
    else if (mode === 'cycle') this.#cycles.see(spot, read, nowMs, this.#facts);
    else this.#raw(spot, read);
  }

  /** The short way for reads that are nothing new, in mode `arrivals`: see PresenceTable. */
  staysFrom(from: number, count: number, rows: Rows, run: Run): number {
    return this.table.staysFrom(from, count, rows, run);
  }

  #raw(spot: Spot, read: Read): void {
    const { place } = spot;
    const { key, firstMs: atMs, lastMs, rssi, count, antenna } = read;
    const uri = this.#identify(key, place.filter)?.uri;
    if (uri === undefined) {
      this.counts.ignored += count;
      return;
    }
    const group = `${antenna}:${uri}:${atMs}`;
    const rest = { dwellMs: lastMs - atMs, ...tellingOf(spot, read) };
    this.#facts.push({ kind: 'read', place, uri, atMs, group, antenna, rssi, count, ...rest });
  }

  /** Reads at these places from `fromMs` to `toMs` were dated `byMs` too early. */
  setBack(places: Iterable<Place>, when: { fromMs: number; toMs: number; byMs: number }): void {
    this.#presences.setBack(new Set([...places].map(({ id }) => id)), when);
  }

  /** An edge at an input of a reader that sees these places. */
  gpi(places: Iterable<Place>, { reader, port, ...change }: GpiEdge): void {
    for (const place of places) {
      if (!waitsForInputs(place)) continue;
      for (const certain of this.#inputs.edge(place, reader, port, change)) this.#edge({ place, port, ...certain });
    }
  }
  /** How an input of such a reader stands, now that its link is up. */
  gpiFound(places: Iterable<Place>, { reader, port, ...found }: GpiEdge): void {
    for (const place of places) if (waitsForInputs(place)) this.#inputs.found(place, reader, port, found);
  }
  #edge({ place, port, high, atMs }: { place: Place; port: number; high: boolean; atMs: number }): void {
    this.#windows.gpi(place, port, high, atMs);
    this.#cycles.gpi(place, port, high, atMs);
  }

  /** Finds what is over by `nowMs`. To be called often; how often changes nothing but when facts come out. */
  tick(nowMs: number): void {
    const from = this.#facts.length;
    for (const certain of this.#inputs.tick(nowMs)) this.#edge(certain);
    this.#presences.tick(nowMs, this.#facts);
    this.#gates.tick(nowMs, this.#facts);
    this.#windows.tick(nowMs, this.#facts, this.#notices);
    this.#moves.tick(nowMs, this.#facts);
    this.#cycles.tick(nowMs, this.#places.values(), this.#facts);
    for (const { kind, place, atMs, uri, count, dwellMs } of this.#facts.slice(from)) {
      if (kind === 'undecided')
        this.#notices.push({ kind: 'undecided-passage', place, atMs, detail: { epc: uri, reads: count, dwellMs } });
    }
  }

  /** Forgets some of what is long gone. */
  sweep(): void {
    this.#presences.sweep(SWEEP_ENTRIES);
  }

  get waiting(): number {
    return this.#facts.length;
  }
  /** The facts since the last call, in the order in which they came out. */
  take(): Fact[] {
    const facts = this.#facts;
    if (facts.length) this.#facts = [];
    return facts;
  }
  takeNotices(): Notice[] {
    const notices = this.#notices;
    if (notices.length) this.#notices = [];
    return notices;
  }

  /** Tags given up because a table was full. */
  get forgotten(): number {
    return this.table.forgotten + this.#gates.refused + this.#moves.refused + this.#cycles.refused;
  }
  /** Tags in memory. */
  get size(): number {
    return this.table.size + this.#gates.memory.size + this.#moves.memory.size;
  }
  /** Passages of each gate, and by interval; the counts never go back. */
  gates() {
    const { tally } = this.#gates;
    return [...this.#places.values()]
      .filter(({ filter }) => filter.mode === 'gate')
      .map((place) => {
        const { reader: gate, readPoint } = place;
        return { gate, readPoint, counts: tally.of(place), intervals: tally.intervals(place) };
      });
  }

  get dirty(): boolean {
    return this.table.dirty || this.#memories.some((one) => one.dirty);
  }
  /** Without `all`, not the pages of tags that were only read again: they lose nothing that makes an event. */
  changed(all = true): Changed {
    return { pages: this.table.changed(all), memory: this.#memories.flatMap((one) => one.changed()) };
  }
  /** To be called when what `changed` gave is on disk. */
  clean(): void {
    this.table.clean();
    for (const one of this.#memories) one.clean();
  }
}
