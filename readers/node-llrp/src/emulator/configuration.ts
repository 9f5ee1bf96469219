import { children, type Message, numberOf, type Parameter, textOf } from '../message.ts';
import { eventNotifications, holdUntilEnabled, inventoryROSpec, keepaliveSpec } from '../rospec.ts';
import { HOP_TABLE_ID, POWER_ENTRIES, SENSITIVITY_ENTRIES } from './capabilities.ts';
import { Refusal } from './refusal.ts';

const READER_ID = '020000fffe000001'; // a locally administered EUI-64
const EVENTS = [
  'Upon_Hopping_To_Next_Channel',
  'GPI_Event',
  'ROSpec_Event',
  'Report_Buffer_Fill_Warning',
  'Reader_Exception_Event',
  'RFSurvey_Event',
  'AISpec_Event',
  'AISpec_Event_With_Details',
  'Antenna_Event',
] as const;

/** What SET_READER_CONFIG can change, as parameters of GET_READER_CONFIG_RESPONSE. */
export interface Configuration {
  antennas: Map<number, Map<string, Parameter>>;
  events: Map<string, boolean>;
  roReportSpec: Parameter;
  accessReportSpec: Parameter;
  keepaliveMs: number;
  hold: boolean;
}

function antennaDefaults(): Map<string, Parameter> {
  const control = { parameter: 'C1G2SingulationControl', Session: 1, TagPopulation: 32, TagTransitTime: 0 };
  return new Map<string, Parameter>([
    ['RFReceiver', { parameter: 'RFReceiver', ReceiverSensitivity: 1 }],
    [
      'RFTransmitter',
      { parameter: 'RFTransmitter', HopTableID: HOP_TABLE_ID, ChannelIndex: 0, TransmitPower: POWER_ENTRIES },
    ],
    [
      'C1G2InventoryCommand',
      {
        parameter: 'C1G2InventoryCommand',
        TagInventoryStateAware: false,
        parameters: [{ parameter: 'C1G2RFControl', ModeIndex: 0, Tari: 0 }, control],
      },
    ],
  ]);
}

/** The factory's settings. */
export function factoryDefaults(antennas: number): Configuration {
  const report = inventoryROSpec({
    id: 1,
    content: ['AntennaID', 'PeakRSSI', 'FirstSeenTimestamp', 'LastSeenTimestamp', 'TagSeenCount'],
  });
  return {
    antennas: new Map(Array.from({ length: antennas }, (_, i) => [i + 1, antennaDefaults()])),
    events: new Map(EVENTS.map((name) => [name, false])),
    roReportSpec: children(report, 'ROReportSpec')[0] as Parameter,
    accessReportSpec: { parameter: 'AccessReportSpec', AccessReportTrigger: 'Whenever_ROReport_Is_Generated' },
    keepaliveMs: 0,
    hold: false,
  };
}

/** Antenna numbers a request means: 0 is all of them. */
function meant(configuration: Configuration, antenna: number, path: string[], field: number): number[] {
  if (antenna === 0) return [...configuration.antennas.keys()];
  if (!configuration.antennas.has(antenna))
    throw new Refusal('A_OutOfRange', `there is no antenna ${antenna}`, path, field);
  return [antenna];
}

/** GET_READER_CONFIG by RequestedData: one function a section, in the response's order. */
const SECTIONS: Record<
  string,
  (configuration: Configuration, antennas: number[], lost: ReadonlySet<number>) => Parameter[]
> = {
  Identification: () => [{ parameter: 'Identification', IDType: 'MAC_Address', ReaderID: READER_ID }],
  AntennaProperties: (_, antennas, lost) =>
    antennas.map((AntennaID) => ({
      parameter: 'AntennaProperties',
      AntennaConnected: !lost.has(AntennaID),
      AntennaID,
      AntennaGain: 600,
    })),
  AntennaConfiguration: (configuration, antennas) =>
    antennas.map((AntennaID) => ({
      parameter: 'AntennaConfiguration',
      AntennaID,
      parameters: [...(configuration.antennas.get(AntennaID)?.values() ?? [])],
    })),
  ReaderEventNotificationSpec: ({ events }) => [eventNotifications(Object.fromEntries(events))],
  ROReportSpec: ({ roReportSpec }) => [roReportSpec],
  AccessReportSpec: ({ accessReportSpec }) => [accessReportSpec],
  LLRPConfigurationStateValue: (configuration) => [
    { parameter: 'LLRPConfigurationStateValue', LLRPConfigurationStateValue: stateValue(configuration) },
  ],
  KeepaliveSpec: ({ keepaliveMs }) => [keepaliveSpec(keepaliveMs)],
  GPIPortCurrentState: () => [],
  GPOWriteData: () => [],
  EventsAndReports: ({ hold }) => [holdUntilEnabled(hold)],
};

/** A number that changes with every change of the configuration (FNV-1a over its JSON). */
function stateValue(configuration: Configuration): number {
  const { antennas, events, ...rest } = configuration;
  const all = [rest, [...events], [...antennas].map(([id, parameters]) => [id, [...parameters.values()]])];
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(JSON.stringify(all))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** The parameters of GET_READER_CONFIG_RESPONSE behind the status. Throws Refusal. */
export function readConfiguration(
  configuration: Configuration,
  request: Message,
  lost: ReadonlySet<number>,
): Parameter[] {
  const wanted = textOf(request, 'RequestedData');
  const antennas = meant(configuration, numberOf(request, 'AntennaID'), [], 0);
  if (wanted === 'All') return Object.values(SECTIONS).flatMap((section) => section(configuration, antennas, lost));
  const section = SECTIONS[wanted];
  if (!section) throw new Refusal('A_OutOfRange', `RequestedData ${wanted} is not known`, [], 1);
  for (const [field, port] of [
    [2, 'GPIPortNum'],
    [3, 'GPOPortNum'],
  ] as const) {
    const about = field === 2 ? 'GPIPortCurrentState' : 'GPOWriteData';
    if (wanted === about && numberOf(request, port) !== 0)
      throw new Refusal('A_OutOfRange', `there is no ${port} ${numberOf(request, port)}`, [], field);
  }
  return section(configuration, antennas, lost);
}

function inTable(value: number, entries: number, what: string, path: string[], field: number): void {
  if (value < 1 || value > entries)
    throw new Refusal('A_OutOfRange', `${what} ${value} is not in the table of 1 to ${entries}`, path, field);
}

function checkAntenna(configuration: Configuration, antenna: Parameter): void {
  const path = ['AntennaConfiguration'];
  meant(configuration, numberOf(antenna, 'AntennaID'), path, 0);
  for (const receiver of children(antenna, 'RFReceiver')) {
    inTable(numberOf(receiver, 'ReceiverSensitivity'), SENSITIVITY_ENTRIES, 'sensitivity', [...path, 'RFReceiver'], 0);
  }
  for (const transmitter of children(antenna, 'RFTransmitter')) {
    inTable(numberOf(transmitter, 'HopTableID'), HOP_TABLE_ID, 'hop table', [...path, 'RFTransmitter'], 0);
    inTable(numberOf(transmitter, 'TransmitPower'), POWER_ENTRIES, 'power', [...path, 'RFTransmitter'], 2);
  }
}

/** How each parameter of SET_READER_CONFIG changes the configuration; it is a copy, so a refusal changes nothing. */
const CHANGES: Record<string, (configuration: Configuration, parameter: Parameter) => void> = {
  ReaderEventNotificationSpec: ({ events }, spec) => {
    for (const one of children(spec, 'EventNotificationState')) {
      const name = textOf(one, 'EventType');
      if (events.has(name)) events.set(name, one['NotificationState'] === true);
    }
  },
  AntennaConfiguration: (configuration, antenna) => {
    checkAntenna(configuration, antenna);
    for (const id of meant(configuration, numberOf(antenna, 'AntennaID'), ['AntennaConfiguration'], 0)) {
      for (const one of antenna.parameters ?? []) configuration.antennas.get(id)?.set(one.parameter, one);
    }
  },
  ROReportSpec: (configuration, spec) => void (configuration.roReportSpec = spec),
  AccessReportSpec: (configuration, spec) => void (configuration.accessReportSpec = spec),
  KeepaliveSpec: (configuration, spec) => {
    const periodic = spec['KeepaliveTriggerType'] === 'Periodic';
    const periodMs = numberOf(spec, 'PeriodicTriggerValue');
    if (periodic && periodMs === 0) throw new Refusal('A_OutOfRange', 'a period of 0 ms', ['KeepaliveSpec'], 1);
    configuration.keepaliveMs = periodic ? periodMs : 0;
  },
  EventsAndReports: (configuration, one) =>
    void (configuration.hold = one['HoldEventsAndReportsUponReconnect'] === true),
};

/** The configuration after SET_READER_CONFIG. Throws Refusal, and then nothing has changed. */
export function changeConfiguration(configuration: Configuration, request: Message): Configuration {
  const next =
    request['ResetToFactoryDefault'] === true
      ? factoryDefaults(configuration.antennas.size)
      : structuredClone(configuration);
  for (const parameter of request.parameters ?? []) {
    const change = CHANGES[parameter.parameter];
    if (!change)
      throw new Refusal('P_UnsupportedParameter', `${parameter.parameter} cannot be set here`, [parameter.parameter]);
    change(next, parameter);
  }
  return next;
}
