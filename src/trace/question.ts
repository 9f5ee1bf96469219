// What can be asked.
import { AppError, messageOf } from '../error.ts';
import { instantOf } from '../epcis/index.ts';
import { keyOf, keyOfUri, keyText, parse } from '../gs1/index.ts';
import type { Key } from './fact.ts';

export const OPS = ['back', 'forward', 'history', 'where', 'contents', 'balance', 'state', 'audit'] as const;
export type Op = (typeof OPS)[number];

/** Times are milliseconds since 1970. */
export interface Question {
  op: Op;
  /** An identifier as URN, Digital Link or element string; `*` for an audit of everything. */
  of: string;
  at?: number;
  from?: number;
  to?: number;
  uom?: string;
  /** Events that the asker may not read (R27). */
  hidden?: readonly string[];
  policy?: 'connected' | 'strict';
  /** How identifiers are written in the answer; URN where nothing is said. */
  form?: 'urn' | 'link';
}

/** Hidden events that one question may name. */
const HIDDEN_MAX = 100_000;

const FIELDS: ReadonlySet<string> = new Set(['id', 'op', 'of', 'asOf', 'at', 'from', 'to', 'uom', 'hidden', 'policy']);

/** A question with the time of knowledge that whoever loads the facts needs, and the asker's own name for it. */
export interface AskedQuestion extends Question {
  id?: string;
  /** Absent: now. */
  asOf?: number;
}

/** Reads a question of cli.md's batch form (JSON). AppError `invalid` names the member that is wrong. */
export function readQuestion(value: unknown): AskedQuestion {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('question', 'must be an object');
  const fields = value as Record<string, unknown>;
  for (const name of Object.keys(fields)) if (!FIELDS.has(name)) throw wrong(name, 'is no member of a question');
  const { op, of, uom, policy } = fields;
  if (!OPS.includes(op as Op)) throw wrong('op', `must be one of ${OPS.join(', ')}`);
  if (typeof of !== 'string' || of === '') throw wrong('of', 'must be an identifier');
  if (policy !== undefined && policy !== 'connected' && policy !== 'strict')
    throw wrong('policy', 'must be connected or strict');
  if (uom !== undefined && (typeof uom !== 'string' || !/^[A-Z0-9]{2,3}$/.test(uom)))
    throw wrong('uom', 'must be a UN/ECE unit code');
  const question: AskedQuestion = { op: op as Op, of };
  for (const name of ['asOf', 'at', 'from', 'to'] as const) {
    if (fields[name] !== undefined) question[name] = readTime(fields[name], name);
  }
  if (fields['id'] !== undefined)
    question.id = typeof fields['id'] === 'string' ? fields['id'] : JSON.stringify(fields['id']);
  if (uom !== undefined) question.uom = uom;
  if (policy !== undefined) question.policy = policy;
  if (fields['hidden'] !== undefined) question.hidden = readHidden(fields['hidden']);
  rootOf(question);
  return question;
}

const TIME_FORM =
  'must be an ISO 8601 time with offset, such as 2026-05-01T08:00:00Z, after 0001-01-01 and before 9999-12-31';

/** Milliseconds since 1970 of an ISO 8601 time with offset; AppError `invalid` otherwise. */
function readTime(value: unknown, name: string): number {
  const time = typeof value === 'string' ? instantOf(value) : undefined;
  if (time === undefined) throw wrong(name, TIME_FORM);
  return time;
}

function readHidden(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((id) => typeof id === 'string'))
    throw wrong('hidden', 'must be a list of eventIDs');
  if (value.length > HIDDEN_MAX) throw wrong('hidden', `names more than ${HIDDEN_MAX} events`);
  return value;
}

const wrong = (member: string, why: string): AppError => new AppError('invalid', `${member} ${why}`, { member });

/** The identifier asked about; undefined for an audit of everything. AppError `invalid` for a malformed one. */
export function rootOf({ op, of }: Pick<Question, 'op' | 'of'>): { key: Key; gcpLength: number } | undefined {
  if (of === '*' && op === 'audit') return undefined;
  try {
    if (of.startsWith('(')) {
      const id = parse(of);
      return { key: keyText(keyOf(id)), gcpLength: id.gcpLength ?? 0 };
    }
    const { key, gcpLength } = keyOfUri(of);
    return { key: keyText(key), gcpLength };
  } catch (error) {
    throw wrong('of', `is no identifier: ${messageOf(error)}`);
  }
}
