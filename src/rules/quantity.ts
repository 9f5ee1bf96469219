// Quantities with a unit (UN/ECE Recommendation 20), exactly. The units are those of the trace (docs/trace.md, Quantities).
import { type DecimalLike, divide, type Exact, multiply, readExact } from './exact.ts';

/** What one is worth in the first unit of its dimension. */
const FACTORS: Readonly<Record<string, readonly [base: string, factor: string]>> = {
  KGM: ['KGM', '1'],
  GRM: ['KGM', '0.001'],
  MGM: ['KGM', '0.000001'],
  TNE: ['KGM', '1000'],
  LBR: ['KGM', '0.45359237'],
  ONZ: ['KGM', '0.028349523125'],
  LTR: ['LTR', '1'],
  MLT: ['LTR', '0.001'],
  MTQ: ['LTR', '1000'],
  GLL: ['LTR', '3.785411784'],
  MTR: ['MTR', '1'],
  CMT: ['MTR', '0.01'],
  EA: ['EA', '1'],
  H87: ['EA', '1'],
  C62: ['EA', '1'],
};

function unitOf(uom: string): { base: string; factor: Exact } {
  const [base, factor] = Object.hasOwn(FACTORS, uom) ? FACTORS[uom]! : [uom, '1'];
  return { base, factor: readExact(factor, 'uom') };
}

/** The first unit of a unit's dimension; an unknown unit is a dimension of its own. */
export const baseUnitOf = (uom: string): string => unitOf(uom).base;

/** A value in another unit; undefined where that measures something else, or no finite decimal says it. */
export function convert(value: Exact, from: string, to: string): Exact | undefined {
  if (from === to) return value;
  const [source, target] = [unitOf(from), unitOf(to)];
  return source.base === target.base ? divide(multiply(value, source.factor), target.factor) : undefined;
}

/** Takes `12.5` (in `uom`) or `{value, uom}`. */
export function readQuantity(
  value: DecimalLike | { value: DecimalLike; uom: string },
  uom: string,
  member: string,
): { value: Exact; uom: string } {
  return typeof value === 'object'
    ? { value: readExact(value.value, member), uom: value.uom }
    : { value: readExact(value, member), uom };
}
