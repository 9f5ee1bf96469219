// Events of a made-up dairy, with a prefix that GS1 reserves for examples.
import { EPCIS_CONTEXT } from '../../src/epcis/index.ts';

const CONTEXT = [EPCIS_CONTEXT, { dairy: 'https://dairy.example.com/' }];
export const LOT = 'urn:epc:class:lgtin:9521141.012345.M1';
export const LOT_LINK = 'https://id.gs1.org/01/09521141123454/10/M1';
export const SITE = 'urn:epc:id:sgln:9521141.00001.0';

export const item = (serial: string | number): string => `urn:epc:id:sgtin:9521141.012345.${serial}`;
export const itemLink = (serial: string | number): string => `https://id.gs1.org/01/09521141123454/21/${serial}`;

let count = 0;
/** A valid event with an id of its own; `minute` is its time after the first of March 2026. */
export const observed = (minute: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: 'ObjectEvent',
  eventID: `https://dairy.example.com/event/${process.pid}-${++count}`,
  eventTime: new Date(Date.UTC(2026, 2, 1) + minute * 60_000).toISOString(),
  eventTimeZoneOffset: '+01:00',
  action: 'OBSERVE',
  bizStep: 'shipping',
  epcList: [item(minute)],
  readPoint: { id: SITE },
  ...more,
});

export const documentOf = (eventList: unknown[], more: Record<string, unknown> = {}): Record<string, unknown> => ({
  '@context': CONTEXT,
  type: 'EPCISDocument',
  schemaVersion: '2.0',
  creationDate: '2026-03-01T00:00:00Z',
  epcisBody: { eventList },
  ...more,
});

export const bare = (event: Record<string, unknown>): Record<string, unknown> => ({ '@context': CONTEXT, ...event });

/** Milk of a lot becomes items of a lot: the smallest world with an origin. */
export const madeFrom = (input: string, serials: readonly string[]): Record<string, unknown>[] => [
  observed(1, {
    action: 'ADD',
    bizStep: 'commissioning',
    epcList: [],
    quantityList: [{ epcClass: input, quantity: 100, uom: 'KGM' }],
  }),
  {
    ...observed(2),
    type: 'TransformationEvent',
    action: undefined,
    epcList: undefined,
    inputQuantityList: [{ epcClass: input, quantity: 100, uom: 'KGM' }],
    outputEPCList: serials.map(item),
    bizStep: 'creating_class_instance',
  },
];
