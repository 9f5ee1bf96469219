import { child, type Message, numberOf, type Parameter, textOf } from './message.ts';
import type { SeenAt } from './reads.ts';

/** What a READER_EVENT_NOTIFICATION tells (LLRP 1.0.1 section 14.2.6), by `type`. */
export type ReaderEvent =
  | { type: 'gpi'; port: number; high: boolean }
  | { type: 'antenna'; antenna: number; connected: boolean }
  | { type: 'rospec-started' | 'rospec-ended'; rospecId: number }
  | { type: 'rospec-preempted'; rospecId: number; by: number }
  | { type: 'aispec-ended'; rospecId: number; specIndex: number }
  | { type: 'survey-started' | 'survey-ended'; rospecId: number; specIndex: number }
  /** From LLRP 1.1 on: a LoopSpec begins its round `count`. */
  | { type: 'loop'; rospecId: number; count: number }
  | { type: 'buffer-filling'; percent: number }
  /** Reads were lost. */
  | { type: 'buffer-overflow' }
  | { type: 'exception'; message: string; rospecId?: number; antenna?: number }
  | { type: 'hopping'; hopTable: number; nextChannel: number }
  /** Another client tried to connect while this one holds the reader. */
  | { type: 'other-client' }
  /** The reader is about to close the link. */
  | { type: 'closing' }
  /** A vendor's, or one that no list has. */
  | { type: 'other'; parameter: Parameter };

type Reading = (of: Parameter) => ReaderEvent;

const rospec = (of: Parameter): { rospecId: number } => ({ rospecId: numberOf(of, 'ROSpecID') });
const spec = (of: Parameter): { rospecId: number; specIndex: number } => ({
  ...rospec(of),
  specIndex: numberOf(of, 'SpecIndex'),
});

/** By the value of EventType; one outside the list is `other`. */
const byType =
  (readings: Record<string, Reading>): Reading =>
  (of) =>
    readings[textOf(of, 'EventType')]?.(of) ?? { type: 'other', parameter: of };

const READINGS: Record<string, Reading> = {
  GPIEvent: (of) => ({ type: 'gpi', port: numberOf(of, 'GPIPortNumber'), high: of['GPIEvent'] === true }),
  AntennaEvent: byType({
    Antenna_Connected: (of) => ({ type: 'antenna', antenna: numberOf(of, 'AntennaID'), connected: true }),
    Antenna_Disconnected: (of) => ({ type: 'antenna', antenna: numberOf(of, 'AntennaID'), connected: false }),
  }),
  ROSpecEvent: byType({
    Start_Of_ROSpec: (of) => ({ type: 'rospec-started', ...rospec(of) }),
    End_Of_ROSpec: (of) => ({ type: 'rospec-ended', ...rospec(of) }),
    Preemption_Of_ROSpec: (of) => ({
      type: 'rospec-preempted',
      ...rospec(of),
      by: numberOf(of, 'PreemptingROSpecID'),
    }),
  }),
  AISpecEvent: byType({ End_Of_AISpec: (of) => ({ type: 'aispec-ended', ...spec(of) }) }),
  RFSurveyEvent: byType({
    Start_Of_RFSurvey: (of) => ({ type: 'survey-started', ...spec(of) }),
    End_Of_RFSurvey: (of) => ({ type: 'survey-ended', ...spec(of) }),
  }),
  SpecLoopEvent: (of) => ({ type: 'loop', ...rospec(of), count: numberOf(of, 'LoopCount') }),
  ReportBufferLevelWarningEvent: (of) => ({
    type: 'buffer-filling',
    percent: numberOf(of, 'ReportBufferPercentageFull'),
  }),
  ReportBufferOverflowErrorEvent: () => ({ type: 'buffer-overflow' }),
  ReaderExceptionEvent: (of) => {
    const [id, antenna] = [child(of, 'ROSpecID'), child(of, 'AntennaID')];
    return {
      type: 'exception',
      message: textOf(of, 'Message'),
      ...(id ? rospec(id) : {}),
      ...(antenna ? { antenna: numberOf(antenna, 'AntennaID') } : {}),
    };
  },
  HoppingEvent: (of) => ({
    type: 'hopping',
    hopTable: numberOf(of, 'HopTableID'),
    nextChannel: numberOf(of, 'NextChannelIndex'),
  }),
  ConnectionAttemptEvent: (of) =>
    of['Status'] === 'Another_Connection_Attempted' ? { type: 'other-client' } : { type: 'other', parameter: of },
  ConnectionCloseEvent: () => ({ type: 'closing' }),
};

/** The events of a READER_EVENT_NOTIFICATION, and when they were by the reader's clock. */
export function readerEvents(message: Message): { at: SeenAt | undefined; events: ReaderEvent[] } {
  const data = child(message, 'ReaderEventNotificationData');
  const [utc, uptime] = [child(data, 'UTCTimestamp'), child(data, 'Uptime')];
  const stamp = utc ?? uptime;
  const at: SeenAt | undefined = stamp && {
    clock: utc ? 'utc' : 'uptime',
    microseconds: numberOf(stamp, 'Microseconds'),
  };
  const told = (data?.parameters ?? []).filter((one) => one !== stamp);
  return { at, events: told.map((one) => READINGS[one.parameter]?.(one) ?? { type: 'other', parameter: one }) };
}
