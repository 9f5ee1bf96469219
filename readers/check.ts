import {
  child,
  children,
  connect,
  epcOf,
  type LlrpClient,
  LlrpError,
  type Message,
  type Parameter,
  readCapabilities,
  readerFacts,
  type TagColumns,
} from 'node-llrp';
import { messageOf } from '../src/error.ts';
import { checkInput } from './check-input.ts';
import type { CollectorConfig, ReaderConfig } from './config.ts';
import { diagnose, type Finding, type Sample } from './diagnosis.ts';
import { hostClock, UNSYNCHRONISED } from './host-clock.ts';
import { stampOf } from './session.ts';
import { holderOf } from './spool-file.ts';
import { tlsOf } from './tls.ts';

/** What `collect --check` says about a reader, or about the host. */
export interface CheckResult {
  name: string;
  /** False when the reader cannot be used as configured. */
  ok: boolean;
  /** What it is, or why nothing is known of it. */
  text: string;
  findings: string[];
}

/** How long reports are listened to that come by themselves. */
const LISTEN_MS = 2000;

/** Counts what a reader sends by itself. */
function tally(): { sample: Sample; onReport: (columns: TagColumns) => void } {
  const sample: Sample = { ms: LISTEN_MS, reports: 0, empty: 0, reads: 0, summed: 0, antennasOf: new Map() };
  const onReport = (columns: TagColumns): void => {
    sample.reports++;
    if (columns.count === 0) sample.empty++;
    for (let row = 0; row < columns.count; row++) {
      const epc = Buffer.from(epcOf(columns, row)).toString('hex');
      sample.reads++;
      if ((columns.seenCount[row] ?? 1) > 1) sample.summed++;
      sample.antennasOf.set(epc, (sample.antennasOf.get(epc) ?? new Set()).add(columns.antenna[row] ?? 0));
    }
  };
  return { sample, onReport };
}

/** The reader's settings; a reader that does not tell them is not to blame. */
async function settingsOf(client: LlrpClient): Promise<Message | undefined> {
  const what = { RequestedData: 'All', AntennaID: 0, GPIPortNum: 0, GPOPortNum: 0 };
  try {
    return await client.request({ message: 'GET_READER_CONFIG', ...what });
  } catch (error) {
    if (error instanceof LlrpError && error.code !== 'CLOSED') return undefined;
    throw error;
  }
}

/** Whether reports come by themselves: a ROSpec is active, and nothing is held for another client. */
const talks = (rospecs: Parameter[], settings: Message | undefined): boolean =>
  rospecs.some((rospec) => rospec['CurrentState'] === 'Active') &&
  child(settings, 'EventsAndReports')?.['HoldEventsAndReportsUponReconnect'] !== true;

/** Asks, changes nothing, and tells: one line of what the reader is, and findings. */
async function observe(client: LlrpClient, config: ReaderConfig, sample: Sample): Promise<[string, Finding[]]> {
  const capabilities = await readCapabilities(client);
  const rospecs = children(await client.request({ message: 'GET_ROSPECS' }), 'ROSpec');
  const settings = await settingsOf(client);
  const listens = talks(rospecs, settings);
  if (listens) await new Promise((resolve) => setTimeout(resolve, LISTEN_MS));
  const stamp = stampOf(client.greeting);
  const clockOffsetMs = stamp?.kind === 'utc' ? Math.round(client.greetedAt - stamp.ms) : undefined;
  const seen = { config, capabilities, rospecs, settings, clockOffsetMs, sample: listens ? sample : undefined };
  const clock = clockOffsetMs === undefined ? 'no UTC clock' : `clock off by ${clockOffsetMs} ms`;
  const spoken = client.version === 1 ? '1.0.1' : '1.1';
  const { antennas } = readerFacts(capabilities);
  return [`LLRP ${spoken}, ${antennas} antennas, ${rospecs.length} ROSpecs, ${clock}`, diagnose(seen)];
}

async function checkReader(config: ReaderConfig, holder: string | undefined): Promise<CheckResult> {
  const { name, host = '', port, version } = config;
  const { sample, onReport } = tally();
  try {
    const client = await connect({ host, port, version, tls: tlsOf(config) }, { onReport });
    try {
      const [text, findings] = await observe(client, config, sample);
      return { name, ok: findings.every(({ bad }) => !bad), text, findings: findings.map((one) => one.text) };
    } finally {
      await client.close();
    }
  } catch (error) {
    return { name, ok: false, text: messageOf(error), findings: holdersOf(error, holder) };
  }
}

/** Who it may be that holds a reader: LLRP does not tell. */
function holdersOf(error: unknown, holder: string | undefined): string[] {
  if (!/another client holds/.test(messageOf(error))) return [];
  if (holder) return [`the collector on this spool runs, ${holder}: it is likely the one; stop it to try the reader`];
  return ["stop that client, or look into the reader's own pages who it is; a dead one is let go by its time-out"];
}

/** Tries each reader without changing it, and looks at the host's clock; in the order of the file, the host first. */
export async function check(config: CollectorConfig): Promise<CheckResult[]> {
  const holder = holderOf(config.spool);
  const readers = config.readers.map((one) => (one.listen ? checkInput(one, holder) : checkReader(one, holder)));
  const inputs = config.inputs.map((one) => checkInput(one, holder));
  const unsynchronised = (await hostClock()) === 'unsynchronised';
  const host = unsynchronised ? [{ name: 'this host', ok: false, text: UNSYNCHRONISED, findings: [] }] : [];
  return [...host, ...(await Promise.all([...readers, ...inputs]))];
}
