// What a subscriber is told: a stretch of the tenant's log, seen through the query, as an EPCISQueryDocument.
import {
  type EpcFormat,
  EPCIS_CONTEXT,
  type EpcisEvent,
  type EventQuery,
  FORM_OF,
  LIMITS,
  parseQuery,
  readContext,
  translateEvent,
} from '../epcis/index.ts';
import type { GcpKnowledge } from '../gs1/index.ts';
import { gcpLengths } from '../store/company-prefix.ts';
import type { StoredEvent } from '../store/event.ts';
import { findEvents } from '../store/event-query.ts';
import type { NamedQuery } from '../store/named-query.ts';
import type { Queries, Store } from '../store/open.ts';

/** JSON of the events of one document; one event may be longer alone. */
const REPORT_CHARACTERS_MAX = 1024 * 1024;

/** What a stored definition asks for, of which everything is told in the order of capture. */
export function standingQuery({ query, prefixes }: Pick<NamedQuery, 'query' | 'prefixes'>): EventQuery {
  const { conditions, perPage, maxEventCount } = parseQuery(query, { context: readContext(prefixes) });
  return { conditions, orderDirection: 'ASC', perPage, ...(maxEventCount !== undefined && { maxEventCount }) };
}

/** How far a subscriber has been told, and up to where it is to be told now: places in the tenant's log. */
export interface Stretch {
  progress: number;
  upTo: number;
  /** Events of one document. */
  batchMax: number;
}

/** The next events of a stretch, at most one document of them; `more`: there are others behind the last. */
export async function nextEvents(
  store: Store,
  tenantId: string,
  query: EventQuery,
  { progress, upTo, batchMax }: Stretch,
): Promise<{ events: StoredEvent[]; more: boolean }> {
  const page = { ...query, perPage: Math.min(batchMax, LIMITS.perPageMax) };
  const { events, next } = await findEvents(store, tenantId, page, [0, progress, upTo, 0]);
  let characters = 0;
  for (const [i, { event }] of events.entries()) {
    characters += JSON.stringify(event).length;
    if (characters > REPORT_CHARACTERS_MAX && i > 0) return { events: events.slice(0, i), more: true };
  }
  return { events, more: next !== undefined };
}

/** Events with their identifiers as GS1-EPC-Format has them. */
export async function inFormat(
  { store, gcp }: { store: Queries; gcp?: GcpKnowledge | undefined },
  tenantId: string,
  events: readonly StoredEvent[],
  epcFormat: EpcFormat,
): Promise<EpcisEvent[]> {
  const form = FORM_OF[epcFormat];
  const links = new Set<string>();
  if (form === 'urn') for (const { event } of events) translateEvent(event, 'urn', (link) => void links.add(link));
  const lengths = await gcpLengths(store, tenantId, links, gcp);
  return events.map(({ event }) => translateEvent(event, form, lengths));
}

/** The document of EPCIS 2.0 section 9.7; each event carries the prefixes of its own extensions. */
export const queryDocument = (of: {
  queryName: string;
  subscriptionID?: string;
  events: readonly EpcisEvent[];
  /** Milliseconds since 1970. */
  now: number;
}): object => ({
  '@context': [EPCIS_CONTEXT],
  type: 'EPCISQueryDocument',
  schemaVersion: '2.0',
  creationDate: new Date(of.now).toISOString(),
  epcisBody: {
    queryResults: {
      queryName: of.queryName,
      ...(of.subscriptionID !== undefined && { subscriptionID: of.subscriptionID }),
      resultsBody: { eventList: of.events },
    },
  },
});
