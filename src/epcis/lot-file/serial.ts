import { type Cell, textOf } from './cell.ts';
import { type IdentifierFault, nameLink, readName } from './identifier.ts';
import { LOT_LIMITS } from './limits.ts';

export type SerialFault =
  | IdentifierFault
  | { code: 'serial-range' }
  | { code: 'serial-hyphen'; meant: string }
  | { code: 'serials-max'; max: number }
  | { code: 'serial-pair' };

const isFault = (value: unknown): value is { code: string } => typeof value === 'object';

/** `AB0098` and `AB0102` → AB0098 … AB0102: the same text in front, as many digits. */
function rangeOf(from: string, to: string, max: number): string[] | SerialFault {
  const [, head = '', first = ''] = /^(.*?)(\d{1,15})$/.exec(from) ?? [];
  const [, tail = '', last = ''] = /^(.*?)(\d{1,15})$/.exec(to) ?? [];
  // digits that both have in front may belong to the text: what counts is that the lengths agree
  const fits = first !== '' && head === tail && (first.length === last.length || !(first + last).startsWith('0'));
  const count = Number(last) - Number(first) + 1;
  if (!fits || (first.length !== last.length && last.startsWith('0')) || count < 1) return { code: 'serial-range' };
  if (count > max) return { code: 'serials-max', max: LOT_LIMITS.serialsPerRowMax };
  return Array.from({ length: count }, (_, i) => head + String(Number(first) + i).padStart(first.length, '0'));
}

const BETWEEN = /^(.+?)\s*(?:\.\.+|…|~|～|至|到|–|—)\s*(.+)$/;
const HYPHEN = /^(\d{2,15})-(\d{2,15})$/;

/** One item of a list: a serial, or a range of them. */
function serialsOf(text: string, max: number): string[] | SerialFault {
  const [, from, to] = BETWEEN.exec(text) ?? [];
  if (from !== undefined && to !== undefined) return rangeOf(from, to, max);
  const [, first = '', last = ''] = HYPHEN.exec(text) ?? [];
  if (first !== '' && first.length === last.length && first <= last)
    return { code: 'serial-hyphen', meant: `${first}..${last}` };
  return [text];
}

/** Serials of a list cell (semicolons or line breaks between) and of a range in two cells; [] where all are empty. */
export function readSerials(list: Cell, from: Cell, to: Cell): string[] | SerialFault {
  const max = LOT_LIMITS.serialsPerRowMax;
  const serials: string[] = [];
  const add = (more: string[] | SerialFault): SerialFault | undefined => {
    if (isFault(more) && !Array.isArray(more)) return more;
    for (const serial of more) serials.push(serial);
    return serials.length > max ? { code: 'serials-max', max } : undefined;
  };
  const text = readName(list);
  if (typeof text === 'object') return text;
  for (const part of text.split(/[;；\n]/)) {
    const serial = part.trim();
    const fault = serial === '' ? undefined : add(serialsOf(serial, max));
    if (fault) return fault;
  }
  const ends = [readName(from), readName(to)];
  const wrong = ends.find((end) => typeof end === 'object');
  if (wrong) return wrong;
  const [first, last] = ends as [string, string];
  if ((textOf(first) === '') !== (textOf(last) === '')) return { code: 'serial-pair' };
  const fault = first === '' ? undefined : add(rangeOf(first, last, max));
  return fault ?? serials;
}

/** The Digital Links of items; a run of digits behind a checked text needs no check of its own. */
export function serialLinks(gtin: string, serials: readonly string[]): string[] | IdentifierFault {
  const links: string[] = [];
  for (const serial of serials) {
    if (/^\d{1,20}$/.test(serial)) {
      links.push(`https://id.gs1.org/01/${gtin}/21/${serial}`);
      continue;
    }
    const link = nameLink(gtin, '21', serial);
    if (typeof link !== 'string') return link;
    links.push(link);
  }
  return links;
}
