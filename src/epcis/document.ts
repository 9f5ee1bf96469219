import { z } from 'zod';
import { AppError } from '../error.ts';
import { type Context, readContext, withIgnoredFields } from './context.ts';
import { excessOf, findingsOf, isEventType } from './event-check.ts';
import { bounded, type Finding } from './finding.ts';
import { LIMITS } from './limits.ts';
import { instantOf, isUri } from './syntax.ts';

type Fields = Record<string, unknown>;

/** One vocabulary of a header's master data (EPCIS 2.0 section 6.1.1). */
export type MasterDataVocabulary = z.infer<typeof vocabulary>;

/** A document taken apart. Its events are as they came, not yet validated. */
export interface ParsedDocument {
  kind: 'document' | 'query' | 'event';
  /** Prefixes of the document's `@context`; events may add their own. */
  context: Context;
  /** Absent for a bare event. */
  schemaVersion?: string;
  creationDate?: string;
  events: unknown[];
  /** JSON pointer of `events[i]` is `eventsPath/i`; '' for a bare event. */
  eventsPath: string;
  masterData?: MasterDataVocabulary[];
  /** What GS1's schema has against the document around its events; [] when nothing. */
  findings: Finding[];
}

const uri = z.string().refine(isUri, { message: 'must be an absolute URI', params: { rule: 'uri' } });
const version = z.string().regex(/^\d+(?:\.\d+)*$/, { message: 'must be a version such as 2.0' });
const date = z.string().refine((text) => instantOf(text) !== undefined, {
  message: 'must be a date-time with offset',
  params: { rule: 'date-time' },
});
const context = z.custom<unknown>(
  (value) =>
    (Array.isArray(value) ? value : [value]).every((part) =>
      typeof part === 'string' ? isUri(part) : typeof part === 'object' && part !== null && !Array.isArray(part),
    ),
  { message: 'must be a URI, an object, or a list of them', params: { rule: 'context' } },
);

/** An object whose further members need a prefix with a namespace. */
const open = <S extends z.ZodRawShape>(shape: S) =>
  z.looseObject(shape).superRefine((value, issues) => {
    for (const name in value) {
      if (Object.hasOwn(shape, name) || isUri(name)) continue;
      const message = 'is no field of EPCIS here; an extension needs a prefix with a namespace';
      issues.addIssue({ code: 'custom', path: [name], message, params: { rule: 'extension-name' } });
    }
  });

const attribute = z.looseObject({
  id: uri,
  attribute: z
    .union([z.string(), z.number(), z.looseObject({})], { error: 'must be a text, a number or an object' })
    .optional(),
});
const vocabularyElement = z.looseObject({
  id: uri.max(LIMITS.identifierLengthMax),
  attributes: z.array(attribute).optional(),
  children: z.array(uri.max(LIMITS.identifierLengthMax)).optional(),
});
const vocabulary = z.looseObject({
  type: uri,
  vocabularyElementList: z.array(vocabularyElement).max(LIMITS.vocabularyElementsMax).optional(),
});
const header = open({
  epcisMasterData: z.looseObject({ vocabularyList: z.array(vocabulary).optional() }).optional(),
});

const captureDocument = open({
  '@context': context,
  id: uri.optional(),
  type: z.literal('EPCISDocument'),
  schemaVersion: version,
  creationDate: date,
  instanceIdentifier: z.string().optional(),
  sender: z.string().optional(),
  receiver: z.string().optional(),
  epcisHeader: header.optional(),
  epcisBody: z.looseObject({ eventList: z.array(z.unknown()) }),
});

const queryDocument = open({
  '@context': context,
  id: uri.optional(),
  type: z.literal('EPCISQueryDocument'),
  schemaVersion: version.optional(),
  creationDate: date.optional(),
  epcisHeader: header.optional(),
  epcisBody: open({
    queryResults: open({
      queryName: z.string(),
      subscriptionID: z.string().optional(),
      resultsBody: open({ eventList: z.array(z.unknown()), vocabularyList: z.array(vocabulary).optional() }),
    }),
  }),
});

/** Where each kind of document keeps its events and master data. */
const KINDS = {
  EPCISDocument: {
    kind: 'document',
    schema: captureDocument,
    events: ['epcisBody', 'eventList'],
    masterData: ['epcisHeader', 'epcisMasterData', 'vocabularyList'],
    ignoreFields: [],
  },
  EPCISQueryDocument: {
    kind: 'query',
    schema: queryDocument,
    events: ['epcisBody', 'queryResults', 'resultsBody', 'eventList'],
    masterData: ['epcisBody', 'queryResults', 'resultsBody', 'vocabularyList'],
    ignoreFields: ['epcisBody', 'queryResults'],
  },
} as const;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const at = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (isFields(value) ? value[name] : undefined), root);

const refuse = (path: string, rule: string, message: string): never => {
  throw new AppError('invalid', message, { errors: [{ path, rule, message }] satisfies Finding[] });
};

/** What a document says around its events. */
export type Around = Omit<ParsedDocument, 'events'>;

/**
 * Reads what stands around the events of a document whose own list is empty or left out. Throws AppError `invalid` for
 * what breaks a limit of limits.ts or is no document.
 */
export function readAround(json: Fields): Around {
  const { type } = json;
  if (type !== 'EPCISDocument' && type !== 'EPCISQueryDocument') return refuse('/type', 'document-type', NO_DOCUMENT);
  const { kind, schema, events: eventsAt, masterData: masterDataAt, ignoreFields } = KINDS[type];
  const eventsPath = '/' + eventsAt.join('/');
  const excess = excessOf(json);
  if (excess) return refuse(excess.path, excess.rule, excess.message);
  const result = schema.safeParse(json);
  const holder = at(json, ignoreFields);
  const context = withIgnoredFields(readContext(json['@context']), isFields(holder) ? holder : json);
  const masterData = at(json, masterDataAt);
  return {
    kind,
    context,
    ...(typeof json['schemaVersion'] === 'string' && { schemaVersion: json['schemaVersion'] }),
    ...(typeof json['creationDate'] === 'string' && { creationDate: json['creationDate'] }),
    eventsPath,
    // only when the schema holds, so that nobody reads a half-right vocabulary
    ...(result.success && Array.isArray(masterData) && { masterData: masterData as MasterDataVocabulary[] }),
    findings: bounded([...(result.success ? [] : findingsOf(result.error, json)), ...uniqueContext(json['@context'])]),
  };
}

const NO_DOCUMENT = 'type must be EPCISDocument, EPCISQueryDocument or that of an event.';

/**
 * Takes a JSON value apart: an EPCISDocument, an EPCISQueryDocument or a bare event.
 * Throws AppError `invalid` with `detail.errors` (Finding[]) for what is none of them, has no list of events, or breaks
 * a limit (`too_large` for more events than allowed); lesser faults around the events come back as `findings`.
 */
export function parseDocument(json: unknown): ParsedDocument {
  if (!isFields(json)) return refuse('', 'type', 'An EPCIS document must be a JSON object.');
  const { type } = json;
  if (type !== 'EPCISDocument' && type !== 'EPCISQueryDocument') return bareEvent(json);
  const eventsAt = KINDS[type].events;
  const events = at(json, eventsAt);
  const eventsPath = '/' + eventsAt.join('/');
  if (!Array.isArray(events)) return refuse(eventsPath, 'required', `${eventsPath} must be a list of events.`);
  if (events.length > LIMITS.eventsPerDocumentMax) {
    const message = `More than ${LIMITS.eventsPerDocumentMax} events in one document.`;
    throw new AppError('too_large', message, {
      rule: 'CaptureLimitExceededException',
      errors: [{ path: eventsPath, rule: 'limit', message }],
    });
  }
  return { ...readAround(withEvents(json, eventsAt, [])), events };
}

function bareEvent(json: Fields): ParsedDocument {
  const { type } = json;
  if (typeof type !== 'string' || !(isEventType(type) || isUri(type))) {
    return refuse('/type', 'document-type', NO_DOCUMENT);
  }
  const context = readContext(json['@context']);
  const missing = { path: '/@context', rule: 'required', message: 'A bare event needs @context.' };
  return {
    kind: 'event',
    context,
    events: [json],
    eventsPath: '',
    findings: json['@context'] === undefined ? [missing] : uniqueContext(json['@context']),
  };
}

function uniqueContext(context: unknown): Finding[] {
  if (!Array.isArray(context) || new Set(context.map((part) => JSON.stringify(part))).size === context.length)
    return [];
  return [{ path: '/@context', rule: 'unique', message: '@context names something twice.' }];
}

/** A shallow copy along `path` with other events: the same document without them, for checking what is around. */
function withEvents(json: Fields, [name, ...rest]: readonly string[], events: unknown[]): Fields {
  if (name === undefined) return json;
  const inner = rest.length === 0 ? events : withEvents(json[name] as Fields, rest, events);
  return { ...json, [name]: inner };
}
