// Readers, places and a filter without a network: times are seconds after T0.
import { parseConfig } from '../../../readers/config.ts';
import { Filter } from '../../../readers/filter/filter.ts';
import { Listening } from '../../../readers/filter/listening.ts';
import type { Fact, Place, Read, Spot } from '../../../readers/filter/place.ts';
import { epcKey, type Page } from '../../../readers/filter/presence.ts';
import type { Notice } from '../../../readers/filter/window.ts';
import { joinSiblings, placesOf } from '../../../readers/places.ts';
import { identifier } from '../../../readers/to-event.ts';
import { sgtin } from '../stand-in-reader.ts';

export const T0 = Date.parse('2026-05-04T10:00:00Z');
const READ_POINT = 'urn:epc:id:sgln:0614141.00777.0';

/** One read as a test tells it. */
export interface Seen {
  /** When, in seconds after T0. */
  at: number;
  serial?: number;
  antenna?: number;
  reader?: string;
  rssi?: number;
  count?: number;
  hex?: string;
  /** What the reader tells besides. */
  more?: Pick<Read, 'signal' | 'tid' | 'rawMs' | 'rawIsUptime'>;
}

interface Reader {
  listening: Listening;
  spots: Spot[];
  places: Place[];
}

export class World {
  readonly readers = new Map<string, Reader>();
  readonly places = new Map<number, Place>();
  filter: Filter;
  /** Everything that came out. */
  readonly facts: Fact[] = [];
  readonly notices: Notice[] = [];
  readonly #disk = { pages: new Map<number, Page>(), memory: new Map<string, string>() };
  readonly #ids = new Map<string, number>();

  /** Readers by name with their options; `filter` is common to all. */
  constructor(filter: object = {}, readers: Record<string, object> = { a: {} }) {
    const config = parseConfig({
      readers: Object.entries(readers).map(([name, more]) => ({ name, host: 'r', readPoint: READ_POINT, ...more })),
      capture: { url: 'http://127.0.0.1/' },
      spool: '/s',
      filter,
    });
    const placeId = (reader: string, readPoint: string): number => {
      const name = `${reader} ${readPoint}`;
      this.#ids.set(name, this.#ids.get(name) ?? this.#ids.size + 1);
      return this.#ids.get(name)!;
    };
    for (const reader of config.readers) {
      const listening = new Listening(T0);
      listening.found(T0);
      const { spots, places } = placesOf(reader, listening, { spool: { placeId }, known: (id) => this.places.get(id) });
      for (const place of places) this.places.set(place.id, place);
      this.readers.set(reader.name, { listening, spots, places });
    }
    joinSiblings(this.places.values());
    this.filter = new Filter(this.places, identifier('urn'));
  }

  #reader(name = 'a'): Reader {
    return this.readers.get(name)!;
  }
  listening(name = 'a'): Listening {
    return this.#reader(name).listening;
  }

  /** A read that arrives `lateMs` after it was made; what comes out at once. */
  see({ at, serial = 1, antenna = 0, reader, rssi = -50, count = 1, hex, more }: Seen, lateMs = 0): Fact[] {
    const { spots, listening } = this.#reader(reader);
    const ms = T0 + at * 1000;
    const key = epcKey(hex === undefined ? sgtin(serial).epc : Buffer.from(hex, 'hex'));
    listening.heard(ms + lateMs);
    const now = Math.max(ms + lateMs, listening.heardMs);
    const read: Read = { key, rssi, count, antenna, firstMs: ms, lastMs: ms, ...more };
    this.filter.read(spots[antenna] ?? spots[0]!, read, now);
    return this.#collect();
  }

  /** Time goes on to `at` while every reader is heard; what comes out. */
  tick(at: number, heard = true): Fact[] {
    const now = T0 + at * 1000;
    if (heard) for (const { listening } of this.readers.values()) listening.heard(now);
    this.filter.tick(now);
    return this.#collect();
  }

  gpi(at: number, port: number, high: boolean, reader?: string): void {
    const { places, listening } = this.#reader(reader);
    listening.heard(T0 + at * 1000);
    this.filter.gpi(places, { reader: reader ?? 'a', port, high, atMs: T0 + at * 1000 });
  }
  /** The link is up, and this is how the input stands. */
  gpiFound(at: number, port: number, high: boolean, reader = 'a'): void {
    this.filter.gpiFound(this.#reader(reader).places, { reader, port, high, atMs: T0 + at * 1000 });
  }

  #collect(): Fact[] {
    const facts = this.filter.take();
    this.facts.push(...facts);
    this.notices.push(...this.filter.takeNotices());
    return facts;
  }

  /** Writes what has changed, as a commit does. */
  save(): void {
    const { pages, memory } = this.filter.changed();
    for (const page of pages) this.#disk.pages.set(page.page, page);
    for (const { key, text } of memory) {
      if (text === undefined) this.#disk.memory.delete(key);
      else this.#disk.memory.set(key, text);
    }
    this.filter.clean();
  }
  /** The collector is killed and starts again with what was written. */
  restart(): void {
    this.filter = new Filter(this.places, identifier('urn'));
    const memory = [...this.#disk.memory].map(([key, text]) => ({ key, text }));
    this.filter.load(this.#disk.pages.values(), memory);
  }
}

/** Facts as a test reads them: kind, serial or URI, seconds after T0. */
export const told = (facts: readonly Fact[]): [string, string, number][] =>
  facts.map(({ kind, uri, atMs }) => [kind, uri.split('.').at(-1)!, (atMs - T0) / 1000]);
