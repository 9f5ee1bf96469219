import { createRequire } from 'node:module';
import { eventHash, readContext, Values } from '../../src/epcis/index.ts';
import { checksumOf, type Figure, race, rateFigure } from './figure.ts';

/** npm epcis2.js, the JavaScript peer that hashes as CBV 2.0 says. */
const peer = createRequire(import.meta.url)('epcis2.js') as {
  eventToHashedId(event: object, context: unknown): string;
};

const EVENTS = 2_000;
const EPCS_PER_EVENT = 10;
const ROUNDS = 7;
const CONTEXT = ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld', { ex: 'https://example.org/ns/' }];

const item = (n: number): string => `urn:epc:id:sgtin:9521141.01234${n % 5}.${n}`;
/** By GRAI: of an SSCC the peer repeats the extension digit. */
const pallet = (n: number): string => `urn:epc:id:grai:9521141.00001.${n}`;
const gate = (n: number): object => ({ id: `urn:epc:id:sgln:9521141.0000${n % 7}.0` });
const common = (n: number): object => ({
  eventTime: new Date(Date.UTC(2026, 2, 1, 8) + n * 1000).toISOString(),
  eventTimeZoneOffset: '+01:00',
  readPoint: gate(n),
  bizLocation: gate(n + 1),
});

/** A gate's passage, a shipment, a packing, a mixing and a reading of a sensor, as documents hold them. */
const KINDS: readonly ((n: number) => object)[] = [
  (n) => ({
    ...common(n),
    type: 'ObjectEvent',
    action: 'OBSERVE',
    bizStep: 'receiving',
    disposition: 'in_progress',
    epcList: Array.from({ length: EPCS_PER_EVENT }, (_, i) => item(n * EPCS_PER_EVENT + i)),
    'ex:gate': `dock ${n % 12}`,
  }),
  (n) => ({
    ...common(n),
    type: 'ObjectEvent',
    action: 'OBSERVE',
    bizStep: 'shipping',
    disposition: 'in_transit',
    epcList: [pallet(n)],
    bizTransactionList: [{ type: 'po', bizTransaction: `urn:epc:id:gdti:9521141.00001.${n}` }],
    sourceList: [{ type: 'owning_party', source: 'urn:epc:id:pgln:9521141.00001' }],
    destinationList: [{ type: 'owning_party', destination: 'urn:epc:id:pgln:9521141.00002' }],
  }),
  (n) => ({
    ...common(n),
    type: 'AggregationEvent',
    action: 'ADD',
    bizStep: 'packing',
    parentID: pallet(n),
    childEPCs: Array.from({ length: EPCS_PER_EVENT }, (_, i) => item(n * EPCS_PER_EVENT + i)),
  }),
  (n) => ({
    ...common(n),
    type: 'TransformationEvent',
    bizStep: 'commissioning',
    inputQuantityList: [{ epcClass: `urn:epc:class:lgtin:9521141.012345.${n % 50}`, quantity: 12.5, uom: 'KGM' }],
    outputEPCList: Array.from({ length: EPCS_PER_EVENT }, (_, i) => item(n * EPCS_PER_EVENT + i)),
    ilmd: { 'ex:bestBefore': '2026-12-31', 'ex:lot': `L${n % 50}` },
  }),
  (n) => ({
    ...common(n),
    type: 'ObjectEvent',
    action: 'OBSERVE',
    bizStep: 'inspecting',
    epcList: [item(n)],
    sensorElementList: [
      {
        sensorMetadata: { time: '2026-03-01T08:00:00.000Z', deviceID: 'urn:epc:id:giai:9521141.12345' },
        sensorReport: [{ type: 'Temperature', value: n % 40, uom: 'CEL' }],
      },
    ],
  }),
];

/** The event hash of CBV 2.0 against that of epcis2.js: the same hashes, event by event. */
export async function bench(): Promise<Figure[]> {
  const events = Array.from({ length: EVENTS }, (_, n) => KINDS[n % KINDS.length]!(n));
  const ours = (): number => {
    const values = new Values(readContext(CONTEXT)); // as for one document
    return events.reduce((sum, event) => checksumOf(eventHash(event, values), sum), 0);
  };
  const theirs = (): number => events.reduce((sum, event) => checksumOf(peer.eventToHashedId(event, CONTEXT), sum), 0);
  // the ends of both are `?ver=CBV2.0`; whether the hashes agree is asked of each
  const values = new Values(readContext(CONTEXT));
  const differing = events.filter((event) => eventHash(event, values) !== peer.eventToHashedId(event, CONTEXT));
  if (differing.length > 0)
    throw new Error(`bench: ${differing.length} hashes differ: ${JSON.stringify(differing[0])}`);
  return [
    rateFigure('event-hash', 'events/s', EVENTS, await race(ours, theirs, ROUNDS), { epcsPerEvent: EPCS_PER_EVENT }),
  ];
}
