import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { CollectorStats } from './main.ts';

type Sample = [labels: Record<string, string>, value: number];
/** A metric: its kind, what it says, and where in the counters it stands. */
type Row = [name: string, kind: 'counter' | 'gauge', help: string, of: (stats: CollectorStats) => number | Sample[]];

const STATES = ['idle', 'connecting', 'configuring', 'running', 'backoff', 'full', 'stopped'] as const;

const perReader = (key: 'connections' | 'malformed' | 'misreads' | 'clockJumps' | 'badTimes'): Row[3] => {
  return ({ readers }) => readers.map((reader): Sample => [{ reader: reader.name }, reader[key]]);
};

const ROWS: Row[] = [
  ['reads_total', 'counter', 'Tag reads taken', (s) => s.reads],
  ['arrivals_total', 'counter', 'Tags that became present', (s) => s.arrivals],
  ['events_total', 'counter', 'EPCIS events made and committed to the spool', (s) => s.events],
  ['commits_total', 'counter', 'Commits of the spool', (s) => s.commits],
  ['sent_total', 'counter', 'Events that an endpoint took', (s) => s.sent],
  ['refused_total', 'counter', 'Events that an endpoint refused for good', (s) => s.dead],
  ['retries_total', 'counter', 'Attempts to send that failed', (s) => s.retries],
  ['weak_reads_total', 'counter', 'Reads below the least RSSI', (s) => s.weak],
  ['ignored_reads_total', 'counter', 'Reads of tags that the filter keeps out', (s) => s.ignored],
  ['backlog_events', 'gauge', 'Events in the spool', (s) => s.backlog],
  ['dead_letters', 'gauge', 'Events kept as dead letters', (s) => s.deadLetters],
  ['spool_bytes', 'gauge', 'Bytes in use in the spool', (s) => s.spoolBytes],
  ['spool_bytes_max', 'gauge', 'Bytes that the spool may use', (s) => s.spoolBytesMax],
  ['tags', 'gauge', 'Tags in the filter memory', (s) => s.tags],
  ['alarms', 'gauge', 'Alarms that are on', (s) => s.alarms.map(({ name }): Sample => [{ alarm: name }, 1])],
  ['operations_total', 'counter', 'Operations events', (s) =>
    Object.entries(s.operations).map(([kind, count]): Sample => [{ kind }, count])],
  ['gate_passages_total', 'counter', 'Passages of a gate by direction', (s) =>
    s.gates.flatMap(({ gate, readPoint, counts }) =>
      Object.entries(counts).map(([way, n]): Sample => [{ gate, read_point: readPoint, way }, n]))],
  ['gate_interval_passages', 'gauge', 'Passages of a gate in the latest interval in which there were any', (s) =>
    s.gates.flatMap(({ gate, readPoint, intervals }) =>
      Object.entries(intervals[0]?.counts ?? {}).map(([way, n]): Sample => [{ gate, read_point: readPoint, way }, n]))],
  ['endpoint_waiting_events', 'gauge', 'Events that an endpoint has not taken yet', (s) =>
    s.endpoints.map(({ name, waiting }): Sample => [{ endpoint: name }, waiting])],
  ['reader_state', 'gauge', '1 for the state that a reader is in', (s) =>
    s.readers.flatMap(({ name, state }) =>
      STATES.map((one): Sample => [{ reader: name, state: one }, one === state ? 1 : 0]))],
  ['reader_clock_offset_ms', 'gauge', 'Host time minus reader time', (s) =>
    s.readers.map(({ name, clockOffsetMs }): Sample => [{ reader: name }, clockOffsetMs])],
  ['reader_connections_total', 'counter', 'Links made', perReader('connections')],
  ['reader_malformed_total', 'counter', 'Messages that could not be decoded', perReader('malformed')],
  ['reader_misreads_total', 'counter', 'Reads without an EPC, or of another length than the PC word says', perReader('misreads')],
  ['reader_clock_jumps_total', 'counter', 'Jumps of the clock', perReader('clockJumps')],
  ['reader_bad_times_total', 'counter', 'Reads whose time could not be', perReader('badTimes')],
]; // prettier-ignore

const LABELS: Record<string, string[]> = {
  alarms: ['alarm'],
  operations_total: ['kind'],
  gate_passages_total: ['gate', 'read_point', 'way'],
  gate_interval_passages: ['gate', 'read_point', 'way'],
  endpoint_waiting_events: ['endpoint'],
  reader_state: ['reader', 'state'],
};
const labelsOf = (name: string): string[] => LABELS[name] ?? (name.startsWith('reader_') ? ['reader'] : []);

/** The collector's metrics, `tagtrail_collector_…`, and those of the process, in Prometheus' text format. */
export function metricsOf(stats: () => CollectorStats): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const [name, kind, help, of] of ROWS) {
    const set = (metric: Counter | Gauge): void => {
      metric.reset();
      const value = of(stats());
      const samples: Sample[] = typeof value === 'number' ? [[{}, value]] : value;
      for (const [labels, n] of samples) metric.inc(labels, n);
    };
    const options = { name: `tagtrail_collector_${name}`, help, labelNames: labelsOf(name), registers: [registry] };
    if (kind === 'counter') {
      new Counter({ ...options, collect() { set(this); } }); // prettier-ignore
    } else {
      new Gauge({ ...options, collect() { set(this); } }); // prettier-ignore
    }
  }
  return registry;
}
