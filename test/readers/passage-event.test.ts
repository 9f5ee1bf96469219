import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from 'node-llrp';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../readers/config.ts';
import { Listening } from '../../readers/filter/listening.ts';
import type { Fact, Kind, Place } from '../../readers/filter/place.ts';
import { placesOf } from '../../readers/places.ts';
import { transactionsOf } from '../../readers/task.ts';
import { documentOf, eventsOf, type Odd } from '../../readers/to-event.ts';
import { parseDocument, validateEvent } from '../../src/epcis/index.ts';
import { Rig } from './rig.ts';
import { sgtin, until } from './stand-in-reader.ts';

const T0 = Date.parse('2026-05-04T10:00:00Z');
const SSCC = 'urn:epc:id:sscc:0614141.1234567890';
const DOCK = 'urn:epc:id:sgln:0614141.00777.0';
const HALL = 'urn:epc:id:sgln:0614141.00888.0';

function placeWith(reader: object): Place {
  const config = parseConfig({
    readers: [{ name: 'gate', host: 'r', readPoint: DOCK, bizLocation: HALL, bizStep: 'receiving', ...reader }],
    capture: { url: 'http://127.0.0.1/' },
    spool: '/s',
  });
  const around = { spool: { placeId: () => 1 }, known: () => undefined };
  return placesOf(config.readers[0]!, new Listening(T0), around).places[0]!;
}
const fact = (place: Place, kind: Kind, uri: string, more: Partial<Fact> = {}): Fact => ({
  kind, place, uri, atMs: T0, group: undefined, antenna: 2, rssi: -45.678, count: 7, dwellMs: 1200, ...more,
}); // prettier-ignore

interface Body {
  [key: string]: unknown;
  type: string;
}
function bodies(facts: Fact[], odd: Odd[] = []): Body[] {
  const events = eventsOf(facts, 200, T0, (one) => odd.push(one));
  const list = events.map(({ body }) => JSON.parse(body) as Body);
  for (const event of list) expect(validateEvent(event)).toEqual([]);
  expect(parseDocument(JSON.parse(documentOf(events))).findings).toEqual([]);
  return list;
}

describe('events of a gate', () => {
  it('say by direction what they mean, and where the objects are only where that is known', () => {
    const place = placeWith({
      filter: { mode: 'gate' },
      events: { out: { bizStep: 'shipping', disposition: 'in_transit' }, turned: { bizLocation: HALL } },
    });
    const say = (kind: Kind) => bodies([fact(place, kind, sgtin(1).uri)])[0]!;
    expect(say('in')).toMatchObject({ bizStep: 'receiving', bizLocation: { id: HALL }, 'tagtrail:kind': 'in' });
    expect(say('out')).toMatchObject({ bizStep: 'shipping', disposition: 'in_transit', readPoint: { id: DOCK } });
    expect(say('out')).not.toHaveProperty('bizLocation');
    expect(say('turned')).toMatchObject({ bizLocation: { id: HALL } });
    expect(say('undecided')).not.toHaveProperty('bizLocation');
    expect(say('undecided')).not.toHaveProperty('tagtrail:reads');
    expect(new Set((['in', 'out', 'turned'] as const).map((kind) => say(kind)['eventID'])).size).toBe(3);
  });

  it('tell antenna, RSSI and count where configured, also as sensor elements', () => {
    const place = placeWith({ filter: { mode: 'gate', details: ['reads', 'sensors'] } });
    const [event] = bodies([fact(place, 'in', sgtin(1).uri)]);
    expect(event).toMatchObject({
      'tagtrail:reads': [
        {
          'tagtrail:epc': sgtin(1).uri,
          'tagtrail:antenna': 2,
          'tagtrail:rssi': -45.68,
          'tagtrail:count': 7,
          'tagtrail:dwellMs': 1200,
        },
      ],
      sensorElementList: [{ sensorReport: [{ type: 'tagtrail:RSSI', value: -45.68, uom: 'DBM' }] }],
    });
    expect(documentOf(eventsOf([fact(place, 'in', sgtin(1).uri)], 200, T0))).toContain('{"tagtrail":"urn:tagtrail:"}');
  });

  it('are an aggregation of one SSCC and its cases, and a plain event with a word to operators for all else', () => {
    const place = placeWith({ filter: { mode: 'gate', aggregate: 'ADD' } });
    const passage = (uris: string[], kind: Kind = 'in') => uris.map((uri) => fact(place, kind, uri, { group: '1' }));
    const odd: Odd[] = [];
    expect(bodies(passage([sgtin(2).uri, SSCC, sgtin(1).uri]), odd)).toMatchObject([
      { type: 'AggregationEvent', action: 'ADD', parentID: SSCC, childEPCs: [sgtin(1).uri, sgtin(2).uri] },
    ]);
    expect(odd).toEqual([{ place, message: undefined }]);
    expect(bodies(passage([sgtin(1).uri, sgtin(2).uri]), odd)).toMatchObject([
      { type: 'ObjectEvent', action: 'OBSERVE' },
    ]);
    expect(odd.at(-1)?.message).toBe('a passage that makes no aggregation: 0 SSCCs among 2 EPCs');
    expect(bodies(passage([SSCC]), odd)).toMatchObject([{ type: 'ObjectEvent', epcList: [SSCC] }]);
    expect(odd.at(-1)?.message).toContain('nothing with it');
    expect(bodies(passage([SSCC, sgtin(1).uri], 'turned'), odd)).toMatchObject([{ type: 'ObjectEvent' }]);
    expect(odd).toHaveLength(3);
    const many = Array.from({ length: 700 }, (_, n) => sgtin(n).uri);
    expect(bodies(passage([SSCC, ...many]))).toHaveLength(1);
  });

  it("carry the business transactions of the gate's open task", () => {
    const order = { type: 'po', bizTransaction: 'urn:epc:id:gdti:0614141.00001.1618034' };
    const place = placeWith({ filter: { mode: 'gate' }, task: { bizTransactionList: [order] } });
    expect(bodies([fact(place, 'in', sgtin(1).uri)])[0]).toMatchObject({ bizTransactionList: [order] });
    const directory = mkdtempSync(join(tmpdir(), 'task-'));
    const file = join(directory, 'task.json');
    const faults: string[] = [];
    const transactions = transactionsOf({ file }, (message) => faults.push(message));
    expect(transactions()).toEqual([]);
    writeFileSync(file, JSON.stringify({ bizTransactionList: [order] }));
    expect(transactions()).toEqual([order]);
    writeFileSync(file, '{"bizTransactionList": [');
    expect(transactions()).toEqual([order]); // until it can be read again
    expect(faults).toHaveLength(1);
    rmSync(directory, { recursive: true });
    expect(transactions()).toEqual([]);
  });

  it('report departures with dwell and count, and cycles with their times and groups', () => {
    const [gone] = bodies([fact(placeWith({ filter: { mode: 'presence' } }), 'departure', sgtin(1).uri)]);
    expect(gone).toMatchObject({ 'tagtrail:kind': 'departure', 'tagtrail:reads': [{ 'tagtrail:dwellMs': 1200 }] });
    expect(gone).not.toHaveProperty('bizLocation');
    const cycle = { durationMs: 1000, reports: [{ set: 'CURRENT' }] };
    const place = placeWith({ filter: { mode: 'cycle', cycle } });
    const note = { report: 'CURRENT', count: 0, groups: { default: 1 } };
    expect(bodies([fact(place, 'current', '', { group: '1:0', note })])).toMatchObject([
      { epcList: [], 'tagtrail:report': 'CURRENT', 'tagtrail:count': 0 },
    ]);
  });
});

describe('a collector at a gate', () => {
  it('tells direction of what the emulator pushes through it, over a restart, each passage once', async () => {
    const rig = await Rig.make();
    const emulator = await startEmulator({ port: 0, scenario: {} });
    const filter = { mode: 'gate', passageGapMs: 400 };
    const antennas = { 1: { side: 'A' }, 2: { side: 'B' } };
    const begin = () => rig.start({ filter }, { port: emulator.port, keepaliveMs: 300, antennas });
    const seen = () =>
      rig.endpoint.list().flatMap(({ epcList, ...event }) => {
        const kind = (event as Record<string, unknown>)['tagtrail:kind'];
        return epcList.map((uri) => `${String(kind)} ${uri.split('.').at(-1)}`);
      });
    const pass = (serial: number, order: number[]) =>
      emulator.pass([sgtin(serial).epc.toString('hex')], { antennas: order, durationMs: 1500 });
    const collector = await begin();
    expect(await until(() => collector.stats().readers[0]?.state === 'running')).toBe(true);
    pass(1, [1, 2]);
    pass(2, [2, 1]);
    expect(await until(() => seen().length === 2)).toBe(true);
    expect(seen().toSorted()).toEqual(['in 1', 'out 2']);
    expect(collector.stats().gates[0]?.counts).toMatchObject({ in: 1, out: 1 });
    await rig.stop();
    const again = await begin();
    expect(await until(() => again.stats().readers[0]?.state === 'running')).toBe(true);
    pass(3, [1, 2]);
    expect(await until(() => seen().length === 3)).toBe(true);
    expect(seen().toSorted()).toEqual(['in 1', 'in 3', 'out 2']);
    expect(again.stats().gates[0]?.counts).toMatchObject({ in: 2, out: 1, turned: 0, undecided: 0 });
    await rig.stop();
    await emulator.stop();
    expect(await rig.dispose()).toEqual([]);
  });
});
