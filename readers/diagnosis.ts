import { child, children, type Message, numberOf, type Parameter, readerFacts, textOf } from 'node-llrp';
import type { ReaderConfig } from './config.ts';
import { misfits } from './fit.ts';
import { isOwn } from './rospec.ts';

/** Something that `collect --check` found; `bad`: the reader cannot be used like this. */
export interface Finding {
  text: string;
  bad: boolean;
}

/** What came by itself while the check was connected, from ROSpecs that were active before it. */
export interface Sample {
  ms: number;
  reports: number;
  /** Reports without a tag. */
  empty: number;
  reads: number;
  /** Reads that stand for several (TagSeenCount above 1). */
  summed: number;
  /** Antennas by EPC (hex). */
  antennasOf: Map<string, Set<number>>;
}

/** What was asked of a reader, and what it answered. */
export interface Observation {
  config: ReaderConfig;
  capabilities: Message;
  /** Of GET_ROSPECS. */
  rospecs: Parameter[];
  /** Of GET_READER_CONFIG, where the reader answers that. */
  settings: Message | undefined;
  /** The reader's UTC clock against the host's, ms; undefined without one. */
  clockOffsetMs: number | undefined;
  /** Only where reports were on their way: a ROSpec is active and nothing is held. */
  sample: Sample | undefined;
}

type Diagnosis = (seen: Observation) => Finding[];

const note = (text: string): Finding => ({ text, bad: false });
const bad = (text: string): Finding => ({ text, bad: true });
/** Modes that weigh single reads of a tag. */
const weighs = ({ filter: { mode } }: ReaderConfig): boolean => mode === 'gate' || mode === 'moves';

const missing: Diagnosis = ({ config, capabilities }) =>
  misfits(config, capabilities).map(({ text, fatal }) => ({ text, bad: fatal }));

/** Nothing ends it but a request. */
function endless(rospec: Parameter): boolean {
  const stop = child(child(rospec, 'ROBoundarySpec'), 'ROSpecStopTrigger');
  const aispecs = children(rospec, 'AISpec').map((one) => child(one, 'AISpecStopTrigger'));
  return (
    textOf(stop, 'ROSpecStopTriggerType') === 'Null' &&
    aispecs.some((one) => textOf(one, 'AISpecStopTriggerType') === 'Null')
  );
}

/** What is odd about how an ROSpec reports. */
function muteness(rospec: Parameter): string | undefined {
  const report = child(rospec, 'ROReportSpec');
  if (!report) return undefined;
  const trigger = textOf(report, 'ROReportTrigger');
  if (trigger === 'None') return 'it reports only when it is asked (GET_REPORT)';
  const atTheEnd = trigger.startsWith('Upon_N_Tags') && numberOf(report, 'N') === 0;
  if (!atTheEnd || !endless(rospec)) return undefined;
  return 'with N = 0 it reports only at its end, and it has none: it never reports';
}

const foreign: Diagnosis = ({ config, rospecs }) =>
  rospecs
    .filter((rospec) => !isOwn(numberOf(rospec, 'ROSpecID')))
    .map((rospec) => {
      const mute = muteness(rospec);
      const state = textOf(rospec, 'CurrentState').toLowerCase();
      const what = `ROSpec ${numberOf(rospec, 'ROSpecID')} of another program is ${state}`;
      const why = [mute, state === 'active' && !mute ? 'its reads come too' : undefined].filter(Boolean).join('');
      const then = config.deleteForeignSpecs ? 'the collector will delete it' : '"deleteForeignSpecs" deletes it';
      return note([what, why, then].filter(Boolean).join('; '));
    });

const full: Diagnosis = ({ config, capabilities, rospecs }) => {
  const { rospecsMax } = readerFacts(capabilities);
  const others = rospecs.filter((rospec) => !isOwn(numberOf(rospec, 'ROSpecID'))).length;
  if (config.deleteForeignSpecs || rospecsMax === 0 || others < rospecsMax) return [];
  const how = 'set "deleteForeignSpecs", or clear it by: tagtrail reader set idle --yes';
  return [bad(`the reader keeps ${rospecsMax} ROSpec${rospecsMax > 1 ? 's' : ''}, all of other programs: ${how}`)];
};

const unplugged: Diagnosis = ({ config, settings }) => {
  const known = children(settings, 'AntennaProperties');
  const named = [...(config.rospec.antennas ?? []), ...Object.keys(config.antennas).map(Number)];
  const off = known.filter((one) => one['AntennaConnected'] === false).map((one) => numberOf(one, 'AntennaID'));
  if (known.length > 0 && off.length === known.length) return [bad('no antenna is connected: nothing will be read')];
  return off.filter((one) => named.includes(one)).map((one) => note(`antenna ${one} is configured and not connected`));
};

const summing: Diagnosis = ({ config, sample }) => {
  if (!weighs(config)) return [];
  const { n, session } = config.rospec;
  const { mode } = config.filter;
  return [
    ...(n > 1 ? [note(`mode "${mode}" weighs single reads: with "rospec.n" ${n} they come late; take 1`)] : []),
    ...(session > 1
      ? [note(`mode "${mode}" weighs single reads: in session ${session} a tag answers once; take 0 or 1`)]
      : []),
    ...(sample && sample.summed > 0
      ? [note(`the reader sums reads up (TagSeenCount above 1): of several RSSI values one is left to weigh`)]
      : []),
  ];
};

/** Where an antenna's reads count: the words of its configuration that tell it from others. */
function placeOf({ antennas, readPoint }: ReaderConfig, antenna: number): string {
  const own = antennas[antenna];
  return own?.readPoint ?? own?.zone ?? readPoint;
}

const neighbours: Diagnosis = ({ config, sample }) => {
  const named = Object.keys(config.antennas).map(Number);
  const places = new Set(named.map((antenna) => placeOf(config, antenna)));
  const open = named.filter((antenna) => {
    const { minRssi, powerDbm } = config.antennas[antenna]!;
    return (minRssi ?? config.filter.minRssi ?? powerDbm ?? config.rospec.powerDbm) === undefined;
  });
  const both = [...(sample?.antennasOf.values() ?? [])].filter(
    (antennas) => new Set([...antennas].map((antenna) => placeOf(config, antenna))).size > 1,
  ).length;
  const how = 'lower "powerDbm", or ask for more by "minRssi"';
  if (both > 0) return [note(`${both} tags were read at two places at once, a wrong one among them: ${how}`)];
  if (places.size < 2 || open.length < 2 || weighs(config)) return [];
  return [
    note(`antennas ${open.join(', ')} read at full power for different places: a tag metres away counts; ${how}`),
  ];
};

const unnamed: Diagnosis = ({ config, sample }) => {
  const named = Object.keys(config.antennas).map(Number);
  const heard = new Set([...(sample?.antennasOf.values() ?? [])].flatMap((antennas) => [...antennas]));
  const others = [...heard].filter((antenna) => !named.includes(antenna));
  if (named.length === 0 || others.length === 0) return [];
  return [note(`antennas ${others.join(', ')} read tags and are not configured: they count at ${config.readPoint}`)];
};

const silent: Diagnosis = ({ sample }) => {
  if (!sample) return [];
  const { ms, reports, empty, reads } = sample;
  const why = 'look at the region, the antennas and filters set on the reader itself';
  if (reports > 0 && reads === 0) return [note(`${empty} reports in ${ms} ms, none with a tag: ${why}`)];
  return reads > 0 ? [note(`${reads} reads of ${sample.antennasOf.size} tags came in ${ms} ms`)] : [];
};

const clock: Diagnosis = ({ config, clockOffsetMs }) => {
  if (clockOffsetMs === undefined || Math.abs(clockOffsetMs) <= config.maxClockOffsetMs) return [];
  const seconds = (Math.abs(clockOffsetMs) / 1000).toFixed(1);
  const way = clockOffsetMs > 0 ? 'slow' : 'fast';
  return [note(`the reader's clock is ${seconds} s ${way}: read times are corrected; give the reader an NTP server`)];
};

const DIAGNOSES: readonly Diagnosis[] = [
  missing,
  full,
  foreign,
  unplugged,
  summing,
  neighbours,
  unnamed,
  silent,
  clock,
];

/** What is to be said about a reader, the worst first. */
export const diagnose = (seen: Observation): Finding[] =>
  DIAGNOSES.flatMap((diagnosis) => diagnosis(seen)).toSorted((a, b) => Number(b.bad) - Number(a.bad));
