import { identify } from '../../gs1/index.ts';
import { type Cell, textOf } from './cell.ts';
import { nameLink, readGtin } from './identifier.ts';
import { LOT_LIMITS } from './limits.ts';
import { readNumber, splitUnit } from './number.ts';
import { unitOf } from './unit.ts';

/** What a lot was made of: a lot with its amount where that is known, or an item. */
export interface LotInputs {
  items: string[];
  lots: { epcClass: string; quantity?: number; uom?: string }[];
}

export type InputFault =
  | { code: 'input'; part: string }
  | { code: 'inputs-max'; max: number }
  | { code: 'input-twice'; part: string };

/** The Digital Link of a URI or element string, of `GTIN/lot` or `GTIN lot`. */
function linkOf(text: string): { link: string; isItem: boolean } | undefined {
  if (/^(?:\(|urn:|https?:)/i.test(text)) {
    const read = identify(text);
    if (!read.ok) return undefined;
    const value = (ai: string): string | undefined => read.id.ais.find(([name]) => name === ai)?.[1];
    const [gtin, lot, serial] = [value('01'), value('10'), value('21')];
    if (gtin === undefined || (lot ?? serial) === undefined) return undefined;
    const link = serial === undefined ? nameLink(gtin, '10', lot!) : nameLink(gtin, '21', serial);
    return typeof link === 'string' ? { link, isItem: serial !== undefined } : undefined;
  }
  const [, number = '', lot = ''] = /^([\d-]{8,20})\s*[/／|\s]\s*(\S.*)$/.exec(text) ?? [];
  const gtin = readGtin(number);
  const link = typeof gtin === 'string' ? nameLink(gtin, '10', lot.trim()) : undefined;
  return typeof link === 'string' ? { link, isItem: false } : undefined;
}

/** `=450 l` behind an input. */
function amountOf(text: string): { quantity: number; uom?: string } | undefined {
  const { number, unit } = splitUnit(text);
  const quantity = readNumber(number);
  const uom = unitOf(unit);
  if (typeof quantity !== 'number' || quantity <= 0 || uom === undefined) return undefined;
  return { quantity, ...(uom !== '' && { uom }) };
}

/** Inputs of a cell, separated by semicolons or line breaks; none where it is empty. */
export function readInputs(cell: Cell): LotInputs | InputFault {
  const inputs: LotInputs = { items: [], lots: [] };
  const parts = textOf(cell)
    .split(/[;；\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length > LOT_LIMITS.inputsPerRowMax) return { code: 'inputs-max', max: LOT_LIMITS.inputsPerRowMax };
  const seen = new Set<string>();
  for (const part of parts) {
    // a link may have an = of its own; an amount begins with a digit
    const [, name = part, amount] = /^(.*?)\s*[=＝]\s*([\d０-９][^=]*)$/.exec(part) ?? [];
    const found = linkOf(name.trim());
    const measured = amount === undefined ? {} : amountOf(amount);
    if (!found || !measured || (found.isItem && amount !== undefined)) return { code: 'input', part };
    if (seen.has(found.link)) return { code: 'input-twice', part };
    seen.add(found.link);
    if (found.isItem) inputs.items.push(found.link);
    else inputs.lots.push({ epcClass: found.link, ...measured });
  }
  return inputs;
}
