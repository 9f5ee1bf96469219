// What a subscriber asks for, in a body (webhook) or in a query string (websocket).
import { instantOf, type Schedule, SCHEDULE_FIELDS, readSchedule } from '../epcis/index.ts';
import { AppError } from '../error.ts';
import { refusal } from './problem.ts';

/** A token longer than this is no secret but a document. */
const TOKEN_CHARACTERS_MAX = 1_000;

const refuse = (message: string): never => {
  throw refusal('SubscriptionControlsException', message);
};

/** When a subscriber is told, and from which recordTime (ms since 1970) on. */
export interface Controls {
  /** Absent: a stream. */
  schedule?: Schedule;
  reportIfEmpty: boolean;
  initialRecordTime?: number;
}

function instant(value: unknown): number {
  const ms = typeof value === 'string' ? instantOf(value) : undefined;
  return ms ?? refuse('initialRecordTime must be a date-time with offset, such as 2026-03-01T08:00:00Z');
}

const flag = (name: string, value: unknown): boolean =>
  typeof value === 'boolean' ? value : refuse(`${name} must be true or false`);

/** Exactly one of `schedule` and `stream: true` (EPCIS 2.0 section 8.2.5.2). */
function controlsOf(given: Record<string, unknown>): Controls {
  const { schedule, stream = false, reportIfEmpty = false, initialRecordTime } = given;
  const streams = flag('stream', stream);
  if (streams === (schedule !== undefined)) {
    refuse(
      streams
        ? 'a subscription has a schedule or is a stream, not both'
        : 'a subscription needs "stream": true or a schedule such as {"hour": "1", "minute": "5"}',
    );
  }
  return {
    ...(schedule !== undefined && { schedule: readSchedule(schedule) }),
    reportIfEmpty: flag('reportIfEmpty', reportIfEmpty),
    ...(initialRecordTime !== undefined && { initialRecordTime: instant(initialRecordTime) }),
  };
}

const MEMBERS = ['dest', 'signatureToken', 'initialRecordTime', 'reportIfEmpty', 'schedule', 'stream'];

export interface WebhookAsked extends Controls {
  /** As it was sent, whatever it is. */
  dest: unknown;
  signatureToken?: string;
}

function tokenOf(value: unknown): string {
  const fine = typeof value === 'string' && value.length > 0 && value.length <= TOKEN_CHARACTERS_MAX;
  return fine ? value : refuse(`signatureToken must be a text of 1 to ${TOKEN_CHARACTERS_MAX} characters`);
}

/** The body of POST …/subscriptions. Throws AppError `invalid` (SubscriptionControlsException). */
export function readWebhook(body: unknown): WebhookAsked {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new AppError('invalid', 'the body must be {"dest": …, "stream": true} or one with a schedule');
  }
  const given = body as Record<string, unknown>;
  const unknown = Object.keys(given).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) refuse(`/${unknown.slice(0, 200)}: a subscription has ${MEMBERS.join(', ')}`);
  const { dest, signatureToken, ...controls } = given;
  return {
    ...controlsOf(controls),
    dest,
    ...(signatureToken !== undefined && { signatureToken: tokenOf(signatureToken) }),
  };
}

const TRUTH: Record<string, boolean> = { true: true, false: false };

/** The controls among the parameters of a websocket's URL, and the parameters that are left: those narrow the query. */
export function readSocket(parameters: URLSearchParams): { controls: Controls; rest: URLSearchParams } {
  const rest = new URLSearchParams(parameters);
  const take = (name: string): string | undefined => {
    const [value, second] = rest.getAll(name);
    if (second !== undefined) refuse(`the parameter ${name} is given twice`);
    rest.delete(name);
    return value;
  };
  const given: Record<string, unknown> = {};
  for (const name of ['stream', 'reportIfEmpty']) {
    const value = take(name);
    if (value !== undefined) given[name] = TRUTH[value] ?? value;
  }
  const initialRecordTime = take('initialRecordTime');
  if (initialRecordTime !== undefined) given['initialRecordTime'] = initialRecordTime;
  const schedule = SCHEDULE_FIELDS.flatMap((field) => {
    const value = take(field);
    return value === undefined ? [] : [[field, value]];
  });
  if (schedule.length > 0) given['schedule'] = Object.fromEntries(schedule);
  return { controls: controlsOf(given), rest };
}
