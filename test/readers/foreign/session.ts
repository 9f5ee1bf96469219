// A session between our client and our emulator, with every byte that went over the wire.
import { connect as dial, createServer, type Server, type Socket } from 'node:net';
import {
  child,
  children,
  connect,
  decode,
  enableImpinjExtensions,
  FrameSplitter,
  holdUntilEnabled,
  impinjContent,
  inventoryROSpec,
  keepaliveSpec,
  type Message,
  numberOf,
  type Parameter,
  readCapabilities,
  readTid,
  startEmulator,
  textOf,
  type Vendor,
  writeMemory,
  EVERY_TAG,
  zebraContent,
} from 'node-llrp';
import { until } from '../node-llrp/emulator-rig.ts';
import type { Sent } from './pcap.ts';

const ROSPEC_ID = 9;
const TAGS = { companyPrefix: '0614141', item: '112345', count: 6 };
const READS_MIN = 30;

/** Values in the reports, in the order and the units of the wire. */
type Reported = Record<'epc' | 'antenna' | 'peakRssi' | 'count' | 'microseconds' | 'rssi' | 'phase', string[]>;
export interface Recorded {
  sent: Sent[];
  frames: Uint8Array[];
  reported: Reported;
}

/** Forwards one connection to a port and keeps what goes through. */
async function recorder(port: number, sent: Sent[]): Promise<Server> {
  const server = createServer((client: Socket) => {
    const reader = dial(port, '127.0.0.1');
    const forward = (from: Sent['from'], source: Socket, sink: Socket): void => {
      source.on('data', (bytes: Buffer) => {
        sent.push({ from, bytes });
        sink.write(bytes);
      });
      source.on('close', () => sink.destroy());
      source.on('error', () => sink.destroy());
    };
    forward('client', client, reader);
    forward('reader', reader, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function framesOf(sent: readonly Sent[], from: Sent['from']): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const splitter = new FrameSplitter();
  for (const { bytes } of sent.filter((one) => one.from === from)) frames.push(...splitter.push(bytes));
  return frames;
}

/** A field of the wire as the dissector shows it: unsigned, whatever it is. */
const FIELDS: readonly [keyof Reported, string, string, number][] = [
  ['epc', 'EPC_96', 'EPC', 0],
  ['antenna', 'AntennaID', 'AntennaID', 0],
  ['peakRssi', 'PeakRSSI', 'PeakRSSI', 8],
  ['count', 'TagSeenCount', 'TagCount', 0],
  ['microseconds', 'FirstSeenTimestampUTC', 'Microseconds', 0],
  ['microseconds', 'LastSeenTimestampUTC', 'Microseconds', 0],
  ['rssi', 'ImpinjPeakRSSI', 'RSSI', 0],
  ['phase', 'ImpinjRFPhaseAngle', 'PhaseAngle', 0],
];

function reportedIn(reports: readonly Message[]): Reported {
  const reported: Reported = { epc: [], antenna: [], peakRssi: [], count: [], microseconds: [], rssi: [], phase: [] };
  for (const tag of reports.flatMap((report) => children(report, 'TagReportData'))) {
    for (const [to, name, field, unsignedBits] of FIELDS) {
      const parameter = child(tag, name);
      const shown =
        unsignedBits > 0 ? String(numberOf(parameter, field) & (2 ** unsignedBits - 1)) : textOf(parameter, field);
      if (parameter) reported[to].push(shown);
    }
  }
  return reported;
}

/** Greeting, version, capabilities, configuration, an inventory, operations on tags, a refusal, keepalives, the end. */
export async function recordSession(vendor: Vendor): Promise<Recorded> {
  const emulator = await startEmulator({ vendor, scenario: { standing: [{ tags: TAGS, readsPerSecond: 20 }] } });
  const sent: Sent[] = [];
  const proxy = await recorder(emulator.port, sent);
  const seen = { tags: 0, keepalives: 0 };
  const address = proxy.address() as { port: number };
  const reader = await connect(
    { host: '127.0.0.1', port: address.port },
    {
      onReport: (_, frame) => {
        seen.tags += children(decode(frame), 'TagReportData').length;
      },
      onKeepalive: ({ id }, link) => {
        seen.keepalives += 1;
        link.acknowledge(id);
      },
    },
  );
  try {
    await readCapabilities(reader);
    const extensions: Parameter[] = [];
    if (vendor === 'impinj') {
      await enableImpinjExtensions(reader);
      extensions.push(impinjContent({ rssi: true, phase: true }));
    }
    if (vendor === 'zebra') extensions.push(zebraContent({ phase: true }));
    const everything = { AntennaID: 0, RequestedData: 'All', GPIPortNum: 0, GPOPortNum: 0 };
    await reader.request({ message: 'GET_READER_CONFIG', ...everything });
    await reader.request({
      message: 'SET_READER_CONFIG',
      ResetToFactoryDefault: false,
      parameters: [keepaliveSpec(100), holdUntilEnabled(false)],
    });
    await reader.request({ message: 'START_ROSPEC', ROSpecID: 4711 }).catch(() => undefined); // there is none
    const spec = inventoryROSpec({ id: ROSPEC_ID, reportExtensions: extensions });
    await reader.request({ message: 'ADD_ROSPEC', parameters: [spec] });
    await reader.request({ message: 'ENABLE_ROSPEC', ROSpecID: ROSPEC_ID });
    await reader.request({ message: 'START_ROSPEC', ROSpecID: ROSPEC_ID });
    await until(() => seen.tags >= READS_MIN && seen.keepalives > 1);
    await reader.request({ message: 'GET_ROSPECS' });
    await reader.request({ message: 'DELETE_ROSPEC', ROSpecID: ROSPEC_ID });
    await readTid(reader, { target: EVERY_TAG, tags: 1 });
    await writeMemory(reader, { target: EVERY_TAG, bank: 'user', word: 0, data: [0xc0ff, 0xee00], changesTags: true });
    await reader.request({ message: 'GET_ACCESSSPECS' });
    await reader.close();
  } finally {
    reader.destroy();
    proxy.close();
    await emulator.stop();
  }
  const [fromClient, fromReader] = [framesOf(sent, 'client'), framesOf(sent, 'reader')];
  const reports = fromReader.map((frame) => decode(frame)).filter((one) => one.message === 'RO_ACCESS_REPORT');
  return { sent, frames: [...fromClient, ...fromReader], reported: reportedIn(reports) };
}
