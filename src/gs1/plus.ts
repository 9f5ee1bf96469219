import { checkTagValue } from './ai.ts';
import { type Cursor, areZero, takeBits } from './bits.ts';
import type { Tag } from './binary.ts';
import { Gs1Error } from './error.ts';
import { checkedHost, putHost, takeHost } from './hostname.ts';
import { type Element, type Id, valueOf } from './id.ts';
import { DATE_AIS, type PlusScheme } from './plus-schemes.ts';
import { put } from './plus-text.ts';
import { DATE, putAi, putValue, takeAi, takeValue } from './plus-value.ts';

/*
 * Tags of the `+` and `++` schemes (TDS 2.3 sections 14.5 and 15.3). No company prefix length stands anywhere in them.
 */

const HEADER_BITS = 8;
const TOGGLE_BITS = 1;
const FILTER_BITS = 3;
const DATE_TYPE_BITS = 4;
const DATE_DIGITS = 6;
/** Fewer bits than this hold no AI. */
const AI_BITS_MIN = 8;
const SSCC_BITS = 72;
/** Extension of a GLN that has none. */
const NO_EXTENSION = '0';

const isNone = (ai: string, value: string): boolean => ai === '254' && value === NO_EXTENSION;

function takeDate(cursor: Cursor): Element {
  const at = cursor.at;
  const type = takeBits(cursor, DATE_TYPE_BITS);
  const ai = DATE_AIS[type];
  if (ai === undefined) throw new Gs1Error('RANGE', `The date type ${type} of a DSGTIN is reserved.`, at);
  const value = DATE.read(cursor);
  checkTagValue(ai, value, at);
  return [ai, value];
}

/**
 * The AIs behind the identifier, up to the tag's end or to the zero bits that fill it. Told by their bits alone: the
 * toggle says for air interfaces that there are some. `seen` are the AIs before them.
 */
function takeAidc(cursor: Cursor, seen: readonly string[]): Element[] {
  const aidc: Element[] = [];
  if (areZero(cursor)) return aidc;
  const known = new Set(seen);
  // An SSCC of zeros names nothing, so that a rest of zeros is filling however long it is.
  while (!areZero(cursor)) {
    const at = cursor.at;
    const left = cursor.length - at;
    const isFilling = left < AI_BITS_MIN || (left < AI_BITS_MIN + SSCC_BITS && takeBits({ ...cursor }, 8) === 0);
    if (isFilling) throw new Gs1Error('ZERO_BITS', 'Bits behind the last value are not zero, and no further AI.', at);
    const ai = takeAi(cursor);
    if (known.has(ai)) throw new Gs1Error('AI_REPEATED', `AI ${ai} stands twice.`, at);
    known.add(ai);
    aidc.push([ai, takeValue(cursor, ai)]);
  }
  return aidc;
}

/** Reads a tag, its cursor behind the header. Throws Gs1Error with the position in bits. */
export function readPlus(scheme: PlusScheme, cursor: Cursor): Tag {
  cursor.at += TOGGLE_BITS;
  const filter = takeBits(cursor, FILTER_BITS);
  const date = scheme.isDated ? takeDate(cursor) : undefined;
  const own: Element[] = [];
  for (const ai of scheme.ais) {
    const value = takeValue(cursor, ai);
    if (!isNone(ai, value)) own.push([ai, value]);
  }
  if (date) own.push(date);
  const host = scheme.hasHost ? takeHost(cursor) : undefined;
  const aidc = takeAidc(cursor, date ? [...scheme.ais, date[0]] : scheme.ais);
  const id: Id = { kind: scheme.kind, ais: aidc.length === 0 ? own : [...own, ...aidc] };
  return host === undefined
    ? { scheme: scheme.scheme, filter, id, aidc }
    : { scheme: scheme.scheme, filter, id, aidc, host };
}

const isDate = ([ai, value]: Element): boolean =>
  value.length === DATE_DIGITS && (DATE_AIS as readonly string[]).includes(ai);

/**
 * What a scheme says of an identifier: its own AIs first, then a DSGTIN's date (the first that stands there), then the
 * others in their order. Refused for identifiers of another kind, and for those that lack what the scheme needs.
 */
export function plusTag(scheme: PlusScheme, id: Id, filter: number, host: string | undefined): Tag {
  const name = scheme.scheme;
  if (id.kind !== scheme.kind || id.ais.length === 0)
    throw new Gs1Error('SCHEME_MISMATCH', `${name} does not encode a ${id.kind}.`);
  if (!Number.isInteger(filter) || filter < 0 || filter >= 2 ** FILTER_BITS)
    throw new Gs1Error('FILTER', `${name} has no filter value ${filter}.`);
  if (scheme.hasHost && host === undefined)
    throw new Gs1Error('HOST', `${name} holds a host name: ask with a Digital Link of that host.`);
  const own: Element[] = [];
  for (const ai of scheme.ais) {
    const value = valueOf(id, ai);
    if (value !== undefined) own.push([ai, value]);
    else if (ai !== '254') throw new Gs1Error('SCHEME_MISMATCH', `${name} needs AI ${ai}.`);
  }
  const date = scheme.isDated ? id.ais.find(isDate) : undefined;
  if (scheme.isDated && !date)
    throw new Gs1Error('SCHEME_MISMATCH', `${name} needs a date: AI ${DATE_AIS.join(', ')}.`);
  if (date) own.push(date);
  const aidc = id.ais.filter(([ai]) => !own.some(([known]) => known === ai));
  const said: Id = { ...id, ais: [...own, ...aidc] };
  return { scheme: name, filter, id: said, aidc, ...(scheme.hasHost && { host: checkedHost(host!) }) };
}

/** Writes a tag of `plusTag` behind its header. */
export function writePlus(scheme: PlusScheme, cursor: Cursor, { filter, id, host, aidc = [] }: Tag): void {
  put(cursor, HEADER_BITS, scheme.header);
  put(cursor, TOGGLE_BITS, aidc.length > 0 ? 1 : 0);
  put(cursor, FILTER_BITS, filter ?? 0);
  const date = scheme.isDated ? id.ais[scheme.ais.length] : undefined;
  if (date) {
    put(cursor, DATE_TYPE_BITS, (DATE_AIS as readonly string[]).indexOf(date[0]));
    DATE.write(cursor, date[1]);
  }
  for (const ai of scheme.ais) putValue(cursor, ai, valueOf(id, ai) ?? NO_EXTENSION);
  if (scheme.hasHost) putHost(cursor, host!);
  for (const [ai, value] of aidc) {
    if (ai === '00' && /^0+$/.test(value))
      throw new Gs1Error('RANGE', 'An SSCC of zeros cannot be told from the zero bits that fill a tag.');
    putAi(cursor, ai);
    putValue(cursor, ai, value);
  }
}
