with raw as materialized (
  select u.sequence from (
    (select sequence from (
    select sequence, key from mention where tenant_id = $1 and term_name is not null
      and (term_name, sequence) > ($4::bytea, $2::bigint) and (term_name, sequence) <= ($4::bytea, $3::bigint)
    order by term_name desc, sequence desc offset 0
  ) m where key >= $5::bytea and key < $6::bytea limit $7) union all (select s.sequence from unnest($11::text::bytea[]) as w(value) cross join lateral (
    select sequence from mention where tenant_id = $1 and key = w.value and role in (19) and sequence > $9::bigint and sequence <= $10::bigint order by sequence desc limit $8
  ) s order by s.sequence desc limit $8)
  ) u order by u.sequence desc limit $12
), edge as (
  select sequence as last from raw order by sequence asc limit 1
)
select (select count(*) from raw) as candidates, l.sequence as last, l.event_time as last_time, l.record_time as last_recorded, p.*
from edge left join lateral (
  select sequence, event_time, record_time from event where tenant_id = $1 and sequence = edge.last offset 0
) l on true left join (
  select e.* from (select distinct sequence from raw order by sequence desc) c cross join lateral (
    select sequence, event_id, hash, event_time, record_time, mentions, body from event where sequence = c.sequence and tenant_id = $1 and variant < '\x02'::bytea and type = 'ObjectEvent' offset 0
  ) e order by c.sequence desc limit $13
) p on true
