with raw as materialized (
  select sequence, key from mention
  where tenant_id = $1 and role = 19 and key >= $4::bytea and key < $5::bytea
    and (key, sequence) > ($2::bytea, $3::bigint)
    and sequence > $6::bigint and sequence <= $7::bigint
  order by key asc, sequence asc limit $8
), edge as (
  select sequence as last, key as last_key from raw order by key desc, sequence desc limit 1
)
select (select count(*) from raw) as candidates, l.sequence as last, l.event_time as last_time, l.record_time as last_recorded, edge.last_key, p.*
from edge left join lateral (
  select sequence, event_time, record_time from event where tenant_id = $1 and sequence = edge.last offset 0
) l on true left join (
  select e.*, c.key from (select distinct sequence, key from raw order by key asc, sequence asc) c cross join lateral (
    select sequence, event_id, hash, event_time, record_time, mentions, body from event where sequence = c.sequence and tenant_id = $1 and variant < '\x02'::bytea and type = 'ObjectEvent' offset 0
  ) e order by c.key asc, c.sequence asc limit $9
) p on true
