with raw as materialized (
  select g.sequence from (select m.sequence from unnest($2::text::bytea[], $3::text::bytea[]) as w(low, high) cross join lateral (
    select sequence from mention where tenant_id = $1 and key >= w.low and key < w.high and role in (19) offset 0
  ) m) g where sequence > $4::bigint and sequence <= $5::bigint order by g.sequence asc limit $6
), edge as (
  select sequence as last from raw order by sequence desc limit 1
)
select (select count(*) from raw) as candidates, l.sequence as last, l.event_time as last_time, l.record_time as last_recorded, p.*
from edge left join lateral (
  select sequence, event_time, record_time from event where tenant_id = $1 and sequence = edge.last offset 0
) l on true left join (
  select e.* from (select distinct sequence from raw order by sequence asc) c cross join lateral (
    select sequence, event_id, hash, event_time, record_time, mentions, body from event where sequence = c.sequence and tenant_id = $1 and variant < '\x02'::bytea and type = 'ObjectEvent' offset 0
  ) e order by c.sequence asc limit $7
) p on true
