/** Entries persisted together: what one changed entry costs to write. */
const PAGE_ENTRIES = 256;
const CAPACITY_MIN = 1024;
const LOAD_MAX = 0.6;
/** About 45 bytes an entry: beyond this the least recently visited entries are forgotten, with a count. */
const ENTRIES_MAX_DEFAULT = 4_000_000;
const EPC_96_BITS = 96;
/** Format 1 had no count of reads. */
const PAGE_FORMAT = 2;
const PAGE_FORMAT_OLD = 1;
/** An entry in the arena, 32 bytes: EPC w0, w1, w2; place, bits and state; first and last read as f64. */
const WORDS = 8;
const META = 3;
const DOUBLES = 4;
const FIRST = 2;
const LAST = 3;
const BITS_SHIFT = 16;
const STATE_SHIFT = 28;
const NAME_MASK = 0x0fffffff;

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
 * linear probing, grown at 60 % load. Entries live in an arena, a cache line's half each, whose pages are what the
 * spool persists. Times are corrected read times in ms since 1970. EPCs have at most 4095 bits.
 */
export class PresenceTable {
  readonly #entriesMax: number;
  #slots = new Int32Array(CAPACITY_MIN * 2); // index + 1 into the arena; 0 = empty
  #words = new Uint32Array(CAPACITY_MIN * WORDS);
  #doubles = new Float64Array(this.#words.buffer);
  #reads = new Uint32Array(CAPACITY_MIN);
  readonly #wide = new Map<number, string>();
  readonly #times = new Map<number, number[]>();
  readonly #free: number[] = [];
  #used = 0; // arena entries ever taken, free ones included
  #hand = 0;
  #isDirty = new Uint8Array(CAPACITY_MIN / PAGE_ENTRIES);
  #dirty: number[] = [];
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
    for (let s = hashOf(place, key) & mask; ; s = (s + 1) & mask) {
      const index = (slots[s] as number) - 1;
      if (index < 0) return index;
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
    if ((this.size + 1) / this.#slots.length > LOAD_MAX) this.#growSlots();
    const w = index * WORDS;
    this.#words[w] = key.w0;
    this.#words[w + 1] = key.w1;
    this.#words[w + 2] = key.w2;
    this.#words[w + META] = place | (key.bits << BITS_SHIFT);
    if (key.bits !== EPC_96_BITS) this.#wide.set(index, key.wide);
    this.#enter(index, hashOf(place, key));
  }

  #enter(index: number, hash: number): void {
    const mask = this.#slots.length - 1;
    let s = hash & mask;
    while (this.#slots[s] !== 0) s = (s + 1) & mask;
    this.#slots[s] = index + 1;
  }

  #setState(index: number, state: number): void {
    const w = index * WORDS + META;
    this.#words[w] = (this.#words[w]! & NAME_MASK) | (state << STATE_SHIFT);
  }

  #spoil(index: number): void {
    const page = (index / PAGE_ENTRIES) | 0;
    if (this.#isDirty[page] === 1) return;
    this.#isDirty[page] = 1;
    this.#dirty.push(page);
  }

  /** Writes an entry's state and times, and starts its count of reads; `times` only for a candidate. */
  set(index: number, state: State, first: number, last: number, times?: number[]): void {
    this.#setState(index, state);
    this.#doubles[index * DOUBLES + FIRST] = first;
    this.#doubles[index * DOUBLES + LAST] = last;
    this.#reads[index] = 0;
    if (times) this.#times.set(index, times);
    else if (this.#times.size) this.#times.delete(index);
    this.#spoil(index);
  }

  /** Moves the last read of an entry forward. */
  touch(index: number, last: number): void {
    const at = index * DOUBLES + LAST;
    if (last <= (this.#doubles[at] as number)) return;
    this.#doubles[at] = last;
    this.#spoil(index);
  }

  /** Counts reads of an entry. */
  count(index: number, reads: number): void {
    this.#reads[index]! += reads;
    this.#spoil(index);
  }

  /** Removes an entry; the entries probed past it close up, so that no tombstone is left. */
  remove(index: number): void {
    const mask = this.#slots.length - 1;
    const home = (i: number): number => hashOf(this.place(i), this.key(i)) & mask;
    let hole = home(index);
    while (this.#slots[hole] !== index + 1) hole = (hole + 1) & mask;
    for (let s = (hole + 1) & mask; this.#slots[s] !== 0; s = (s + 1) & mask) {
      const distance = (s - home(this.#slots[s]! - 1)) & mask;
      if (distance < ((s - hole) & mask)) continue;
      this.#slots[hole] = this.#slots[s]!;
      hole = s;
    }
    this.#slots[hole] = 0;
    this.#setState(index, 0);
    this.#wide.delete(index);
    this.#times.delete(index);
    this.#free.push(index);
    this.#spoil(index);
  }

  /** Looks at the next `count` entries in turn and removes those that are over; never long, so called often. */
  sweep(count: number, over: (index: number) => boolean): void {
    for (let n = Math.min(count, this.#used); n > 0; n--) {
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

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (const i of this.indexes()) this.#enter(i, hashOf(this.place(i), this.key(i)));
  }

  /** The pages that changed since `clean`. */
  changed(): Page[] {
    return this.#dirty.map((page) => ({ page, entries: this.#encode(page) }));
  }
  /** To be called when the changed pages are on disk. */
  clean(): void {
    for (const page of this.#dirty) this.#isDirty[page] = 0;
    this.#dirty = [];
  }

  /** Layout: format, then per entry slot u8, state u8, place u16, bits u16, EPC, first f64, last f64, reads u32, n u8, n × f64. */
  #encode(page: number): Uint8Array {
    const parts: Buffer[] = [];
    for (let slot = 0; slot < PAGE_ENTRIES; slot++) {
      const index = page * PAGE_ENTRIES + slot;
      if (index >= this.#used || !this.#isTaken(index)) continue;
      const epc = epcBytes(this.key(index));
      const times = this.times(index);
      const record = Buffer.alloc(6 + epc.length + 21 + 8 * times.length);
      record[0] = slot;
      record[1] = this.state(index);
      record.writeUInt16BE(this.place(index), 2);
      record.writeUInt16BE(this.#bits(index), 4);
      record.set(epc, 6);
      let p = record.writeDoubleBE(this.first(index), 6 + epc.length);
      p = record.writeDoubleBE(this.last(index), p);
      p = record.writeUInt32BE(this.reads(index), p);
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
      const format = bytes[0];
      if (bytes.length && format !== PAGE_FORMAT && format !== PAGE_FORMAT_OLD)
        throw new RangeError(`presence page ${page}: format ${format}`);
      for (let p = 1; p < bytes.length;) p = this.#decode(bytes, p, page, known);
    }
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
