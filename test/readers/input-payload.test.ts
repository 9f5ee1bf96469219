import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payloadOf } from '../../readers/input-payload.ts';

const HEX = '3034257bf7194e4000001a85';
const EPC = Buffer.from(HEX, 'hex');
const TIME = '2026-11-23T11:00:00.123+0000';

describe('Zebra IoT Connector', () => {
  const tag = {
    eventNum: 7,
    format: 'epc',
    idHex: HEX,
    antenna: 2,
    peakRssi: -41,
    reads: 3,
    phase: 12.5,
    channel: 865.7,
  };
  const event = { type: 'SIMPLE', timestamp: TIME, data: tag };
  const read = { epc: EPC, antenna: 2, rssi: -41, count: 3, time: TIME };

  it.each([
    ['one event', event],
    ['an array of events, as posted', [event]],
    ['an array of tags', { ...event, data: [tag] }],
    ['a batch of tagData', { ...event, data: { tagData: [tag] } }],
  ])('reads %s', (_name, message) => {
    expect(payloadOf(JSON.stringify(message))).toEqual({
      reads: [read],
      gpi: [],
      antennas: [],
      misreads: 0,
      others: 0,
    });
    expect(payloadOf(JSON.stringify(message, null, 2)).reads).toEqual([read]);
  });

  it('does with the least, takes the time of the tag before that of the batch, and counts what has no EPC', () => {
    expect(payloadOf(JSON.stringify({ type: 'INVENTORY', data: { idHex: HEX } })).reads).toEqual([
      { epc: EPC, antenna: 0, rssi: undefined, count: 1, time: undefined },
    ]);
    const own = { ...tag, timestamp: '2026-11-23T10:00:00Z' };
    expect(payloadOf(JSON.stringify({ ...event, data: own })).reads[0]?.time).toBe('2026-11-23T10:00:00Z');
    expect(payloadOf(JSON.stringify({ ...event, data: { eventNum: 1, idHex: '' } })).misreads).toBe(1);
    expect(payloadOf(JSON.stringify({ ...event, data: { eventNum: 1, idHex: 'ab'.repeat(257) } })).misreads).toBe(1);
  });

  it('tells inputs, and counts heartbeats', () => {
    const gpi = { type: 'gpi', timestamp: TIME, data: { pin: 1, state: 'HIGH' } };
    const heartbeat = { type: 'heartbeat', timestamp: TIME, data: { radio_control: {} } };
    expect(payloadOf(`${JSON.stringify(gpi)}\n${JSON.stringify(heartbeat)}\n`)).toMatchObject({
      gpi: [{ port: 1, high: true, time: TIME }],
      others: 1,
    });
  });
});

describe('Impinj IoT device interface', () => {
  const inventory = { epcHex: HEX, antennaPort: 3, peakRssiCdbm: -5234, phaseAngle: 33.75, frequency: 926_750 };
  const event = { timestamp: '2026-11-23T11:00:00.1Z', eventType: 'tagInventory', tagInventoryEvent: inventory };
  const read = { epc: EPC, antenna: 3, rssi: -52.34, count: 1, time: '2026-11-23T11:00:00.1Z' };

  it('reads an event, an array of them, and one a line', () => {
    expect(payloadOf(JSON.stringify(event)).reads).toEqual([read]);
    expect(payloadOf(JSON.stringify([event, event])).reads).toEqual([read, read]);
    expect(payloadOf(`${JSON.stringify(event)}\r\n\r\n${JSON.stringify(event)}`).reads).toEqual([read, read]);
  });

  it('takes the EPC in base64 too, and the time when the tag was seen last', () => {
    const other = { epc: EPC.toString('base64url'), lastSeenTime: '2026-11-23T10:59:59Z' };
    expect(payloadOf(JSON.stringify({ ...event, tagInventoryEvent: other })).reads).toEqual([
      { epc: EPC, antenna: 0, rssi: undefined, count: 1, time: '2026-11-23T10:59:59Z' },
    ]);
  });

  it('tells inputs and antennas, and counts the rest', () => {
    const { timestamp } = event;
    const events = [
      { timestamp, eventType: 'gpiTransition', gpiTransitionEvent: { gpi: 2, transition: 'high-to-low' } },
      { timestamp, eventType: 'antennaDisconnected', antennaDisconnectedEvent: { antennaPort: 4 } },
      { timestamp, eventType: 'inventoryStatus', inventoryStatusEvent: { inventoryStatus: 'running' } },
    ];
    expect(payloadOf(JSON.stringify(events))).toEqual({
      reads: [],
      gpi: [{ port: 2, high: false, time: timestamp }],
      antennas: [{ antenna: 4, connected: false, time: timestamp }],
      misreads: 0,
      others: 1,
    });
  });
});

describe('what a stranger sends', () => {
  it.each([
    '', '{', 'null', '7', '"text"', '{"type":1,"data":{}}', '{"type":"SIMPLE"}',
    '{"type":"SIMPLE","data":{"idHex":"xyz"}}', '{"type":"SIMPLE","data":{"idHex":"abc"}}',
    '{"type":"SIMPLE","data":{"idHex":"ab","antenna":-1}}', '{"type":"SIMPLE","data":{"idHex":"ab","peakRssi":1e9}}',
    '{"eventType":"tagInventory"}', '{"eventType":"tagInventory","tagInventoryEvent":{"epcHex":"ab","antennaPort":1.5}}',
    '{"eventType":"gpiTransition","gpiTransitionEvent":{"gpi":1,"transition":"up"}}',
  ])('is refused whole: %s', (text) => {
    expect(() => payloadOf(text)).toThrow();
  }); // prettier-ignore

  it('holds no more reads than the limit', () => {
    const tags = Array.from({ length: 10_001 }, () => ({ type: 'SIMPLE', data: { idHex: 'ab' } }));
    expect(() => payloadOf(JSON.stringify(tags))).toThrow('more than 10000 reads');
    expect(payloadOf(JSON.stringify(tags.slice(1))).reads).toHaveLength(10_000);
  });

  it('never does anything else than read or refuse', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        try {
          expect(payloadOf(text).reads.every(({ epc }) => epc.length > 0)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
