// Walks over pages that their clients have ended (DELETE /nextPageToken): a token of one is refused from then on.
import type { Queries } from './sql.ts';

/** Kept for one tenant; tokens expire by themselves, so that the oldest can go. */
const ENDED_MAX = 10_000;

export const ENDED_WALK_SQL = {
  end: `
insert into ended_walk (tenant_id, walk, expires_at) values ($1, $2, $3)
on conflict (tenant_id, walk) do update set expires_at = greatest(ended_walk.expires_at, excluded.expires_at)`,
  prune: `
delete from ended_walk where tenant_id = $1 and (expires_at < $2 or walk in (
  select walk from ended_walk where tenant_id = $1 order by expires_at desc, walk offset ${ENDED_MAX}))`,
  find: `select walk from ended_walk where tenant_id = $1 and walk = $2`,
};

/** `expiresAt` is that of the walk's token: after it there is nothing to refuse any more. */
export async function endWalk(
  db: Queries,
  tenantId: string,
  walk: string,
  expiresAt: number,
  now: number,
): Promise<void> {
  await db.of(tenantId).query(ENDED_WALK_SQL.end, [tenantId, walk, expiresAt]);
  await db.of(tenantId).query(ENDED_WALK_SQL.prune, [tenantId, now]);
}

export const isEnded = async (db: Queries, tenantId: string, walk: string): Promise<boolean> =>
  (await db.of(tenantId).query(ENDED_WALK_SQL.find, [tenantId, walk])).length > 0;
