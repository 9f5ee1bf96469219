// A document too large for one transaction of ours: its events wait in staged_event, chunk by chunk, then all of them
// enter the log in one. The lock of the log's head is held for that move alone, about 25 µs an event.
import { LEAF_VERSION } from '../tlog/leaf.ts';
import { hashUri, unpackEventId } from './event-id.ts';
import { CONTENT_NAMES } from './event-write.ts';
import type { LogHead } from './log-head.ts';
import { numberArray, type Queries } from './sql.ts';

export { stageEvents } from './event-write.ts';

/** The move of a document may take so long; other captures of the tenant wait meanwhile. */
export const MOVE_MS_MAX = 300_000;

/** The statements of this file; a test looks at what they do. */
export const STAGE_SQL = {
  /** Of the positions behind $3 up to $4: what is stored already, or said before in the document itself. */
  standing: `
select position, event_id, hash, variant <> ''::bytea or taken = hash as same, variant >= '\\x02'::bytea as refused
from (
  select position, event_id, variant, hash, coalesce(
    (select hash from event where tenant_id = $1 and event_id = s.event_id and variant = s.variant),
    (select hash from (
       select hash, position from staged_event where tenant_id = $1 and capture_id = $2 and event_id = s.event_id
         and variant = s.variant and position < s.position offset 0
     ) r order by position limit 1)) as taken
  from staged_event s where tenant_id = $1 and capture_id = $2 and position > $3 and position <= $4 offset 0
) t
where taken is not null order by position`,

  /** The few entries behind $3 of the log, held against the staged. */
  standingSince: `
select s.position, s.event_id, s.hash, s.variant <> ''::bytea or e.hash = s.hash as same,
  s.variant >= '\\x02'::bytea as refused
from event e cross join lateral (
  select position, event_id, variant, hash from staged_event
  where tenant_id = $1 and capture_id = $2 and event_id = e.event_id and variant = e.variant offset 0
) s
where e.tenant_id = $1 and e.sequence > $3 order by s.position limit $4`,

  ids: `
select position, event_id, hash from staged_event
where tenant_id = $1 and capture_id = $2 and position > $3 and position <= $4 order by position`,

  last: `
select position from staged_event where tenant_id = $1 and capture_id = $2 order by position desc limit 1`,

  forgotten: `
select capture_id from staged_event where tenant_id = $1 and capture_id < $2 order by capture_id limit 1`,

  drop: ['staged_mention', 'staged_event'].map(
    (table) => `delete from ${table} where tenant_id = $1 and capture_id = $2 and position > $3 and position <= $4`,
  ),

  dropSome: ['staged_mention', 'staged_event'].map(
    (table) => `delete from ${table} where tenant_id = $1 and capture_id = $2 and position = any($3::text::bigint[])`,
  ),

  /** Their eventID stands for other content: kept as refused, out of every query, for the trace to tell of. */
  refuse: `
update staged_event set variant = '\\x02'::bytea || hash,
  leaf_tail = 'refused' || substr(leaf_tail, strpos(leaf_tail, chr(10)))
where tenant_id = $1 and capture_id = $2 and position = any($3::text::bigint[])`,

  move: `
insert into event (tenant_id, sequence, record_time, capture_id, leaf, ${CONTENT_NAMES}, body)
select tenant_id, sequence, $4::bigint, capture_id, sha256('\\x00'::bytea || convert_to(
    concat_ws(chr(10), '${LEAF_VERSION}', sequence, $4::bigint, leaf_tail), 'UTF8')), ${CONTENT_NAMES}, body
from (
  select *, $3::bigint + row_number() over (order by position) as sequence
  from staged_event where tenant_id = $1 and capture_id = $2
) s order by position`,

  /** Of a document of which nothing was taken out: its positions are the places. */
  moveMentions: `
insert into mention (tenant_id, key, sequence, role, gcp_length)
select tenant_id, key, $3::bigint + position, role, gcp_length
from staged_mention where tenant_id = $1 and capture_id = $2 order by key, position`,

  moveSomeMentions: `
insert into mention (tenant_id, key, sequence, role, gcp_length)
select tenant_id, key, $3::bigint + n.place, role, gcp_length
from staged_mention m join (
  select position, row_number() over (order by position) as place
  from staged_event where tenant_id = $1 and capture_id = $2
) n using (position)
where tenant_id = $1 and capture_id = $2 order by key, position`,
};

/** Positions that one statement looks at or drops. */
const POSITIONS_PER_STATEMENT = 10_000;

/** A staged event whose eventID is taken: by the same event (a duplicate), or by another. */
export interface Standing {
  position: number;
  eventID: string;
  hash: string;
  same: boolean;
  /** It had been made a refused event before. */
  refused: boolean;
}

type Row = { position: number; event_id: Uint8Array; hash: Uint8Array; same: boolean; refused: boolean };
const standingOf = ({ position, event_id: id, hash, same, refused }: Row): Standing => ({
  position,
  eventID: unpackEventId(id),
  hash: hashUri(hash),
  same,
  refused,
});

/** Stretches of positions from 1 to `last`, each for one statement: behind `from`, up to `to`. */
export function* stretches(last: number): Generator<{ from: number; to: number }> {
  for (let from = 0; from < last; from += POSITIONS_PER_STATEMENT) yield { from, to: from + POSITIONS_PER_STATEMENT };
}

/** What of a stretch of a staged document is stored already, or said before in it. */
export const findStanding = async (
  db: Queries,
  tenantId: string,
  captureId: string,
  { from, to }: { from: number; to: number },
): Promise<Standing[]> =>
  (await db.of(tenantId).query<Row>(STAGE_SQL.standing, [tenantId, captureId, from, to])).map(standingOf);

/** The same for what was stored behind `size` of the log, since somebody looked: few, so that it is quick under the lock. */
export const findStandingSince = async (
  tx: Queries,
  tenantId: string,
  captureId: string,
  size: number,
  limit: number,
): Promise<Standing[]> =>
  (await tx.of(tenantId).query<Row>(STAGE_SQL.standingSince, [tenantId, captureId, size, limit])).map(standingOf);

/** Which events are staged in a stretch. */
export const stagedIds = async (
  db: Queries,
  tenantId: string,
  captureId: string,
  { from, to }: { from: number; to: number },
): Promise<Pick<Standing, 'position' | 'eventID' | 'hash'>[]> =>
  (await db.of(tenantId).query<Omit<Row, 'same' | 'refused'>>(STAGE_SQL.ids, [tenantId, captureId, from, to])).map(
    ({ position, event_id: id, hash }) => ({ position, eventID: unpackEventId(id), hash: hashUri(hash) }),
  );

/** Takes events out, by position. */
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

/** Drops what is staged of a document, stretch by stretch: no statement grows with it. */
export async function dropStaged(db: Queries, tenantId: string, captureId: string): Promise<void> {
  const [row] = await db.of(tenantId).query<{ position: number }>(STAGE_SQL.last, [tenantId, captureId]);
  for (const { from, to } of stretches(row?.position ?? 0))
    for (const text of STAGE_SQL.drop) await db.of(tenantId).query(text, [tenantId, captureId, from, to]);
}

/** Drops what processes have left that ended: documents whose captureId, a UUID in the order of time, is before this one. */
export async function dropForgotten(db: Queries, tenantId: string, before: string): Promise<void> {
  for (;;) {
    const [row] = await db.of(tenantId).query<{ capture_id: string }>(STAGE_SQL.forgotten, [tenantId, before]);
    if (!row) return;
    await dropStaged(db, tenantId, row.capture_id);
  }
}

/**
 * Moves a staged document behind `head`, whose lock the caller holds. `isWhole`: nothing was taken out of it. The caller
 * then advances the head, and drops the staged.
 */
export async function moveStaged(
  tx: Queries,
  tenantId: string,
  captureId: string,
  { size, recordTime }: LogHead,
  isWhole: boolean,
): Promise<void> {
  // nobody gathers statistics of the staged: the planner takes them for few, and would join them row by row
  const set = `select set_config('statement_timeout', $1, true), set_config('enable_nestloop', $2, true)`;
  await tx.of(tenantId).query(set, [String(MOVE_MS_MAX), 'off']);
  await Promise.all([
    tx.of(tenantId).query(STAGE_SQL.move, [tenantId, captureId, size, recordTime]),
    tx.of(tenantId).query(isWhole ? STAGE_SQL.moveMentions : STAGE_SQL.moveSomeMentions, [tenantId, captureId, size]),
  ]);
  await tx.of(tenantId).query(set, [String(MOVE_MS_MAX), 'on']);
}
