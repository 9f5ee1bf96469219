with named as materialized (
  with recursive sought(key, level) as (
    select distinct key, 0 from unnest($3::text::bytea[]) as w(key)
    union
    select p.key, f.level + 1
    from (
      select distinct m.sequence, s.level from sought s cross join lateral (
        select sequence from mention where tenant_id = $1 and key = s.key
          and role in (3, 4) offset 0
      ) m where s.level < $4
    ) f cross join lateral (
      select substring(mentions from 5 for get_byte(mentions, 2) * 256 + get_byte(mentions, 3)) as key from event
      where tenant_id = $1 and sequence = f.sequence and record_time <= $2 and type in ('AggregationEvent', 'AssociationEvent')
        and case when octet_length(mentions) > 4 then get_byte(mentions, 0) = 2 else false end offset 0
    ) p
  )
  select e.*
  from (
    select distinct m.sequence
    from (select key, max(level) as level from sought group by key) s cross join lateral (
      select sequence from mention where tenant_id = $1 and key = s.key and role < 16
        and (s.level > 0 or role <> $5) offset 0
    ) m
    limit $6
  ) f cross join lateral (
    select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions from event where tenant_id = $1 and sequence = f.sequence and record_time <= $2 offset 0
  ) e
)
select * from named
union all
select o.* from named n cross join lateral (
  select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions from event
  where tenant_id = $1 and event_id = n.event_id and variant <> ''::bytea and record_time <= $2 offset 0
) o
union all
select s.* from named n cross join lateral (
  select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions from event
  where tenant_id = $1 and event_id = n.event_id and variant = ''::bytea and record_time <= $2 offset 0
) s where n.variant <> ''::bytea
