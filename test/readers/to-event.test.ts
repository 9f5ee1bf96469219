import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../readers/config.ts';
import type { Fact, Place } from '../../readers/filter/place.ts';
import { Listening } from '../../readers/filter/listening.ts';
import { epcKey } from '../../readers/filter/presence.ts';
import { documentOf, eventsOf, identifier, type MadeEvent } from '../../readers/to-event.ts';
import { validateEvent } from '../../src/epcis/index.ts';
import { sgtin } from './stand-in-reader.ts';

const T0 = Date.parse('2026-05-04T10:00:00.250Z');
const config = parseConfig({
  readers: [{ name: 'dock-1', host: 'r', readPoint: 'urn:epc:id:sgln:0614141.00777.0' }],
  capture: { url: 'http://127.0.0.1/' },
  spool: '/s',
}).readers[0]!;
const place = (readPoint = config.readPoint, more: Partial<Place> = {}): Place => ({
  id: 1, reader: 'dock-1', readPoint, bizLocation: 'urn:epc:id:sgln:0614141.00888.0', bizStep: undefined,
  disposition: undefined, events: {}, transactions: () => [], siblings: [], filter: config.filter, listening: new Listening(T0), ...more,
}); // prettier-ignore
const dock = place();
const fact = (uri: string, afterMs: number, more: Partial<Fact> = {}): Fact => ({
  kind: 'arrival', place: dock, uri, atMs: T0 + afterMs, group: undefined, antenna: 1, rssi: -50, count: 1,
  dwellMs: undefined, ...more,
}); // prettier-ignore
const arrival = (uri: string, afterMs: number, at = dock): Fact => fact(uri, afterMs, { place: at });
const bodies = (events: MadeEvent[]) =>
  events.map((e) => JSON.parse(e.body) as { [key: string]: unknown; epcList: string[] });

describe('events', () => {
  it('are valid EPCIS, one for what arrived together, dated with the first', () => {
    const [event, ...more] = bodies(eventsOf([arrival(sgtin(2).uri, 150), arrival(sgtin(1).uri, 0)], 200, T0));
    expect(more).toEqual([]);
    expect(validateEvent(event)).toEqual([]);
    expect(event).toMatchObject({
      type: 'ObjectEvent',
      action: 'OBSERVE',
      eventTime: '2026-05-04T10:00:00.250Z',
      epcList: [sgtin(1).uri, sgtin(2).uri],
      readPoint: { id: 'urn:epc:id:sgln:0614141.00777.0' },
      bizLocation: { id: 'urn:epc:id:sgln:0614141.00888.0' },
    });
    expect(event).not.toHaveProperty('bizStep');
  });

  it('have an id that what they say fixes, and nothing else', () => {
    const arrivals = [arrival(sgtin(1).uri, 0), arrival(sgtin(2).uri, 5)];
    const id = (list: Fact[], madeMs = 0) => eventsOf(list, 200, madeMs)[0]!.eventId;
    expect(id(arrivals)).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id(arrivals.toReversed(), 99)).toBe(id(arrivals));
    const others = [
      [arrival(sgtin(1).uri, 0)],
      [arrival(sgtin(1).uri, 1), arrival(sgtin(2).uri, 5)],
      arrivals.map((a) => ({ ...a, place: place('urn:x:other') })),
      arrivals.map((a) => ({ ...a, place: place(undefined, { reader: 'dock-2' }) })),
    ];
    expect(new Set([arrivals, ...others].map((list) => id(list))).size).toBe(5);
  });

  it('are cut by time, by place, by number, and raw EPCs stand alone', () => {
    expect(eventsOf([arrival('urn:a:1', 0), arrival('urn:a:2', 201)], 200, T0)).toHaveLength(2);
    expect(eventsOf([arrival('urn:a:1', 0), arrival('urn:a:2', 0, place('urn:x:2'))], 200, T0)).toHaveLength(2);
    expect(eventsOf([arrival('urn:a:1', 0), arrival('urn:epc:raw:16.x3014', 0)], 200, T0)).toHaveLength(2);
    const many = Array.from({ length: 450 }, (_, n) => arrival(`urn:a:${n}`, 0));
    expect(bodies(eventsOf(many, 200, T0)).map((e) => e.epcList.length)).toEqual([200, 200, 50]);
  });

  it('name an EPC once, also when two tags carry it', () => {
    expect(bodies(eventsOf([arrival('urn:a:1', 0), arrival('urn:a:1', 3)], 200, T0))[0]?.epcList).toEqual(['urn:a:1']);
  });

  it('can carry Digital Links', () => {
    expect(identifier('link')(epcKey(sgtin(17).epc), config.filter)?.uri).toBe(
      'https://id.gs1.org/01/10614141123459/21/17',
    );
  });

  it('go into a document word for word', () => {
    const events = eventsOf([arrival('urn:a:1', 0), arrival('urn:a:2', 900)], 200, T0);
    const text = documentOf(events);
    for (const event of events) expect(text).toContain(event.body);
    expect(JSON.parse(text)).toMatchObject({
      type: 'EPCISDocument',
      schemaVersion: '2.0',
      creationDate: '2026-05-04T10:00:00.250Z',
      epcisBody: { eventList: [{ epcList: ['urn:a:1'] }, { epcList: ['urn:a:2'] }] },
    });
    expect(documentOf(events)).toBe(text);
  });
});
