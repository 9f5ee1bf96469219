// What was at a place in a window: roots of a recall that begins there and not at a lot (C1).
import { AppError } from '../error.ts';
import { keyBytes, keyOfUri, uriOfKey } from '../gs1/index.ts';
import type { Mention, Role } from '../trace/fact.ts';
import { isClass, isLocation } from '../trace/kind.ts';
import { unpackMentions } from './mention.ts';
import type { Queries } from './sql.ts';

/** Things and lots at one place that a case may begin with, and events that are read to find them. */
const ROOTS_MAX = 1_000;
const EVENTS_MAX = 20_000;

export const RECALL_PLACE_SQL = {
  at: `
select mentions from event
where tenant_id = $1 and (biz_location_key = $2 or read_point_key = $2) and event_time >= $3 and event_time <= $4
  and record_time <= $5 and variant = ''::bytea
order by sequence limit ${EVENTS_MAX + 1}`,
};

/** Lists that say what was there; what a transformation used up is upstream of what it made. */
const THERE: ReadonlySet<Role> = new Set<Role>([
  'epc',
  'quantity',
  'parent',
  'childEPC',
  'childQuantity',
  'outputEPC',
  'outputQuantity',
]);

const isThere = ({ key, role }: Mention): boolean => THERE.has(role) && !isClass(key) && !isLocation(key);

/** URIs of what events of a place (URI) name within a window (ms since 1970), as known at `asOf`; sorted. */
export async function rootsAt(
  db: Queries,
  tenantId: string,
  { place, from, to, asOf }: { place: string; from: number; to: number; asOf: number },
): Promise<string[]> {
  const { key } = keyOfUri(place);
  type Row = { mentions: Uint8Array };
  const rows = await db.of(tenantId).query<Row>(RECALL_PLACE_SQL.at, [tenantId, key, from, to, asOf]);
  const roots = new Set<string>();
  for (const { mentions } of rows)
    for (const mention of unpackMentions(mentions).filter(isThere))
      roots.add(uriOfKey(keyBytes(mention.key), mention.gcpLength));
  if (rows.length > EVENTS_MAX || roots.size > ROOTS_MAX) {
    const message = `At ${place} more than ${ROOTS_MAX} things or lots were seen in this window; narrow it.`;
    throw new AppError('too_large', message, { rootsMax: ROOTS_MAX });
  }
  return [...roots].sort();
}
