import { EPCIS_CONTEXT, type EpcisEvent, type GcpLengthOf, translateEvent } from '../epcis/index.ts';
import { gcpLengths } from '../store/company-prefix.ts';
import type { StoredEvent } from '../store/event.ts';
import { type EpcFormat, epcFormat, extensionsHeader } from './headers.ts';
import type { Ctx } from './platform.ts';

/** GS1-EPC-Format → the form that identifiers are translated into. */
export const FORMS = { Always_GS1_Digital_Link: 'link', Always_EPC_URN: 'urn', Never_Translates: 'keep' } as const;

/** How the company prefix lengths are known that URNs need and Digital Links do not tell; none is looked up in vain. */
export function prefixesFor(c: Ctx, format: EpcFormat, identifiers: (of: GcpLengthOf) => void): Promise<GcpLengthOf> {
  const links = new Set<string>();
  if (format === 'Always_EPC_URN') identifiers((link) => void links.add(link));
  return gcpLengths(c.var.platform.store, c.var.principal!.tenantId, links, c.var.platform.gcp);
}

/** Events in the form that the client wants. */
export async function translated(c: Ctx, events: readonly StoredEvent[]): Promise<EpcisEvent[]> {
  const format = epcFormat(c);
  const lengths = await prefixesFor(c, format, (of) => {
    for (const { event } of events) translateEvent(event, 'urn', of);
  });
  return events.map(({ event }) => translateEvent(event, FORMS[format], lengths));
}

/** Events as the answer to a query (EPCIS 2.0, 9.7); each carries the prefixes of its own extensions. */
export async function eventsAnswer(
  c: Ctx,
  events: readonly StoredEvent[],
  queryName = 'SimpleEventQuery',
): Promise<Response> {
  const eventList = await translated(c, events);
  c.header('GS1-EPC-Format', epcFormat(c));
  const prefixes = extensionsHeader(eventList);
  if (prefixes !== '') c.header('GS1-Extensions', prefixes);
  return c.json({
    '@context': [EPCIS_CONTEXT],
    type: 'EPCISQueryDocument',
    schemaVersion: '2.0',
    creationDate: new Date(c.var.platform.clock()).toISOString(),
    epcisBody: { queryResults: { queryName, resultsBody: { eventList } } },
  });
}

/** A list of what the repository holds (EPCIS 2.0, 12.7). */
export const collection = (member: readonly unknown[]): object => ({
  '@context': [EPCIS_CONTEXT],
  type: 'Collection',
  member,
});
