import type { Logger } from 'pino';
import type { Alarms } from './alarm.ts';
import type { SetBack } from './clock.ts';
import type { InputConfig, ReaderConfig } from './config.ts';
import type { GpiEdge } from './filter/filter.ts';
import type { Listening } from './filter/listening.ts';
import type { Spot } from './filter/place.ts';
import type { Intake } from './intake.ts';
import type { Operations } from './operations.ts';

/** What one reader did since the start. */
export interface SourceCounts {
  connections: number;
  malformed: number;
  misreads: number;
  clockJumps: number;
  badTimes: number;
}

/** Everything a source needs from its surroundings. */
export interface SourceParts {
  /** Where an antenna's reads count; 0 = an antenna that is not configured. */
  spotOf: (antenna: number) => Spot;
  listening: Listening;
  intake: Intake;
  alarms: Alarms;
  operations: Operations;
  logger: Logger;
  onGpi: (edge: GpiEdge) => void;
  /** How an input stands, where no edge was seen. */
  onGpiState: (port: number, high: boolean) => void;
  /** The reader's clock was set back, and reads were dated wrongly until it was known. */
  onSetBack: (setBack: SetBack) => void;
}

/** One reader, whatever it speaks, for as long as the collector runs. */
export interface Source {
  readonly counts: SourceCounts;
  /** For the status: where it stands. */
  readonly state: 'idle' | 'connecting' | 'configuring' | 'running' | 'backoff' | 'full' | 'stopped';
  readonly clockOffsetMs: number;
  start(): void;
  /** Reading stops while the spool is full. */
  block(blocked: boolean): void;
  /** The places of its antennas have changed; its link has not. */
  placed?(config: ReaderConfig | InputConfig): void;
  /** Says goodbye and ends. */
  stop(): Promise<void>;
}
