import { child, type Parameter } from '../message.ts';
import { CONTENT } from '../rospec.ts';
import type { Access, Heard } from './access.ts';
import type { ReaderClock } from './clock.ts';
import type { Read } from './scenario.ts';

/** Reads of one tag that the report selector cannot tell apart, gathered. */
export interface Seen {
  epc: string;
  /** The EPC that the tag began with: its TID goes with it. */
  tidEpc: string;
  antenna: number;
  channel: number;
  /** Best RSSI in hundredths of a dBm. */
  rssi: number;
  firstUs: number;
  lastUs: number;
  count: number;
  phase: number;
  doppler: number;
  specIndex: number;
  inventorySpec: number;
  access?: Access;
}

const COUNT_MAX = 0xffff;
/** Words of a TID in the emulated tags: a class E2 header, a maker, and the EPC's end as serial. */
const TID_HEAD = [0xe280, 0x1160];

/** Which reads of a tag are the same entry: those whose reported fields agree (LLRP 1.0.1 section 14.2.3). */
export const entryKey = (read: Read, { epc, access }: Heard, selector: Parameter): string =>
  [
    epc,
    selector['EnableAntennaID'] === true ? read.antenna : '',
    selector['EnableChannelIndex'] === true ? read.channel : '',
    access ? JSON.stringify(access) : '',
  ].join('/');

export const newEntry = (read: Read, { epc, access }: Heard, specIndex: number, inventorySpec: number): Seen => ({
  epc,
  tidEpc: read.epc,
  ...(access ? { access } : {}),
  antenna: read.antenna,
  channel: read.channel,
  rssi: read.rssi,
  firstUs: read.at,
  lastUs: read.at,
  count: 1,
  phase: read.phase,
  doppler: read.doppler,
  specIndex,
  inventorySpec,
});

export function addTo(seen: Seen, read: Read): void {
  if (read.rssi > seen.rssi) Object.assign(seen, { rssi: read.rssi, phase: read.phase, doppler: read.doppler });
  seen.lastUs = read.at;
  seen.count = Math.min(seen.count + 1, COUNT_MAX);
}

/** CRC-16 of a Gen2 tag over PC and EPC (ISO/IEC 13239, preset ffff, complemented). */
export function gen2Crc(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return ~crc & 0xffff;
}

/** PC word of a tag: its EPC's length in words. */
export const pcOf = (epc: string): number => (epc.length / 4) << 11;

const stamp = (name: 'FirstSeenTimestamp' | 'LastSeenTimestamp', trueUs: number, clock: ReaderClock): Parameter => ({
  parameter: `${name}${clock.utc ? 'UTC' : 'Uptime'}`,
  Microseconds: clock.at(trueUs),
});

/** What each bit of TagReportContentSelector adds to a tag. */
const FIELDS: Record<(typeof CONTENT)[number], (seen: Seen, rospecId: number, clock: ReaderClock) => Parameter[]> = {
  ROSpecID: (_, ROSpecID) => [{ parameter: 'ROSpecID', ROSpecID }],
  SpecIndex: ({ specIndex }) => [{ parameter: 'SpecIndex', SpecIndex: specIndex }],
  InventoryParameterSpecID: ({ inventorySpec }) => [
    { parameter: 'InventoryParameterSpecID', InventoryParameterSpecID: inventorySpec },
  ],
  AntennaID: ({ antenna }) => [{ parameter: 'AntennaID', AntennaID: antenna }],
  PeakRSSI: ({ rssi }) => [{ parameter: 'PeakRSSI', PeakRSSI: Math.round(rssi / 100) }],
  ChannelIndex: ({ channel }) => [{ parameter: 'ChannelIndex', ChannelIndex: channel }],
  FirstSeenTimestamp: ({ firstUs }, _, clock) => [stamp('FirstSeenTimestamp', firstUs, clock)],
  LastSeenTimestamp: ({ lastUs }, _, clock) => [stamp('LastSeenTimestamp', lastUs, clock)],
  TagSeenCount: ({ count }) => [{ parameter: 'TagSeenCount', TagCount: count }],
  AccessSpecID: () => [], // behind the memory, see below
};

function memoryOf(epc: string, selector: Parameter | undefined): Parameter[] {
  const pc = pcOf(epc);
  const words = Buffer.from(pc.toString(16).padStart(4, '0') + epc, 'hex');
  return [
    ...(selector?.['EnablePCBits'] === true ? [{ parameter: 'C1G2_PC', PC_Bits: pc }] : []),
    ...(selector?.['EnableCRC'] === true ? [{ parameter: 'C1G2_CRC', CRC: gen2Crc(words) }] : []),
  ];
}

/** The TID bank's words of the tag that began with this EPC. */
export function tidOf(epc: string): number[] {
  const tail = epc.slice(-16).padStart(16, '0');
  return [...TID_HEAD, ...[0, 4, 8, 12].map((at) => Number.parseInt(tail.slice(at, at + 4), 16))];
}

/** Vendor parameters by what switches them on in the report specification. */
function vendorOf(seen: Seen, spec: Parameter): Parameter[] {
  const impinj = child(spec, 'ImpinjTagReportContentSelector');
  const on = (name: string, mode: string): boolean => child(impinj, name)?.[mode] === 'Enabled';
  const phase = child(spec, 'MotoTagReportContentSelector')?.['EnablePhase'] === true;
  return [
    ...(on('ImpinjEnableSerializedTID', 'SerializedTIDMode')
      ? [{ parameter: 'ImpinjSerializedTID', TID: tidOf(seen.tidEpc) }]
      : []),
    ...(on('ImpinjEnableRFPhaseAngle', 'RFPhaseAngleMode')
      ? [{ parameter: 'ImpinjRFPhaseAngle', PhaseAngle: seen.phase }]
      : []),
    ...(on('ImpinjEnablePeakRSSI', 'PeakRSSIMode') ? [{ parameter: 'ImpinjPeakRSSI', RSSI: seen.rssi }] : []),
    ...(on('ImpinjEnableRFDopplerFrequency', 'RFDopplerFrequencyMode')
      ? [{ parameter: 'ImpinjRFDopplerFrequency', DopplerFrequency: seen.doppler }]
      : []),
    ...(phase ? [{ parameter: 'MotoTagPhase', Phase: (seen.phase << 20) >> 16 }] : []),
  ];
}

/** TagReportData with what the ROReportSpec asks for, bit by bit, and nothing else. */
export function tagReportData(
  seen: Seen,
  rospecId: number,
  spec: Parameter,
  { clock, extended }: { clock: ReaderClock; extended: boolean },
): Parameter {
  const selector = child(spec, 'TagReportContentSelector');
  const epc: Parameter =
    seen.epc.length === 24
      ? { parameter: 'EPC_96', EPC: seen.epc }
      : { parameter: 'EPCData', EPC: { bits: seen.epc.length * 4, hex: seen.epc } };
  const fields = CONTENT.filter((bit) => selector?.[`Enable${bit}`] === true).flatMap((bit) =>
    FIELDS[bit](seen, rospecId, clock),
  );
  const memory = memoryOf(seen.epc, child(selector, 'C1G2EPCMemorySelector'));
  const { access } = seen;
  const id = access && selector?.['EnableAccessSpecID'] === true ? [access.accessSpecId] : [];
  const accessed = [
    ...id.map((AccessSpecID) => ({ parameter: 'AccessSpecID', AccessSpecID })),
    ...(access?.results ?? []),
  ];
  return {
    parameter: 'TagReportData',
    parameters: [epc, ...fields, ...memory, ...accessed, ...(extended ? vendorOf(seen, spec) : [])],
  };
}

/** The EPC of a TagReportData in hex. */
export function epcOfTag(tag: Parameter): string {
  const epc = tag.parameters?.[0]?.['EPC'];
  return typeof epc === 'string' ? epc : (epc as { hex: string }).hex;
}
