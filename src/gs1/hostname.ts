import { type Cursor, takeBits } from './bits.ts';
import { Gs1Error } from './error.ts';
import { ENDS_14_BIT, ENDS_7_BIT, STARTS_7_BIT } from './hostname-table.ts';
import { CODE_40_CODING, canWrite, put } from './plus-text.ts';

/*
 * Host names in the bits of the `++` schemes (TDS 2.3 section 14.5.16): one bit says how, six count characters of URN
 * Code 40 or units of 7 bits. A code of 14 bits counts as two units; in one place the standard says one, in others two.
 */

const COUNT_BITS = 6;
const COUNT_MAX = 63;
const UNIT_BITS = 7;
/** Units below this open a code of 14 bits. */
const CODE_14_BELOW = 4;
const HOST_CHARS_MAX = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Text that one code stands for, as the units that are written for it. */
interface Code {
  readonly text: string;
  readonly units: readonly number[];
}

const ends14 = ENDS_14_BIT.trim()
  .split('\n')
  .flatMap((line): [number, string][] => {
    const [first, ...names] = line.split(' ');
    return names.map((name, i) => [Number(first) + i, `.${name}`]);
  });
const NOTHING: Code = { text: '', units: [] };
const STARTS: readonly Code[] = [NOTHING, ...STARTS_7_BIT.map(([code, text]) => ({ text, units: [code] }))];
const ENDS: ReadonlyMap<string, Code> = new Map(
  [
    ...ENDS_7_BIT.map(([code, text]) => ({ text, units: [code] })),
    ...ends14.map(([code, text]) => ({ text, units: [code >> UNIT_BITS, code % 2 ** UNIT_BITS] })),
  ].map((end) => [end.text, end]),
);
const TEXT_OF_7 = new Map<number, string>([...STARTS_7_BIT, ...ENDS_7_BIT]);
const END_OF_14 = new Map<number, string>(ends14);

/** The name in lower case; refused where it is no host name of letters, digits, hyphens and dots. */
export function checkedHost(text: string, at?: number): string {
  const host = text.toLowerCase();
  if (host.length > HOST_CHARS_MAX || !host.split('.').every((label) => LABEL.test(label)))
    throw new Gs1Error('HOST', `${JSON.stringify(text)} is no host name.`, at);
  return host;
}

/** Characters and codes up to bit `end`. */
function takeUnits(cursor: Cursor, end: number): string {
  let text = '';
  while (cursor.at < end) {
    const unit = takeBits(cursor, UNIT_BITS);
    if (unit < CODE_14_BELOW && cursor.at < end)
      text += END_OF_14.get(unit * 2 ** UNIT_BITS + takeBits(cursor, UNIT_BITS)) ?? '?';
    else text += TEXT_OF_7.get(unit) ?? String.fromCharCode(unit);
  }
  return text;
}

/**
 * Reads a host name, in lower case. Writers put a code only at its start or end; one that stands elsewhere, as some
 * encoders write it, is read too: the name is the same, and no part of identity.
 */
export function takeHost(cursor: Cursor): string {
  const at = cursor.at;
  const isUnits = takeBits(cursor, 1) === 1;
  const count = takeBits(cursor, COUNT_BITS);
  if (count === 0) throw new Gs1Error('LENGTH', 'A host name has no characters.', at);
  return checkedHost(
    isUnits ? takeUnits(cursor, cursor.at + count * UNIT_BITS) : CODE_40_CODING.read(cursor, count),
    at,
  );
}

/** Codes for the last label of a host name, and for the last two. */
function endsOf(host: string): Code[] {
  const last = host.lastIndexOf('.');
  const lastTwo = last > 0 ? host.lastIndexOf('.', last - 1) : -1;
  const found = [last, lastTwo].flatMap((dot) => (dot < 0 ? [] : (ENDS.get(host.slice(dot)) ?? [])));
  return [NOTHING, ...found];
}

/** The fewest units for a host name: a code at its start, a code at its end, characters between them. */
function unitsOf(host: string): number[] {
  let best: [start: Code, end: Code] = [NOTHING, NOTHING];
  const saved = ([start, end]: [Code, Code]) =>
    start.text.length - start.units.length + end.text.length - end.units.length;
  for (const start of STARTS) {
    if (!host.startsWith(start.text)) continue;
    for (const end of endsOf(host)) {
      const fits = start.text.length + end.text.length <= host.length;
      if (fits && saved([start, end]) > saved(best)) best = [start, end];
    }
  }
  const [start, end] = best;
  const middle = host.slice(start.text.length, host.length - end.text.length);
  return [...start.units, ...Array.from(middle, (c) => c.charCodeAt(0)), ...end.units];
}

/** Writes a host name in the way that takes fewest bits, URN Code 40 where both take the same. */
export function putHost(cursor: Cursor, name: string): void {
  const host = checkedHost(name);
  const units = unitsOf(host);
  const capitals = host.toUpperCase();
  const code40 = capitals.length <= COUNT_MAX && canWrite(CODE_40_CODING, capitals);
  if (code40 && CODE_40_CODING.bits(capitals.length) <= units.length * UNIT_BITS) {
    put(cursor, 1, 0);
    put(cursor, COUNT_BITS, capitals.length);
    CODE_40_CODING.write(cursor, capitals);
    return;
  }
  if (units.length > COUNT_MAX) throw new Gs1Error('HOST', `The host name ${host} is too long for a tag.`);
  put(cursor, 1, 1);
  put(cursor, COUNT_BITS, units.length);
  for (const unit of units) put(cursor, UNIT_BITS, unit);
}

const LINK_HOST = /^https:\/\/([^/?#:@]+)\/([0-9]+)\//i;

/**
 * The host name of a Digital Link that a tag can hold: https, no port, no path before the key, whose AI is given.
 * Refused where a tag would lose one of these.
 */
export function hostOfLink(text: string, keyAi: string): string {
  const link = LINK_HOST.exec(text);
  if (!link || link[2] !== keyAi)
    throw new Gs1Error('HOST', 'A ++ tag holds https:// and a host name alone: no port, no path before the key.');
  return checkedHost(link[1]!);
}
