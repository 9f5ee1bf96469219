with raw as materialized (
  select sequence from (
    select sequence, key from mention where tenant_id = $1 and term_name is not null
      and (term_name, sequence) > ($4::bytea, $2::bigint) and (term_name, sequence) <= ($4::bytea, $3::bigint)
    order by term_name asc, sequence asc offset 0
  ) m where key >= $5::bytea and key < $6::bytea limit $7
), edge as (
  select sequence as last from raw order by sequence desc limit 1
)
select (select count(*) from raw) as candidates, l.sequence as last, l.event_time as last_time, l.record_time as last_recorded, p.*
from edge left join lateral (
  select sequence, event_time, record_time from event where tenant_id = $1 and sequence = edge.last offset 0
) l on true left join (
  select e.* from (select distinct sequence from raw order by sequence asc) c cross join lateral (
    select sequence, event_id, hash, event_time, record_time, mentions, body from event where sequence = c.sequence and tenant_id = $1 and variant < '\x02'::bytea and type = 'ObjectEvent' offset 0
  ) e order by c.sequence asc limit $8
) p on true
