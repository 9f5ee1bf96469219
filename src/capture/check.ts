import { createHash } from 'node:crypto';
import { AppError, messageOf } from '../error.ts';
import { type EpcisEvent, eventHash, type Finding, normalizeEvent, validateEvent, Values } from '../epcis/index.ts';
import { type EventRow, eventRow } from '../store/event-row.ts';
import { link } from '../trace/link.ts';

/** An event that can be stored. */
export interface Checked {
  row: EventRow;
  /** SHA-256 over content and errorDeclaration of a declaration: the same one again is a duplicate. */
  declaration?: Uint8Array;
}

/** What was wrong with it, and as much of its name as it had. */
export interface Refused {
  findings: Finding[];
  eventID?: string;
  hash?: string;
}

/** What a stranger wrote may stand in a finding, up to so many characters. */
const QUOTED_CHARACTERS_MAX = 500;

const legible = (text: string): string =>
  text.slice(0, QUOTED_CHARACTERS_MAX).toWellFormed().replaceAll('\0', '\uFFFD');

/** As it can be stored and shown: what makes an event unstorable would come again in the finding that says so. */
export const legibleFinding = ({ path, rule, message }: Finding): Finding => ({
  path: legible(path),
  rule,
  message: legible(message),
});

const NUL_OR_HALF = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** No database keeps a NUL in JSON, nor half of a surrogate pair: refused here, by name, rather than by the database. */
export const unstorable = (event: unknown): Finding[] => unstorableText(JSON.stringify(event) ?? '');

/** The same of an event's JSON. */
function unstorableText(text: string): Finding[] {
  if (!text.includes('\\u') || !/\\u(?:0000|d[89a-f])/.test(text)) return [];
  let found = false;
  JSON.parse(text, (name, value: unknown) => {
    found ||= NUL_OR_HALF.test(name) || (typeof value === 'string' && NUL_OR_HALF.test(value));
    return value;
  });
  return found
    ? [{ path: '', rule: 'character', message: 'U+0000 and halves of surrogate pairs cannot be stored.' }]
    : [];
}

const nameOf = (event: unknown): { eventID?: string } => {
  const eventID = (event as { eventID?: unknown } | null)?.eventID;
  return typeof eventID === 'string' ? { eventID: legible(eventID) } : {};
};

const refused = (findings: Finding[], event: unknown): Refused => ({
  findings: findings.map(legibleFinding),
  ...nameOf(event),
});

const declarationDigest = (hash: string, declaration: unknown): Uint8Array =>
  createHash('sha256').update(hash).update(canonical(declaration)).digest();

/** The same text however the members are ordered. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

/** How an event was read: what its text, or in XML the schema, has against it. */
export interface ReadEvent {
  format: 'json' | 'xml';
  findings: readonly Finding[];
  /** Its JSON as it came, where that may be stored. */
  json?: string | undefined;
}

/** What XML's schema lets pass and JSON's does not, and is no reason to refuse a document that is valid in XML. */
const isXmlOwn = ({ path, rule }: Finding): boolean =>
  rule === 'required' && /^\/sensorElementList\/\d+\/sensorReport\/\d+\/type$/.test(path);

function faultsOf(event: unknown, read: ReadEvent | undefined): Finding[] {
  const { format = 'json', findings = [] } = read ?? {};
  // an event that breaks a limit of reading is not there to be looked at
  if (event === undefined && findings.length > 0) return [...findings];
  const invalid = validateEvent(event);
  if (format === 'json') return [...findings, ...invalid];
  // the two schemas would tell most faults twice
  return findings.length > 0 ? [...findings] : invalid.filter((finding) => !isXmlOwn(finding));
}

/** A recordTime is the repository's own to give. */
function withoutRecordTime(event: EpcisEvent): EpcisEvent {
  const { recordTime: _, ...rest } = event;
  return rest;
}

/**
 * One event: check, normalise, hash, link. `values` is the document's, shared by its events. What is wrong comes back as
 * findings; never throws for what a stranger sent.
 */
export function checkEvent(event: unknown, values: Values, read?: ReadEvent): Checked | Refused {
  const invalid = faultsOf(event, read);
  if (invalid.length > 0) return refused([...invalid, ...unstorable(event)], event);
  const valid = event as EpcisEvent;
  const hash = eventHash(valid, values);
  const normal = normalizeEvent(valid.eventID === undefined ? { ...valid, eventID: hash } : valid, values.context);
  const body = normal.recordTime === undefined ? normal : withoutRecordTime(normal);
  const json = (body === event ? read?.json : undefined) ?? JSON.stringify(body);
  const characters = unstorableText(json);
  if (characters.length > 0) return refused(characters, event);
  try {
    const fact = link(body, { sequence: 0, recordTime: 0, hash, refused: false });
    const row = eventRow(body, json, fact);
    return body.errorDeclaration ? { row, declaration: declarationDigest(hash, body.errorDeclaration) } : { row };
  } catch (error) {
    if (!(error instanceof AppError) || (error.code !== 'invalid' && error.code !== 'too_large')) throw error;
    const given = error.detail?.['path'];
    const path = typeof given === 'string' ? given : '';
    return {
      findings: [legibleFinding({ path, rule: 'identifier', message: messageOf(error) })],
      hash,
      eventID: valid.eventID ?? hash,
    };
  }
}
