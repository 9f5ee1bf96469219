import type { Parameter } from './message.ts';

/** The content selector's bits, TagReportContentSelector (LLRP 1.0.1 section 14.2.1.1). */
export const CONTENT = [
  'ROSpecID',
  'SpecIndex',
  'InventoryParameterSpecID',
  'AntennaID',
  'ChannelIndex',
  'PeakRSSI',
  'FirstSeenTimestamp',
  'LastSeenTimestamp',
  'TagSeenCount',
  'AccessSpecID',
] as const;
export type Content = (typeof CONTENT)[number];

/** What a gate needs of each read. */
const CONTENT_OF_A_GATE: readonly Content[] = [
  'AntennaID',
  'PeakRSSI',
  'FirstSeenTimestamp',
  'LastSeenTimestamp',
  'TagSeenCount',
];

export interface InventoryOptions {
  /** ROSpecID, 1 or more. */
  id: number;
  /** 0 is the highest. */
  priority?: number;
  /** Antenna numbers; [0] = all. */
  antennas?: readonly number[];
  /** Gen2 session 0 to 3; left to the reader when undefined. */
  session?: number;
  /** TagReportData per report; 1 = each read at once, 0 = only when the ROSpec ends. */
  reportEvery?: number;
  content?: readonly Content[];
  /** PC and CRC words of each tag. */
  memory?: { pc?: boolean; crc?: boolean };
  /** Runs as soon as it is enabled; else it waits for START_ROSPEC. */
  immediate?: boolean;
  /** A vendor's parameters of the report, e.g. ImpinjTagReportContentSelector. */
  reportExtensions?: Parameter[];
  /** A vendor's parameters of the inventory command, e.g. ImpinjInventorySearchMode. */
  inventoryExtensions?: Parameter[];
}

/** An ROSpec that reads Gen2 tags until it is stopped (LLRP 1.0.1 section 11.2.1). */
export function inventoryROSpec(options: InventoryOptions): Parameter {
  const { id, priority = 0, antennas = [0], immediate = false } = options;
  return {
    parameter: 'ROSpec',
    ROSpecID: id,
    Priority: priority,
    CurrentState: 'Disabled',
    parameters: [
      {
        parameter: 'ROBoundarySpec',
        parameters: [
          { parameter: 'ROSpecStartTrigger', ROSpecStartTriggerType: immediate ? 'Immediate' : 'Null' },
          { parameter: 'ROSpecStopTrigger', ROSpecStopTriggerType: 'Null', DurationTriggerValue: 0 },
        ],
      },
      {
        parameter: 'AISpec',
        AntennaIDs: [...antennas],
        parameters: [
          { parameter: 'AISpecStopTrigger', AISpecStopTriggerType: 'Null', DurationTrigger: 0 },
          {
            parameter: 'InventoryParameterSpec',
            InventoryParameterSpecID: 1,
            ProtocolID: 'EPCGlobalClass1Gen2',
            parameters: inventoryCommand(options),
          },
        ],
      },
      reportSpec(options),
    ],
  };
}

function inventoryCommand({ session, inventoryExtensions = [] }: InventoryOptions): Parameter[] {
  if (session === undefined && inventoryExtensions.length === 0) return [];
  const control: Parameter[] =
    session === undefined
      ? []
      : [{ parameter: 'C1G2SingulationControl', Session: session, TagPopulation: 32, TagTransitTime: 0 }];
  const command: Parameter = {
    parameter: 'C1G2InventoryCommand',
    TagInventoryStateAware: false,
    parameters: [...control, ...inventoryExtensions],
  };
  return [{ parameter: 'AntennaConfiguration', AntennaID: 0, parameters: [command] }];
}

function reportSpec({
  reportEvery = 1,
  content = CONTENT_OF_A_GATE,
  memory,
  reportExtensions = [],
}: InventoryOptions): Parameter {
  const selector: Parameter = { parameter: 'TagReportContentSelector' };
  for (const bit of CONTENT) selector[`Enable${bit}`] = content.includes(bit);
  if (memory) {
    selector.parameters = [
      { parameter: 'C1G2EPCMemorySelector', EnableCRC: memory.crc ?? false, EnablePCBits: memory.pc ?? false },
    ];
  }
  return {
    parameter: 'ROReportSpec',
    ROReportTrigger: 'Upon_N_Tags_Or_End_Of_ROSpec',
    N: reportEvery,
    parameters: [selector, ...reportExtensions],
  };
}

/** KeepaliveSpec for SET_READER_CONFIG; 0 turns keepalives off. */
export const keepaliveSpec = (periodMs: number): Parameter => ({
  parameter: 'KeepaliveSpec',
  KeepaliveTriggerType: periodMs > 0 ? 'Periodic' : 'Null',
  PeriodicTriggerValue: periodMs,
});

/** ReaderEventNotificationSpec for SET_READER_CONFIG: the named events on or off, the others as they are. */
export const eventNotifications = (events: Readonly<Record<string, boolean>>): Parameter => ({
  parameter: 'ReaderEventNotificationSpec',
  parameters: Object.entries(events).map(([name, on]) => ({
    parameter: 'EventNotificationState',
    EventType: name,
    NotificationState: on,
  })),
});

/** EventsAndReports for SET_READER_CONFIG: hold everything after a reconnection until we say we are ready. */
export const holdUntilEnabled = (hold: boolean): Parameter => ({
  parameter: 'EventsAndReports',
  HoldEventsAndReportsUponReconnect: hold,
});
