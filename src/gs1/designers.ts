import { Gs1Error } from './error.ts';

/** Entries of the longest list that is loaded: nine bits of designer. */
const DESIGNERS_MAX = 512;
/** Models of one designer: twelve bits. */
const MODELS_MAX = 4096;
/** Characters of a name that are kept. */
const NAME_CHARS_MAX = 200;

/** Names of tag mask designers and their models, from a list that the operator has loaded. */
export interface Designers {
  /** Names for a TID's `mdid` and `tmn`; none where the list has none. */
  namesOf(mdid: string, tmn: string): { designer?: string; model?: string };
}

type Row = Record<string, unknown>;
const rowsOf = (value: unknown): Row[] =>
  Array.isArray(value) ? value.filter((row): row is Row => typeof row === 'object' && row !== null) : [];
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, NAME_CHARS_MAX) : undefined;

/** Three hexadecimal digits of a number in so many binary digits, as the list writes them. */
function codeOf(value: unknown, bits: number): string | undefined {
  if (typeof value !== 'string' || !/^[01]+$/.test(value) || value.length !== bits) return undefined;
  return Number.parseInt(value, 2).toString(16).toUpperCase().padStart(3, '0');
}

/**
 * Reads the mask designer list that GS1 publishes (JSON: `registeredMaskDesigners`, each with `mdid` in nine binary
 * digits, `manufacturer` and `chips` of `tmnBinary` and `modelName`). The list changes monthly and is not ours to ship.
 * Throws Gs1Error where it is no such list; rows that say nothing are passed over.
 */
export function parseDesigners(text: string): Designers {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw new Gs1Error('UNKNOWN_FORM', 'The list of mask designers is not JSON.');
  }
  const rows = rowsOf((list as Row | null)?.registeredMaskDesigners);
  if (rows.length === 0 || rows.length > DESIGNERS_MAX)
    throw new Gs1Error('UNKNOWN_FORM', `A list of 1 to ${DESIGNERS_MAX} "registeredMaskDesigners" is expected.`);
  const designers = new Map<string, { name: string; models: Map<string, string> }>();
  for (const row of rows) {
    const code = codeOf(row.mdid, 9);
    const name = textOf(row.manufacturer);
    if (code === undefined || name === undefined) continue;
    const models = new Map<string, string>();
    for (const chip of rowsOf(row.chips).slice(0, MODELS_MAX)) {
      const model = codeOf(chip.tmnBinary, 12);
      const modelName = textOf(chip.modelName);
      if (model !== undefined && modelName !== undefined) models.set(model, modelName);
    }
    designers.set(code, { name, models });
  }
  return {
    namesOf(mdid, tmn) {
      const found = designers.get(mdid);
      const model = found?.models.get(tmn);
      return { ...(found && { designer: found.name }), ...(model !== undefined && { model }) };
    },
  };
}
