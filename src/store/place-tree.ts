// WD_readPoint and WD_bizLocation: the places that master data puts below others.
import type { Condition, EventQuery } from '../epcis/index.ts';
import { AppError, messageOf } from '../error.ts';
import { keyOfUri, keyText } from '../gs1/index.ts';
import { byteaArray, type Queries, textArray } from './sql.ts';

/** Places that one parameter may come to, itself included. */
const PLACES_MAX = 10_000;

const VTYPE = 'urn:epcglobal:epcis:vtype:';
const TYPES: Partial<Record<Condition['field'], string[]>> = {
  readPoint: [`${VTYPE}ReadPoint`, `${VTYPE}Location`],
  bizLocation: [`${VTYPE}BusinessLocation`, `${VTYPE}Location`],
};

export const CHILDREN_SQL = `
select children from master_data
where tenant_id = $1 and type = any($2::text::text[]) and key = any($3::text::bytea[])`;

/** Its key; undefined for a child whose name breaks the form it claims, and so names no place of any event. */
function keyOf(uri: string): Uint8Array | undefined {
  try {
    return keyOfUri(uri).key;
  } catch {
    return undefined;
  }
}

/** The places named and all below them, level by level; a ring ends where it closes. */
async function descendants(db: Queries, tenantId: string, { parameter, field, values }: Condition): Promise<string[]> {
  const found = new Map<string, string>();
  let level = values.map(String);
  while (level.length > 0) {
    const fresh: Uint8Array[] = [];
    for (const uri of level) {
      const key = keyOf(uri);
      if (!key || found.has(keyText(key))) continue;
      found.set(keyText(key), uri);
      fresh.push(key);
    }
    if (found.size > PLACES_MAX) {
      throw new AppError('too_large', `${parameter} comes to more than ${PLACES_MAX} places; name a smaller one.`, {
        rule: 'QueryTooComplexException',
      });
    }
    if (fresh.length === 0) break;
    const rows = await db
      .of(tenantId)
      .query<{ children: string[] }>(CHILDREN_SQL, [tenantId, textArray(TYPES[field] ?? []), byteaArray(fresh)]);
    level = rows.flatMap(({ children }) => children);
  }
  return [...found.values()];
}

/** The query with each WD condition as one on the places themselves. Throws AppError `invalid` for a malformed place. */
export async function resolvePlaces(db: Queries, tenantId: string, query: EventQuery): Promise<EventQuery> {
  if (!query.conditions.some(({ op }) => op === 'WD')) return query;
  const conditions = await Promise.all(
    query.conditions.map(async (condition): Promise<Condition> => {
      if (condition.op !== 'WD') return condition;
      for (const uri of condition.values) checkPlace(condition.parameter, String(uri));
      return { ...condition, op: 'EQ', values: await descendants(db, tenantId, condition) };
    }),
  );
  return { ...query, conditions };
}

function checkPlace(parameter: string, uri: string): void {
  try {
    keyOfUri(uri);
  } catch (error) {
    throw new AppError('invalid', `${parameter}: ${messageOf(error)}`, { rule: 'QueryParameterException' });
  }
}
