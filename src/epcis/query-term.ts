import type { KeyRange } from './pattern.ts';
import type { Condition } from './query.ts';
import { FIELDS, type Field } from './query-table.ts';
import { instantOf } from './syntax.ts';
import { termKey, termsCompared, termsNamed, type TermValue } from './term.ts';
import { extensionName, measuredName, numberOfText } from './term-of-event.ts';
import { measure } from './unit.ts';

/** Fields of a condition that are answered by terms (term.ts). */
export const TERM_FIELDS: ReadonlySet<Field> = new Set(
  (Object.keys(FIELDS) as Field[]).filter(
    (field) =>
      field.startsWith('sensor') ||
      field.startsWith('persistentDisposition.') ||
      ['errorDeclarationTime', 'errorReason', 'correctiveEventID', 'quantity', 'extension'].includes(field),
  ),
);

type Comparison = 'GT' | 'GE' | 'LT' | 'LE';

/** The name of the terms that a condition looks at, and its number in their unit. */
function named({ field, name, values, scope = 'event', inner = false }: Condition): {
  name: string;
  numbers: number[];
} {
  if (field === 'extension') return { name: extensionName(scope, inner, name ?? ''), numbers: values.map(Number) };
  if (name === undefined) return { name: field, numbers: values.map(Number) };
  const measured = values.map((value) => measure(Number(value), name, field === 'sensor.sDev'));
  return {
    name: measuredName(field, measured[0]?.dimension ?? name),
    numbers: measured.map(({ value }) => value),
  };
}

/** An extension's value as asked: the text itself, and the number or instant that it is. */
function alternatives(value: string | number | boolean): TermValue[] {
  const text = String(value);
  const instant = instantOf(text);
  if (instant !== undefined) return [{ kind: 'instant', value: instant }];
  const number = numberOfText(text);
  return [{ kind: 'text', value: text }, ...(number === undefined ? [] : [{ kind: 'number' as const, value: number }])];
}

/** One value of a field other than an extension. */
function plain(field: Field, value: string | number | boolean, number: number): TermValue {
  const kind = FIELDS[field];
  if (kind === 'number') return { kind, value: number };
  if (kind === 'uri' && field !== 'correctiveEventID') return { kind, value: String(value) };
  return { kind: 'text', value: field === 'sensor.hexBinaryValue' ? String(value).toUpperCase() : String(value) };
}

/** The keys of the terms that meet a condition on one of TERM_FIELDS; an event meets it that has any of them. */
export function termRanges(condition: Condition): KeyRange[] {
  const { field, op, values, compare } = condition;
  const { name, numbers } = named(condition);
  if (op === 'EXISTS') {
    return field === 'extension' ? [termsNamed(name)] : [{ from: termKey(name, { kind: 'none' }) }];
  }
  if (op !== 'EQ') {
    const kind = compare ?? (FIELDS[field] === 'instant' ? 'instant' : 'number');
    return numbers.map((number) => termsCompared(name, op as Comparison, kind, number));
  }
  const wanted = values.flatMap((value, i) =>
    field === 'extension' ? alternatives(value) : [plain(field, value, numbers[i] ?? 0)],
  );
  return wanted.map((value) => ({ from: termKey(name, value) }));
}

/** The terms by which an extension of the event (`{namespace}local`) orders it. */
export const orderTerms = (name: string): KeyRange => termsNamed(extensionName('event', false, name));
