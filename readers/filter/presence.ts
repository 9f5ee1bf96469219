/** Entries persisted together: what one changed entry costs to write. */
const PAGE_ENTRIES = 256;
const CAPACITY_MIN = 1024;
const LOAD_MAX = 0.6;
/** About 50 bytes an entry: beyond this the least recently visited entries are forgotten, with a count. */
const ENTRIES_MAX_DEFAULT = 4_000_000;
const EPC_96_BITS = 96;
const PAGE_FORMAT = 1;

/** What is known of an EPC at a place. */
export const CANDIDATE = 1;
export const PRESENT = 2;
/** Kept out by include, exclude or unknownEpc; remembered so that its reads cost one look-up. */
export const IGNORED = 3;
export type State = typeof CANDIDATE | typeof PRESENT | typeof IGNORED;

/** An EPC as the table keys it: three words for 96 bits, else its bytes as latin1 text in `wide`. */
export interface EpcKey {
  bits: number;
  w0: number;
  w1: number;
  w2: number;
  wide: string;
}

/** One page as it goes to disk; an empty page has no bytes. */
export interface Page {
  page: number;
  entries: Uint8Array;
}

/** The key of an EPC given as bytes; `bits` from 0 up, padding included in the bytes. */
export function epcKey(bytes: Uint8Array, bits = bytes.length * 8): EpcKey {
  if (bits !== EPC_96_BITS) return { bits, w0: 0, w1: 0, w2: 0, wide: Buffer.from(bytes).toString('latin1') };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bits, w0: view.getUint32(0), w1: view.getUint32(4), w2: view.getUint32(8), wide: '' };
}

/** The bytes of a key, as they were on the air. */
export function epcBytes(key: EpcKey): Uint8Array {
  if (key.bits !== EPC_96_BITS) return Buffer.from(key.wide, 'latin1');
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  [key.w0, key.w1, key.w2].forEach((word, i) => view.setUint32(4 * i, word));
  return bytes;
}

function wideHash(key: EpcKey): number {
  let h = key.bits;
  for (let i = 0; i < key.wide.length; i++) h = Math.imul(h ^ key.wide.charCodeAt(i), 0x01000193);
  return h;
}

/** Serials differ in the low bits only, so every word is mixed through all 32 bits. */
function hashOf(place: number, key: EpcKey): number {
  let h = Math.imul(key.w2 ^ (place << 16), 0x9e3779b1);
  h = Math.imul((h ^ (h >>> 15)) + key.w1, 0x85ebca6b);
  h = Math.imul((h ^ (h >>> 13)) + key.w0, 0xc2b2ae35);
  if (key.bits !== EPC_96_BITS) h = Math.imul(h ^ wideHash(key), 0x27d4eb2f);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Which EPC was last read when at which place: an open-addressing table over typed arrays, exact comparison,
 * linear probing, grown at 60 % load. Entries live in an arena whose pages are what the spool persists.
 * Times are corrected read times in ms since 1970.
 */
export class PresenceTable {
  readonly #entriesMax: number;
  #slots = new Int32Array(CAPACITY_MIN * 2); // index + 1 into the arena; 0 = empty
  #places = new Uint16Array(CAPACITY_MIN);
  #bits = new Uint16Array(CAPACITY_MIN);
  #words = new Uint32Array(CAPACITY_MIN * 3);
  #states = new Uint8Array(CAPACITY_MIN); // 0 = free
  #first = new Float64Array(CAPACITY_MIN);
  #last = new Float64Array(CAPACITY_MIN);
  readonly #wide = new Map<number, string>();
  readonly #times = new Map<number, number[]>();
  readonly #free: number[] = [];
  #used = 0; // arena entries ever taken, free ones included
  #hand = 0;
  readonly #dirty = new Set<number>();
  /** Entries given up because the table was full. */
  forgotten = 0;

  constructor(entriesMax = ENTRIES_MAX_DEFAULT) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#used - this.#free.length;
  }
  get dirty(): boolean {
    return this.#dirty.size > 0;
  }
  state(index: number): State {
    return this.#states[index] as State;
  }
  first(index: number): number {
    return this.#first[index]!;
  }
  last(index: number): number {
    return this.#last[index]!;
  }
  /** Read times of a candidate, oldest first. */
  times(index: number): number[] {
    return this.#times.get(index) ?? [];
  }

  /** The entry of an EPC at a place, or -1. */
  find(place: number, key: EpcKey): number {
    const mask = this.#slots.length - 1;
    for (let s = hashOf(place, key) & mask; ; s = (s + 1) & mask) {
      const index = this.#slots[s]! - 1;
      if (index < 0 || this.#is(index, place, key)) return index;
    }
  }

  #is(index: number, place: number, key: EpcKey): boolean {
    const w = index * 3;
    return (
      this.#words[w + 2] === key.w2 &&
      this.#words[w + 1] === key.w1 &&
      this.#words[w] === key.w0 &&
      this.#places[index] === place &&
      this.#bits[index] === key.bits &&
      (key.bits === EPC_96_BITS || this.#wide.get(index) === key.wide)
    );
  }

  #keyAt(index: number): EpcKey {
    const w = index * 3;
    const [w0, w1, w2] = [this.#words[w]!, this.#words[w + 1]!, this.#words[w + 2]!];
    return { bits: this.#bits[index]!, w0, w1, w2, wide: this.#wide.get(index) ?? '' };
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
    while (index >= this.#places.length) this.#growArena();
    if ((this.size + 1) / this.#slots.length > LOAD_MAX) this.#growSlots();
    this.#places[index] = place;
    this.#bits[index] = key.bits;
    this.#words.set([key.w0, key.w1, key.w2], index * 3);
    if (key.bits !== EPC_96_BITS) this.#wide.set(index, key.wide);
    this.#enter(index, hashOf(place, key));
  }

  #enter(index: number, hash: number): void {
    const mask = this.#slots.length - 1;
    let s = hash & mask;
    while (this.#slots[s] !== 0) s = (s + 1) & mask;
    this.#slots[s] = index + 1;
  }

  /** Writes an entry's state and times; `times` only for a candidate. */
  set(index: number, state: State, first: number, last: number, times?: number[]): void {
    this.#states[index] = state;
    this.#first[index] = first;
    this.#last[index] = last;
    if (times) this.#times.set(index, times);
    else if (this.#times.size) this.#times.delete(index);
    this.#dirty.add((index / PAGE_ENTRIES) | 0);
  }

  /** Moves the last read of an entry forward. */
  touch(index: number, last: number): void {
    if (last <= this.#last[index]!) return;
    this.#last[index] = last;
    this.#dirty.add((index / PAGE_ENTRIES) | 0);
  }

  /** Removes an entry; the entries probed past it close up, so that no tombstone is left. */
  remove(index: number): void {
    const mask = this.#slots.length - 1;
    const home = (i: number): number => hashOf(this.#places[i]!, this.#keyAt(i)) & mask;
    let hole = home(index);
    while (this.#slots[hole] !== index + 1) hole = (hole + 1) & mask;
    for (let s = (hole + 1) & mask; this.#slots[s] !== 0; s = (s + 1) & mask) {
      const distance = (s - home(this.#slots[s]! - 1)) & mask;
      if (distance < ((s - hole) & mask)) continue;
      this.#slots[hole] = this.#slots[s]!;
      hole = s;
    }
    this.#slots[hole] = 0;
    this.#states[index] = 0;
    this.#wide.delete(index);
    this.#times.delete(index);
    this.#free.push(index);
    this.#dirty.add((index / PAGE_ENTRIES) | 0);
  }

  /** Looks at the next `count` entries in turn and removes those that are over; never long, so called often. */
  sweep(count: number, over: (place: number, state: State, last: number) => boolean): void {
    for (let n = Math.min(count, this.#used); n > 0; n--) {
      const index = this.#hand;
      this.#hand = (index + 1) % this.#used;
      const state = this.#states[index]!;
      if (state !== 0 && over(this.#places[index]!, state as State, this.#last[index]!)) this.remove(index);
    }
  }

  #forgetOne(): void {
    while (this.#states[this.#hand] === 0) this.#hand = (this.#hand + 1) % this.#used;
    this.remove(this.#hand);
    this.#hand = (this.#hand + 1) % this.#used;
    this.forgotten++;
  }

  #growArena(): void {
    const capacity = this.#places.length * 2;
    const grown = <T extends { set(from: T): void }>(bigger: T, from: T): T => (bigger.set(from), bigger);
    this.#places = grown(new Uint16Array(capacity), this.#places);
    this.#bits = grown(new Uint16Array(capacity), this.#bits);
    this.#words = grown(new Uint32Array(capacity * 3), this.#words);
    this.#states = grown(new Uint8Array(capacity), this.#states);
    this.#first = grown(new Float64Array(capacity), this.#first);
    this.#last = grown(new Float64Array(capacity), this.#last);
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let i = 0; i < this.#used; i++) {
      if (this.#states[i] !== 0) this.#enter(i, hashOf(this.#places[i]!, this.#keyAt(i)));
    }
  }

  /** The pages that changed since `clean`. */
  changed(): Page[] {
    return [...this.#dirty].map((page) => ({ page, entries: this.#encode(page) }));
  }
  /** To be called when the changed pages are on disk. */
  clean(): void {
    this.#dirty.clear();
  }

  /** Layout: format, then per entry slot u8, state u8, place u16, bits u16, EPC, first f64, last f64, n u8, n × f64. */
  #encode(page: number): Uint8Array {
    const parts: Buffer[] = [];
    for (let slot = 0; slot < PAGE_ENTRIES; slot++) {
      const index = page * PAGE_ENTRIES + slot;
      if (index >= this.#used || this.#states[index] === 0) continue;
      const epc = epcBytes(this.#keyAt(index));
      const times = this.times(index);
      const record = Buffer.alloc(6 + epc.length + 17 + 8 * times.length);
      record[0] = slot;
      record[1] = this.#states[index]!;
      record.writeUInt16BE(this.#places[index]!, 2);
      record.writeUInt16BE(this.#bits[index]!, 4);
      record.set(epc, 6);
      let p = record.writeDoubleBE(this.#first[index]!, 6 + epc.length);
      p = record.writeDoubleBE(this.#last[index]!, p);
      p = record.writeUInt8(times.length, p);
      for (const time of times) p = record.writeDoubleBE(time, p);
      parts.push(record);
    }
    return parts.length ? Buffer.concat([Buffer.from([PAGE_FORMAT]), ...parts]) : new Uint8Array(0);
  }

  /**
   * Fills an empty table from its pages; entries of places that `known` refuses are left out.
   * Throws RangeError where a page is not what `changed` gave.
   */
  load(pages: Iterable<Page>, known: (place: number) => boolean): void {
    for (const { page, entries } of pages) {
      const bytes = Buffer.from(entries.buffer, entries.byteOffset, entries.byteLength);
      if (bytes.length && bytes[0] !== PAGE_FORMAT) throw new RangeError(`presence page ${page}: format ${bytes[0]}`);
      for (let p = 1; p < bytes.length;) p = this.#decode(bytes, p, page, known);
    }
    this.clean();
    for (let i = this.#used - 1; i >= 0; i--) if (this.#states[i] === 0) this.#free.push(i);
  }

  #decode(bytes: Buffer, at: number, page: number, known: (place: number) => boolean): number {
    const index = page * PAGE_ENTRIES + bytes.readUInt8(at);
    const state = bytes.readUInt8(at + 1) as State;
    const place = bytes.readUInt16BE(at + 2);
    const bits = bytes.readUInt16BE(at + 4);
    const epcEnd = at + 6 + Math.ceil(bits / 8);
    const [first, last, n] = [bytes.readDoubleBE(epcEnd), bytes.readDoubleBE(epcEnd + 8), bytes.readUInt8(epcEnd + 16)];
    const times = Array.from({ length: n }, (_, k) => bytes.readDoubleBE(epcEnd + 17 + 8 * k));
    if (known(place)) {
      this.#used = Math.max(this.#used, index + 1);
      this.#put(index, place, epcKey(bytes.subarray(at + 6, epcEnd), bits));
      this.set(index, state, first, last, n ? times : undefined);
    }
    return epcEnd + 17 + 8 * n;
  }
}
