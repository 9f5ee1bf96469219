import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig, type ReaderConfig } from '../../readers/config.ts';
import { linkConfigOf } from '../../readers/link-config.ts';
import { Rig } from './rig.ts';
import { sgtin, StandInReader, until } from './stand-in-reader.ts';

type Told = Record<string, unknown> & { epcList: string[]; readPoint: { id: string } };

describe('another configuration of places and filter', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.make();
  });
  afterEach(async () => {
    expect(await rig.dispose()).toEqual([]);
  });
  const list = () => rig.endpoint.list() as unknown as Told[];
  const kinds = () => list().map((event) => event['tagtrail:kind'] ?? 'arrival');

  it('is taken under a running link: no read is lost, no ROSpec touched, what was there is remembered', async () => {
    const collector = await rig.start();
    expect(await rig.running()).toBe(true);
    const tags = rig.tags(4);
    rig.send(tags.slice(0, 2));
    expect(await until(() => rig.endpoint.epcs().length === 2)).toBe(true);
    const requests = rig.reader.requests.length;
    const antennas = { 2: { readPoint: 'urn:x:other' } };
    await rig.reload(
      {},
      { antennas, bizStep: 'receiving', filter: { minReads: 2, windowMs: 5000, details: ['reads'] } },
    );
    rig.reader.send(tags.map(({ epc }) => ({ epc, antenna: 1 })));
    rig.reader.send([{ epc: tags[2]!.epc, antenna: 1 }]);
    for (let i = 0; i < 2; i++) rig.reader.send([{ epc: tags[3]!.epc, antenna: 2 }]);
    expect(await until(() => rig.endpoint.epcs().length === 4)).toBe(true);
    expect(list().map(({ readPoint }) => readPoint.id).slice(-2).toSorted()).toEqual([
      'urn:epc:id:sgln:0614141.00777.0', 'urn:x:other',
    ]); // prettier-ignore
    expect(list().at(-1)).toMatchObject({ bizStep: 'receiving', 'tagtrail:reads': [{}] });
    expect(rig.endpoint.epcs()).toEqual(tags.map(({ uri }) => uri).sort());
    expect([rig.reader.connections, rig.reader.requests.length]).toEqual([1, requests]);
    expect(collector.stats().readers[0]).toMatchObject({ state: 'running', connections: 1 });
  });

  it('makes a gate of a reader that told arrivals, and a shared gate of two', async () => {
    const second = await StandInReader.start();
    const sides = (...names: ('A' | 'B')[]) => Object.fromEntries(names.map((side, i) => [i + 1, { side }]));
    const readers = (antennas: [object, object], filter: object, stopOnExit = false) => {
      const [first] = (rig.config() as { readers: object[] }).readers;
      // a gate would ask for phase and Doppler shift, which is another ROSpec, and a shared one for an exact clock
      const report = { phase: false, doppler: false };
      const more = { readPoint: 'urn:x:gate', filter, stopOnExit, report, maxClockOffsetMs: 100 };
      return [
        { ...first, ...more, antennas: antennas[0] },
        { ...first, ...more, name: 'dock-2', port: second.port, antennas: antennas[1] },
      ];
    };
    const collector = await rig.start({ readers: readers([{}, {}], {}) });
    expect(await until(() => collector.stats().readers.every(({ state }) => state === 'running'))).toBe(true);
    const gate = { mode: 'gate', passageGapMs: 300 };
    await rig.reload({ readers: readers([sides('A'), sides('B')], gate) });
    const passes = async (serial: number, side: StandInReader[]) => {
      const told = list().length;
      const from = Date.now();
      for (const reader of side) {
        reader.send([{ epc: sgtin(serial).epc, rssi: -40 }]);
        expect(await until(() => Date.now() > from + 200)).toBe(true);
      }
      expect(await until(() => list().length === told + 1)).toBe(true);
    };
    await passes(1, [rig.reader, second]);
    await passes(2, [second, rig.reader]);
    await rig.reload({ readers: readers([sides('B'), sides('A')], gate) });
    await passes(3, [second, rig.reader]);
    expect(kinds()).toEqual(['in', 'out', 'in']);
    expect(collector.stats().gates).toHaveLength(1);
    expect([rig.reader.connections, second.connections]).toEqual([1, 1]);
    await rig.reload({ readers: readers([sides('B'), sides('A')], gate, true) });
    expect(await until(() => rig.reader.connections === 2 && second.connections === 2)).toBe(true);
    await rig.stop();
    await second.stop();
  });
});

describe('what a link rests on', () => {
  const readerWith = (more: object): ReaderConfig =>
    parseConfig({
      readers: [{ name: 'a', host: 'r', readPoint: 'urn:x:1', ...more }],
      capture: { url: 'http://127.0.0.1/' },
      spool: '/s',
    }).readers[0]!;
  const text = (more: object) => JSON.stringify(linkConfigOf(readerWith(more)));

  it('is not where reads count and what they become, but what the reader is asked for', () => {
    const plain = text({});
    for (const same of [
      { readPoint: 'urn:x:2' },
      { bizStep: 'x' },
      { filter: { mode: 'presence', details: ['reads'] } },
    ])
      expect(text(same)).toBe(plain);
    const window = { open: { gpi: 1, edge: 'rising' } };
    const others = [
      { keepaliveMs: 5000 }, { antennas: { 1: { powerDbm: 20 } } }, { rospec: { session: 2 } },
      { filter: { mode: 'gate', window } }, { filter: { details: ['tid'] } },
      { filter: { mode: 'gate' }, antennas: { 1: { side: 'A' } } },
    ]; // prettier-ignore
    expect(new Set([plain, ...others.map(text)]).size).toBe(others.length + 1);
  });
});
