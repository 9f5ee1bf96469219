// Quantities (R25): units of one dimension convert to its base unit, others stay apart.

/** Factor to the base unit, by UN/ECE Recommendation 20 code. */
const UNITS: Readonly<Record<string, readonly [base: string, factor: number]>> = {
  KGM: ['KGM', 1],
  GRM: ['KGM', 0.001],
  MGM: ['KGM', 0.000001],
  TNE: ['KGM', 1000],
  LBR: ['KGM', 0.45359237],
  ONZ: ['KGM', 0.028349523125],
  LTR: ['LTR', 1],
  MLT: ['LTR', 0.001],
  MTQ: ['LTR', 1000],
  GLL: ['LTR', 3.785411784],
  MTR: ['MTR', 1],
  CMT: ['MTR', 0.01],
  EA: ['EA', 1],
  H87: ['EA', 1],
  C62: ['EA', 1],
};

/** Base unit of mass: kilograms. */
export const MASS = 'KGM';

const DECIMALS = 6;
const EACH = 'EA';

/** An amount in the base unit of its dimension. An unknown unit is a dimension of its own. */
export interface Amount {
  unit: string;
  value: number;
}

const rowOf = (uom: string): readonly [base: string, factor: number] =>
  Object.hasOwn(UNITS, uom) ? UNITS[uom]! : [uom, 1];

/** `quantity` in the base unit; none stated means each. */
export function toBase(quantity: number, uom: string = EACH): Amount {
  const [unit, factor] = rowOf(uom);
  return { unit, value: quantity * factor };
}

/** The base unit of a unit's dimension. */
export const baseOf = (uom: string): string => rowOf(uom)[0];

/** A value in the base unit, in `uom` of the same dimension. */
export const fromBase = (value: number, uom: string): number => value / rowOf(uom)[1];

/** Rounded to 6 places, never -0: so that a sum of tenths that should be zero is. */
export function rounded(value: number): number {
  const result = Number(value.toFixed(DECIMALS));
  return result === 0 ? 0 : result;
}
