with named as materialized (
  with recursive naming(key, level, sequence, role) as (
    select m.key, 0, m.sequence, m.role
    from unnest($3::text::bytea[], $4::text::bytea[]) as s(low, high) cross join lateral (
    select key, sequence, role from mention where tenant_id = $1 and key between s.low and s.high
      and role < 16 and sequence <> all((select $8::text::bigint[])::bigint[]) offset 0
  ) m
    where m.role <> $5
    union all
    select m.key, s.level, m.sequence, m.role
    from (
      select distinct p.key as low, p.key as high, f.level + 1 as level
      from (
        select distinct sequence, level from naming where level < $6 and role in (3, 4)
      ) f cross join lateral (
        select substring(mentions from 5 for get_byte(mentions, 2) * 256 + get_byte(mentions, 3)) as key from event
        where tenant_id = $1 and sequence = f.sequence and record_time <= $2 and type in ('AggregationEvent', 'AssociationEvent')
        and case when octet_length(mentions) > 4 then get_byte(mentions, 0) = 2 else false end offset 0
      ) p
    ) s cross join lateral (
    select key, sequence, role from mention where tenant_id = $1 and key between s.low and s.high
      and role < 16 and sequence <> all((select $8::text::bigint[])::bigint[]) offset 0
  ) m
  )
  select e.*
  from (
    select sequence, (array_agg(key))[1] as key, count(*) = 1 and bool_and(role in (5, 6)) as brief
    from (select distinct key, sequence, role from naming) d
    group by sequence
    limit $7
  ) f cross join lateral (select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration,
    case when brief then substring(list for 4 + get_byte(list, 2) * 256 + get_byte(list, 3))
      || substring(list from at - 4 for octet_length(f.key) + 268) else list end as mentions,
    brief
  from (
    select o.*, case when at = 0 then false
      else get_byte(list, 0) = 7 and position(f.key in substring(list from at + 1)) = 0 end as brief
    from (
      select e.*, case when f.brief and $9 and transformation_id is null and variant = ''::bytea
          and octet_length(list) > 512 and not exists (
            select from event o where o.tenant_id = $1 and o.event_id = e.event_id and o.variant <> ''::bytea)
        then position(f.key in list) else 0 end as at
      from (
        select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, case when f.brief then mentions || ''::bytea else mentions end as list
        from event where tenant_id = $1 and sequence = f.sequence and record_time <= $2 offset 0
      ) e offset 0
    ) o offset 0
  ) b) e
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
