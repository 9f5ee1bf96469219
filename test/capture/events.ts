import type { Principal } from '../../src/access/policy.ts';

const CONTEXT = 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld';

export type Fields = Record<string, unknown>;

/** The nth event of a series: its own eventID, second and item. */
export const objectEvent = (n: number, more: Fields = {}): Fields => ({
  type: 'ObjectEvent',
  eventTime: new Date(Date.UTC(2026, 2, 1) + n * 1000).toISOString(),
  eventTimeZoneOffset: '+01:00',
  eventID: `urn:uuid:00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`,
  action: 'OBSERVE',
  epcList: [item(n)],
  bizStep: 'shipping',
  readPoint: { id: 'urn:epc:id:sgln:0614141.00001.0' },
  ...more,
});

export const item = (n: number): string => `urn:epc:id:sgtin:0614141.112345.${n}`;
export const lot = (name: string): string => `urn:epc:class:lgtin:0614141.112345.${name}`;

export const documentOf = (eventList: unknown[], more: Fields = {}): Fields => ({
  '@context': [CONTEXT],
  type: 'EPCISDocument',
  schemaVersion: '2.0',
  creationDate: '2026-03-01T00:00:00Z',
  epcisBody: { eventList },
  ...more,
});

export const bare = (event: Fields): Fields => ({ '@context': CONTEXT, ...event });

export const declared = (event: Fields, more: Fields = {}): Fields => ({
  ...event,
  errorDeclaration: { declarationTime: '2026-03-02T00:00:00Z', reason: 'did_not_occur', ...more },
});

export const operator = (tenantId: string): Principal => ({ tenantId, keyId: 'test', role: 'operator' });
