import type { Parameter } from '../message.ts';
import type { ReaderClock } from './clock.ts';
import type { FaultName, FaultNumbers } from './faults.ts';
import { epcsOf } from './population.ts';
import { drawAt, random } from './random.ts';
import type { Outgoing, Reader } from './reader.ts';
import type { Disturbance } from './wire.ts';

/** What faults add to reports. */
export interface Additions {
  custom: number;
  odd: { times: number; bits: number };
}

/** Where faults take hold. */
export interface Target {
  readonly seed: number;
  readonly line: Disturbance;
  readonly reader: Reader;
  readonly clock: ReaderClock;
  readonly additions: Additions;
  /** Code 109, 110, or 0 = close, for so many questions about versions. */
  versionError: { code: number; times: number };
  /** ConnectionAttemptEvent for newcomers until then. */
  taken: { untilMs: number; status: number };
  /** Says something to the client that is no answer; nothing without a client. */
  tell(message: Outgoing): void;
  event(event: Parameter): void;
  raw(bytes: Uint8Array): void;
  queue(report: Parameter[]): void;
  loseOldest(count: number): void;
  /** Reports wait until so long after the end of the ROSpec. */
  holdReports(ms: number): void;
}

/** A vendor number that nobody has, and subtypes beyond Impinj's. */
const NO_VENDOR = 64_999;
const NO_SUBTYPE = 60_000;
const IMPINJ = 25_882;
const NO_MESSAGE_TYPE = 700;
const NO_EVENT_TYPE = 77;
const MICROSECONDS = 1000;

const custom = (VendorIdentifier: number, ParameterSubtype: number): Parameter => ({
  parameter: 'Custom',
  VendorIdentifier,
  ParameterSubtype,
  Data: 'c0ffee00',
});
const UNKNOWN_CUSTOMS: readonly Parameter[] = [custom(NO_VENDOR, 1), custom(IMPINJ, NO_SUBTYPE)];

/** RO_ACCESS_REPORT with a TagReportData that claims more bytes than there are. */
const MALFORMED_HEX = '043d00000010ffffff0000f0ffff8d00';

/** Tag of the burst: one read at a time of its own. */
function oldRead(epc: string, atUs: number, clock: ReaderClock, dbm: number): Parameter {
  const ending = clock.utc ? 'UTC' : 'Uptime';
  return {
    parameter: 'TagReportData',
    parameters: [
      { parameter: 'EPC_96', EPC: epc },
      { parameter: 'AntennaID', AntennaID: 1 },
      { parameter: 'PeakRSSI', PeakRSSI: dbm },
      { parameter: `FirstSeenTimestamp${ending}`, Microseconds: clock.at(atUs) },
      { parameter: `LastSeenTimestamp${ending}`, Microseconds: clock.at(atUs) },
      { parameter: 'TagSeenCount', TagCount: 1 },
    ],
  };
}

/** Queues so many reports with the times at which a stalled reader would have read them. */
function burst(target: Target, numbers: FaultNumbers, nowMs: number): void {
  const { messages = 0, spanMs = 0, tags = 1, firstSerial = 1 } = numbers;
  const epcs = epcsOf({ companyPrefix: '0614141', item: '199999', firstSerial, count: tags });
  const draw = random(target.seed);
  for (let i = 0; i < messages; i++) {
    const atUs = (nowMs - spanMs + (spanMs * i) / messages) * MICROSECONDS;
    const dbm = -40 - Math.floor(draw() * 30);
    target.queue([oldRead(epcs[i % epcs.length] ?? '', Math.round(atUs), target.clock, dbm)]);
  }
}

const event = (parameter: string, fields: Readonly<Record<string, number>>): Parameter => ({ parameter, ...fields });

/** How each fault is done. Those of the line set what the next messages meet. */
export const INJECT: Record<FaultName, (target: Target, numbers: FaultNumbers, nowMs: number) => void> = {
  'half-frame': ({ line }) => void (line.cut = 'any'),
  'reset-in-report': ({ line }) => void (line.cut = 'report'),
  silence: ({ line }, { ms = 0 }, nowMs) => void (line.silentUntil = nowMs + ms),
  drip: ({ line }, { bytesPerSecond = 1, ms = 0 }, nowMs) =>
    void Object.assign(line, { bytesPerSecond, dripUntil: nowMs + ms }),
  coalesce: ({ line }, { messages = 0 }) => void (line.join = messages),
  'delay-answers': ({ line }, { ms = 0, times = 0 }) => void (line.delay = { ms, times }),
  'reorder-answers': ({ line }, { times = 0 }) => void (line.reorder = times),
  'drop-answers': ({ line }, { times = 0 }) => void (line.drop = times),
  'version-error': (target, { code = 0, times = 0 }) => void (target.versionError = { code, times }),
  'client-exists': (target, { ms = 0, status = 2 }, nowMs) => void (target.taken = { untilMs: nowMs + ms, status }),
  'duplicate-reports': ({ line }, { times = 0 }) => void (line.duplicate = times),
  'late-reports': (target, { ms = 0 }) => target.holdReports(ms),
  burst,
  'buffer-overflow': (target, { lose = 0 }) => {
    target.loseOldest(lose);
    target.event({ parameter: 'ReportBufferOverflowErrorEvent' });
  },
  'antenna-lost': ({ reader }, { antenna = 1, ms = 0 }) => reader.loseAntenna(antenna, ms),
  'unknown-enum': (target) => {
    target.event(event('ROSpecEvent', { EventType: NO_EVENT_TYPE, ROSpecID: 1, PreemptingROSpecID: 0 }));
    target.event(event('AntennaEvent', { EventType: NO_EVENT_TYPE, AntennaID: 1 }));
  },
  'unknown-vendor': (target, { times = 0 }) => {
    target.additions.custom = times;
    for (const one of UNKNOWN_CUSTOMS) target.event(one);
  },
  'unknown-message': (target) => {
    target.tell({ message: 'UNKNOWN_MESSAGE', type: NO_MESSAGE_TYPE, data: 'c0ffee00', parameters: [] });
    for (const VendorIdentifier of [NO_VENDOR, IMPINJ]) {
      target.tell({ message: 'CUSTOM_MESSAGE', VendorIdentifier, MessageSubtype: 250, Data: 'c0ffee', parameters: [] });
    }
  },
  'restart-rospec': ({ reader }, { ms = 0 }) => reader.restart(ms),
  'odd-epc': ({ additions }, { bits = 0, times = 0 }) => void (additions.odd = { bits, times }),
  malformed: (target) => target.raw(Buffer.from(MALFORMED_HEX, 'hex')),
  garbage: (target, { bytes = 0 }, nowMs) =>
    target.raw(Uint8Array.from({ length: bytes }, (_, i) => Math.floor(drawAt(target.seed, nowMs, i) * 256))),
  'clock-jump': ({ clock }, { byMs = 0 }, nowMs) => clock.jump(byMs, nowMs * MICROSECONDS),
};

/** The report with what the faults of the moment add to it. */
export function withAdditions(report: Parameter[], additions: Additions): Parameter[] {
  let tags = report;
  const [first] = report;
  if (additions.custom > 0 && first) {
    additions.custom--;
    tags = tags.map((tag) => ({ ...tag, parameters: [...(tag.parameters ?? []), ...UNKNOWN_CUSTOMS] }));
  }
  if (additions.odd.times > 0 && first) {
    additions.odd.times--;
    const { bits } = additions.odd;
    const hex = 'e5'.repeat(Math.ceil(bits / 8));
    const epc: Parameter = { parameter: 'EPCData', EPC: { bits, hex } };
    tags = [...tags, { ...first, parameters: [epc, ...(first.parameters ?? []).slice(1)] }];
  }
  return tags;
}
