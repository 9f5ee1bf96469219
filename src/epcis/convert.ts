import { AppError } from '../error.ts';
import { type Context, EPCIS_CONTEXT, readContext } from './context.ts';
import type { DocumentEvent, DocumentHead } from './document-part.ts';
import type { EpcisEvent } from './event.ts';
import { isFields } from './hash-value.ts';
import { type DocumentSource, readDocument } from './read-document.ts';
import { type GcpLengthOf, type IdentifierForm, translateAround, translateEvent } from './translate.ts';
import { SeenPrefixes } from './translate-prefix.ts';
import { chooseNames, hasTooMany, type Names, newSurvey } from './xml-names.ts';
import { inexpressible } from './xml-text.ts';
import { type CbvForm, writeXmlAlone, writeXmlEvent, type XmlWriting } from './xml-write.ts';
import { declaredBy, writeXmlFrame } from './xml-write-document.ts';
import type { XmlVersion } from './xsd-table.ts';

type Fields = Record<string, unknown>;

/** What a document is to become. */
export interface Conversion {
  to: 'json' | 'xml';
  /** Of the XML that is written; default 2.0. */
  xmlVersion?: XmlVersion;
  epcs?: IdentifierForm;
  /** How CBV's words stand in XML; default web URIs, in 1.2 URNs. */
  cbv?: CbvForm;
  /** Length of a company prefix that no URN of the document tells. */
  gcpLengthOf?: GcpLengthOf;
  /** For a query document without creationDate, which XML must have. */
  now?: string;
}

/** What a first reading found out. */
interface Known {
  head: DocumentHead;
  /** Names for the whole document; undefined where its values leave none that is safe. */
  names?: Names;
  gcpLengthOf: GcpLengthOf;
}

/** Beginnings of values that are told apart; a document with more gives each event an `@context` of its own. */
const STARTS_MAX = 100_000;

async function firstReading(source: DocumentSource, { epcs, gcpLengthOf }: Conversion): Promise<Known> {
  const survey = newSurvey();
  const prefixes = new SeenPrefixes();
  let head: DocumentHead | undefined;
  for await (const part of readDocument(source, { exact: true, survey, check: false })) {
    if (part.kind === 'end') head = part.head;
    else if (part.kind === 'event') {
      refuseFaults(part);
      if (epcs === 'urn') translateEvent(part.event as EpcisEvent, (uri) => (prefixes.learn(uri), uri));
    }
  }
  if (!head) throw new AppError('internal', 'A document was read without an end.');
  if (epcs === 'urn') translateAround(head.around, (uri) => (prefixes.learn(uri), uri));
  return {
    head,
    // a bare event has no document to say what its names mean
    ...(head.kind !== 'event' &&
      survey.starts.size < STARTS_MAX &&
      !hasTooMany(survey) && { names: chooseNames(survey) }),
    gcpLengthOf: (link) => prefixes.lengthOf(link) ?? gcpLengthOf?.(link),
  };
}

function refuseFaults({ findings, index, path, line, column }: DocumentEvent): void {
  const [first] = findings;
  if (!first) return;
  const message = `event ${index} (line ${first.line ?? line}, column ${first.column ?? column}): ${first.message}`;
  throw new AppError('invalid', message, { errors: [{ ...first, path: path + first.path }] });
}

/** What is written before, between and after events. */
interface Frame {
  before: string;
  event(event: unknown, isFirst: boolean): string;
  after(events: number): string;
}

const INDENT = '  ';
const HOLE = 'the events of this document stand here \uE000';

function jsonFrame(head: DocumentHead): Frame {
  const print = (value: unknown, indent: string): string =>
    JSON.stringify(value, null, INDENT.length).replaceAll('\n', `\n${indent}`);
  if (head.kind === 'event') {
    const context = (event: Fields): Fields => ({ ...event, '@context': withStandard(event['@context']) });
    return { before: '', event: (event) => print(context(event as Fields), ''), after: () => '\n' };
  }
  const hole = JSON.stringify(HOLE);
  const text = JSON.stringify(withHole(head.around), null, INDENT.length);
  const at = text.indexOf(hole);
  const indent = /^ */.exec(text.slice(text.lastIndexOf('\n', at) + 1))?.[0] ?? '';
  return {
    before: `${text.slice(0, at)}[`,
    event: (event, isFirst) => `${isFirst ? '' : ','}\n${indent}${INDENT}${print(event, indent + INDENT)}`,
    after: (events) => `${events > 0 ? `\n${indent}` : ''}]${text.slice(at + hole.length)}\n`,
  };
}

const BODIES = ['epcisBody', 'queryResults', 'resultsBody'];

/** The document with HOLE for its list of events. */
function withHole(holder: Fields): Fields {
  if (Array.isArray(holder['eventList'])) return { ...holder, eventList: HOLE };
  const body = BODIES.find((name) => isFields(holder[name]));
  return body === undefined ? holder : { ...holder, [body]: withHole(holder[body] as Fields) };
}

/** A bare event's `@context` names GS1's, as JSON wants it. */
function withStandard(context: unknown): unknown {
  const list = context === undefined ? [] : Array.isArray(context) ? context : [context];
  return list.some((one) => typeof one === 'string') ? context : [EPCIS_CONTEXT, ...(list as unknown[])];
}

function xmlFrame(head: DocumentHead, conversion: Conversion): Frame {
  const version = conversion.xmlVersion ?? '2.0';
  const cbv = conversion.cbv ?? (version === '1.2' ? 'urn' : 'web');
  const writing: XmlWriting = { version, cbv, context: contextOf(head), declared: declaredBy(head.around) };
  if (head.kind === 'event') {
    return { before: '', event: (event) => writeXmlAlone(event, writing), after: () => '' };
  }
  const { before, indent, after } = writeXmlFrame(head.around, writing, conversion.now ?? new Date().toISOString());
  return {
    before,
    event: (event) =>
      indent === undefined
        ? inexpressible('query', 'XML query results hold events or vocabularies, not both.', '')
        : `${indent}${writeXmlEvent(event, writing).replaceAll('\n', `\n${indent}`)}\n`,
    after: () => after,
  };
}

/** Names of XML were chosen for the document and stand in its `@context`. */
const contextOf = ({ format, context, around }: DocumentHead): Context =>
  format === 'xml' ? { ...readContext(around['@context']), ignore: context.ignore } : context;

/**
 * A document in another form, piece by piece; `open` is called twice, since what a document says of itself may stand
 * behind its events, and names are chosen by all of them. Every event keeps its hash. Throws AppError `invalid` for a
 * document that cannot be read and for what the new form cannot express; what was handed out by then is of no use.
 */
export async function* convertDocument(open: () => DocumentSource, conversion: Conversion): AsyncGenerator<string> {
  const { head, names, gcpLengthOf } = await firstReading(open(), conversion);
  const { epcs = 'keep', to } = conversion;
  const around = epcs === 'keep' ? head.around : translateAround(head.around, epcs, gcpLengthOf);
  const frame = to === 'json' ? jsonFrame({ ...head, around }) : xmlFrame({ ...head, around }, conversion);
  yield frame.before;
  let events = 0;
  for await (const part of readDocument(open(), { exact: true, check: false, ...(names && { names }) })) {
    if (part.kind !== 'event') continue;
    const event = epcs === 'keep' ? part.event : translateEvent(part.event as EpcisEvent, epcs, gcpLengthOf);
    try {
      yield frame.event(event, events++ === 0);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new AppError(error.code, `event ${part.index} (line ${part.line}): ${error.message}`, error.detail);
    }
  }
  yield frame.after(events);
}
