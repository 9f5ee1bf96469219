import { AppError } from '../error.ts';
import { type Context, GS1_CONTEXT, IGNORE_FIELDS } from './context.ts';
import type { MasterDataVocabulary } from './document.ts';
import type { DocumentHead, DocumentPart, DocumentRun } from './document-part.ts';
import { isEventType } from './event-check.ts';
import type { Finding } from './finding.ts';
import { LIMITS } from './limits.ts';
import { WRAPPERS, xmlEvent, type XmlReading } from './xml-event.ts';
import { xmlAround } from './xml-head.ts';
import { chooseNames, hasTooMany, type Names, newSurvey, survey, type Survey } from './xml-names.ts';
import { readXml, type XmlElement } from './xml-stream.ts';
import { XsdCheck } from './xsd.ts';

/*
 * XML documents in parts, versions 1.2 and 2.0. The way to the list of events is walked element by element; each event,
 * the header and whatever else stands beside the way are built whole, one at a time.
 */

type Fields = Record<string, unknown>;

/** How a document is to be read. */
export interface XmlOptions {
  /** Keep numbers that no double holds as they were written. */
  exact?: boolean;
  /** Names for the whole document, chosen after a survey; without, each event names its own in an `@context`. */
  names?: Names;
  /** Add names and values to this while reading. */
  survey?: Survey;
  /** Find what the XSD has against it; default true. */
  check?: boolean;
}

/** Elements that are walked through, whatever the document is. */
const ON_THE_WAY = new Set(['Envelope', 'Body', 'EPCISBody', 'QueryResults', 'resultsBody']);
const isEventElement = ({ local }: XmlElement): boolean => isEventType(local) || local === 'QuantityEvent';

class XmlDocument {
  readonly #options: XmlOptions;
  readonly #check = new XsdCheck();
  readonly #ignore = new Set<string>();
  /** Elements that are walked through and open. */
  readonly #way: XmlElement[] = [];
  /** Elements that are being built and open, the outermost first. */
  readonly #building: XmlElement[] = [];
  #nodes = 0;
  #length = 0;
  /** Path of the event that is being built; undefined while none is. */
  #eventPath: string | undefined;
  readonly #findings: Finding[] = [];
  root: XmlElement | undefined;
  /** What stands beside the way, in order; master data and header among it. */
  readonly beside: { element: XmlElement; parent: XmlElement }[] = [];
  events = 0;
  #started = false;
  #ended = false;
  parts: DocumentPart[] = [];

  constructor(options: XmlOptions) {
    this.#options = options;
  }

  open(element: XmlElement): void {
    if (this.#options.check !== false) this.#check.open(element);
    const parent = this.#building.at(-1);
    if (parent) {
      if (++this.#nodes > LIMITS.nodesPerEventMax)
        tooLarge(`More than ${LIMITS.nodesPerEventMax} elements in one`, element);
      parent.children.push(element);
      this.#building.push(element);
      return;
    }
    const around = this.#way.at(-1);
    if (!this.root) this.#begin(element);
    const inList = around?.local === 'EventList' || (around !== undefined && WRAPPERS.has(around.name));
    const walked = inList
      ? WRAPPERS.has(element.name)
      : around === undefined
        ? !(element.uri === '' && isEventElement(element))
        : ON_THE_WAY.has(element.local) || element.local === 'EventList';
    if (walked) {
      if (element.local === 'EventList') this.#start();
      this.#way.push(element);
      return;
    }
    if (inList || around === undefined) {
      this.#start();
      this.#settle();
      this.#eventPath = this.#check.path;
    }
    this.#nodes = 1;
    this.#length = 0;
    this.#building.push(element);
  }

  #begin(root: XmlElement): void {
    this.root = root;
    if (this.#options.survey) survey({ ...root, uri: '', children: [] }, this.#options.survey);
  }

  text(part: string): void {
    if (this.#options.check !== false) this.#check.text(part);
    const element = this.#building.at(-1);
    if (!element) return;
    if ((this.#length += part.length) > LIMITS.eventLengthMax) tooLarge('Too long a text in one', element);
    element.text += part;
    if (element.text.length > LIMITS.stringLengthMax)
      tooLarge(`A text longer than ${LIMITS.stringLengthMax} in an`, element);
  }

  close(): void {
    if (this.#options.check !== false) this.#check.close();
    if (this.#building.length === 0) return void this.#way.pop();
    const element = this.#building.pop() as XmlElement;
    if (this.#building.length > 0) return;
    const parent = this.#way.at(-1);
    if (this.#eventPath !== undefined) this.#event(element, this.#eventPath);
    else if (parent) this.#beside(element, parent);
    this.#eventPath = undefined;
  }

  #beside(element: XmlElement, parent: XmlElement): void {
    if (element.name === IGNORE_FIELDS) for (const { name } of element.children) this.#ignore.add(name);
    this.beside.push({ element, parent });
    if (this.#options.survey) survey(element, this.#options.survey);
  }

  /** Findings around the events, so that an event's are its own. */
  #settle(): Finding[] {
    const { findings } = this.#check;
    this.#check.findings = [];
    if (this.#findings.length <= LIMITS.findingsMax) this.#findings.push(...findings);
    return findings;
  }

  #event(element: XmlElement, path: string): void {
    const findings = this.#check.findings;
    this.#check.findings = [];
    if (this.#options.survey) survey(element, this.#options.survey);
    const names = this.#options.names ?? this.#namesFor(survey(element, newSurvey()), element);
    const reading: XmlReading = { names, exact: this.#options.exact ?? false, findings };
    const event = xmlEvent(element, reading);
    const own = this.#options.names || Object.keys(names.context).length === 0 ? {} : { '@context': [names.context] };
    const { line, column } = element;
    this.parts.push({
      kind: 'event',
      index: this.events++,
      path,
      line,
      column,
      event: { ...own, ...event },
      findings,
      locate: () => ({ line, column }),
    });
  }

  #namesFor(seen: Survey, element: XmlElement): Names {
    if (hasTooMany(seen)) tooLarge(`More than ${LIMITS.prefixesMax} namespaces in one`, element);
    return chooseNames(seen);
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.parts.push({ kind: 'start', head: this.#head() });
  }

  #head(): DocumentHead {
    const { root } = this;
    const all = this.#ended ? this.#options.survey : undefined;
    const seen = all && !hasTooMany(all) ? all : this.#surveyBeside();
    const names = this.#options.names ?? (root ? this.#namesFor(seen, root) : chooseNames(seen));
    const reading: XmlReading = { names, exact: this.#options.exact ?? false, findings: [] };
    const isEvent = root === undefined || (root.uri === '' && isEventElement(root));
    const around: Fields = isEvent ? {} : xmlAround(root, this.beside, reading);
    const kind = isEvent ? 'event' : around['type'] === 'EPCISQueryDocument' ? 'query' : 'document';
    const { schemaVersion, creationDate } = around;
    const masterData = masterDataOf(around);
    const context: Context = { prefixes: GS1_CONTEXT.prefixes, ignore: this.#ignore };
    return {
      format: 'xml',
      kind,
      ...(this.#check.version && { xmlVersion: this.#check.version }),
      context,
      ...(typeof schemaVersion === 'string' && { schemaVersion }),
      ...(typeof creationDate === 'string' && { creationDate }),
      ...(masterData && { masterData }),
      around,
    };
  }

  #surveyBeside(): Survey {
    const seen = newSurvey();
    if (this.root) survey({ ...this.root, uri: '', children: [] }, seen);
    for (const { element } of this.beside) survey(element, seen);
    return seen;
  }

  end(): void {
    this.#start();
    this.#ended = true;
    this.#settle();
    this.parts.push({ kind: 'end', head: this.#head(), events: this.events, findings: this.#findings });
  }
}

function masterDataOf(around: Fields): MasterDataVocabulary[] | undefined {
  const header = around['epcisHeader'] as { epcisMasterData?: { vocabularyList?: unknown } } | undefined;
  const results = (around['epcisBody'] as { queryResults?: { resultsBody?: { vocabularyList?: unknown } } } | undefined)
    ?.queryResults?.resultsBody;
  const list = header?.epcisMasterData?.vocabularyList ?? results?.vocabularyList;
  return Array.isArray(list) ? (list as MasterDataVocabulary[]) : undefined;
}

function tooLarge(what: string, { line, column, name }: XmlElement): never {
  const message = `${what} event or header (${name.slice(0, 80)}, line ${line}, column ${column}).`;
  throw new AppError('too_large', message, { errors: [{ path: '', rule: 'limit', message, line, column }] });
}

/** The parts of an XML document or of a bare event, in runs. Throws AppError as `readDocument` does. */
export async function* readXmlDocument(
  pieces: AsyncIterable<string>,
  options: XmlOptions = {},
): AsyncGenerator<DocumentRun> {
  const document = new XmlDocument(options);
  for await (const _ of readXml(pieces, document)) {
    const { parts } = document;
    if (parts.length === 0) continue;
    document.parts = [];
    yield parts;
  }
  document.end();
  yield document.parts;
}
