import { AI_TABLE, isValue } from './ai.ts';
import { decode } from './binary.ts';
import { percentDecode } from './charset.ts';
import { type LinkParts, linkParts, parseLink, queryElements, widen } from './digital-link.ts';
import { idOfElements } from './elements.ts';
import { Gs1Error } from './error.ts';
import { fromHex } from './hex.ts';
import type { Element, Id } from './id.ts';
import { decompress, seemsCompressed } from './link-compressed.ts';

/** An EPC's bits in a link: `/eh` + hexadecimal or `/ex` + base64url characters, in one segment or in two. */
const EPC_SEGMENT = /(?:^|\/)e([hx])\/?([0-9A-Za-z_-]+)$/;

function hexOfBase64(text: string): string {
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Array.from(bytes, (c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}

/** The tag whose bits end the path. Undefined where the path is no such thing. */
function epcId(path: string): Id | undefined {
  const [, form, text] = EPC_SEGMENT.exec(path) ?? [];
  if (text === undefined) return undefined;
  try {
    const { bytes, bits } = fromHex(form === 'h' ? text : hexOfBase64(text));
    return decode(bytes, bits).id;
  } catch {
    return undefined;
  }
}

/** The key that stands before a compressed rest, `…/01/09524321000019/EEarwSM`; none where all is compressed. */
function plainKey({ segments }: LinkParts): Element[] {
  const [ai, value] = segments.slice(-3, -1);
  if (!ai || !value || !AI_TABLE.get(ai[0])?.qualifiers) return [];
  const text = widen(ai[0], percentDecode(value[0], value[1]));
  return isValue(ai[0], text) ? [[ai[0], text]] : [];
}

function compressedId(parts: LinkParts): Id {
  const last = parts.segments.at(-1)!;
  const packed = idOfElements([...plainKey(parts), ...decompress(last[0])]);
  if (parts.query === '') return packed;
  return idOfElements([...packed.ais, ...queryElements(parts, packed.ais)]);
}

function readForm(text: string, relations: boolean): Id {
  try {
    return parseLink(text, undefined, relations);
  } catch (error) {
    const parts = error instanceof Gs1Error && error.code === 'NO_KEY' ? linkParts(text) : undefined;
    const last = parts?.segments.at(-1)?.[0];
    if (!parts || !last || !seemsCompressed(last)) throw error;
    const epc = epcId(parts.segments.map(([segment]) => segment).join('/'));
    if (epc) return epc;
    try {
      return compressedId(parts);
    } catch (inner) {
      if (!(inner instanceof Gs1Error) || inner.code !== 'COMPRESSION') throw inner;
      throw new Gs1Error('NO_KEY', `${(error as Error).message} Nor is it compressed: ${inner.message}`);
    }
  }
}

/** Whether a web URI is at GS1's own host, where every path is a Digital Link. */
export const isAtGs1 = (text: string): boolean => /^https?:\/\/id\.gs1\.org(?::\d+)?(?:[/?#]|$)/i.test(text);

/**
 * Reads a Digital Link of any form: plain, wholly or partly compressed (GS1 Digital Link 1.1, 1.2), or with an EPC's
 * bits. What is no link at all is refused as a plain one is. A link of another host than GS1's stays beside the
 * identity as its alias. `relations` false lets AIs stand together that may not.
 */
export function readLink(text: string, relations = true): Id {
  const id = readForm(text, relations);
  return isAtGs1(text) ? id : { ...id, alias: text };
}
