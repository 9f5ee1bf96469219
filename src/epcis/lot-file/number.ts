import { type Cell, isExponent, NUMBER_DIGITS_MAX, plainText } from './cell.ts';

export type NumberFault = { code: 'number' } | { code: 'number-ambiguous'; first: string; second: string };

/** Thousands in groups and decimals, told apart by both marks being there or by the size of the groups. */
const FORMS: [RegExp, (text: string) => string][] = [
  [/^\d+(?:\.\d+)?$/, (text) => text],
  [/^\d{1,3}(?:,\d{3})+\.\d+$/, (text) => text.replaceAll(',', '')],
  [/^\d{1,3}(?:,\d{3}){2,}$/, (text) => text.replaceAll(',', '')],
  [/^\d{1,3}(?:\.\d{3})+,\d+$/, (text) => text.replaceAll('.', '').replace(',', '.')],
  [/^\d{1,3}(?:\.\d{3}){2,}$/, (text) => text.replaceAll('.', '')],
  [/^\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?$/, (text) => text.replaceAll(/[ '’]/g, '').replace(',', '.')],
  // one comma with three digits behind it may be either: refused before it comes here
  [/^\d+,\d+$/, (text) => text.replace(',', '.')],
];
const AMBIGUOUS = /^([1-9]\d{0,2}),(\d{3})$/;

/** A number that is not negative, as people write it; full-width digits too. */
export function readNumber(cell: Cell): number | NumberFault {
  if (typeof cell === 'number') return Number.isFinite(cell) && cell >= 0 ? cell : { code: 'number' };
  const text = plainText(cell);
  const [, whole, rest] = AMBIGUOUS.exec(text) ?? [];
  if (whole !== undefined) return { code: 'number-ambiguous', first: `${whole}${rest}`, second: `${whole}.${rest}` };
  const form = FORMS.find(([pattern]) => pattern.test(text));
  if (!form) return { code: 'number' };
  const plain = form[1](text);
  return plain.replace(/^0+|\./g, '').length > NUMBER_DIGITS_MAX ? { code: 'number' } : Number(plain);
}

/** A number and the word behind it: `100 kg`, `100公斤`. */
export function splitUnit(cell: Cell): { number: Cell; unit: string } {
  if (typeof cell === 'number') return { number: cell, unit: '' };
  const text = plainText(cell);
  if (isExponent(text)) return { number: text, unit: '' };
  const [, number = text, unit = ''] = /^([\d.,'’ ]*\d)\s*([^\d\s.,'’].*)$/.exec(text) ?? [];
  return { number, unit };
}
