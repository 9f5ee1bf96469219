// A document too large for one transaction of ours: its events wait in staged_event, chunk by chunk, then all of them
// enter the log in one. The lock of the log's head is held for that move alone, about 25 µs an event.
import { LEAF_VERSION } from '../tlog/leaf.ts';
import { unpackEventId } from './event-id.ts';
import { CONTENT_NAMES } from './event-write.ts';
import type { LogHead } from './log-head.ts';
import { numberArray, type Queries } from './sql.ts';

export { stageEvents } from './event-write.ts';

/** The move of a document may take so long; other captures of the tenant wait meanwhile, or are refused. */
const MOVE_MS_MAX = 300_000;

/** The statements of this file; a test looks at what they do. */
export const STAGE_SQL = {
  /** What of the staged is stored already by entries behind $3 of the log. */
  stored: `
select s.position, s.event_id, s.variant <> ''::bytea or e.hash = s.hash as same
from staged_event s cross join lateral (
  select hash from event where tenant_id = $1 and event_id = s.event_id and variant = s.variant and sequence > $3 offset 0
) e
where s.tenant_id = $1 and s.capture_id = $2 order by s.position limit $4`,

  /** The few entries behind $3 of the log, held against the staged. */
  storedSince: `
select s.position, s.event_id, s.variant <> ''::bytea or e.hash = s.hash as same
from event e cross join lateral (
  select position, event_id, variant, hash from staged_event
  where tenant_id = $1 and capture_id = $2 and event_id = e.event_id and variant = e.variant offset 0
) s
where e.tenant_id = $1 and e.sequence > $3 order by s.position limit $4`,

  /** What the document itself says again. */
  repeated: `
select position, event_id, variant <> ''::bytea or hash = first as same from (
  select position, event_id, variant, hash, first_value(hash) over w as first, row_number() over w as n
  from staged_event where tenant_id = $1 and capture_id = $2
  window w as (partition by event_id, variant order by position)
) r
where n > 1 order by position limit $3`,

  drop: ['staged_mention', 'staged_event'].map(
    (table) => `delete from ${table} where tenant_id = $1 and capture_id = $2`,
  ),

  /** Positions closed up behind what was taken out. */
  dropSome: ['staged_mention', 'staged_event'].flatMap((table) => [
    `delete from ${table} where tenant_id = $1 and capture_id = $2 and position = any($3::text::bigint[])`,
    `update ${table} t set position = -(position - before) from (
       select from_position, row_number() over (order by from_position) as before,
         lead(from_position) over (order by from_position) as to_position
       from unnest($3::text::bigint[]) as r(from_position)
     ) g
     where t.tenant_id = $1 and t.capture_id = $2 and t.position > from_position
       and (to_position is null or t.position < to_position)`,
    `update ${table} set position = -position
     where tenant_id = $1 and capture_id = $2 and position < 0 and cardinality($3::text::bigint[]) > 0`,
  ]),

  /** Their eventID stands for other content: kept as refused, out of every query, for the trace to tell of. */
  refuse: `
update staged_event set variant = '\\x02'::bytea || hash,
  leaf_tail = 'refused' || substr(leaf_tail, strpos(leaf_tail, chr(10)))
where tenant_id = $1 and capture_id = $2 and position = any($3::text::bigint[])`,

  move: `
insert into event (tenant_id, sequence, record_time, capture_id, leaf, ${CONTENT_NAMES}, body)
select tenant_id, $3::bigint + position, $4::bigint, capture_id, sha256('\\x00'::bytea || convert_to(
    concat_ws(chr(10), '${LEAF_VERSION}', $3::bigint + position, $4::bigint, leaf_tail), 'UTF8')), ${CONTENT_NAMES}, body
from staged_event where tenant_id = $1 and capture_id = $2 order by position`,

  moveMentions: `
insert into mention (tenant_id, key, sequence, role, gcp_length)
select tenant_id, key, $3::bigint + position, role, gcp_length
from staged_mention where tenant_id = $1 and capture_id = $2 order by key, position`,
};

/** A staged event whose eventID is taken: by the same event (a duplicate), or by another. */
export interface Standing {
  position: number;
  eventID: string;
  same: boolean;
}

type Row = { position: number; event_id: Uint8Array; same: boolean };
const standingOf = ({ position, event_id: id, same }: Row): Standing => ({
  position,
  eventID: unpackEventId(id),
  same,
});

/** What of a staged document is stored already or said twice in it; at most `limit`, the first ones. */
export async function findStanding(
  db: Queries,
  tenantId: string,
  captureId: string,
  limit: number,
): Promise<Standing[]> {
  const [stored, repeated] = await Promise.all([
    db.of(tenantId).query<Row>(STAGE_SQL.stored, [tenantId, captureId, 0, limit]),
    db.of(tenantId).query<Row>(STAGE_SQL.repeated, [tenantId, captureId, limit]),
  ]);
  const all = new Map([...repeated, ...stored].map((row) => [row.position, standingOf(row)]));
  return [...all.values()].sort((a, b) => a.position - b.position).slice(0, limit);
}

/** The same for what was stored behind `size` of the log, since somebody looked: few, so that it is quick under the lock. */
export const findStandingSince = async (
  tx: Queries,
  tenantId: string,
  captureId: string,
  size: number,
  limit: number,
): Promise<Standing[]> =>
  (await tx.of(tenantId).query<Row>(STAGE_SQL.storedSince, [tenantId, captureId, size, limit])).map(standingOf);

/** Takes events out, by position; those behind them move up. */
export async function dropStagedSome(
  tx: Queries,
  tenantId: string,
  captureId: string,
  positions: readonly number[],
): Promise<void> {
  for (const text of STAGE_SQL.dropSome)
    await tx.of(tenantId).query(text, [tenantId, captureId, numberArray(positions)]);
}

/** Makes refused events of some, by position. */
export const refuseStaged = async (
  tx: Queries,
  tenantId: string,
  captureId: string,
  positions: readonly number[],
): Promise<void> => void (await tx.of(tenantId).query(STAGE_SQL.refuse, [tenantId, captureId, numberArray(positions)]));

export async function dropStaged(db: Queries, tenantId: string, captureId: string): Promise<void> {
  for (const text of STAGE_SQL.drop) await db.of(tenantId).query(text, [tenantId, captureId]);
}

/** Moves a staged document behind `head`, whose lock the caller holds. The caller then advances it, and drops the staged. */
export async function moveStaged(
  tx: Queries,
  tenantId: string,
  captureId: string,
  { size, recordTime }: LogHead,
): Promise<void> {
  await tx.of(tenantId).query(`select set_config('statement_timeout', $1, true)`, [String(MOVE_MS_MAX)]);
  await Promise.all([
    tx.of(tenantId).query(STAGE_SQL.move, [tenantId, captureId, size, recordTime]),
    tx.of(tenantId).query(STAGE_SQL.moveMentions, [tenantId, captureId, size]),
  ]);
}
