import { hexPair, isIn, SET_64 } from './charset.ts';

const DEFAULT_PORTS: Record<string, string> = { http: ':80', https: ':443' };

const TRIPLET = /%[0-9A-Fa-f]{2}/g;

/** Triplets in capitals; those of unreserved characters undone (RFC 3986 section 6.2.2). */
function normalizeTriplets(text: string): string {
  return text.replace(TRIPLET, (triplet, at: number) => {
    // behind a % that starts no triplet the character undone could make one
    if (text[at - 1] === '%' || text[at - 2] === '%') return triplet.toUpperCase();
    const code = hexPair(triplet, 1);
    const isUnreserved = (isIn(code, SET_64) && code !== 61) || code === 46 || code === 126;
    return isUnreserved ? String.fromCharCode(code) : triplet.toUpperCase();
  });
}

/** A path without `.` and `..` segments (RFC 3986 section 5.2.4). */
function removeDots(path: string): string {
  const out: string[] = [];
  const segments = path.split('/');
  segments.forEach((segment, i) => {
    const isLast = i === segments.length - 1;
    if (segment === '..') {
      if (out.length > 1) out.pop();
    } else if (segment !== '.') out.push(segment);
    if (isLast && (segment === '.' || segment === '..')) out.push('');
  });
  return out.join('/');
}

/**
 * The normal form of a URI that is nobody's GS1 identifier (RFC 3986 section 6.2, RFC 8141 section 3.1): equal things
 * get equal keys. Text that is no URI stays as it is.
 */
export function normalizeUri(text: string): string {
  const web = /^(https?):\/\/([^/?#]*)([^?#]*)(.*)$/is.exec(text);
  if (web) {
    const scheme = web[1]!.toLowerCase();
    const at = web[2]!.lastIndexOf('@') + 1;
    const host = web[2]!.slice(at).toLowerCase();
    const port = DEFAULT_PORTS[scheme]!;
    const authority = web[2]!.slice(0, at) + (host.endsWith(port) ? host.slice(0, -port.length) : host);
    return `${scheme}://${authority}${removeDots(normalizeTriplets(web[3] || '/'))}${normalizeTriplets(web[4]!)}`;
  }
  const urn = /^urn:([A-Za-z0-9-]+):(.*)$/is.exec(text);
  if (!urn) return text;
  const name = urn[1]!.toLowerCase();
  // UUIDs are the one common name space whose names know no letter case (RFC 9562 section 4)
  const rest = name === 'uuid' ? urn[2]!.toLowerCase() : urn[2]!.replace(TRIPLET, (triplet) => triplet.toUpperCase());
  return `urn:${name}:${rest}`;
}
