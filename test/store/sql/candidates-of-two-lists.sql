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
  select e.* from (select sequence from (select sequence from raw intersect select b.sequence from (select sequence from (
    select sequence, key from mention where tenant_id = $1 and term_name is not null
      and (term_name, sequence) > ($6::bytea, (select min(sequence) - 1 from raw)::bigint) and (term_name, sequence) <= ($6::bytea, (select max(sequence) from raw)::bigint)
    order by term_name asc, sequence asc offset 0
  ) m where key >= $7::bytea and key < $8::bytea) b intersect select b.sequence from (select s.sequence from unnest($9::text::bytea[]) as w(value) cross join lateral (
    select sequence from mention where tenant_id = $1 and key = w.value and role in (0, 3) and sequence > (select min(sequence) - 1 from raw)::bigint and sequence <= (select max(sequence) from raw)::bigint order by sequence asc
  ) s) b) m order by sequence asc) c cross join lateral (
    select sequence, event_id, hash, event_time, record_time, mentions, body from event where sequence = c.sequence and tenant_id = $1 and variant < '\x02'::bytea and type = 'ObjectEvent' offset 0
  ) e order by c.sequence asc limit $10
) p on true
