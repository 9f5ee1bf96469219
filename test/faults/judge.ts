// Whether a simulated day kept what is promised (llrp specification, section 5): what was acknowledged is stored once,
// at its time, and whatever may be missing is told.
import type { Operation } from '../../readers/spool.ts';
import type { Relay, Sight } from './relay.ts';
import type { Visit } from './traffic.ts';
import type { Span } from './reader.ts';

const SECOND = 1000;
/** The collector's departAfterMs: a pause of the reads in which it listened so long is a new arrival. */
const DEPART_AFTER_MS = 30 * SECOND;
const LIST_MAX = 20;

export interface StoredEvent {
  eventID: string;
  eventTime: string;
  epcList: string[];
  'tagtrail:reads': { 'tagtrail:epc': string; 'tagtrail:antenna': number }[];
}
/** A change of the reader's clock, and when it was done. */
export interface Jump extends Span {
  byMs: number;
}

/** Everything that a day leaves behind. Times in ms of the simulated day. */
export interface Evidence {
  visits: ReadonlyMap<string, Visit>;
  relay: Pick<Relay, 'sights' | 'ups' | 'told'>;
  stored: StoredEvent[];
  operations: Operation[];
  jumps: Jump[];
  /** When the collector ran first. */
  startedMs: number;
  /** What moving between processes may cost: no time is compared more exactly. */
  slackMs: number;
}

export interface Verdict {
  /** Visits of an EPC with a read that was acknowledged, and all that are stored. */
  acknowledged: number;
  stored: number;
  /** Acknowledged, yet in no event. */
  lost: string[];
  /** In more than one event. */
  doubled: string[];
  /** Joined with the visit before, or a second arrival, because the collector was deaf, or the reads paused, so long. */
  joined: number;
  again: number;
  /** Furthest from the truth of any event's time, and those beyond the limit. */
  errorMsMax: number;
  wrongTimes: string[];
  /** Dated wrongly by a clock of the reader that had been set when nobody could know, yet within what that explains. */
  undated: number;
  /** Visits in no event, none of them acknowledged; and those of them that no operations event accounts for. */
  unread: number;
  unexplained: string[];
  /** Times without a link, and those that no gap covers. */
  outages: number;
  untold: string[];
  /** Reader events that were acknowledged and are not among the operations events. */
  unheard: string[];
}

const iso = (ms: number): string => new Date(ms).toISOString();
const timesOf = (of: Operation): Span => ({
  from: Date.parse(String(of.detail['from'])),
  to: Date.parse(String(of.detail['to'])),
});

const gapsIn = (operations: Operation[]): Span[] => operations.filter(({ kind }) => kind === 'gap').map(timesOf);

/** Times as a few spans that do not overlap, those less than `slackMs` apart joined. */
function union(spans: Span[], slackMs: number): Span[] {
  const joined: Span[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && from <= last.to + slackMs) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

const overlapMs = (spans: readonly Span[], from: number, to: number): number =>
  spans.reduce((sum, span) => sum + Math.max(0, Math.min(span.to, to) - Math.max(span.from, from)), 0);

/** How long the link was up between two times, without what the collector has told that it has not heard. */
const heardMs = ({ relay, operations }: Evidence, from: number, to: number): number => {
  const gaps = union(gapsIn(operations), 0);
  return relay.ups.reduce((sum, up) => {
    const [begun, ended] = [Math.max(up.from, from), Math.min(up.to, to)];
    return ended <= begun ? sum : sum + ended - begun - overlapMs(gaps, begun, ended);
  }, 0);
};

/** Spans in which an antenna was known to be lost. */
function antennaLosses(operations: Operation[]): (Span & { antenna: number })[] {
  const losses = operations.filter(({ kind }) => kind === 'antenna-lost');
  return losses.map(({ atMs, detail }) => {
    const back = operations.find(
      (one) => one.kind === 'antenna-connected' && one.atMs > atMs && one.detail['antenna'] === detail['antenna'],
    );
    return { antenna: Number(detail['antenna']), from: atMs, to: back?.atMs ?? Infinity };
  });
}

/** The visit of an event's EPC. */
function storedVisits({ visits, stored }: Evidence): Map<string, number[]> {
  const keyOf = new Map([...visits].map(([key, { uri, antenna }]) => [`${uri} ${antenna}`, key]));
  const times = new Map<string, number[]>();
  for (const event of stored) {
    for (const read of event['tagtrail:reads'] ?? []) {
      const key = keyOf.get(`${read['tagtrail:epc']} ${read['tagtrail:antenna']}`);
      if (key !== undefined) times.set(key, [...(times.get(key) ?? []), Date.parse(event.eventTime)]);
    }
  }
  return times;
}

const visitBefore = (key: string): string => {
  const [epc, antenna] = key.split(' ') as [string, string];
  return `${epc} ${Number(antenna) - 1}`;
};

/** A pause of the acknowledged reads in which the collector listened for longer than a tag may be silent. */
function hasPause({ acknowledged }: Sight, evidence: Evidence): boolean {
  const times = acknowledged.toSorted((a, b) => a - b);
  return times.some((at, i) => i > 0 && heardMs(evidence, times[i - 1]!, at) > DEPART_AFTER_MS - evidence.slackMs);
}

/** The collector listened too little since the visit before for that one to be over. */
function joins(key: string, evidence: Evidence): boolean {
  const { relay, slackMs } = evidence;
  const before = relay.sights.get(visitBefore(key));
  const first = relay.sights.get(key)?.sentFirst;
  if (!before || first === undefined) return false;
  return heardMs(evidence, before.sentLast, first) <= DEPART_AFTER_MS + slackMs;
}

/** Until when nobody could know that the reader's clock had been set; `told` is when nothing was heard. */
function knownAt({ byMs, from }: Jump, { relay, operations }: Evidence, told: Span[]): number {
  // set ahead it shows in the first read that comes, unless what is read waits
  if (byMs > 0) return told.find((gap) => gap.from <= from && gap.to >= from)?.to ?? from;
  const greeted = relay.ups.find((up) => up.joined > from)?.from ?? Infinity;
  const seen = operations.find(({ kind, atMs }) => kind === 'clock-jump' && atMs > from)?.atMs ?? Infinity;
  return Math.min(greeted, seen);
}

export function judge(evidence: Evidence): Verdict {
  const { visits, relay, operations, jumps, slackMs } = evidence;
  const stored = storedVisits(evidence);
  const gaps = gapsIn(operations);
  const lost: string[] = [];
  const doubled: string[] = [];
  const wrongTimes: string[] = [];
  const unexplained: string[] = [];
  let [acknowledged, joined, again, undated, unread, errorMsMax] = [0, 0, 0, 0, 0, 0];
  const told = union(gaps, slackMs);
  const doubts = jumps.map((jump) => ({
    from: jump.from - slackMs,
    to: knownAt(jump, evidence, told) + slackMs,
    byMs: jump.byMs,
  }));
  const losses = antennaLosses(operations);
  const overflows = operations.filter(({ kind }) => kind === 'overflow').map(({ atMs }) => atMs);
  for (const [key, visit] of visits) {
    const sight = relay.sights.get(key);
    const times = stored.get(key) ?? [];
    const tell = `${visit.uri} at ${visit.antenna}, ${iso(visit.from)} to ${iso(visit.to)}`;
    if (sight?.acknowledged.length) acknowledged++;
    if (times.length > 1) {
      if (times.length === 2 && sight && hasPause(sight, evidence)) again++;
      else doubled.push(`${tell}: ${times.map(iso).join(', ')}`);
    }
    if (times.length === 0) {
      if (joins(key, evidence)) joined++;
      else if (sight?.acknowledged.length) lost.push(tell);
      else {
        unread++;
        const until = visit.queuedAt ?? visit.to;
        const during = ({ from, to }: Span): boolean => from - slackMs <= until && to + slackMs >= visit.from;
        const isTold =
          until < evidence.startedMs + slackMs ||
          gaps.some(during) ||
          losses.some((one) => one.antenna === visit.antenna && during(one)) ||
          overflows.some((at) => at >= visit.from);
        if (!isTold) unexplained.push(tell);
      }
      continue;
    }
    const errorMs = Math.max(...times.map((time) => Math.max(0, visit.from - time, time - visit.to)));
    const last = sight?.sentLast ?? visit.to;
    const near = doubts.filter(({ from, to }) => visit.from <= to && last >= from);
    if (errorMs > slackMs && near.length > 0) {
      // nobody could date it, yet never later than it was handed over, nor off by more than clock or outage explain
      const byMs = near.reduce((sum, doubt) => sum + Math.abs(doubt.byMs), 0);
      const outage = told.find(({ from, to }) => from <= visit.from && to >= visit.from);
      const earliest = Math.min(visit.from - byMs, outage?.from ?? visit.from) - slackMs;
      const latest = Math.max(last, outage?.to ?? last) + slackMs;
      undated++;
      if (times.every((time) => time >= earliest && time <= latest)) continue;
    } else errorMsMax = Math.max(errorMsMax, errorMs);
    if (errorMs > slackMs) wrongTimes.push(`${tell}: dated ${times.map(iso).join(', ')}`);
  }
  // before its first start nobody expects a collector to know anything
  const outages = relay.ups.slice(1).map((up, i) => ({ from: relay.ups[i]!.to, to: up.from }));
  const untold = outages.filter(
    ({ from, to }) => to - from > slackMs && !told.some((gap) => gap.from <= from + slackMs && gap.to >= to - slackMs),
  );
  const unheard = [...relay.told].flatMap(([kind, count]) => {
    const kept = operations.filter((one) => one.kind === kind).length;
    return kept < count ? [`${kind}: ${count} told, ${kept} kept`] : [];
  });
  return {
    acknowledged,
    stored: stored.size,
    lost,
    doubled,
    joined,
    again,
    errorMsMax: Math.round(errorMsMax),
    wrongTimes,
    undated,
    unread,
    unexplained,
    outages: outages.length,
    untold: untold.map(({ from, to }) => `${iso(from)} to ${iso(to)}`),
    unheard,
  };
}

/** What is wrong, a line for each, a few of each kind; nothing when all is well. */
export function complaints(verdict: Verdict): string[] {
  const lists = ['lost', 'doubled', 'wrongTimes', 'unexplained', 'untold', 'unheard'] as const;
  return lists.flatMap((name) => [
    ...verdict[name].slice(0, LIST_MAX).map((one) => `${name}: ${one}`),
    ...(verdict[name].length > LIST_MAX ? [`${name}: ${verdict[name].length} in all`] : []),
  ]);
}
