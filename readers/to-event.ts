import { createHash } from 'node:crypto';
import { decode, keyOf, rawUri, toTagUri, toUrn, uriOfEpc, uriOfKey } from '../src/gs1/index.ts';
import { isoTagOf } from './filter/iso-tag.ts';
import type { FilterConfig, Says } from './filter/options.ts';
import { admission } from './filter/pattern.ts';
import type { Fact, Identify, Kind, Named, Place } from './filter/place.ts';
import { type EpcKey, epcBytes } from './filter/presence.ts';
import type { Raw } from './filter/raw.ts';

/** EPCs of one event; what arrives together beyond it makes further events. */
const EPCS_MAX = 200;
/** One passage that becomes an AggregationEvent is one event, up to this. */
const CHILDREN_MAX = 10_000;
const RAW = 'urn:epc:raw:';
const CONTEXT = 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld';
/** The prefix of our extensions, declared in documents that hold one. */
const EXTENSION = 'tagtrail';
const OWN_CONTEXT = `{"${EXTENSION}":"urn:tagtrail:"}`;
/** RSSI is no measurement of GS1's list; dBm is UN/ECE Recommendation 20's DBM. */
const RSSI_TYPE = `${EXTENSION}:RSSI`;
const RSSI_UNIT = 'DBM';
/** After these the objects are where the reader's bizLocation says; after the others nobody knows. */
const STAYS: ReadonlySet<Kind> = new Set(['arrival', 'moved', 'in', 'current', 'additions', 'read']);
/** The last moment that a Date can be. */
const CALENDAR_MS_MAX = 8.64e15;
const SSCC = /^urn:epc:id:sscc:|\/00\/\d{18}$/;

/** An event as the spool keeps it and the uplink sends it: the text is final. */
export interface MadeEvent {
  eventId: string;
  /** When it was made, ms since 1970. */
  madeMs: number;
  /** EPCIS 2.0 JSON. */
  body: string;
}

/**
 * Gives each EPC its URI by the same code as everything else; `undefined` for one that the filter keeps out.
 * An EPC of no known scheme, truncated or of odd length, and a tag of another family than GS1's, becomes urn:epc:raw,
 * or is kept out with unknownEpc "drop".
 */
export function identifier(epcs: 'urn' | 'link'): Identify {
  const admitted = new WeakMap<FilterConfig, ReturnType<typeof admission>>();
  const listsOf = (filter: FilterConfig): ReturnType<typeof admission> => {
    const lists = admitted.get(filter) ?? admission(filter.include, filter.exclude);
    admitted.set(filter, lists);
    return lists;
  };
  return (key, filter) => {
    const { include, exclude, mode, unknownEpc } = filter;
    const plain = epcs === 'urn' && include.length + exclude.length === 0 && mode !== 'cycle';
    const named = plain ? plainName(key) : nameOf(key, epcs);
    if (unknownEpc === 'drop' && named.uri.startsWith(RAW)) return undefined;
    return plain || listsOf(filter)(named) ? named : undefined;
  };
}

/** The names of a tag that is none of GS1's: its bits with their ISO application family (TDS 2.3 section 12.4). */
function isoName(key: EpcKey): Named | undefined {
  const tag = isoTagOf(key);
  if (!tag) return undefined;
  const { afi, bytes } = tag;
  const uri = rawUri(bytes).replace('.x', `.x${afi.toString(16).toUpperCase().padStart(2, '0')}.x`);
  return { uri, tagUri: undefined, hex: Buffer.from(bytes).toString('hex') };
}

/** The URI alone, where nobody asks for patterns. */
function plainName(key: EpcKey): Named {
  const iso = isoName(key);
  if (iso) return iso;
  const bytes = epcBytes(key);
  try {
    if (key.bits % 8 === 0) return { uri: uriOfEpc(bytes), tagUri: undefined, hex: '' };
  } catch {
    // Whatever the codec refuses is still a tag that was here.
  }
  return { uri: rawUri(bytes, key.bits), tagUri: undefined, hex: '' };
}

function nameOf(key: EpcKey, epcs: 'urn' | 'link'): Named {
  const iso = isoName(key);
  if (iso) return iso;
  const bytes = epcBytes(key);
  const hex = Buffer.from(bytes).toString('hex');
  try {
    if (key.bits % 8 !== 0) return { uri: rawUri(bytes, key.bits), tagUri: undefined, hex };
    const tag = decode(bytes);
    // a + tag tells no company prefix: its link names it, without the data beside its identity
    const uri = (epcs === 'urn' ? toUrn(tag.id) : undefined) ?? uriOfKey(keyOf(tag.id), 0, 'link');
    return { uri, tagUri: toTagUri(tag), hex };
  } catch {
    // Whatever the codec refuses is still a tag that was here.
    return { uri: rawUri(bytes, key.bits), tagUri: undefined, hex };
  }
}

/** `+02:00`: the zone of this place, in which the event happened. */
function zoneOffset(atMs: number): string {
  const minutes = -new Date(atMs).getTimezoneOffset();
  const [h, m] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`;
}

/** A version 8 UUID (RFC 9562) from SHA-256 over what the event says; the same passage has the same id for ever. */
function eventIdOf({ place, kind, group }: Fact, readPoint: string, eventTime: string, epcs: string[]): string {
  const facts = [place.reader, readPoint, kind, eventTime, epcs, ...(group === undefined ? [] : [group])];
  const bytes = createHash('sha256').update(JSON.stringify(facts)).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return `urn:uuid:${bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
}

/** Whether a passage is what it should be where an AggregationEvent is asked for; `message` undefined: it is. */
export interface Odd {
  place: Place;
  message: string | undefined;
}

/** One parent and its children, or why there is none. */
function familyOf(epcs: string[]): { parentID: string; childEPCs: string[] } | string {
  const parents = epcs.filter((epc) => SSCC.test(epc));
  const children = epcs.filter((epc) => !SSCC.test(epc));
  if (parents.length !== 1) return `${parents.length} SSCCs among ${epcs.length} EPCs`;
  if (children.length === 0) return 'an SSCC and nothing with it';
  return { parentID: parents[0]!, childEPCs: children };
}

const hundredths = (n: number): number => Math.round(n * 100) / 100;

/** With the prefix of our extensions. */
const own = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${EXTENSION}:${name}`, value as unknown]));

/** What an EPC's entry says for each of the filter's `details`. */
const DETAILS: Record<'reads' | 'tid' | 'raw', (fact: Fact) => object> = {
  reads: ({ antenna, rssi, count, dwellMs }) => {
    return { antenna, rssi: rssi && hundredths(rssi), count, dwellMs: dwellMs && Math.round(dwellMs) };
  },
  // two tags with one EPC are for somebody to see
  tid: ({ tids }) => (tids ? { tid: tids.length === 1 ? tids[0] : tids } : {}),
  raw: ({ raw }) => (raw ? rawOf(raw) : {}),
};

/** A reader may claim a time that no calendar has. */
const isoOf = (ms = Infinity): string | undefined => (ms <= CALENDAR_MS_MAX ? new Date(ms).toISOString() : undefined);

function rawOf({ reader, ms, isUptime, signal }: Raw): object {
  const { channel, phase, doppler } = signal ?? {};
  const time = isUptime ? { readerUptimeMs: ms } : { readerTime: isoOf(ms) };
  return { reader, ...time, channel, phase: phase && Math.round(phase * 1e4) / 1e4, doppler };
}

/** What the configuration wants to be told of each EPC, and what no field of EPCIS says. */
function extensionsOf(facts: Fact[]): Record<string, unknown> {
  const { kind, place, note } = facts[0]!;
  const wanted = place.filter.details.filter((detail) => detail !== 'sensors');
  const told = new Set(kind === 'departure' ? ['reads', ...wanted] : wanted);
  const parts = [...told].map((detail) => DETAILS[detail as keyof typeof DETAILS]);
  const reads = facts.map((fact) => Object.assign({ epc: fact.uri }, ...parts.map((part) => part(fact))) as object);
  return {
    ...(kind === 'arrival' ? {} : own({ kind })),
    ...(note && own(note)),
    ...(told.size && reads.some((read) => Object.keys(read).length > 1) ? own({ reads: reads.map(own) }) : {}),
  };
}

function sensorsOf(facts: Fact[]): object[] | undefined {
  if (!facts[0]!.place.filter.details.includes('sensors')) return undefined;
  const known = facts.filter(({ rssi }) => rssi !== undefined);
  if (!known.length) return undefined;
  return known.map(({ uri, rssi, antenna, atMs }) => {
    return {
      sensorMetadata: { time: new Date(Math.floor(atMs)).toISOString() },
      sensorReport: [
        {
          type: RSSI_TYPE,
          value: hundredths(rssi!),
          uom: RSSI_UNIT,
          [`${EXTENSION}:epc`]: uri,
          [`${EXTENSION}:antenna`]: antenna,
        },
      ],
    };
  });
}

/** Where and as what step of business: the reader's own words, or those for this kind of event. */
function wordsOf({
  kind,
  place,
}: Fact): { readPoint: string; bizLocation: string | undefined } & Omit<Says, 'readPoint' | 'bizLocation'> {
  const says: Says = place.events[kind] ?? {};
  const own = STAYS.has(kind) ? place.bizLocation : undefined;
  return {
    bizStep: says.bizStep ?? place.bizStep,
    disposition: says.disposition ?? place.disposition,
    readPoint: says.readPoint ?? place.readPoint,
    bizLocation: says.bizLocation === undefined ? own : (says.bizLocation ?? undefined),
  };
}

function eventOf(facts: Fact[], madeMs: number, onOdd: (odd: Odd) => void): MadeEvent {
  const fact = facts[0]!;
  const { place, kind, atMs } = fact;
  const eventTime = new Date(Math.floor(atMs)).toISOString();
  const epcList = [...new Set(facts.map((one) => one.uri))].filter((uri) => uri !== '').sort();
  const { bizStep, disposition, readPoint, bizLocation } = wordsOf(fact);
  const eventId = eventIdOf(fact, readPoint, eventTime, epcList);
  const builds = place.filter.aggregate && (kind === 'in' || kind === 'out');
  const family = builds ? familyOf(epcList) : undefined;
  if (family !== undefined)
    onOdd({
      place,
      message: typeof family === 'string' ? `a passage that makes no aggregation: ${family}` : undefined,
    });
  const aggregates = typeof family === 'object';
  const transactions = place.transactions();
  const body = JSON.stringify({
    type: aggregates ? 'AggregationEvent' : 'ObjectEvent',
    eventID: eventId,
    action: aggregates ? place.filter.aggregate : 'OBSERVE',
    eventTime,
    eventTimeZoneOffset: zoneOffset(atMs),
    ...(aggregates ? family : { epcList }),
    bizStep,
    disposition,
    readPoint: { id: readPoint },
    bizLocation: bizLocation === undefined ? undefined : { id: bizLocation },
    bizTransactionList: transactions.length ? transactions : undefined,
    sensorElementList: sensorsOf(facts),
    ...extensionsOf(facts),
  });
  return { eventId, madeMs, body };
}

/**
 * EPCIS events of what the filter found, in time order: ObjectEvents (action OBSERVE) for what is of one kind, place
 * and group, or else of one kind, place and `togetherMs` of read time; an AggregationEvent for a passage of one SSCC
 * and its cases where the gate builds them. The event's time is that of its first fact. Raw EPCs have events of their
 * own: a server that does not take them then refuses no good ones with them.
 */
export function eventsOf(
  facts: Fact[],
  togetherMs: number,
  madeMs: number,
  onOdd: (odd: Odd) => void = () => {},
): MadeEvent[] {
  const groups: Fact[][] = [];
  const open = new Map<Place, Map<string, Fact[]>>();
  for (const fact of facts.toSorted((a, b) => a.atMs - b.atMs)) {
    const { place, kind, uri, group: name, atMs } = fact;
    const ofPlace = open.get(place) ?? new Map<string, Fact[]>();
    open.set(place, ofPlace);
    const key = `${kind} ${uri.startsWith(RAW) ? 'raw' : ''} ${name ?? ''}`;
    const group = ofPlace.get(key);
    const limit = place.filter.aggregate && name !== undefined ? CHILDREN_MAX : EPCS_MAX;
    if (group && group.length < limit && (name !== undefined || atMs - group[0]!.atMs <= togetherMs)) {
      group.push(fact);
      continue;
    }
    const fresh = [fact];
    groups.push(fresh);
    ofPlace.set(key, fresh);
  }
  return groups.map((group) => eventOf(group, madeMs, onOdd));
}

/** An EPCIS 2.0 document around events, each as its text stands in the spool. */
export function documentOf(events: MadeEvent[]): string {
  const creationDate = new Date(Math.max(...events.map((e) => e.madeMs))).toISOString();
  const list = events.map((e) => e.body).join(',');
  const own = events.some((e) => e.body.includes(`"${EXTENSION}:`)) ? `,${OWN_CONTEXT}` : '';
  return (
    `{"@context":["${CONTEXT}"${own}],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"${creationDate}",` +
    `"epcisBody":{"eventList":[${list}]}}`
  );
}
