// The words of an event (type, action, bizStep, disposition) as one: some hundred combinations are all that a tenant has,
// so that any condition on words comes to a few lists of events, each in the order of the log.
import type { Condition } from '../epcis/index.ts';
import type { Fact } from '../trace/fact.ts';
import type { Queries } from './sql.ts';

/** Longer combinations (URIs of the user's own) are not listed; the mark in their place says that there are some. */
const WORDS_LENGTH_MAX = 512;
const UNLISTED = '*';
/** More combinations than these are no shortcut. */
const COMBINATIONS_MAX = 1_000;

/** As the generated column `words` hashes them (schema.ts); words and URIs have no spaces. */
export function wordsOf({ type, action, bizStep, disposition }: Fact): string {
  const text = `${type} ${action ?? ''} ${bizStep ?? ''} ${disposition ?? ''}`;
  return text.length > WORDS_LENGTH_MAX ? UNLISTED : text;
}

export const WORDS_SQL = `select value from known where tenant_id = $1 and field = 'words' order by value limit $2`;

/** Field of a condition → its place in a combination. */
const PLACES: Partial<Record<Condition['field'], number>> = { eventType: 0, action: 1, bizStep: 2, disposition: 3 };

export const isWord = ({ field, op }: Condition): boolean => op === 'EQ' && PLACES[field] !== undefined;

/**
 * The combinations that meet all of `conditions` on words: none where no event meets them. Undefined where the tenant has
 * too many, or longer ones. What the log had when it was asked for its size is among them if it is asked first.
 */
export async function combinationsOf(
  db: Queries,
  tenantId: string,
  conditions: readonly Condition[],
): Promise<string[] | undefined> {
  const rows = await db.of(tenantId).query<{ value: string }>(WORDS_SQL, [tenantId, COMBINATIONS_MAX + 1]);
  if (rows.length > COMBINATIONS_MAX || rows.some(({ value }) => value === UNLISTED)) return undefined;
  const tests = conditions.map(({ field, values }) => [PLACES[field]!, new Set(values.map(String))] as const);
  return rows
    .map(({ value }) => value)
    .filter((value) => {
      const words = value.split(' ');
      return tests.every(([place, wanted]) => wanted.has(words[place] ?? ''));
    });
}
