import { child, connect, startEmulator } from 'node-llrp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../readers/config.ts';
import { isoKey, isoTagOf } from '../../readers/filter/iso-tag.ts';
import { epcKey, PRESENT, PresenceTable } from '../../readers/filter/presence.ts';
import { identifier } from '../../readers/to-event.ts';
import { Rig } from './rig.ts';
import { sgtin, until } from './stand-in-reader.ts';

const GS1 = 0x3000;
const ISO_A9 = 0x31a9;
const HEX = sgtin(1).epc.toString('hex').toUpperCase();
const config = (filter: object = {}) =>
  parseConfig({
    readers: [{ name: 'dock-1', host: 'r', readPoint: 'urn:epc:id:sgln:0614141.00777.0', filter }],
    capture: { url: 'http://127.0.0.1/' },
    spool: '/s',
  }).readers[0]!.filter;

describe('a tag of another family than GS1', () => {
  const key = { ...epcKey(Buffer.alloc(0)), ...isoKey(0xa9, sgtin(1).epc) };

  it('is raw with its family, whatever its bits look like, and no pattern of GS1 takes it', () => {
    const uri = `urn:epc:raw:96.xA9.x${HEX}`;
    expect(identifier('urn')(key, config())?.uri).toBe(uri);
    expect(identifier('link')(key, config())?.uri).toBe(uri);
    expect(identifier('urn')(key, config({ unknownEpc: 'drop' }))).toBeUndefined();
    expect(identifier('urn')(key, config({ include: ['urn:epc:pat:sgtin-96:*.*.*.*'] }))).toBeUndefined();
    expect(identifier('urn')(key, config({ include: [HEX.slice(0, 4)] }))).toMatchObject({ uri, tagUri: undefined });
  });

  it('is told from every EPC, also one of as many bits', () => {
    expect(isoTagOf(key)).toEqual({ afi: 0xa9, bytes: sgtin(1).epc });
    for (const bits of [96, 97, 104, 105, 112]) {
      const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff);
      if (bits % 8) bytes[bytes.length - 1]! &= 0xff << (8 - (bits % 8));
      expect(isoTagOf(epcKey(bytes, bits))).toBeUndefined();
    }
  });

  it('is remembered over a restart', () => {
    const table = new PresenceTable();
    table.add(1, key, PRESENT, 5, 6);
    const again = new PresenceTable();
    again.load(table.changed(), () => true);
    expect(again.find(1, key)).toBeGreaterThanOrEqual(0);
    expect(again.find(1, epcKey(sgtin(1).epc))).toBe(-1);
  });
});

describe('the PC word', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.make();
  });
  afterEach(async () => {
    expect(await rig.dispose()).toEqual([]);
  });

  it('tells EPCs from others, misreads from EPCs, and is not missed where a reader has none', async () => {
    const collector = await rig.start();
    expect(await rig.running()).toBe(true);
    rig.reader.send([
      { epc: sgtin(1).epc, pc: GS1 },
      { epc: sgtin(1).epc, pc: ISO_A9 },
      { epc: sgtin(2).epc, pc: 0x2800 }, // says five words
      { epc: sgtin(3).epc, pc: 0x4200 }, // XPC: its words are counted and are not in the EPC
      { epc: sgtin(4).epc, pc: 0x5200 }, // four words missing
      { epc: sgtin(5).epc },
      { epc: sgtin(6).epc, pc: GS1 | 0x0400 | 0xff }, // user memory, attribute bits
    ]);
    expect(await rig.reader.barrier()).toBe(true);
    const raw = `urn:epc:raw:96.xA9.x${HEX}`;
    expect(await until(() => rig.endpoint.epcs().length >= 5)).toBe(true);
    expect(rig.endpoint.epcs()).toEqual([1, 3, 5, 6].map((n) => sgtin(n).uri).concat(raw));
    expect(collector.stats().readers[0]?.misreads).toBe(2);
  });

  it('is asked for', async () => {
    const emulator = await startEmulator({ port: 0, vendor: 'none' });
    await rig.start({}, { port: emulator.port });
    expect(await until(() => rig.endpoint.epcs().length >= 20)).toBe(true);
    await rig.stop();
    const client = await connect({ host: '127.0.0.1', port: emulator.port });
    const rospec = child(await client.request({ message: 'GET_ROSPECS' }), 'ROSpec');
    const selector = child(child(rospec, 'ROReportSpec'), 'TagReportContentSelector');
    expect(child(selector, 'C1G2EPCMemorySelector')).toMatchObject({ EnablePCBits: true, EnableCRC: false });
    await client.close();
    await emulator.stop();
  });
});
