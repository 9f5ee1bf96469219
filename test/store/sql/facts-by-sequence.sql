with named as materialized (
  select e.*
  from (select distinct value from unnest($3::text::bigint[]) as w(value)) w cross join lateral (
    select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions, false as brief from event where tenant_id = $1 and sequence = w.value and record_time <= $2 offset 0
  ) e
)
select * from named
union all
select o.* from named n cross join lateral (
  select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions, false as brief from event
  where tenant_id = $1 and event_id = n.event_id and variant <> ''::bytea and record_time <= $2 offset 0
) o
union all
select s.* from named n cross join lateral (
  select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions, false as brief from event
  where tenant_id = $1 and event_id = n.event_id and variant = ''::bytea and record_time <= $2 offset 0
) s where n.variant <> ''::bytea
