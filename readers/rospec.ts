import { createHash } from 'node:crypto';
import {
  child,
  children,
  enableGpi,
  gpiStates,
  impinjContent,
  type LlrpClient,
  LlrpError,
  type Message,
  numberOf,
  type Parameter,
  readerFacts,
  textOf,
  transmitter,
  zebraContent,
} from 'node-llrp';
import type { ReaderConfig } from './config.ts';
import { inputsOf, place } from './fit.ts';

/** ROSpecs of ours have ids from here, with 24 bits of their content behind: another content is another id. */
const OWN_ID_MIN = 0x54000000;
const OWN_ID_MAX = 0x54ffffff;
const TAG_POPULATION = 32;
/** The reader takes the Tari that the mode has. */
const TARI_OF_THE_MODE = 0;
const ALL_ANTENNAS = 0;
const ALL_ROSPECS = 0;
/** Events that the collector shows; hopping and AISpec ends are noise. */
const EVENTS = ['GPI_Event', 'ROSpec_Event', 'Report_Buffer_Fill_Warning', 'Reader_Exception_Event', 'Antenna_Event'];

/** What reconciling did, for the log. */
export interface Reconciled {
  id: number;
  action: 'kept' | 'enabled' | 'started' | 'added';
  deleted: number[];
  /** ROSpecs of others that are active on the reader and were left alone. */
  foreignActive: number[];
}

export const isOwn = (id: number): boolean => id >= OWN_ID_MIN && id <= OWN_ID_MAX;

/** A maker whose extensions are used. */
type Maker = 'Impinj' | 'Zebra' | undefined;

export function makerOf(capabilities: Message): Maker {
  const { maker } = readerFacts(capabilities);
  return maker === 'Impinj' || maker === 'Zebra' ? maker : undefined;
}

type Wanted = Record<'phase' | 'doppler' | 'tid', boolean>;

/** As configured, else what the filter can use: a gate whose antennas have sides votes by phase and Doppler shift. */
export function wantedOf({ report, filter, antennas }: ReaderConfig): Wanted {
  const sides = new Set(Object.values(antennas).map(({ side }) => side));
  const votes = filter.mode === 'gate' && !filter.window?.second && (sides.has('A') || sides.has('B'));
  return {
    phase: report?.phase ?? votes,
    doppler: report?.doppler ?? votes,
    tid: report?.tid ?? filter.details.includes('tid'),
  };
}

/** What a maker's reports can tell beyond the standard, as far as it is wanted: RSSI in hundredths is always. */
function makersContent(maker: Maker, { phase, doppler, tid }: Wanted): Parameter[] {
  if (maker === 'Impinj') return [impinjContent({ rssi: true, phase, doppler, tid })];
  return maker === 'Zebra' && phase ? [zebraContent({ phase })] : [];
}

function antennaConfigurations(config: ReaderConfig, capabilities: Message): Parameter[] {
  const { session, mode, powerDbm: ofAll } = config.rospec;
  const control: Parameter[] =
    mode === undefined ? [] : [{ parameter: 'C1G2RFControl', ModeIndex: mode, Tari: TARI_OF_THE_MODE }];
  const transmit = (powerDbm: number): Parameter => transmitter(capabilities, { powerDbm, ...place(config.rospec) });
  const inventory: Parameter = {
    parameter: 'C1G2InventoryCommand',
    TagInventoryStateAware: false,
    parameters: [
      ...control,
      {
        parameter: 'C1G2SingulationControl',
        Session: session,
        TagPopulation: TAG_POPULATION,
        TagTransitTime: 0,
      },
    ],
  };
  const forAll = ofAll === undefined ? [inventory] : [transmit(ofAll), inventory];
  const all: Parameter = { parameter: 'AntennaConfiguration', AntennaID: ALL_ANTENNAS, parameters: forAll };
  const powered = Object.entries(config.antennas).flatMap(([id, { powerDbm }]): Parameter[] => {
    if (powerDbm === undefined) return [];
    const parameters = [transmit(powerDbm), inventory];
    return [{ parameter: 'AntennaConfiguration', AntennaID: Number(id), parameters }];
  });
  return [all, ...powered];
}

/**
 * AntennaID, PeakRSSI, FirstSeen, LastSeen, TagSeenCount and the PC word, which alone says that a tag is none of GS1's:
 * what the collector asks for; and the channel, without which a phase says nothing.
 */
function reportSpec(n: number, makers: Parameter[], channel: boolean): Parameter {
  const selector: Parameter = {
    parameter: 'TagReportContentSelector',
    EnableROSpecID: false,
    EnableSpecIndex: false,
    EnableInventoryParameterSpecID: false,
    EnableAntennaID: true,
    EnableChannelIndex: channel,
    EnablePeakRSSI: true,
    EnableFirstSeenTimestamp: true,
    EnableLastSeenTimestamp: true,
    EnableTagSeenCount: true,
    EnableAccessSpecID: false,
    parameters: [{ parameter: 'C1G2EPCMemorySelector', EnableCRC: false, EnablePCBits: true }],
  };
  return {
    parameter: 'ROReportSpec',
    ROReportTrigger: 'Upon_N_Tags_Or_End_Of_ROSpec',
    N: n,
    parameters: [selector, ...makers],
  };
}

/**
 * The ROSpec that a reader should run (LLRP 1.0.1 section 10.2): endless, on the antennas and session configured.
 * `maker` is undefined where extensions are not to be used. Throws LlrpError CAPABILITY for a power that the reader's
 * own table does not have.
 */
export function rospecOf(config: ReaderConfig, capabilities: Message, maker: Maker): Parameter {
  const { antennas, start, n } = config.rospec;
  const boundary: Parameter = {
    parameter: 'ROBoundarySpec',
    parameters: [
      { parameter: 'ROSpecStartTrigger', ROSpecStartTriggerType: start === 'immediate' ? 'Immediate' : 'Null' },
      { parameter: 'ROSpecStopTrigger', ROSpecStopTriggerType: 'Null', DurationTriggerValue: 0 },
    ],
  };
  const inventory: Parameter = {
    parameter: 'InventoryParameterSpec',
    InventoryParameterSpecID: 1,
    ProtocolID: 'EPCGlobalClass1Gen2',
    parameters: antennaConfigurations(config, capabilities),
  };
  const aispec: Parameter = {
    parameter: 'AISpec',
    AntennaIDs: antennas ?? [ALL_ANTENNAS],
    parameters: [{ parameter: 'AISpecStopTrigger', AISpecStopTriggerType: 'Null', DurationTrigger: 0 }, inventory],
  };
  const wanted = wantedOf(config);
  const report = reportSpec(n, makersContent(maker, wanted), maker !== undefined && wanted.phase);
  const parameters = [boundary, aispec, report];
  const content = createHash('sha256').update(JSON.stringify(parameters)).digest().readUIntBE(0, 3);
  return { parameter: 'ROSpec', ROSpecID: OWN_ID_MIN + content, Priority: 0, CurrentState: 'Disabled', parameters };
}

/** Keepalives, held reports where the reader can hold them, and the events worth showing; nothing else is changed. */
export async function configure(client: LlrpClient, config: ReaderConfig, capabilities: Message): Promise<void> {
  const holds = child(capabilities, 'LLRPCapabilities')?.['SupportsEventAndReportHolding'] === true;
  const parameters: Parameter[] = [
    { parameter: 'KeepaliveSpec', KeepaliveTriggerType: 'Periodic', PeriodicTriggerValue: config.keepaliveMs },
  ];
  if (holds) parameters.push({ parameter: 'EventsAndReports', HoldEventsAndReportsUponReconnect: true });
  await client.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters });
}

/**
 * Switches the inputs on whose edges the filter waits for, and tells how they stand. Nothing is asked of a reader
 * that the filter wants no inputs of.
 */
export async function watchInputs(
  client: LlrpClient,
  config: ReaderConfig,
  maker: Maker,
): Promise<Map<number, boolean>> {
  const wanted = inputsOf(config);
  if (wanted.length === 0) return new Map();
  const before = await gpiStates(client);
  for (const port of wanted) {
    if (before.find((one) => one.port === port)?.enabled !== true) await enableGpi(client, port, true);
  }
  const { gpiDebounceMs } = config.filter;
  if (gpiDebounceMs && maker === 'Impinj') for (const port of wanted) await debounce(client, port, gpiDebounceMs);
  const states = await gpiStates(client);
  return new Map(states.filter(({ state }) => state !== 'Unknown').map(({ port, state }) => [port, state === 'High']));
}

/** On the reader where it can, which spares the bounces their way; the filter does it in any case. */
async function debounce(client: LlrpClient, GPIPortNum: number, GPIDebounceTimerMSec: number): Promise<void> {
  const parameters = [{ parameter: 'ImpinjGPIDebounceConfiguration', GPIPortNum, GPIDebounceTimerMSec }];
  try {
    await client.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters });
  } catch (error) {
    if (!(error instanceof LlrpError && error.code === 'STATUS')) throw error;
  }
}

/** Which antennas the reader says are connected. */
export async function antennaStates(client: LlrpClient): Promise<{ antenna: number; connected: boolean }[]> {
  const asked = { AntennaID: 0, RequestedData: 'AntennaProperties', GPIPortNum: 0, GPOPortNum: 0 };
  const answer = await client.request({ message: 'GET_READER_CONFIG', ...asked });
  return children(answer, 'AntennaProperties').map((one) => ({
    antenna: numberOf(one, 'AntennaID'),
    connected: one['AntennaConnected'] === true,
  }));
}

/** Asks for reader events; a reader that does not know one of them refuses, which the caller may only note. */
export async function subscribe(client: LlrpClient): Promise<void> {
  const parameters = EVENTS.map((EventType): Parameter => ({
    parameter: 'EventNotificationState',
    EventType,
    NotificationState: true,
  }));
  const spec: Parameter = { parameter: 'ReaderEventNotificationSpec', parameters };
  await client.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters: [spec] });
}

/**
 * Makes the reader run `wanted`, whatever it ran before: ROSpecs outlive connections. A spec of the same content is
 * kept, so that a reconnection loses no reads; other own ones are deleted, those of others only when configured.
 */
export async function reconcile(client: LlrpClient, wanted: Parameter, deleteForeign: boolean): Promise<Reconciled> {
  const id = numberOf(wanted, 'ROSpecID');
  const present = children(await client.request({ message: 'GET_ROSPECS' }), 'ROSpec');
  const ours = present.find((spec) => numberOf(spec, 'ROSpecID') === id);
  const others = present.map((spec) => numberOf(spec, 'ROSpecID')).filter((other) => other !== id);
  const deleted = others.filter((other) => deleteForeign || isOwn(other));
  if (deleted.length && deleted.length === present.length && deleteForeign) {
    await client.request({ message: 'DELETE_ROSPEC', ROSpecID: ALL_ROSPECS });
  } else {
    for (const ROSpecID of deleted) await client.request({ message: 'DELETE_ROSPEC', ROSpecID });
  }
  const foreignActive = present
    .filter((spec) => spec['CurrentState'] === 'Active' && !isOwn(numberOf(spec, 'ROSpecID')))
    .map((spec) => numberOf(spec, 'ROSpecID'))
    .filter((other) => !deleted.includes(other));
  if (!ours) await client.request({ message: 'ADD_ROSPEC', parameters: [wanted] });
  const action = await run(client, id, ours ? textOf(ours, 'CurrentState') : 'Disabled', startsItself(wanted));
  return { id, action: ours ? action : 'added', deleted, foreignActive };
}

const startsItself = (rospec: Parameter): boolean =>
  child(child(rospec, 'ROBoundarySpec'), 'ROSpecStartTrigger')?.['ROSpecStartTriggerType'] !== 'Null';

/** Whether a ROSpec that should have started by itself has not: some readers know no immediate trigger. */
async function standsIdle(client: LlrpClient, id: number): Promise<boolean> {
  const specs = children(await client.request({ message: 'GET_ROSPECS' }), 'ROSpec');
  return specs.some((spec) => numberOf(spec, 'ROSpecID') === id && spec['CurrentState'] === 'Inactive');
}

/** From the state a ROSpec is in to Active. One with an immediate trigger that stands Inactive is started by hand. */
async function run(client: LlrpClient, ROSpecID: number, state: string, auto: boolean): Promise<Reconciled['action']> {
  if (state === 'Active') return 'kept';
  if (state === 'Disabled') await client.request({ message: 'ENABLE_ROSPEC', ROSpecID });
  if (state === 'Disabled' && auto && !(await standsIdle(client, ROSpecID))) return 'enabled';
  await client.request({ message: 'START_ROSPEC', ROSpecID });
  return 'started';
}
