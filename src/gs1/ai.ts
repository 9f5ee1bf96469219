import { AI_CHECKS } from './ai-check.ts';
import { AI_ROWS } from './ai-table.ts';
import { DIGITS, SET_39, SET_64, SET_82, firstOutside } from './charset.ts';
import { Gs1Error, type Gs1ErrorCode } from './error.ts';
import type { Element } from './id.ts';

interface Component {
  readonly set: number;
  readonly min: number;
  readonly max: number;
  readonly optional: boolean;
  readonly checks: readonly string[];
}

/** One application identifier of the table. */
export interface AiRow {
  readonly title: string;
  /** Its length is fixed by its first two digits: no FNC1 behind it. */
  readonly predefined: boolean;
  /** May stand in the query of a Digital Link. */
  readonly inQuery: boolean;
  readonly components: readonly Component[];
  /** Where it is a primary key: the lists of qualifiers that a path may hold, each in order. */
  readonly qualifiers?: readonly (readonly string[])[];
  /** All of these groups must be met by one of their alternatives. */
  readonly needs: readonly (readonly (readonly string[])[])[];
  readonly excludes: readonly string[];
}

const SETS: Record<string, number> = { N: DIGITS, X: SET_82, Y: SET_39, Z: SET_64 };

function componentOf(spec: string): Component {
  const [type, ...checks] = spec.split(',');
  const parts = /^(\[?)([NXYZ])(\.\.)?([0-9]+)\]?$/.exec(type!);
  if (!parts) throw new Error(`AI table: component ${spec}`);
  const max = Number(parts[4]);
  return { set: SETS[parts[2]!]!, min: parts[3] ? 1 : max, max, optional: parts[1] !== '', checks };
}

function rowOf(words: readonly string[], title: string): AiRow {
  const [flags, ...rest] = words;
  const of = (name: string) =>
    rest.filter((word) => word.startsWith(`${name}=`)).map((word) => word.slice(name.length + 1));
  const isKey = rest.includes('key');
  const [qualifiers] = of('key');
  return {
    title,
    predefined: flags!.includes('p'),
    inQuery: flags!.includes('d'),
    components: rest.filter((word) => /^\[?[NXYZ]/.test(word)).map(componentOf),
    ...((isKey || qualifiers) && { qualifiers: qualifiers?.split('|').map((list) => list.split(',')) ?? [[]] }),
    needs: of('req').map((group) => group.split(',').map((all) => all.split('+'))),
    excludes: of('ex').flatMap((list) => list.split(',')),
  };
}

function compile(rows: string): Map<string, AiRow> {
  const table = new Map<string, AiRow>();
  for (const line of rows.trim().split('\n')) {
    const [facts, title = ''] = line.split(' # ');
    const [ais, ...words] = facts!.split(' ');
    const [first, last = first] = ais!.split('-');
    const row = rowOf(words, title);
    for (let ai = Number(first); ai <= Number(last); ai++) table.set(String(ai).padStart(first!.length, '0'), row);
  }
  return table;
}

/** Every application identifier by its digits. */
export const AI_TABLE: ReadonlyMap<string, AiRow> = compile(AI_ROWS);

const DATE_CHECK = /^yy/;
/** Checks against lists that grow, and between the parts of a value: what a tag says is read all the same. */
const NOT_OF_TAGS = new Set([
  'pieceoftotal',
  'posinseqslash',
  'iso3166',
  'iso3166999',
  'iso3166alpha2',
  'iso4217',
  'packagetype',
]);

/** Why a value is none that its AI can have. */
interface Fault {
  readonly code: Gs1ErrorCode;
  readonly message: string;
  /** Offset in the value; absent where a whole component is meant. */
  readonly at?: number;
}

function componentFault(ai: string, component: Component, part: string, isOnTag: boolean): Fault | undefined {
  const outside = firstOutside(part, component.set);
  if (outside >= 0)
    return { code: 'CHARACTER', message: `${JSON.stringify(part[outside])} may not stand in AI ${ai}.`, at: outside };
  const name = component.checks.find((check) => !(isOnTag && NOT_OF_TAGS.has(check)) && !AI_CHECKS[check]!(part));
  if (name === undefined) return undefined;
  if (name === 'csum') return { code: 'CHECK_DIGIT', message: `The check digit of AI ${ai} is wrong in ${part}.` };
  return {
    code: DATE_CHECK.test(name) ? 'DATE' : 'AI_VALUE',
    message: `"${part}" fails the ${name} check of AI ${ai}.`,
  };
}

function valueFault(ai: string, row: AiRow, value: string, isOnTag = false): Fault | undefined {
  let from = 0;
  for (const component of row.components) {
    const part = value.slice(from, from + component.max);
    if (part === '' && component.optional) continue;
    if (part.length < component.min)
      return { code: 'LENGTH', message: `The value of AI ${ai} is too short (${value.length} characters).`, at: 0 };
    const fault = componentFault(ai, component, part, isOnTag);
    if (fault) return { ...fault, at: from + (fault.at ?? 0) };
    from += part.length;
  }
  if (from === value.length) return undefined;
  return { code: 'LENGTH', message: `The value of AI ${ai} is too long (${value.length} characters).`, at: 0 };
}

/** Whether a value is one that the AI can have: length, characters, check digits, dates. */
export function isValue(ai: string, value: string): boolean {
  const row = AI_TABLE.get(ai);
  return row !== undefined && valueFault(ai, row, value) === undefined;
}

/** Refuses a value that the AI cannot have. `at` is its place in the whole, for errors. */
export function checkValue(ai: string, value: string, at?: number): void {
  const row = AI_TABLE.get(ai);
  if (!row) throw new Gs1Error('UNKNOWN_AI', `There is no application identifier ${ai}.`, at);
  const fault = valueFault(ai, row, value);
  if (fault) throw new Gs1Error(fault.code, fault.message, at === undefined ? at : at + (fault.at ?? 0));
}

/**
 * Refuses bits of a tag that make no value of the AI: as checkValue, but lists of codes and relations between the parts
 * of a value are not looked at. `at` is the place of the first bit.
 */
export function checkTagValue(ai: string, value: string, at: number): void {
  const fault = valueFault(ai, AI_TABLE.get(ai)!, value, true);
  if (fault) throw new Gs1Error(fault.code, fault.message, at);
}

/** Whether an AI is the one, or one of the family, that a pattern such as `310n` names. */
const matches = (ai: string, pattern: string): boolean =>
  ai.length === pattern.length && Array.prototype.every.call(pattern, (c: string, i) => c === 'n' || c === ai[i]);

/** Refuses elements that may not stand together, or miss one that they need (GS1 General Specifications 4.13, 4.14). */
export function checkRelations(ais: readonly Element[]): void {
  const has = (pattern: string, but = '') => ais.some(([ai]) => ai !== but && matches(ai, pattern));
  for (const [ai] of ais) {
    const row = AI_TABLE.get(ai);
    if (!row) continue;
    const foe = row.excludes.find((pattern) => has(pattern, ai));
    if (foe) throw new Gs1Error('AI_RELATION', `AI ${ai} may not stand with AI ${foe}.`);
    const lack = row.needs.find((group) => !group.some((all) => all.every((pattern) => has(pattern))));
    if (lack)
      throw new Gs1Error(
        'AI_RELATION',
        `AI ${ai} needs AI ${lack.map((all) => all.join(' and ')).join(' or ')} beside it.`,
      );
  }
}
