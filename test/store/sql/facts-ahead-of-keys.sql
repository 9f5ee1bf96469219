with recursive ahead(key, level) as (
  select distinct key, 0 from unnest($3::text::bytea[]) as w(key)
  union
  select d.key, f.level + 1
  from (
    select distinct m.sequence, a.level from ahead a cross join lateral (
      select sequence from mention where tenant_id = $1 and key = a.key and role = any((select $5::text::smallint[])::smallint[])
        offset 0
    ) m where a.level < $4
  ) f cross join lateral (
    select mentions as list from event e
    where tenant_id = $1 and sequence = f.sequence and record_time <= $2 and variant = ''::bytea
      and transformation_id is null and octet_length(mentions) between 1 and 1024
      and not exists (select from event o where o.tenant_id = $1 and o.event_id = e.event_id and o.variant <> ''::bytea offset 0)
    offset 0
  ) e cross join lateral (
    with recursive read(at) as (
      select 0
      union all
      select next + case when get_byte(list, at) & 128 > 0 then 1 + get_byte(list, next) else 0 end
      from (select at, at + 4 + get_byte(list, at + 2) * 256 + get_byte(list, at + 3)
    + case when get_byte(list, at) & 64 > 0 then 8 else 0 end as next from read where at < octet_length(list)) n
    )
    select substring(list from at + 5 for get_byte(list, at + 2) * 256 + get_byte(list, at + 3)) as key
    from read where at < octet_length(list)
      and get_byte(list, at) & 63 = any((select $6::text::smallint[])::smallint[])
  ) d
)
select distinct key from (select key from ahead where level > 0 limit $7) k
