import { DIMENSIONS } from './unit-table.ts';

/** Digits that a converted value keeps: what differs behind them is the conversion's own error (86 FAH are 30 CEL). */
const DIGITS = 13;

interface Unit {
  dimension: string;
  multiply: number;
  divide: number;
  shift: number;
}

function unitOf(dimension: string, text: string): Unit {
  const [factor = '', shift = '0'] = text.split('@');
  const [multiply = '', divide = '1'] = factor.split('/');
  return { dimension, multiply: Number(multiply), divide: Number(divide), shift: Number(shift) };
}

const UNITS = new Map(
  Object.entries(DIMENSIONS).flatMap(([dimension, text]) => {
    const words = text.trim().split(/\s+/);
    return words.flatMap((code, i): [string, Unit][] =>
      i % 2 === 0 ? [[code, unitOf(dimension, words[i + 1] ?? '')]] : [],
    );
  }),
);

/**
 * What a value in a UN/ECE unit measures and how much of it, in the dimension's first unit; a unit that is not known
 * measures itself. `difference` (a standard deviation) is scaled and not shifted.
 */
export function measure(value: number, uom: string, difference = false): { dimension: string; value: number } {
  const unit = UNITS.get(uom);
  if (!unit) return { dimension: uom, value };
  const { dimension, multiply, divide, shift } = unit;
  const exact = multiply === divide && (shift === 0 || difference);
  const base = ((difference ? value : value + shift) * multiply) / divide;
  return { dimension, value: exact ? value : Number(base.toPrecision(DIGITS)) };
}
