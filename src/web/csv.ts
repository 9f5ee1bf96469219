import { type Frame } from './layout.ts';
import { type Names, placeName, productName } from './names.ts';
import type { Entry } from './recall.ts';
import { describe, kindIn, stateIn } from './thing.ts';

/** Spreadsheets run a cell that begins with one of these; a quote before it makes it text. */
const FORMULA = /^[=+\-@\t\r]/;

/** One field of RFC 4180. */
export function csvField(value: string): string {
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const csvLine = (values: string[]): string => `${values.map(csvField).join(',')}\r\n`;

/** A list of the answer as CSV, line by line: UTF-8 with the mark that Excel needs to read Chinese. */
export function* listCsv({ say }: Frame, names: Names, entries: Entry[]): Generator<string> {
  const heads = ['list.identifier', 'trace.product', 'trace.gtin', 'trace.lot', 'trace.serial', 'list.kind'] as const;
  const more = ['list.confidence', 'list.state', 'list.location', 'list.share'] as const;
  yield `\u{feff}${csvLine([...heads, ...more].map((word) => say(word)))}`;
  for (const entry of entries) {
    const thing = describe(entry.id);
    yield csvLine([
      entry.id,
      productName(names, thing) ?? '',
      thing.gtin ?? '',
      thing.lot ?? '',
      thing.serial ?? '',
      kindIn(say, entry.kind),
      say(`confidence.${entry.confidence}`),
      entry.state === null ? '' : stateIn(say, entry.state),
      entry.places.map((place) => placeName(names, place)).join('; '),
      entry.fraction == null ? '' : String(entry.fraction),
    ]);
  }
}
