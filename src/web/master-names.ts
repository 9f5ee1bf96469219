import { keyOfUri } from '../gs1/index.ts';
import { masterDataOf } from '../store/master-data.ts';
import type { Store } from '../store/open.ts';
import type { Names } from './names.ts';
import type { Language } from './words.ts';

/** Names looked up for one page; what is beyond is shown by its number. */
const NAMES_MAX = 400;
/** Look-ups under way at the same time. */
const TOGETHER = 16;
/** A name that a person reads, not a text that somebody hides in master data. */
const NAME_CHARACTERS_MAX = 120;

/** CBV attributes that name a place or a product, the best first. */
const ATTRIBUTES = ['#name', '#descriptionShort', '#tradeItemDescription', '#regulatedProductName'];

/** Name in the reader's language (attribute `…#name@zh`), else the one without a language. */
export function nameIn(attributes: readonly unknown[], language: Language): string | undefined {
  const given = attributes.flatMap((each) => {
    const { id, attribute } = each as { id?: unknown; attribute?: unknown };
    return typeof id === 'string' && typeof attribute === 'string' ? [[id, attribute] as const] : [];
  });
  for (const ending of ATTRIBUTES.flatMap((name) => [`${name}@${language}`, name])) {
    const found = given.find(([id]) => id.endsWith(ending));
    if (found) return found[1].slice(0, NAME_CHARACTERS_MAX);
  }
  return undefined;
}

async function nameOf(store: Store, tenantId: string, uri: string, language: Language): Promise<string | undefined> {
  let key: Uint8Array;
  try {
    ({ key } = keyOfUri(uri));
  } catch {
    return undefined; // a place that somebody spelt wrongly is shown as it is
  }
  const elements = await masterDataOf(store, tenantId, key);
  return elements.map(({ attributes }) => nameIn(attributes, language)).find((name) => name !== undefined);
}

/** The names on record for these URIs, by URI. */
export async function namesFor(
  store: Store,
  tenantId: string,
  uris: Iterable<string>,
  language: Language,
): Promise<Map<string, string>> {
  const wanted = [...new Set(uris)].slice(0, NAMES_MAX);
  const found = new Map<string, string>();
  for (let at = 0; at < wanted.length; at += TOGETHER) {
    await Promise.all(
      wanted.slice(at, at + TOGETHER).map(async (uri) => {
        const name = await nameOf(store, tenantId, uri, language);
        if (name !== undefined) found.set(uri, name);
      }),
    );
  }
  return found;
}

export const namesIn =
  (found: ReadonlyMap<string, string>): Names =>
  (uri) =>
    found.get(uri);
