import { withDecimal } from './decimal.ts';
import { classAt, classUri, classValue, gcpLengthAt } from './epc-class.ts';
import { serial38, serial41 } from './epc-fields.ts';
import type { Forms } from './forms.ts';
import { hexInto } from './hex.ts';
import type { Element, Id, Kind } from './id.ts';

/*
 * All forms of the 96-bit schemes of a class and a number, by adding up what the class has ready. Anything else, and
 * whatever is not plainly right, goes the long way.
 */

/** How one scheme's serial stands in AIs: one of its own, or behind the key's value. */
interface Shape {
  readonly scheme: string;
  readonly kind: Kind;
  readonly ai: string;
  readonly serialAi: string | undefined;
  readonly serial: (b: Uint8Array, at: number) => number;
  /** Heads of URIs, and where a pure identity's class starts behind its head. */
  readonly tagHead: string;
  readonly idChars: number;
}
const shape = (
  scheme: string,
  kind: Kind,
  ai: string,
  serialAi: string | undefined,
  serial: Shape['serial'],
): Shape => ({
  scheme,
  kind,
  ai,
  serialAi,
  serial,
  tagHead: `urn:epc:tag:${scheme.toLowerCase()}:`,
  idChars: `urn:epc:id:${kind.toLowerCase()}:`.length,
});
const SHAPES: ReadonlyMap<number, Shape> = new Map([
  [0x30, shape('SGTIN-96', 'SGTIN', '01', '21', serial38)],
  [0x32, shape('SGLN-96', 'SGLN', '414', '254', serial41)],
  [0x33, shape('GRAI-96', 'GRAI', '8003', undefined, serial38)],
  [0x2c, shape('GDTI-96', 'GDTI', '253', undefined, serial41)],
]);

const epc = new Uint8Array(12);

/** The identifier in 24 hexadecimal characters and all its forms; undefined for what has to go the long way. */
export function formsOfHex(value: string): { id: Id; forms: Forms } | undefined {
  if (!hexInto(value, epc)) return undefined;
  const found = SHAPES.get(epc[0]!);
  const slot = found ? classAt(epc, 0) : -1;
  if (!found || slot < 0) return undefined;
  const number = found.serial(epc, 0);
  // extension 0 of a location says that there is none: its forms are other ones
  if (number === 0 && found.kind === 'SGLN') return undefined;
  const { scheme, kind, ai, serialAi, tagHead, idChars } = found;
  const filter = epc[1]! >> 5;
  const serial = withDecimal('', number);
  const uri = classUri(slot);
  const key = classValue(slot);
  const forms: Forms = {
    scheme,
    hex: value.toUpperCase(),
    tagUri: `${tagHead}${filter}.${uri.slice(idChars)}${serial}`,
    pureIdentity: uri + serial,
    elementString: serialAi ? `(${ai})${key}(${serialAi})${serial}` : `(${ai})${key}${serial}`,
    digitalLink: `https://id.gs1.org/${ai}/${key}${serialAi ? `/${serialAi}/${serial}` : serial}`,
    filter,
  };
  const ais: Element[] = serialAi
    ? [
        [ai, key],
        [serialAi, serial],
      ]
    : [[ai, key + serial]];
  return { id: { kind, ais, gcpLength: gcpLengthAt(epc, 0) }, forms };
}
