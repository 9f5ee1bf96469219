// Deadlines of a recall case (docs/recall.md, Clocks), computed from a table and from what happened so far.
import { AppError } from '../error.ts';
import { instantOf } from '../epcis/index.ts';
import { readZone, type Zone } from './local-day.ts';
import { type Act, ACTS, type Clock, CLOCKS, JURISDICTIONS, notVerified, type Text } from './recall-clock-table.ts';
import { calendarOf, WEEKDAYS, type WorkCalendar, workingDayAfter } from './work-calendar.ts';

/** What a case knows of its clocks. Times are ISO 8601 with offset. */
export interface RecallClocks {
  /** One of JURISDICTIONS. */
  jurisdiction: string;
  /** In order: the class at opening, then each raise or lowering. `1` `2` `3`, also `I` or `一级`. */
  classes: readonly { class: string; at: string }[];
  /** IANA name or offset: where days begin and end. */
  zone: string;
  /** Any order. The first of a kind starts clocks, each request its own; all of them may meet one. */
  acts: readonly { act: Act; at: string }[];
  /** `weekdays` counts Monday to Friday and knows no holidays. */
  calendar?: 'jurisdiction' | 'weekdays';
}

export interface Deadline {
  /** Stable: `cn-food/1/start`, the third of a repeating one `cn-drug/2/progress/3`. */
  id: string;
  duty: string;
  label: Text;
  jurisdiction: string;
  class: string;
  basis: { rule: string; article: string | null };
  startsFrom: Act;
  /** Null: what it starts from has not happened. */
  startsAt: string | null;
  within: number;
  unit: Clock['unit'];
  /** The end of a day is the first instant of the next. */
  due: string | null;
  metBy: Act;
  metAt: string | null;
  /** Met in time is metAt <= due. Where the law has no number nothing is late. */
  state: 'open' | 'met' | 'late';
  /** A number of the law that must be kept: false for `promptly`, and for a drill of the firm's own. */
  mandatory: boolean;
  /** From startsAt to metAt, else to now. */
  elapsedSeconds: number | null;
  certainty: 'S' | 'K';
  /** To be shown wherever a K row is shown. */
  notVerified: Text | null;
  /** Of working days: whose, and the years whose holidays are not known. */
  calendar: { name: string; unknownYears: number[] } | null;
  /** When a change of class put another deadline in its place; kept, and judged as it stood then. */
  supersededAt: string | null;
}

/** Changes of class and acts that one case may hand in. */
const CLASSES_MAX = 100;
const ACTS_MAX = 10_000;
/** Repetitions of one duty that are listed, the latest ones; one or two more where days are short. */
const REPETITIONS_MAX = 400;
/** Far enough from the ends of four-digit years for every deadline to have one. */
const TIME_MIN = Date.UTC(1900);
const TIME_MAX = Date.UTC(9900);
const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

const CLASS_NAMES: Readonly<Record<string, string>> = { I: '1', II: '2', III: '3', 一级: '1', 二级: '2', 三级: '3' };

const wrong = (member: string, why: string): AppError => new AppError('invalid', `${member} ${why}`, { member });

function readTime(text: string, member: string): number {
  const time = instantOf(text);
  if (time === undefined || time < TIME_MIN || time > TIME_MAX)
    throw wrong(member, 'must be an ISO 8601 time with offset, such as 2026-06-04T10:00:00+08:00, from 1900 to 9900');
  return time;
}

/** The class as the table writes it. */
export function readClass(text: string): string {
  const name = CLASS_NAMES[text] ?? text;
  if (!['1', '2', '3'].includes(name)) throw wrong('class', 'must be 1, 2 or 3');
  return name;
}

/** The rows of a jurisdiction and class; those of `us` hold for us-food, us-drug and us-device too. */
const rowsOf = (jurisdiction: string, grade: string): Clock[] =>
  CLOCKS.filter(
    (row) =>
      (row.jurisdiction === jurisdiction || jurisdiction.startsWith(`${row.jurisdiction}-`)) &&
      (row.class === '*' || row.class === grade),
  );

/** One case at one moment. */
interface Reading {
  zone: Zone;
  calendar: WorkCalendar;
  now: number;
  /** Times of each act up to now, ascending. */
  times: Map<Act, number[]>;
}

/** A row while it holds: until a change of class puts another in its place. */
interface Standing {
  row: Clock;
  from: number;
  until: number | undefined;
}

/**
 * Every deadline of a case as seen at `now`: those of its class, and those that a change of class superseded. Acts and
 * changes after `now` are not seen. Throws AppError `invalid` naming the member that is wrong.
 */
export function deadlinesOf(clocks: RecallClocks, now: string): Deadline[] {
  if (!JURISDICTIONS.includes(clocks.jurisdiction))
    throw wrong('jurisdiction', `must be one of ${JURISDICTIONS.join(', ')}`);
  if (clocks.classes.length > CLASSES_MAX) throw wrong('classes', `has more than ${CLASSES_MAX} changes`);
  if (clocks.acts.length > ACTS_MAX) throw wrong('acts', `has more than ${ACTS_MAX} entries`);
  const reading: Reading = {
    zone: readZone(clocks.zone),
    calendar: clocks.calendar === 'weekdays' ? WEEKDAYS : calendarOf(clocks.jurisdiction),
    now: readTime(now, 'now'),
    times: new Map(),
  };
  for (const { act, at } of clocks.acts) {
    if (!ACTS.includes(act)) throw wrong('act', `must be one of ${ACTS.join(', ')}`);
    const time = readTime(at, act);
    if (time <= reading.now) reading.times.set(act, [...(reading.times.get(act) ?? []), time]);
  }
  for (const times of reading.times.values()) times.sort((a, b) => a - b);
  return standingsOf(clocks, reading.now).flatMap((standing) => deadlinesOfRow(standing, reading));
}

/** Rows in the order of the table, the present ones first. */
function standingsOf({ jurisdiction, classes }: RecallClocks, now: number): Standing[] {
  const changes = classes
    .map(({ class: grade, at }) => ({ grade: readClass(grade), at: readTime(at, 'classes.at') }))
    .filter(({ at }) => at <= now)
    .sort((a, b) => a.at - b.at);
  const standings = new Map<Clock, Standing>();
  for (const { grade, at } of changes) {
    const rows = rowsOf(jurisdiction, grade);
    for (const standing of standings.values())
      if (standing.until === undefined && !rows.includes(standing.row)) standing.until = at;
    for (const row of rows)
      if (standings.get(row)?.until !== undefined || !standings.has(row))
        standings.set(row, { row, from: at, until: undefined });
  }
  const all = [...standings.values()];
  return [...all.filter(({ until }) => until === undefined), ...all.filter(({ until }) => until !== undefined)];
}

function deadlinesOfRow(standing: Standing, reading: Reading): Deadline[] {
  const { row } = standing;
  if (row.repeats) return repetitionsOf(standing, reading);
  const starts = reading.times.get(row.startsFrom) ?? [];
  const met = reading.times.get(row.metBy) ?? [];
  if (row.startsFrom !== 'request') return [deadline(standing, reading, '', starts[0], met[0])];
  if (starts.length === 0) return [deadline(standing, reading, '', undefined, undefined)];
  const answers = answersTo(starts, met);
  return starts.map((start, i) => deadline(standing, reading, i === 0 ? '' : `/${i + 1}`, start, answers[i]));
}

/** Each request is answered by the first answer after it that no earlier request took. */
function answersTo(requests: number[], met: number[]): (number | undefined)[] {
  const left = [...met];
  return requests.map((request) => {
    const at = left.findIndex((time) => time >= request);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  });
}

/**
 * The repetitions of a duty up to the first that is due after now, until completion. One that was due before this class
 * held is not asked for. A report meets the period in which it came; a further one in the same period makes up for an
 * earlier period without any.
 */
function repetitionsOf(standing: Standing, reading: Reading): Deadline[] {
  const { row, from, until } = standing;
  const start = reading.times.get(row.startsFrom)?.[0];
  if (start === undefined) return [deadline(standing, reading, '/1', undefined, undefined)];
  const end = Math.min(reading.times.get('completion')?.[0] ?? Infinity, until ?? Infinity);
  const last = Math.min(reading.now, end);
  const skipped = Math.max(0, Math.floor((last - start) / (row.within * DAY_MS)) - REPETITIONS_MAX);
  const periods: { n: number; due: number; reports: number[] }[] = [];
  for (
    let n = skipped + 1, begin = skipped === 0 ? start : dueOf(row, start, reading, skipped).due;
    begin <= last;
    n++
  ) {
    const { due } = dueOf(row, start, reading, n);
    const reports = (reading.times.get(row.metBy) ?? []).filter((at) => at <= due && (n === 1 || at > begin));
    if (due > from) periods.push({ n, due, reports });
    begin = due;
  }
  const spare = periods.flatMap(({ reports }) => reports.slice(1));
  return periods.map(({ n, due, reports }) => {
    const late = reports.length === 0 ? spare.findIndex((at) => at > due) : -1;
    const metAt = late < 0 ? reports[0] : spare.splice(late, 1)[0];
    return deadline(standing, reading, `/${n}`, start, metAt, n);
  });
}

interface Due {
  due: number;
  unknownYears: number[];
}

function dueOf(row: Clock, start: number, { zone, calendar }: Reading, times = 1): Due {
  const within = row.within * times;
  if (row.unit === 'hour') return { due: start + within * HOUR_MS, unknownYears: [] };
  const day = zone.dayOf(start);
  if (row.unit === 'day') return { due: zone.startOf(day + within + 1), unknownYears: [] };
  const { day: last, unknownYears } = workingDayAfter(calendar, day, within);
  const hardLimit = start + (row.hardLimitHours ?? Infinity) * HOUR_MS;
  return { due: Math.min(zone.startOf(last + 1), hardLimit), unknownYears };
}

function deadline(
  { row, until }: Standing,
  reading: Reading,
  suffix: string,
  start: number | undefined,
  metAt: number | undefined,
  times = 1,
): Deadline {
  const { zone, calendar } = reading;
  const text = (time: number | undefined): string | null => (time === undefined ? null : zone.text(time));
  const moment = Math.min(reading.now, until ?? Infinity);
  const met = metAt !== undefined && metAt <= moment ? metAt : undefined;
  const told = start === undefined ? undefined : dueOf(row, start, reading, times);
  const hasNumber = row.within > 0;
  const isLate = told !== undefined && hasNumber && (met ?? moment) > told.due;
  return {
    id: `${row.jurisdiction}/${row.class}/${row.duty}${suffix}`,
    duty: row.duty,
    label: row.label,
    jurisdiction: row.jurisdiction,
    class: row.class,
    basis: { rule: row.rule, article: row.article },
    startsFrom: row.startsFrom,
    startsAt: text(start),
    within: row.within,
    unit: row.unit,
    due: text(told?.due),
    metBy: row.metBy,
    metAt: text(met),
    state: isLate ? 'late' : met === undefined ? 'open' : 'met',
    mandatory: hasNumber && row.isDrill !== true,
    elapsedSeconds: start === undefined ? null : Math.max(0, Math.round(((met ?? moment) - start) / SECOND_MS)),
    certainty: row.certainty,
    notVerified: row.certainty === 'K' ? notVerified(row.verifyWith) : null,
    calendar: row.unit === 'workingDay' ? { name: calendar.name, unknownYears: told?.unknownYears ?? [] } : null,
    supersededAt: text(until),
  };
}
