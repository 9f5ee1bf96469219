with raw as materialized (
  select g.sequence from (select sequence from event where tenant_id = $1 and (event_time > record_time or event_time < record_time - 129600000) and event_time >= $2::bigint and event_time < $3::bigint and words = any(array(select hashtextextended(t, 0) from unnest($4::text::text[]) as u(t))) offset 0) g where sequence > $5::bigint and sequence <= $6::bigint order by g.sequence asc limit $7
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
