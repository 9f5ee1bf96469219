// A reader whose sockets, framing and codec are not ours: npm's llrpjs (LLRP 1.0.1). It listens on the port given, runs
// any ROSpec that is enabled, reports each of so many tags again and again, and says as JSON lines what came.
//
// llrpjs takes one message of each chunk of TCP, so keepalives begin when nothing else is asked any more.
import { createRequire } from 'node:module';

interface Element {
  getName(): string;
  getMessageId(): number;
}
interface Foreign {
  listen(): void;
  send(message: object): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: string, listener: (message: Element) => void): void;
}

const require = createRequire(import.meta.url);
const { LLRPServer, LLRPCore } = require('llrpjs') as {
  LLRPServer: new (options: { host: string; port: number }) => Foreign;
  LLRPCore: Record<string, new (message?: object) => object>;
};

const ANTENNAS = [1, 2, 3, 4];
const READ_EVERY_MS = 4;
const KEEPALIVE_MS = 100;
const SUCCESS = { LLRPStatus: { StatusCode: 'M_Success', ErrorDescription: '' } };

const CAPABILITIES = {
  ...SUCCESS,
  GeneralDeviceCapabilities: {
    MaxNumberOfAntennaSupported: ANTENNAS.length,
    CanSetAntennaProperties: false,
    HasUTCClockCapability: true,
    DeviceManufacturerName: 4711,
    ModelName: 1,
    ReaderFirmwareVersion: 'llrpjs',
    ReceiveSensitivityTableEntry: { Index: 1, ReceiveSensitivityValue: 0 },
    GPIOCapabilities: { NumGPIs: 0, NumGPOs: 0 },
    PerAntennaAirProtocol: ANTENNAS.map((AntennaID) => ({ AntennaID, ProtocolID: ['EPCGlobalClass1Gen2'] })),
  },
  LLRPCapabilities: {
    CanDoRFSurvey: false,
    CanReportBufferFillWarning: false,
    SupportsClientRequestOpSpec: false,
    CanDoTagInventoryStateAwareSingulation: false,
    SupportsEventAndReportHolding: false,
    MaxNumPriorityLevelsSupported: 1,
    ClientRequestOpSpecTimeout: 0,
    MaxNumROSpecs: 1,
    MaxNumSpecsPerROSpec: 1,
    MaxNumInventoryParameterSpecsPerAISpec: 1,
    MaxNumAccessSpecs: 0,
    MaxNumOpSpecsPerAccessSpec: 0,
  },
  RegulatoryCapabilities: {
    CountryCode: 276,
    CommunicationsStandard: 'ETSI_302_208',
    UHFBandCapabilities: {
      TransmitPowerLevelTableEntry: { Index: 1, TransmitPowerValue: 3000 },
      FrequencyInformation: { Hopping: false, FixedFrequencyTable: { Frequency: [865_700, 866_300] } },
      C1G2UHFRFModeTable: {
        C1G2UHFRFModeTableEntry: {
          ModeIdentifier: 0,
          DRValue: 'DRV_64_3',
          EPCHAGTCConformance: false,
          MValue: 'MV_4',
          ForwardLinkModulation: 'PR_ASK',
          SpectralMaskIndicator: 'DI',
          BDRValue: 256_000,
          PIEValue: 2000,
          MinTariValue: 20_000,
          MaxTariValue: 20_000,
          StepTariValue: 0,
        },
      },
    },
  },
};

const [port, firstSerial, count] = process.argv.slice(2).map(Number) as [number, number, number];
const say = (what: object): void => console.log(JSON.stringify(what));
const reader = new LLRPServer({ host: '127.0.0.1', port });
const message = (name: string, data: object, id?: number): object =>
  new (LLRPCore[name] as new (from: object) => object)({ data, ...(id === undefined ? {} : { id }) });
const answer = (to: Element, data: object = SUCCESS): void =>
  void reader.send(message(`${to.getName()}_RESPONSE`, data, to.getMessageId()));

/** SGTIN-96 of company prefix 0614141, item 112345. */
const epcOf = (serial: number): string => (0x3034257bf46db64000000000n + BigInt(serial)).toString(16);
let timers: NodeJS.Timeout[] = [];

function run(): void {
  let turn = 0;
  const read = (): void => {
    const at = new Date();
    const tag = {
      EPC_96: { EPC: epcOf(firstSerial + (turn % count)).toUpperCase() },
      AntennaID: { AntennaID: 1 + (turn % ANTENNAS.length) },
      PeakRSSI: { PeakRSSI: -50 },
      FirstSeenTimestampUTC: { Microseconds: at },
      LastSeenTimestampUTC: { Microseconds: at },
      TagSeenCount: { TagCount: 1 },
    };
    turn++;
    void reader.send(message('RO_ACCESS_REPORT', { TagReportData: tag }));
  };
  const keepalive = (): void => void reader.send(message('KEEPALIVE', {}));
  timers = [setInterval(read, READ_EVERY_MS), setInterval(keepalive, KEEPALIVE_MS)];
}
function rest(): void {
  for (const timer of timers.splice(0)) clearInterval(timer);
}

reader.on('connection', () => {
  const data = { UTCTimestamp: { Microseconds: new Date() }, ConnectionAttemptEvent: { Status: 'Success' } };
  void reader.send(message('READER_EVENT_NOTIFICATION', { ReaderEventNotificationData: data }));
});
reader.on('disconnect', rest);
reader.on('error', (error) => say({ error: error.message }));
reader.on('message', (came) => say({ came: came.getName() }));
reader.on('GET_READER_CAPABILITIES', (request) => answer(request, CAPABILITIES));
for (const name of ['SET_READER_CONFIG', 'GET_ROSPECS', 'ADD_ROSPEC', 'DELETE_ROSPEC', 'START_ROSPEC'])
  reader.on(name, (request) => answer(request));
reader.on('ENABLE_ROSPEC', (request) => {
  answer(request);
  run();
});
reader.on('CLOSE_CONNECTION', (request) => {
  rest();
  answer(request);
});
reader.listen();
say({ listening: port });
