with raw as materialized (
  select s.sequence from (select hashtextextended(t, 0) from unnest($5::text::text[]) as u(t)) as w(value) cross join lateral (
    select sequence from event where tenant_id = $1
      and (words, sequence) > (w.value, $3::bigint) and (words, sequence) <= (w.value, $4::bigint)
    order by words asc, sequence asc limit $2
  ) s order by s.sequence asc limit $2
), edge as (
  select sequence as last from raw order by sequence desc limit 1
)
select (select count(*) from raw) as candidates, l.sequence as last, l.event_time as last_time, l.record_time as last_recorded, p.*
from edge left join lateral (
  select sequence, event_time, record_time from event where tenant_id = $1 and sequence = edge.last offset 0
) l on true left join (
  select e.* from (select * from (select distinct sequence from raw order by sequence asc) event where (exists (select from mention where tenant_id = $1 and term_name = $6::bytea
    and sequence = event.sequence and key = any((select $7::text::bytea[])::bytea[]) offset 0)) is true and (exists (select from mention where tenant_id = $1 and term_name = $8::bytea
    and sequence = event.sequence and key >= $9::bytea and key < $10::bytea offset 0)) is true offset 0) c cross join lateral (
    select sequence, event_id, hash, event_time, record_time, mentions, body from event where sequence = c.sequence and tenant_id = $1 and variant < '\x02'::bytea offset 0
  ) e order by c.sequence asc limit $11
) p on true
