import { createHash } from 'node:crypto';
import { decode, keyOf, rawUri, toTagUri, toUrn, uriOfKey } from '../src/gs1/index.ts';
import type { FilterConfig } from './config.ts';
import type { Arrival, Identify, Place } from './filter/dedupe.ts';
import { admission } from './filter/pattern.ts';
import { type EpcKey, epcBytes } from './filter/presence.ts';

/** EPCs of one event; what arrives together beyond it makes further events. */
const EPCS_MAX = 200;
const RAW = 'urn:epc:raw:';
const CONTEXT = 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld';

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
 * An EPC of no known scheme, truncated or of odd length becomes urn:epc:raw, or is kept out with unknownEpc "drop".
 */
export function identifier(epcs: 'urn' | 'link'): Identify {
  const admitted = new WeakMap<FilterConfig, ReturnType<typeof admission>>();
  const listsOf = (filter: FilterConfig): ReturnType<typeof admission> => {
    const lists = admitted.get(filter) ?? admission(filter.include, filter.exclude);
    admitted.set(filter, lists);
    return lists;
  };
  return (key, filter) => {
    const { uri, tagUri, hex } = nameOf(key, epcs);
    if (uri.startsWith(RAW) && filter.unknownEpc === 'drop') return undefined;
    return listsOf(filter)({ hex, tagUri }) ? uri : undefined;
  };
}

function nameOf(key: EpcKey, epcs: 'urn' | 'link'): { uri: string; tagUri: string | undefined; hex: string } {
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
function eventIdOf(place: Place, eventTime: string, epcList: string[]): string {
  const facts = JSON.stringify([place.reader, place.readPoint, 'arrival', eventTime, epcList]);
  const bytes = createHash('sha256').update(facts).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return `urn:uuid:${bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
}

function eventOf(arrivals: Arrival[], madeMs: number): MadeEvent {
  const { place, atMs } = arrivals[0]!;
  const eventTime = new Date(Math.floor(atMs)).toISOString();
  const epcList = [...new Set(arrivals.map((a) => a.uri))].sort();
  const eventId = eventIdOf(place, eventTime, epcList);
  const body = JSON.stringify({
    type: 'ObjectEvent',
    eventID: eventId,
    action: 'OBSERVE',
    eventTime,
    eventTimeZoneOffset: zoneOffset(atMs),
    epcList,
    bizStep: place.bizStep,
    disposition: place.disposition,
    readPoint: { id: place.readPoint },
    bizLocation: place.bizLocation === undefined ? undefined : { id: place.bizLocation },
  });
  return { eventId, madeMs, body };
}

/**
 * ObjectEvents (action OBSERVE) for EPCs that arrived: one per place and `togetherMs` of read time, in time order.
 * The event's time is that of its first EPC. Raw EPCs have events of their own: a server that does not take them
 * then refuses no good ones with them.
 */
export function eventsOf(arrivals: Arrival[], togetherMs: number, madeMs: number): MadeEvent[] {
  const groups: Arrival[][] = [];
  const open = { raw: new Map<Place, Arrival[]>(), known: new Map<Place, Arrival[]>() };
  for (const arrival of arrivals.toSorted((a, b) => a.atMs - b.atMs)) {
    const kind = open[arrival.uri.startsWith(RAW) ? 'raw' : 'known'];
    const group = kind.get(arrival.place);
    if (group && arrival.atMs - group[0]!.atMs <= togetherMs && group.length < EPCS_MAX) {
      group.push(arrival);
      continue;
    }
    const fresh = [arrival];
    groups.push(fresh);
    kind.set(arrival.place, fresh);
  }
  return groups.map((group) => eventOf(group, madeMs));
}

/** An EPCIS 2.0 document around events, each as its text stands in the spool. */
export function documentOf(events: MadeEvent[]): string {
  const creationDate = new Date(Math.max(...events.map((e) => e.madeMs))).toISOString();
  const list = events.map((e) => e.body).join(',');
  return (
    `{"@context":["${CONTEXT}"],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"${creationDate}",` +
    `"epcisBody":{"eventList":[${list}]}}`
  );
}
