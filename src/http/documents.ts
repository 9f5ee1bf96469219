import { AppError } from '../error.ts';
import { inFormat, queryDocument } from '../capture/report.ts';
import { EPCIS_CONTEXT, type EpcFormat, type EpcisEvent, type GcpLengthOf, writeXmlResults } from '../epcis/index.ts';
import { gcpLengths } from '../store/company-prefix.ts';
import type { StoredEvent } from '../store/event.ts';
import { answerVersion, cbvForm, epcFormat, extensionsHeader } from './headers.ts';
import type { Ctx } from './platform.ts';
import { refusal } from './problem.ts';

/** How the company prefix lengths are known that URNs need and Digital Links do not tell; none is looked up in vain. */
export function prefixesFor(c: Ctx, format: EpcFormat, identifiers: (of: GcpLengthOf) => void): Promise<GcpLengthOf> {
  const links = new Set<string>();
  if (format === 'Always_EPC_URN') identifiers((link) => void links.add(link));
  return gcpLengths(c.var.platform.store, c.var.principal!.tenantId, links, c.var.platform.gcp);
}

/** Events in the form that the client wants. */
export const translated = (c: Ctx, events: readonly StoredEvent[]): Promise<EpcisEvent[]> =>
  inFormat(c.var.platform, c.var.principal!.tenantId, events, epcFormat(c));

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
  const now = c.var.platform.clock();
  if (c.var.mediaType.endsWith('xml')) return xmlAnswer(c, eventList, queryName, new Date(now).toISOString());
  return c.json(queryDocument({ queryName, events: eventList, now }));
}

/** The same as XML of the version that the client takes; 406 for events that it cannot express. */
function xmlAnswer(c: Ctx, events: readonly EpcisEvent[], queryName: string, creationDate: string): Response {
  const version = answerVersion(c);
  const { form: cbv, format } = cbvForm(c);
  c.header('GS1-CBV-XML-Format', format);
  try {
    const text = writeXmlResults(events, { version, cbv, queryName, creationDate });
    return c.body(text, 200, { 'Content-Type': `${c.var.mediaType}; charset=utf-8` });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    throw refusal('NotAcceptableException', `An event has no form in XML ${version}: ${error.message}`);
  }
}

/** A list of what the repository holds (EPCIS 2.0, 12.7). */
export const collection = (member: readonly unknown[]): object => ({
  '@context': [EPCIS_CONTEXT],
  type: 'Collection',
  member,
});
