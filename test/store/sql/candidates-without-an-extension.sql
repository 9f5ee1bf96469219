with raw as materialized (
  select sequence from event where tenant_id = $1 and sequence > $2::bigint and sequence <= $3::bigint order by sequence asc limit $4
), edge as (
  select sequence as last from raw order by sequence desc limit 1
)
select (select count(*) from raw) as candidates, l.sequence as last, l.event_time as last_time, l.record_time as last_recorded, p.*
from edge left join lateral (
  select sequence, event_time, record_time from event where tenant_id = $1 and sequence = edge.last offset 0
) l on true left join (
  select e.* from (select * from (select distinct sequence from raw order by sequence asc) event where (not exists (select from mention where tenant_id = $1 and term_name = $5::bytea
    and sequence = event.sequence offset 0)) is true offset 0) c cross join lateral (
    select sequence, event_id, hash, event_time, record_time, mentions, body from event where sequence = c.sequence and tenant_id = $1 and variant < '\x02'::bytea offset 0
  ) e order by c.sequence asc limit $6
) p on true
