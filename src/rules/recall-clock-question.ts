// The rule recall-clock as a question and an answer in JSON (`tagtrail rule recall-clock`).
import { AppError } from '../error.ts';
import { instantOf } from '../epcis/index.ts';
import { type Deadline, deadlinesOf } from './recall-clock.ts';
import { type Act, ACTS } from './recall-clock-table.ts';

/** Other words for what happened. */
const WORDS: Readonly<Record<string, Act>> = { completed: 'completion', notify: 'notice' };

const wrong = (member: string, why: string): AppError => new AppError('invalid', `${member} ${why}`, { member });
const isText = (value: unknown): value is string => typeof value === 'string';

/**
 * `{jurisdiction, class, known, notice, decision, …, [zone], [calendar], [now]}` to the same with `startDue`,
 * `finishDue`, `notifyDue` …, the end of a day as 00:00 of the next, and every deadline in full. Without `zone` that of
 * the earliest time, without `now` the latest time, without `calendar` Monday to Friday. Throws AppError `invalid`.
 */
export function answerRecallClock(question: Record<string, unknown>): object {
  const { jurisdiction, class: grade = '1', zone, calendar = 'weekdays', now, note, ...rest } = question;
  if (!isText(jurisdiction)) throw wrong('jurisdiction', 'must be a text');
  if (!isText(grade)) throw wrong('class', 'must be a text');
  if (calendar !== 'weekdays' && calendar !== 'jurisdiction')
    throw wrong('calendar', 'must be weekdays or jurisdiction');
  for (const [name, value] of Object.entries({ zone, now, note }))
    if (value !== undefined && !isText(value)) throw wrong(name, 'must be a text');
  const acts = Object.entries(rest).flatMap(([name, at]) => actsOf(name, at));
  const times = acts.map(({ at }) => at).sort((a, b) => (instantOf(a) ?? 0) - (instantOf(b) ?? 0));
  const first = times[0];
  if (first === undefined) throw wrong('known', 'or another time must be given');
  const asked = {
    jurisdiction,
    classes: [{ class: grade, at: first }],
    zone: isText(zone) ? zone : (/(?:Z|[+-]\d{2}:?\d{2})$/.exec(first)?.[0] ?? ''),
    acts,
    calendar,
  } as const;
  const deadlines = deadlinesOf(asked, isText(now) ? now : (times.at(-1) ?? first));
  return { ...question, calendar, ...dueOf(deadlines), deadlines };
}

function actsOf(name: string, at: unknown): { act: Act; at: string }[] {
  const act = WORDS[name] ?? name;
  if (!ACTS.includes(act as Act)) throw wrong(name, `is no member of a question; times are ${ACTS.join(', ')}`);
  const times: unknown[] = Array.isArray(at) ? at : [at];
  return times.map((time) => {
    if (!isText(time) || instantOf(time) === undefined)
      throw wrong(name, 'must be an ISO 8601 time with offset, such as 2026-06-04T10:00:00+08:00');
    return { act: act as Act, at: time };
  });
}

/** By duty: what is due, of a repeating one the first that is open. */
function dueOf(deadlines: Deadline[]): Record<string, string> {
  const asked = new Map<string, Deadline>();
  for (const one of deadlines) {
    const known = asked.get(one.duty);
    if (one.due !== null && (!known || (known.state !== 'open' && one.state === 'open'))) asked.set(one.duty, one);
  }
  return Object.fromEntries([...asked].map(([duty, { due }]) => [`${duty}Due`, due ?? '']));
}
