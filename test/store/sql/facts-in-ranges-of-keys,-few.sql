with named as materialized (
  select e.*
  from (
    select distinct m.sequence from unnest($3::text::bytea[], $4::text::bytea[]) as r(low, high) cross join lateral (
      select sequence from mention where tenant_id = $1 and key between r.low and r.high
        and role::integer < 16 offset 0
    ) m offset 0
  ) f cross join lateral (
    select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions, false as brief from event
    where tenant_id = $1 and sequence = f.sequence and record_time <= $2 offset 0
  ) e
  where f.sequence <> all((select $5::text::bigint[])::bigint[])
  limit $6
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
