// A client that is not ours, npm's llrpjs (LLRP 1.0.1), through a session with the reader at the port given: an
// inventory and a read of the TID. It says what comes as JSON lines, and ends when a line comes on its input.
//
// A process of its own, since llrpjs never returns to the event loop once any message comes while it waits for an
// answer; and it takes one message of each chunk of TCP. So it wants the next message when it has said the last one,
// and no tag in the field while it asks.
import { once } from 'node:events';
import { createRequire } from 'node:module';

interface Element {
  getName(): string;
  toLLRPData(): { data: unknown };
}
interface Foreign {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  recv(ms: number): Promise<Element>;
  transact(message: object): Promise<Element>;
  on(event: string, listener: (message: Element) => void): void;
}

const require = createRequire(import.meta.url);
const { LLRPClient, LLRPCore } = require('llrpjs') as {
  LLRPClient: new (options: { host: string; port: number }) => Foreign;
  LLRPCore: Record<string, new (message?: object) => object>;
};

const OFF = ['ROSpecID', 'SpecIndex', 'InventoryParameterSpecID', 'ChannelIndex', 'TagSeenCount', 'AccessSpecID'];
const ON = ['AntennaID', 'PeakRSSI', 'FirstSeenTimestamp', 'LastSeenTimestamp'];
const ROSPEC = {
  ROSpecID: 123,
  Priority: 0,
  CurrentState: 'Disabled',
  ROBoundarySpec: {
    ROSpecStartTrigger: { ROSpecStartTriggerType: 'Null' },
    ROSpecStopTrigger: { ROSpecStopTriggerType: 'Null', DurationTriggerValue: 0 },
  },
  AISpec: {
    AntennaIDs: [1, 2],
    AISpecStopTrigger: { AISpecStopTriggerType: 'Null', DurationTrigger: 0 },
    InventoryParameterSpec: { InventoryParameterSpecID: 1, ProtocolID: 'EPCGlobalClass1Gen2' },
  },
  ROReportSpec: {
    ROReportTrigger: 'Upon_N_Tags_Or_End_Of_ROSpec',
    N: 1,
    TagReportContentSelector: {
      ...Object.fromEntries(OFF.map((name) => [`Enable${name}`, false])),
      ...Object.fromEntries(ON.map((name) => [`Enable${name}`, true])),
    },
  },
};
const ACCESSSPEC = {
  AccessSpecID: 7,
  AntennaID: 0,
  ProtocolID: 'EPCGlobalClass1Gen2',
  CurrentState: 'Disabled',
  ROSpecID: 123,
  AccessSpecStopTrigger: { AccessSpecStopTrigger: 'Null', OperationCountValue: 0 },
  AccessCommand: {
    C1G2TagSpec: { C1G2TargetTag: { MB: 1, Match: true, Pointer: 32, TagMask: [], TagData: [] } },
    C1G2Read: { OpSpecID: 1, AccessPassword: 0, MB: 2, WordPointer: 0, WordCount: 6 },
  },
};
const CONFIG = { AntennaID: 0, RequestedData: 'All', GPIPortNum: 0, GPOPortNum: 0 };

const say = (what: object): void =>
  console.log(JSON.stringify(what, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));

const reader = new LLRPClient({ host: '127.0.0.1', port: Number(process.argv[2]) });
const ask = async (name: string, data: object = {}): Promise<void> => {
  await reader.transact(new (LLRPCore[name] as new (message: object) => object)({ data }));
};

reader.on('message', (came) => say({ message: came.getName(), data: came.toLLRPData().data }));
await reader.connect();
await reader.recv(3000);
await ask('GET_READER_CAPABILITIES', { RequestedData: 'All' });
await ask('GET_READER_CONFIG', CONFIG);
await ask('DELETE_ROSPEC', { ROSpecID: 0 });
await ask('DELETE_ACCESSSPEC', { AccessSpecID: 0 });
await ask('SET_READER_CONFIG', { ResetToFactoryDefault: true });
await ask('ADD_ROSPEC', { ROSpec: ROSPEC });
await ask('ENABLE_ROSPEC', { ROSpecID: 123 });
await ask('ADD_ACCESSSPEC', { AccessSpec: ACCESSSPEC });
await ask('ENABLE_ACCESSSPEC', { AccessSpecID: 7 });
await ask('START_ROSPEC', { ROSpecID: 123 });
await once(process.stdin, 'data');
await ask('STOP_ROSPEC', { ROSpecID: 123 });
await ask('GET_ROSPECS');
await ask('DELETE_ROSPEC', { ROSpecID: 123 });
await ask('CLOSE_CONNECTION');
await reader.disconnect();
process.exit(0);
