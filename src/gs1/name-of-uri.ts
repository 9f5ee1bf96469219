import { isWebUri, parseLink } from './digital-link.ts';
import { type Id, valueOf } from './id.ts';
import { isEpcUrn, parseUrn } from './urn.ts';

function idOf(uri: string): Id | undefined {
  if (isEpcUrn(uri)) return parseUrn(uri);
  return isWebUri(uri) ? parseLink(uri) : undefined;
}

/**
 * What people call the thing that a URN or plain Digital Link names: its lot, else its serial, else its key. Undefined
 * for other URIs; throws Gs1Error for malformed ones. Small, for pages: it knows no bits and no compressed links.
 */
export function nameOfUri(uri: string): string | undefined {
  const id = idOf(uri);
  return id && (valueOf(id, '10') ?? valueOf(id, '21') ?? id.ais[0]?.[1]);
}
