with recursive met(level, sequence, role) as (
  select 0, m.sequence, m.role
  from unnest($3::text::bytea[], $4::text::bytea[]) as s(low, high) cross join lateral (
    select sequence, role from mention where tenant_id = $1 and key between s.low and s.high
      and role in (0, 3, 4, 7, 8) offset 0
  ) m
  where m.role in (3, 4) or m.sequence <> all((select $5::text::bigint[])::bigint[])
  union all
  select s.level, m.sequence, m.role
  from (
    select distinct p.key, f.level + 1 as level
    from (select distinct sequence, level from met where level < $6 and role in (3, 4)) f cross join lateral (
      select substring(mentions from 5 for get_byte(mentions, 2) * 256 + get_byte(mentions, 3)) as key from event
      where tenant_id = $1 and sequence = f.sequence and record_time <= $2 and type in ('AggregationEvent', 'AssociationEvent')
        and case when octet_length(mentions) > 4 then get_byte(mentions, 0) = 2 else false end offset 0
    ) p
  ) s cross join lateral (
    select sequence, role from mention where tenant_id = $1 and key = s.key
      and role in (0, 3, 4, 7, 8) and role <> 0 offset 0
  ) m
),
candidate as materialized (
  select distinct sequence from met where role not in (3, 4) limit $7
)
select exists (select from met where level = $6) or (select count(*) = $7 from candidate) or exists (
  select from candidate c cross join lateral (
    select type, action from event where tenant_id = $1 and sequence = c.sequence and record_time <= $2 offset 0
  ) e where e.type = 'TransformationEvent' or (e.type = 'ObjectEvent' and e.action = 'ADD')
) as elsewhere
