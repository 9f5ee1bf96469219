import { EPCIS_CONTEXT, translateEvent } from '../epcis/index.ts';
import type { StoredEvent } from '../store/event.ts';
import { epcFormat } from './headers.ts';
import type { Ctx } from './platform.ts';

/** GS1-EPC-Format → the form that identifiers are translated into. */
export const FORMS = { Always_GS1_Digital_Link: 'link', Always_EPC_URN: 'urn', Never_Translates: 'keep' } as const;

/** Events as the answer to a query (EPCIS 2.0, 9.7); each carries the prefixes of its own extensions. */
export function eventsAnswer(c: Ctx, events: readonly StoredEvent[]): Response {
  const format = epcFormat(c);
  c.header('GS1-EPC-Format', format);
  return c.json({
    '@context': [EPCIS_CONTEXT],
    type: 'EPCISQueryDocument',
    schemaVersion: '2.0',
    creationDate: new Date(c.var.platform.clock()).toISOString(),
    epcisBody: {
      queryResults: {
        queryName: 'SimpleEventQuery',
        resultsBody: { eventList: events.map(({ event }) => translateEvent(event, FORMS[format])) },
      },
    },
  });
}

/** A list of what the repository holds (EPCIS 2.0, 12.7). */
export const collection = (member: readonly unknown[]): object => ({
  '@context': [EPCIS_CONTEXT],
  type: 'Collection',
  member,
});
