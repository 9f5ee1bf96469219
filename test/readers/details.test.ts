import { child, connect, type Emulator, startEmulator } from 'node-llrp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { World } from './filter/world.ts';
import { documentOf, eventsOf } from '../../readers/to-event.ts';
import { parseDocument, validateEvent } from '../../src/epcis/index.ts';
import { Rig } from './rig.ts';
import { sgtin, until } from './stand-in-reader.ts';

const SIDES = { 1: { side: 'A' }, 2: { side: 'B' } };
type Told = Record<string, unknown>;
const readsOf = (event: object): Told[] => (event as Record<string, Told[]>)['tagtrail:reads'] ?? [];

describe('details of reads in events', () => {
  let rig: Rig;
  let emulator: Emulator | undefined;
  beforeEach(async () => {
    rig = await Rig.make();
  });
  afterEach(async () => {
    expect(await rig.dispose()).toEqual([]);
    await emulator?.stop();
  });

  const epc = sgtin(1).epc.toString('hex');
  async function passed(vendor: 'impinj' | 'zebra', filter: object, reader: object = {}): Promise<Told> {
    emulator = await startEmulator({ port: 0, vendor, scenario: {} });
    const collector = await rig.start({ filter }, { port: emulator.port, antennas: SIDES, ...reader });
    expect(await until(() => collector.stats().readers[0]?.state === 'running')).toBe(true);
    emulator.pass([epc], { antennas: [1, 2], durationMs: 1000 });
    expect(await until(() => rig.endpoint.list().length > 0)).toBe(true);
    const [event] = rig.endpoint.list();
    expect(validateEvent(event)).toEqual([]);
    const [read] = readsOf(event!);
    return read!;
  }

  it('give what an Impinj reader told of a passage: reader, its own time, phase, Doppler shift and TID', async () => {
    const details = ['reads', 'raw', 'tid'];
    const before = Date.now();
    const read = await passed('impinj', { mode: 'gate', passageGapMs: 300, details });
    expect(Object.keys(read).map((name) => name.slice(9))).toEqual(
      ['epc', 'antenna', 'rssi', 'count', 'dwellMs', 'reader', 'readerTime', 'channel', 'phase', 'doppler', 'tid'],
    ); // prettier-ignore
    expect(read).toMatchObject({ 'tagtrail:epc': sgtin(1).uri, 'tagtrail:reader': 'dock-1' });
    expect(read['tagtrail:tid']).toMatch(/^e2801160/);
    expect(Date.parse(String(read['tagtrail:readerTime']))).toBeGreaterThanOrEqual(before - 1);
    expect(read['tagtrail:phase']).toBeLessThan(2 * Math.PI);
  });

  it('are asked for where they are wanted, and nowhere else', async () => {
    const selector = async () => {
      const client = await connect({ host: '127.0.0.1', port: emulator!.port });
      const rospec = child(await client.request({ message: 'GET_ROSPECS' }), 'ROSpec');
      await client.close();
      const report = child(rospec, 'ROReportSpec');
      const impinj = child(report, 'ImpinjTagReportContentSelector')!.parameters!;
      const on = impinj.flatMap(({ parameter: _name, ...fields }) => Object.values(fields));
      return { channel: child(report, 'TagReportContentSelector')?.['EnableChannelIndex'], on };
    };
    await passed('impinj', { mode: 'gate', passageGapMs: 300 });
    await rig.stop();
    expect(await selector()).toEqual({ channel: true, on: ['Disabled', 'Enabled', 'Enabled', 'Enabled'] });
    const again = await rig.start({ filter: { details: ['tid'] } }, { port: emulator!.port });
    expect(await until(() => again.stats().readers[0]?.state === 'running')).toBe(true);
    await rig.stop();
    expect(await selector()).toEqual({ channel: false, on: ['Enabled', 'Disabled', 'Enabled', 'Disabled'] });
  });

  it("give a Zebra reader's phase", async () => {
    const read = await passed('zebra', { mode: 'gate', passageGapMs: 300, details: ['raw'] });
    expect(Object.keys(read)).toEqual(
      ['epc', 'reader', 'readerTime', 'channel', 'phase'].map((name) => `tagtrail:${name}`),
    );
    expect(Math.abs(Number(read['tagtrail:phase']))).toBeLessThanOrEqual(Math.PI);
  });

  it('give the TID alone for an arrival', async () => {
    const read = await passed('impinj', { details: ['tid'] });
    expect(Object.keys(read)).toEqual(['tagtrail:epc', 'tagtrail:tid']);
  });
});

describe('one EPC with two TIDs', () => {
  it('is a copied tag, and both are told', () => {
    const world = new World({ mode: 'gate', details: ['tid'] }, { a: { antennas: SIDES } });
    for (const [at, antenna, tid] of [[1, 1, 'e2b0'], [1.5, 2, 'e2a0'], [2, 2, 'e2b0']] as const) {
      world.see({ at, antenna, more: { tid } });
    } // prettier-ignore
    world.tick(10);
    const events = eventsOf(world.facts, 200, 0);
    const { epcisBody } = JSON.parse(documentOf(events)) as { epcisBody: { eventList: object[] } };
    expect(readsOf(epcisBody.eventList[0]!)).toEqual([
      { 'tagtrail:epc': sgtin(1).uri, 'tagtrail:tid': ['e2a0', 'e2b0'] },
    ]);
    expect(parseDocument(JSON.parse(documentOf(events))).findings).toEqual([]);
  });

  it('is told of the strongest read, whatever order reads came in, and a time that no calendar has is left out', () => {
    const told = (order: number[]) => {
      const world = new World({ mode: 'gate', details: ['raw', 'reads'] }, { a: { antennas: SIDES } });
      for (const i of order) {
        const [antenna, rawMs] = [1 + (i % 2), i ? 1e16 : 86_400_000];
        world.see({ at: 1 + i / 50, antenna, rssi: -40, more: { rawMs, signal: { doppler: i } } });
      }
      world.tick(10);
      return readsOf(JSON.parse(eventsOf(world.facts, 200, 0)[0]!.body) as object)[0];
    };
    expect(told([0, 1, 2])).toMatchObject({ 'tagtrail:readerTime': '1970-01-02T00:00:00.000Z', 'tagtrail:doppler': 0 });
    expect(told([2, 1, 0])).toEqual(told([0, 1, 2]));
    expect(told([2, 1])).not.toHaveProperty('tagtrail:readerTime');
  });
});
