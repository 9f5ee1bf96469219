import { children, type Message, numberOf, type Parameter, textOf } from '../message.ts';
import { eventNotifications, holdUntilEnabled, inventoryROSpec, keepaliveSpec } from '../rospec.ts';
import { HOP_TABLE_ID, type Model } from './capabilities.ts';
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
  /** GPI ports that report, GPO ports that are high. */
  gpi: Map<number, boolean>;
  gpo: Map<number, boolean>;
  /** A vendor's own settings, by name and port. */
  vendor: Map<string, Parameter>;
}

/** Settings of Impinj's readers and the field that names their port, if they have one. */
const IMPINJ_SETTINGS: Record<string, string> = {
  ImpinjGPIDebounceConfiguration: 'GPIPortNum',
  ImpinjAdvancedGPOConfiguration: 'GPOPortNum',
  ImpinjLinkMonitorConfiguration: '',
  ImpinjReportBufferConfiguration: '',
};

/** What GET_READER_CONFIG tells beside the configuration. */
export interface Surroundings {
  lostAntennas: ReadonlySet<number>;
  isHigh: (gpi: number) => boolean;
  /** Whether Impinj's extensions are enabled. */
  extended: boolean;
}

function antennaDefaults(model: Model): Map<string, Parameter> {
  const control = { parameter: 'C1G2SingulationControl', Session: 1, TagPopulation: 32, TagTransitTime: 0 };
  const TransmitPower = model.power.entries;
  return new Map<string, Parameter>([
    ['RFReceiver', { parameter: 'RFReceiver', ReceiverSensitivity: 1 }],
    ['RFTransmitter', { parameter: 'RFTransmitter', HopTableID: HOP_TABLE_ID, ChannelIndex: 0, TransmitPower }],
    [
      'C1G2InventoryCommand',
      {
        parameter: 'C1G2InventoryCommand',
        TagInventoryStateAware: false,
        parameters: [{ parameter: 'C1G2RFControl', ModeIndex: modeIds(model)[0] ?? 0, Tari: 0 }, control],
      },
    ],
  ]);
}

const modeIds = (model: Model): number[] => model.modes.map((mode) => numberOf(mode, 'ModeIdentifier'));
const ports = (count: number, value: boolean): Map<number, boolean> =>
  new Map(Array.from({ length: count }, (_, i) => [i + 1, value]));

/** The factory's settings. */
export function factoryDefaults(antennas: number, model: Model): Configuration {
  const report = inventoryROSpec({
    id: 1,
    content: ['AntennaID', 'PeakRSSI', 'FirstSeenTimestamp', 'LastSeenTimestamp', 'TagSeenCount'],
  });
  return {
    antennas: new Map(Array.from({ length: antennas }, (_, i) => [i + 1, antennaDefaults(model)])),
    events: new Map(EVENTS.map((name) => [name, false])),
    roReportSpec: children(report, 'ROReportSpec')[0] as Parameter,
    accessReportSpec: { parameter: 'AccessReportSpec', AccessReportTrigger: 'Whenever_ROReport_Is_Generated' },
    keepaliveMs: 0,
    hold: false,
    gpi: ports(model.gpis, model.gpisEnabled),
    gpo: ports(model.gpos, false),
    vendor: new Map(),
  };
}

/** Numbers a request means: 0 is all of them. */
function meant(
  known: ReadonlyMap<number, unknown>,
  number: number,
  what: string,
  path: string[],
  field: number,
): number[] {
  if (number === 0) return [...known.keys()];
  if (!known.has(number)) throw new Refusal('A_OutOfRange', `there is no ${what} ${number}`, path, field);
  return [number];
}

/** What a request asks about, by number. */
interface Asked {
  antennas: number[];
  gpi: number[];
  gpo: number[];
}

type Section = (configuration: Configuration, asked: Asked, around: Surroundings) => Parameter[];

/** GET_READER_CONFIG by RequestedData: one function a section, in the response's order. */
const SECTIONS: Record<string, Section> = {
  Identification: () => [{ parameter: 'Identification', IDType: 'MAC_Address', ReaderID: READER_ID }],
  AntennaProperties: (_, { antennas }, { lostAntennas }) =>
    antennas.map((AntennaID) => ({
      parameter: 'AntennaProperties',
      AntennaConnected: !lostAntennas.has(AntennaID),
      AntennaID,
      AntennaGain: 600,
    })),
  AntennaConfiguration: (configuration, { antennas }) =>
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
  GPIPortCurrentState: (configuration, { gpi }, { isHigh }) =>
    gpi.map((GPIPortNum) => ({
      parameter: 'GPIPortCurrentState',
      GPIPortNum,
      Config: configuration.gpi.get(GPIPortNum) ?? false,
      State: isHigh(GPIPortNum) ? 'High' : 'Low',
    })),
  GPOWriteData: (configuration, { gpo }) =>
    gpo.map((GPOPortNumber) => ({
      parameter: 'GPOWriteData',
      GPOPortNumber,
      GPOData: configuration.gpo.get(GPOPortNumber) ?? false,
    })),
  EventsAndReports: ({ hold }) => [holdUntilEnabled(hold)],
};

/** A number that changes with every change of the configuration (FNV-1a over its JSON). */
function stateValue(configuration: Configuration): number {
  const { antennas, events, gpi, gpo, vendor, ...rest } = configuration;
  const all = [
    rest,
    ...[events, gpi, gpo, vendor].map((map) => [...map]),
    [...antennas].map(([id, set]) => [id, [...set.values()]]),
  ];
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(JSON.stringify(all))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** The parameters of GET_READER_CONFIG_RESPONSE behind the status. Throws Refusal. */
export function readConfiguration(configuration: Configuration, request: Message, around: Surroundings): Parameter[] {
  const wanted = textOf(request, 'RequestedData');
  const asks = (section: string): boolean => wanted === section || wanted === 'All';
  const number = (field: string, section: string): number => (asks(section) ? numberOf(request, field) : 0);
  const asked: Asked = {
    antennas: meant(configuration.antennas, numberOf(request, 'AntennaID'), 'antenna', [], 0),
    gpi: meant(configuration.gpi, number('GPIPortNum', 'GPIPortCurrentState'), 'GPI port', [], 2),
    gpo: meant(configuration.gpo, number('GPOPortNum', 'GPOWriteData'), 'GPO port', [], 3),
  };
  const own = around.extended ? [...configuration.vendor.values()] : [];
  if (wanted === 'All')
    return [...Object.values(SECTIONS).flatMap((section) => section(configuration, asked, around)), ...own];
  const section = SECTIONS[wanted];
  if (!section) throw new Refusal('A_OutOfRange', `RequestedData ${wanted} is not known`, [], 1);
  return section(configuration, asked, around);
}

function inTable(value: number, entries: number, what: string, path: string[], field: number): void {
  if (value < 1 || value > entries)
    throw new Refusal('A_OutOfRange', `${what} ${value} is not in the table of 1 to ${entries}`, path, field);
}

/** Throws the Refusal of an AntennaConfiguration whose indexes are not in the model's tables. */
export function checkAntenna(antenna: Parameter, antennas: number, model: Model, above: readonly string[] = []): void {
  const path = [...above, 'AntennaConfiguration'];
  const id = numberOf(antenna, 'AntennaID');
  if (id > antennas) throw new Refusal('A_OutOfRange', `there is no antenna ${id}`, path, 0);
  for (const one of children(antenna, 'RFReceiver'))
    inTable(
      numberOf(one, 'ReceiverSensitivity'),
      model.sensitivities.length,
      'sensitivity',
      [...path, 'RFReceiver'],
      0,
    );
  for (const one of children(antenna, 'RFTransmitter')) {
    inTable(numberOf(one, 'HopTableID'), HOP_TABLE_ID, 'hop table', [...path, 'RFTransmitter'], 0);
    inTable(numberOf(one, 'TransmitPower'), model.power.entries, 'power', [...path, 'RFTransmitter'], 2);
  }
  for (const command of children(antenna, 'C1G2InventoryCommand')) {
    const filters = children(command, 'C1G2Filter').length;
    const most = model.selectFilters || Infinity; // 0 = no limit
    if (filters > most)
      throw new Refusal('P_OverflowParameter', `more than ${most} filters`, [...path, 'C1G2InventoryCommand']);
    for (const control of children(command, 'C1G2RFControl')) {
      const mode = numberOf(control, 'ModeIndex');
      const place = [...path, 'C1G2InventoryCommand', 'C1G2RFControl'];
      if (!modeIds(model).includes(mode)) throw new Refusal('A_OutOfRange', `there is no RF mode ${mode}`, place, 0);
    }
  }
}

/** How each parameter of SET_READER_CONFIG changes the configuration; it is a copy, so a refusal changes nothing. */
const CHANGES: Record<string, (configuration: Configuration, parameter: Parameter, model: Model) => void> = {
  ReaderEventNotificationSpec: ({ events }, spec) => {
    for (const one of children(spec, 'EventNotificationState')) {
      const name = textOf(one, 'EventType');
      if (events.has(name)) events.set(name, one['NotificationState'] === true);
    }
  },
  AntennaConfiguration: ({ antennas }, antenna, model) => {
    checkAntenna(antenna, antennas.size, model);
    for (const id of meant(antennas, numberOf(antenna, 'AntennaID'), 'antenna', ['AntennaConfiguration'], 0)) {
      for (const one of antenna.parameters ?? []) antennas.get(id)?.set(one.parameter, one);
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
  GPIPortCurrentState: ({ gpi }, port) => {
    for (const id of meant(gpi, numberOf(port, 'GPIPortNum') || Infinity, 'GPI port', ['GPIPortCurrentState'], 0))
      gpi.set(id, port['Config'] === true);
  },
  GPOWriteData: ({ gpo }, port) => {
    for (const id of meant(gpo, numberOf(port, 'GPOPortNumber') || Infinity, 'GPO port', ['GPOWriteData'], 0))
      gpo.set(id, port['GPOData'] === true);
  },
  EventsAndReports: (configuration, one) =>
    void (configuration.hold = one['HoldEventsAndReportsUponReconnect'] === true),
};

const VENDOR_CHANGES: typeof CHANGES = Object.fromEntries(
  Object.entries(IMPINJ_SETTINGS).map(([name, portField]) => [
    name,
    (configuration, parameter) => {
      const port = numberOf(parameter, portField);
      const known = portField === 'GPIPortNum' ? configuration.gpi : configuration.gpo;
      if (portField !== '' && !known.has(port))
        throw new Refusal('A_OutOfRange', `there is no port ${port}`, [name], 0);
      configuration.vendor.set(settingKey(name, port), parameter);
    },
  ]),
);

const settingKey = (name: string, port: number): string => `${name} ${port}`;

/** A vendor's setting, of a port where it has one. */
export const settingOf = ({ vendor }: Configuration, name: string, port = 0): Parameter | undefined =>
  vendor.get(settingKey(name, port));

/** The configuration after SET_READER_CONFIG. Throws Refusal, and then nothing has changed. */
export function changeConfiguration(
  configuration: Configuration,
  request: Message,
  model: Model,
  extended: boolean,
): Configuration {
  const next =
    request['ResetToFactoryDefault'] === true
      ? factoryDefaults(configuration.antennas.size, model)
      : structuredClone(configuration);
  for (const parameter of request.parameters ?? []) {
    const change = CHANGES[parameter.parameter] ?? (extended ? VENDOR_CHANGES[parameter.parameter] : undefined);
    if (!change)
      throw new Refusal('P_UnsupportedParameter', `${parameter.parameter} cannot be set here`, [parameter.parameter]);
    change(next, parameter, model);
  }
  return next;
}
