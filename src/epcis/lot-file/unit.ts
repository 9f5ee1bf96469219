import { DIMENSIONS } from '../unit-table.ts';

/** Words for units in several languages → UN/ECE Recommendation 20; '' counts pieces, which EPCIS leaves without unit. */
const WORDS: Readonly<Record<string, string>> = {
  '': 'pcs pc piece pieces ea each unit units st stk stück pce item items 个 件 只 支 瓶 盒 袋 包 台 条 片 罐 枚 张 粒 箱 桶 板',
  KGM: 'kg kgs kilo kilos kilogram kilograms kilogramme 千克 公斤 公斤(kg)',
  GRM: 'g gr gram grams gramme 克',
  MGM: 'mg milligram milligrams 毫克',
  TNE: 't to ton tons tonne tonnes mt 吨 公吨',
  LBR: 'lb lbs pound pounds 磅',
  ONZ: 'oz ounce ounces 盎司',
  LTR: 'l lt ltr liter liters litre litres 升 公升',
  MLT: 'ml milliliter milliliters millilitre millilitres cc 毫升',
  HLT: 'hl hectoliter hectolitre 百升',
  GLL: 'gal gallon gallons 加仑',
  MTQ: 'm3 m³ cbm 立方米 方',
  MTR: 'm meter meters metre metres 米',
  CMT: 'cm centimeter centimetre 厘米',
  MMT: 'mm millimeter millimetre 毫米',
  KMT: 'km kilometer kilometre 千米 公里',
  MTK: 'm2 m² sqm 平方米',
};
/** Codes that count pieces too. */
const PIECES = new Set(['EA', 'H87', 'C62', 'PCE']);

const BY_WORD: ReadonlyMap<string, string> = new Map(
  Object.entries(WORDS).flatMap(([code, words]) =>
    words.split(' ').map((word): [string, string] => [word.normalize('NFKC').toLowerCase(), code]),
  ),
);

/** Codes of units that amounts of goods have. */
const CODES: ReadonlySet<string> = new Set(
  ['mass', 'volume', 'length', 'area'].flatMap((dimension) =>
    (DIMENSIONS[dimension] ?? '')
      .trim()
      .split(/\s+/)
      .filter((_, i) => i % 2 === 0),
  ),
);

/** The UN/ECE code of a word or code, '' for pieces; undefined where it is no unit that is known. None is pieces. */
export function unitOf(text: string): string | undefined {
  const word = text.normalize('NFKC').trim();
  const code = word.toUpperCase();
  if (word === '' || PIECES.has(code)) return '';
  return BY_WORD.get(word.toLowerCase().replace(/\.$/, '')) ?? (CODES.has(code) ? code : undefined);
}
