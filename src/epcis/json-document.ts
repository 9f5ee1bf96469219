import { AppError } from '../error.ts';
import { readContext, withIgnoredFields } from './context.ts';
import { type MasterDataVocabulary, parseDocument, readAround } from './document.ts';
import type { DocumentHead, DocumentPart, DocumentRun } from './document-part.ts';
import { bounded, type Finding, pointer } from './finding.ts';
import { type Place, placeIn, readCarefully } from './json-check.ts';
import { type JsonSlice, JsonText } from './json-stream.ts';
import { LIMITS } from './limits.ts';

/*
 * JSON documents in parts. The way to the list of events is walked member by member; everything else is cut out whole
 * and read by itself, so that a document costs no more memory than its largest event and what stands around the list.
 */

type Fields = Record<string, unknown>;

const EVENTS_AT = new Set(['/epcisBody/eventList', '/epcisBody/queryResults/resultsBody/eventList']);
const ON_THE_WAY = new Set(['/epcisBody', '/epcisBody/queryResults', '/epcisBody/queryResults/resultsBody']);

/** An event that was cut out and not yet read. */
interface HeldEvent {
  index: number;
  slice: JsonSlice;
}

class JsonDocument {
  readonly #text: JsonText;
  readonly #exact: boolean;
  readonly around: Fields = {};
  readonly findings: Finding[] = [];
  /** Slices of the members around the events, by pointer. */
  readonly #slices = new Map<string, JsonSlice>();
  eventsPath: string | undefined;
  events = 0;
  #held: HeldEvent[] = [];
  #heldLength = 0;
  #started = false;

  constructor(text: JsonText, exact: boolean) {
    this.#text = text;
    this.#exact = exact;
  }

  /** Members of one object on the way; the object is filled as they come. */
  async *members(holder: Fields, path: string): AsyncGenerator<DocumentRun> {
    await this.#text.take('{');
    if ((await this.#text.peek()) === '}') return void (await this.#text.take('}'));
    const seen = new Set<string>();
    do {
      if ((await this.#text.peek()) !== '"') await this.#text.take('"');
      const slice = await this.#text.slice();
      const name = String(this.#text.read(slice).value);
      const inner = path + pointer([name]);
      if (seen.has(name))
        this.#find(inner, 'duplicate-name', `${name.slice(0, 80)} stands twice in one object.`, slice);
      if (name === '__proto__') this.#find(inner, 'name', 'A member may not be named __proto__.', slice);
      seen.add(name);
      await this.#text.take(':');
      yield* this.#member(holder, name, inner);
    } while ((await this.#text.take(',}')) === ',');
  }

  async *#member(holder: Fields, name: string, path: string): AsyncGenerator<DocumentRun> {
    const set = (value: unknown): void => void Object.defineProperty(holder, name, { value, ...PLAIN });
    const first = await this.#text.peek();
    if (first === '[' && EVENTS_AT.has(path) && this.eventsPath === undefined) {
      this.eventsPath = path;
      set([]);
      return yield* this.#eventList();
    }
    if (first === '{' && ON_THE_WAY.has(path)) {
      const inner: Fields = {};
      set(inner);
      return yield* this.members(inner, path);
    }
    const slice = await this.#text.slice();
    this.#slices.set(path, slice);
    const { value, findings } = this.#text.read(slice, this.#exact);
    this.findings.push(...findings.map((finding) => ({ ...finding, path: path + finding.path })));
    set(value);
  }

  async *#eventList(): AsyncGenerator<DocumentRun> {
    await this.#text.take('[');
    if ((await this.#text.peek()) === ']') return void (await this.#text.take(']'));
    do {
      const event = { index: this.events++, slice: this.#text.sliceHere() ?? (await this.#text.slice()) };
      if (this.#started) yield [this.#event(event)];
      else if (this.#hold(event)) yield this.#release();
    } while ((this.#text.takeHere(',]') ?? (await this.#text.take(',]'))) === ',');
  }

  /** Events wait while the document is small, or has not yet said what its prefixes mean; true when they need no more. */
  #hold(event: HeldEvent): boolean {
    this.#held.push(event);
    this.#heldLength += event.slice.text.length;
    if (this.#heldLength <= LIMITS.heldLengthMax) return false;
    if (this.around['@context'] !== undefined) return true;
    if (this.#heldLength > LIMITS.eventLengthMax) {
      const message = '@context stands behind the events; in a document of this size it must stand before them.';
      throw new AppError('too_large', message, { errors: [{ path: '/@context', rule: 'order', message }] });
    }
    return false;
  }

  *#release(): Generator<DocumentPart> {
    if (this.#started) return;
    this.#started = true;
    yield { kind: 'start', head: this.#head() };
    for (const held of this.#held) yield this.#event(held);
    this.#held = [];
  }

  /** What is known of the document by now; the schema is asked at its end. */
  #head(): DocumentHead {
    const query = this.eventsPath !== '/epcisBody/eventList';
    const { schemaVersion, creationDate } = this.around;
    const results = (this.around['epcisBody'] as Fields | undefined)?.['queryResults'];
    const vocabulary = (this.around['epcisHeader'] as { epcisMasterData?: { vocabularyList?: unknown } } | undefined)
      ?.epcisMasterData?.vocabularyList;
    return {
      format: 'json',
      kind: query ? 'query' : 'document',
      context: withIgnoredFields(
        readContext(this.around['@context']),
        (query ? (results as Fields) : undefined) ?? this.around,
      ),
      ...(typeof schemaVersion === 'string' && { schemaVersion }),
      ...(typeof creationDate === 'string' && { creationDate }),
      ...(Array.isArray(vocabulary) && { masterData: vocabulary as MasterDataVocabulary[] }),
      around: this.around,
    };
  }

  #event({ index, slice }: HeldEvent): DocumentPart {
    return {
      kind: 'event',
      index,
      path: `${this.eventsPath}/${index}`,
      line: slice.line,
      column: slice.column,
      ...this.#read(slice),
      ...(slice.plain && { json: slice.text }),
      locate: (wanted) => locateIn(slice, wanted),
    };
  }

  #read(slice: JsonSlice): { event: unknown; findings: Finding[] } {
    const { value, findings } = this.#text.read(slice, this.#exact);
    return { event: value, findings };
  }

  #find(path: string, rule: string, message: string, { line, column }: Place): void {
    this.findings.push({ path, rule, message, line, column });
  }

  /** Line and column of a pointer around the events, as near as it is known. */
  locate(wanted: string): Place | undefined {
    for (let path = wanted; path !== ''; path = path.slice(0, path.lastIndexOf('/'))) {
      const slice = this.#slices.get(path);
      if (slice) return locateIn(slice, wanted.slice(path.length));
    }
    return undefined;
  }

  /** A document that is a bare event, or is none. */
  *bare(): Generator<DocumentPart> {
    const { kind, context, findings } = parseDocument(this.around);
    if (kind !== 'event') throw new AppError('internal', 'A document without a list of events was let pass.');
    const head: DocumentHead = { format: 'json', kind, context, around: {} };
    yield { kind: 'start', head };
    const place = { line: 1, column: 1 };
    const locate = (wanted: string): Place => this.locate(wanted) ?? place;
    yield { kind: 'event', index: 0, path: '', ...place, event: this.around, findings: this.findings, locate };
    yield { kind: 'end', head, events: 1, findings: this.#placed(findings) };
  }

  *end(): Generator<DocumentPart> {
    yield* this.#release();
    // master data only where the schema holds, so that nobody reads a half-right vocabulary
    const { masterData: _unchecked, ...head } = this.#head();
    const { findings, ...known } = readAround(this.around);
    const { eventsPath: _, ...named } = known;
    yield {
      kind: 'end',
      head: { ...head, ...named },
      events: this.events,
      findings: bounded([...this.findings, ...this.#placed(findings)]),
    };
  }

  #placed(findings: Finding[]): Finding[] {
    return findings.map((finding) => ({ ...finding, ...this.locate(finding.path) }));
  }
}

const PLAIN = { enumerable: true, configurable: true, writable: true };

/** UTF-16 units of a value in which a place is looked for; in a longer one its beginning must do. */
const LOCATED_LENGTH_MAX = 4 * 1024 * 1024;

/** The place of a pointer, or of the nearest thing around it that is there. */
function locateIn(slice: JsonSlice, wanted: string): Place {
  if (slice.text.length > LOCATED_LENGTH_MAX) return { line: slice.line, column: slice.column };
  for (let path = wanted; ; path = path.slice(0, path.lastIndexOf('/'))) {
    const { found } = readCarefully(slice.text, { wanted: path });
    if (found !== undefined) return placeIn(slice.text, found, slice);
    if (path === '') return { line: slice.line, column: slice.column };
  }
}

/**
 * The parts of a JSON document or bare event, in runs. Throws AppError as `readDocument` does. `exact` keeps numbers that no double
 * holds as they were written.
 */
export async function* readJsonDocument(pieces: AsyncIterable<string>, exact = false): AsyncGenerator<DocumentRun> {
  const text = new JsonText(pieces);
  try {
    if ((await text.peek()) !== '{') {
      const slice = await text.slice();
      if (!slice.tooDeep) parseDocument(text.read(slice).value);
      text.refuse('an object is expected', slice);
    }
    const document = new JsonDocument(text, exact);
    yield* document.members(document.around, '');
    const after = await text.peek();
    if (after !== '') text.refuse(`the end is expected, not ${JSON.stringify(after)}`);
    yield document.eventsPath === undefined ? document.bare() : document.end();
  } finally {
    await text.close();
  }
}
