import { EPCIS_CONTEXT, type EpcisEvent, translateEvent } from '../epcis/index.ts';
import type { EpcFormat } from './headers.ts';

export { EPCIS_CONTEXT };

/** GS1-EPC-Format → the form that events are translated into. */
const FORMS = { Always_GS1_Digital_Link: 'link', Always_EPC_URN: 'urn', Never_Translates: 'keep' } as const;

/** Events as the answer to a query (EPCIS 2.0, 9.7); each carries the prefixes of its own extensions. */
export const queryDocument = (events: readonly EpcisEvent[], format: EpcFormat, now: number): object => ({
  '@context': [EPCIS_CONTEXT],
  type: 'EPCISQueryDocument',
  schemaVersion: '2.0',
  creationDate: new Date(now).toISOString(),
  epcisBody: {
    queryResults: {
      queryName: 'SimpleEventQuery',
      resultsBody: { eventList: events.map((event) => translateEvent(event, FORMS[format])) },
    },
  },
});

/** A list of what the repository holds (EPCIS 2.0, 12.7). */
export const collection = (member: readonly unknown[]): object => ({
  '@context': [EPCIS_CONTEXT],
  type: 'Collection',
  member,
});
