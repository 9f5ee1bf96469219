import { hash96, hashOf } from './epc-hash.ts';

/** Entries persisted together: what one changed entry costs to write. */
const PAGE_ENTRIES = 256;
const CAPACITY_MIN = 16_384;
/** At this load a larger table is begun, which is in place before 0.6: so many entries move over with each new one. */
const LOAD_MAX = 0.55;
const MOVE_ENTRIES = 32;
/** Every entry is looked at within so many sweeps, so that the table stays as small as what comes and goes. */
const SWEEP_PART = 64;
/** A record of 96 bits in a page. */
const RECORD_BYTES = 39;
/** About 45 bytes an entry: beyond this the least recently visited entries are forgotten, with a count. */
const ENTRIES_MAX_DEFAULT = 4_000_000;
const EPC_96_BITS = 96;
/** Format 1 had no count of reads. */
const PAGE_FORMAT = 2;
const PAGE_FORMAT_OLD = 1;
/** An entry in the arena, 32 bytes: EPC w0, w1, w2; place, bits and state; first and last read as f64. */
const WORDS = 8;
/** How a page has changed: times and counts have moved on, or more than that. */
const MOVED = 1;
const CHANGED = 2;
const META = 3;
const DOUBLES = 4;
const FIRST = 2;
const LAST = 3;
const BITS_SHIFT = 16;
const STATE_SHIFT = 28;
const NAME_MASK = 0x0fffffff;
/** A slot holds the entry's index + 1 and above it eight bits of its hash, which spare most vain looks at entries. */
const SLOT_BITS = 23;
const SLOT_MASK = (1 << SLOT_BITS) - 1;
const TAG_MASK = 0xff << SLOT_BITS;
const PRESENT_96 = (96 << BITS_SHIFT) | (2 << STATE_SHIFT);

/** What is known of an EPC at a place. */
export const CANDIDATE = 1;
export const PRESENT = 2;
/** Kept out by include, exclude or unknownEpc; remembered so that its reads cost one look-up. */
export const IGNORED = 3;
/** Was there, and its departure has been told. */
export const DEPARTED = 4;
export type State = typeof CANDIDATE | typeof PRESENT | typeof IGNORED | typeof DEPARTED;

/** An EPC as the table keys it: three words for 96 bits, else its bytes as latin1 text in `wide`. */
export interface EpcKey {
  bits: number;
  w0: number;
  w1: number;
  w2: number;
  wide: string;
}

/**
 * Rows of a report as columns. `place` is where a row's antenna counts, or -1 for one that is no plain row; a plain
 * row's first time is no later than its last.
 */
export interface Rows {
  epc0: Uint32Array;
  epc1: Uint32Array;
  epc2: Uint32Array;
  /** Microseconds. */
  lastSeen: Float64Array;
  seenCount: Uint16Array;
  place: Int32Array;
}
/** What holds for all rows of a report. */
export interface Run {
  /** From the reader's clock to the host's. */
  shiftMs: number;
  pauseMsMax: number;
}

/** One page as it goes to disk; an empty page has no bytes. */
export interface Page {
  page: number;
  entries: Uint8Array;
}

function larger(from: DataView<ArrayBuffer>, bytes: number): DataView<ArrayBuffer> {
  const to = new Uint8Array(bytes);
  to.set(new Uint8Array(from.buffer));
  return new DataView(to.buffer);
}

/** The key of an EPC given as bytes; `bits` from 0 up, padding included in the bytes. */
export function epcKey(bytes: Uint8Array, bits = bytes.length * 8): EpcKey {
  if (bits !== EPC_96_BITS) return { bits, w0: 0, w1: 0, w2: 0, wide: Buffer.from(bytes).toString('latin1') };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bits, w0: view.getUint32(0), w1: view.getUint32(4), w2: view.getUint32(8), wide: '' };
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}

/** The bytes of a key, as they were on the air. */
export function epcBytes(key: EpcKey): Uint8Array {
  if (key.bits !== EPC_96_BITS) return Buffer.from(key.wide, 'latin1');
  const bytes = new Uint8Array(12);
  putWord(bytes, 0, key.w0);
  putWord(bytes, 4, key.w1);
  putWord(bytes, 8, key.w2);
  return bytes;
}

/** The bits of a hash that stand in a slot. They are not those that choose it. */
const tagOf = (hash: number): number => ((hash >>> 24) << SLOT_BITS) & TAG_MASK;

/** Puts an entry into the first free slot from its own on. */
function enter(slots: Int32Array, index: number, hash: number): void {
  const mask = slots.length - 1;
  let s = hash & mask;
  while (slots[s] !== 0) s = (s + 1) & mask;
  slots[s] = (index + 1) | tagOf(hash);
}

/**
 * Which EPC was last read when at which place: an open-addressing table over typed arrays, exact comparison,
 * linear probing, grown at 60 % load without a pause. Entries live in an arena, a cache line's half each, whose pages are what the
 * spool persists. Times are corrected read times in ms since 1970. EPCs have at most 4095 bits.
 */
export class PresenceTable {
  readonly #entriesMax: number;
  #slots = new Int32Array(CAPACITY_MIN * 2); // 0 = empty
  /** The larger table to be, which holds the entries below `#moved`. */
  #next: Int32Array<ArrayBuffer> | undefined;
  #moved = 0;
  #words = new Uint32Array(CAPACITY_MIN * WORDS);
  #doubles = new Float64Array(this.#words.buffer);
  #reads = new Uint32Array(CAPACITY_MIN);
  readonly #wide = new Map<number, string>();
  readonly #times = new Map<number, number[]>();
  readonly #free: number[] = [];
  #used = 0; // arena entries ever taken, free ones included
  #hand = 0;
  #isDirty = new Uint8Array(CAPACITY_MIN / PAGE_ENTRIES); // 0, MOVED or CHANGED
  #dirty: number[] = [];
  #writing: number[] = [];
  /** Entries given up because the table was full. */
  forgotten = 0;

  constructor(entriesMax = ENTRIES_MAX_DEFAULT) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#used - this.#free.length;
  }
  get dirty(): boolean {
    return this.#dirty.length > 0;
  }
  state(index: number): State {
    return (this.#words[index * WORDS + META]! >>> STATE_SHIFT) as State;
  }
  place(index: number): number {
    return this.#words[index * WORDS + META]! & 0xffff;
  }
  first(index: number): number {
    return this.#doubles[index * DOUBLES + FIRST]!;
  }
  last(index: number): number {
    return this.#doubles[index * DOUBLES + LAST]!;
  }
  /** Reads counted by `count` since the entry was last set. */
  reads(index: number): number {
    return this.#reads[index]!;
  }
  /** Read times of a candidate, oldest first. */
  times(index: number): number[] {
    return this.#times.get(index) ?? [];
  }

  /** The entry of an EPC at a place, or -1. */
  find(place: number, key: EpcKey): number {
    const slots = this.#slots;
    const words = this.#words;
    const mask = slots.length - 1;
    const { w0, w1, w2, bits } = key;
    const name = place | (bits << BITS_SHIFT);
    const hash = hashOf(place, key);
    const tag = tagOf(hash);
    for (let s = hash & mask; ; s = (s + 1) & mask) {
      const slot = slots[s] as number;
      if (slot === 0) return -1;
      if ((slot & TAG_MASK) !== tag) continue;
      const index = (slot & SLOT_MASK) - 1;
      const w = index * WORDS;
      if (
        words[w + 2] === w2 &&
        words[w + 1] === w1 &&
        words[w] === w0 &&
        ((words[w + META] as number) & NAME_MASK) === name &&
        (bits === EPC_96_BITS || this.#wide.get(index) === key.wide)
      )
        return index;
    }
  }

  /**
   * Takes the rows from `from` on that are nothing new: an EPC of 96 bits that is present, read no earlier than the
   * last time and at most `pauseMsMax` after it. Returns the first row that is for others to decide, or the count.
   * Written for the engine: no array is destructured and a slot's tag is compared before the entry is fetched.
   */
  staysFrom(from: number, count: number, rows: Rows, run: Run): number {
    const { epc0, epc1, epc2, lastSeen, place } = rows;
    const { shiftMs, pauseMsMax } = run;
    const slots = this.#slots;
    const words = this.#words;
    const doubles = this.#doubles;
    const isDirty = this.#isDirty;
    const mask = slots.length - 1;
    for (let i = from; i < count; i++) {
      const id = place[i] as number;
      if (id < 0) return i;
      const w0 = epc0[i] as number;
      const w1 = epc1[i] as number;
      const w2 = epc2[i] as number;
      const hash = hash96(id, w0, w1, w2);
      const tag = tagOf(hash);
      const meta = id | PRESENT_96;
      let slot = slots[hash & mask] as number;
      let w = 0;
      for (let s = hash & mask; ; slot = slots[s] as number) {
        if (slot === 0) return i;
        w = ((slot & SLOT_MASK) - 1) * WORDS;
        if (
          (slot & TAG_MASK) === tag &&
          ((words[w + 2]! ^ w2) | (words[w + 1]! ^ w1) | (words[w]! ^ w0) | (words[w + META]! ^ meta)) === 0
        )
          break;
        s = (s + 1) & mask;
      }
      const at = (w >> 1) + LAST;
      const lastMs = (lastSeen[i] as number) / 1000 + shiftMs;
      const pauseMs = lastMs - (doubles[at] as number);
      if (pauseMs < 0 || pauseMs > pauseMsMax) return i;
      doubles[at] = lastMs;
      const page = (w / (WORDS * PAGE_ENTRIES)) | 0;
      if (isDirty[page] === 0) this.#spoil(page, MOVED);
    }
    return count;
  }

  /** The EPC of an entry. */
  key(index: number): EpcKey {
    const w = index * WORDS;
    const [w0, w1, w2] = [this.#words[w]!, this.#words[w + 1]!, this.#words[w + 2]!];
    return { bits: this.#bits(index), w0, w1, w2, wide: this.#wide.get(index) ?? '' };
  }
  #bits(index: number): number {
    return (this.#words[index * WORDS + META]! & NAME_MASK) >>> BITS_SHIFT;
  }

  /** Adds an EPC that `find` did not know; its index. */
  add(place: number, key: EpcKey, state: State, first: number, last: number): number {
    if (this.size >= this.#entriesMax) this.#forgetOne();
    const index = this.#free.pop() ?? this.#used++;
    this.#put(index, place, key);
    this.set(index, state, first, last);
    return index;
  }

  #put(index: number, place: number, key: EpcKey): void {
    while (index * WORDS >= this.#words.length) this.#growArena();
    if (this.#next) this.#move(MOVE_ENTRIES);
    else if ((this.size + 1) / this.#slots.length > LOAD_MAX) this.#grow();
    const w = index * WORDS;
    this.#words[w] = key.w0;
    this.#words[w + 1] = key.w1;
    this.#words[w + 2] = key.w2;
    this.#words[w + META] = place | (key.bits << BITS_SHIFT);
    if (key.bits !== EPC_96_BITS) this.#wide.set(index, key.wide);
    const hash = hashOf(place, key);
    enter(this.#slots, index, hash);
    if (this.#next && index < this.#moved) enter(this.#next, index, hash);
  }

  #setState(index: number, state: number): void {
    const w = index * WORDS + META;
    this.#words[w] = (this.#words[w]! & NAME_MASK) | (state << STATE_SHIFT);
  }

  #spoil(page: number, how: number): void {
    const before = this.#isDirty[page] as number;
    if (before >= how) return;
    if (before === 0) this.#dirty.push(page);
    this.#isDirty[page] = how;
  }
  #changed(index: number): void {
    this.#spoil((index / PAGE_ENTRIES) | 0, CHANGED);
  }

  /** Writes an entry's state and times, and starts its count of reads; `times` only for a candidate. */
  set(index: number, state: State, first: number, last: number, times?: number[]): void {
    this.#setState(index, state);
    this.#doubles[index * DOUBLES + FIRST] = first;
    this.#doubles[index * DOUBLES + LAST] = last;
    this.#reads[index] = 0;
    if (times) this.#times.set(index, times);
    else if (this.#times.size) this.#times.delete(index);
    this.#changed(index);
  }

  /** Moves the last read of an entry forward. */
  touch(index: number, last: number): void {
    const at = index * DOUBLES + LAST;
    if (last <= (this.#doubles[at] as number)) return;
    this.#doubles[at] = last;
    this.#spoil((index / PAGE_ENTRIES) | 0, MOVED);
  }

  /** Counts reads of an entry. */
  count(index: number, reads: number): void {
    this.#reads[index]! += reads;
    this.#spoil((index / PAGE_ENTRIES) | 0, MOVED);
  }

  /** Removes an entry; the entries probed past it close up, so that no tombstone is left. */
  remove(index: number): void {
    this.#leave(this.#slots, index);
    if (this.#next && index < this.#moved) this.#leave(this.#next, index);
    this.#setState(index, 0);
    this.#wide.delete(index);
    this.#times.delete(index);
    this.#free.push(index);
    this.#changed(index);
  }

  #leave(slots: Int32Array, index: number): void {
    const mask = slots.length - 1;
    const home = (i: number): number => this.#hash(i) & mask;
    let hole = home(index);
    while ((slots[hole]! & SLOT_MASK) !== index + 1) hole = (hole + 1) & mask;
    for (let s = (hole + 1) & mask; slots[s] !== 0; s = (s + 1) & mask) {
      const distance = (s - home((slots[s]! & SLOT_MASK) - 1)) & mask;
      if (distance < ((s - hole) & mask)) continue;
      slots[hole] = slots[s]!;
      hole = s;
    }
    slots[hole] = 0;
  }

  /**
   * Looks at the next `count` entries in turn, or a SWEEP_PART of all where that is more, and removes those that are
   * over; never long, so called often.
   */
  sweep(count: number, over: (index: number) => boolean): void {
    for (let n = Math.min(Math.max(count, Math.ceil(this.#used / SWEEP_PART)), this.#used); n > 0; n--) {
      const index = this.#hand;
      this.#hand = (index + 1) % this.#used;
      if (this.#isTaken(index) && over(index)) this.remove(index);
    }
  }

  /** Every entry, one after the other. */
  *indexes(): Generator<number> {
    for (let index = 0; index < this.#used; index++) if (this.#isTaken(index)) yield index;
  }

  #isTaken(index: number): boolean {
    return this.#words[index * WORDS + META]! >>> STATE_SHIFT !== 0;
  }

  #forgetOne(): void {
    while (!this.#isTaken(this.#hand)) this.#hand = (this.#hand + 1) % this.#used;
    this.remove(this.#hand);
    this.#hand = (this.#hand + 1) % this.#used;
    this.forgotten++;
  }

  #growArena(): void {
    const capacity = (this.#words.length / WORDS) * 2;
    const grown = <T extends { set(from: T): void }>(bigger: T, from: T): T => (bigger.set(from), bigger);
    this.#words = grown(new Uint32Array(capacity * WORDS), this.#words);
    this.#doubles = new Float64Array(this.#words.buffer);
    this.#reads = grown(new Uint32Array(capacity), this.#reads);
    this.#isDirty = grown(new Uint8Array(capacity / PAGE_ENTRIES), this.#isDirty);
  }

  #grow(): void {
    this.#next = new Int32Array(this.#slots.length * 2);
    this.#moved = 0;
  }

  /** Enters the next `count` entries into the larger table; the old one serves until it has all of them. */
  #move(count: number): void {
    const next = this.#next!;
    const end = Math.min(this.#used, this.#moved + count);
    for (; this.#moved < end; this.#moved++) {
      if (this.#isTaken(this.#moved)) enter(next, this.#moved, this.#hash(this.#moved));
    }
    if (this.#moved < this.#used) return;
    this.#slots = next;
    this.#next = undefined;
  }

  #hash(index: number): number {
    if (this.#bits(index) !== EPC_96_BITS) return hashOf(this.place(index), this.key(index));
    const w = index * WORDS;
    return hash96(this.place(index), this.#words[w]!, this.#words[w + 1]!, this.#words[w + 2]!);
  }

  /**
   * The pages that changed since they were last on disk: all of them, or without those in which nothing but the time
   * and count of reads has moved on.
   */
  changed(all = true): Page[] {
    this.#writing = this.#dirty.filter((page) => all || this.#isDirty[page] === CHANGED);
    return this.#writing.map((page) => ({ page, entries: this.#encode(page) }));
  }
  /** To be called when the pages that `changed` gave are on disk. */
  clean(): void {
    for (const page of this.#writing) this.#isDirty[page] = 0;
    this.#dirty = this.#dirty.filter((page) => this.#isDirty[page] !== 0);
    this.#writing = [];
  }

  /** Layout: format, then per entry slot u8, state u8, place u16, bits u16, EPC, first f64, last f64, reads u32, n u8, n × f64. */
  #encode(page: number): Uint8Array {
    let [bytes, p] = [new DataView(new ArrayBuffer(1 + PAGE_ENTRIES * RECORD_BYTES)), 1];
    bytes.setUint8(0, PAGE_FORMAT);
    const end = Math.min(this.#used, (page + 1) * PAGE_ENTRIES);
    for (let index = page * PAGE_ENTRIES; index < end; index++) {
      if (!this.#isTaken(index)) continue;
      const bits = this.#bits(index);
      const times = this.times(index);
      const needed = RECORD_BYTES + (bits >> 3) + 8 * times.length;
      if (p + needed > bytes.byteLength) bytes = larger(bytes, 2 * (bytes.byteLength + needed));
      bytes.setUint8(p, index % PAGE_ENTRIES);
      bytes.setUint8(p + 1, this.state(index));
      bytes.setUint16(p + 2, this.place(index));
      bytes.setUint16(p + 4, bits);
      p += 6;
      if (bits === EPC_96_BITS) for (let k = 0; k < 3; k++, p += 4) bytes.setUint32(p, this.#words[index * WORDS + k]!);
      else for (const byte of epcBytes(this.key(index))) bytes.setUint8(p++, byte);
      bytes.setFloat64(p, this.first(index));
      bytes.setFloat64(p + 8, this.last(index));
      bytes.setUint32(p + 16, this.reads(index));
      bytes.setUint8(p + 20, times.length);
      p += 21;
      for (const [k, time] of times.entries()) bytes.setFloat64(p + 8 * k, time);
      p += 8 * times.length;
    }
    return p === 1 ? new Uint8Array(0) : new Uint8Array(bytes.buffer, 0, p);
  }

  /**
   * Fills an empty table from its pages; entries of places that `known` refuses are left out.
   * Throws RangeError where a page is not what `changed` gave.
   */
  load(pages: Iterable<Page>, known: (place: number) => boolean): void {
    for (const { page, entries } of pages) {
      const bytes = Buffer.from(entries.buffer, entries.byteOffset, entries.byteLength);
      const format = bytes[0];
      if (bytes.length && format !== PAGE_FORMAT && format !== PAGE_FORMAT_OLD)
        throw new RangeError(`presence page ${page}: format ${format}`);
      for (let p = 1; p < bytes.length;) p = this.#decode(bytes, p, page, known);
    }
    this.#writing = this.#dirty;
    this.clean();
    for (let i = this.#used - 1; i >= 0; i--) if (!this.#isTaken(i)) this.#free.push(i);
  }

  #decode(bytes: Buffer, at: number, page: number, known: (place: number) => boolean): number {
    const index = page * PAGE_ENTRIES + bytes.readUInt8(at);
    const state = bytes.readUInt8(at + 1) as State;
    const place = bytes.readUInt16BE(at + 2);
    const bits = bytes.readUInt16BE(at + 4);
    const epcEnd = at + 6 + Math.ceil(bits / 8);
    const [first, last] = [bytes.readDoubleBE(epcEnd), bytes.readDoubleBE(epcEnd + 8)];
    const counted = bytes[0] === PAGE_FORMAT;
    const reads = counted ? bytes.readUInt32BE(epcEnd + 16) : 1;
    const rest = epcEnd + (counted ? 20 : 16);
    const n = bytes.readUInt8(rest);
    const times = Array.from({ length: n }, (_, k) => bytes.readDoubleBE(rest + 1 + 8 * k));
    if (known(place)) {
      this.#used = Math.max(this.#used, index + 1);
      this.#put(index, place, epcKey(bytes.subarray(at + 6, epcEnd), bits));
      this.set(index, state, first, last, n ? times : undefined);
      this.#reads[index] = reads;
    }
    return rest + 1 + 8 * n;
  }
}
