with recursive named(key, level, sequence, role, gcp_length) as (
  select s.key, 0, m.*
  from (select distinct key from unnest($3::text::bytea[]) as w(key)) s cross join lateral (
    select sequence, role, gcp_length from mention
    where tenant_id = $1 and key = s.key and sequence <= $2 and role < 16
    order by sequence, role limit $4
  ) m
  union all
  select s.key, s.level, m.*
  from (
    select distinct p.key, f.level + 1 as level
    from (
      select distinct sequence, level from named
      where level < $5 and role in (3, 4)
    ) f cross join lateral (
      select substring(mentions from 5 for get_byte(mentions, 2) * 256 + get_byte(mentions, 3)) as key from event
      where tenant_id = $1 and sequence = f.sequence and variant = ''::bytea and type in ('AggregationEvent', 'AssociationEvent')
      and case when octet_length(mentions) > 4 then get_byte(mentions, 0) = 2 else false end offset 0
    ) p
  ) s cross join lateral (
    select sequence, role, gcp_length from mention
    where tenant_id = $1 and key = s.key and sequence <= $2 and role < 16
    order by sequence, role limit $4
  ) m
)
select f.sequence, f.named, e.*
from (
  select sequence, string_agg(substr(int2send(role), 2) || substr(int2send(gcp_length), 2)
    || int2send(octet_length(key)::smallint) || key, ''::bytea order by key, role) as named
  from (select distinct key, sequence, role, gcp_length from named) d group by sequence
) f left join lateral (
  select event_id, hash, type, action, event_time, record_time, biz_step, transformation_id,
    octet_length(mentions) as bytes,
    case when type in ('AggregationEvent', 'AssociationEvent')
      and case when octet_length(mentions) > 4 then get_byte(mentions, 0) = 2 else false end then substring(mentions from 1 for 4 + get_byte(mentions, 2) * 256 + get_byte(mentions, 3)) end as parent
  from event e
  where tenant_id = $1 and sequence = f.sequence and variant = ''::bytea and not exists (
    select from event d where d.tenant_id = $1 and d.event_id = e.event_id
      and d.variant >= '\x01'::bytea and d.variant < '\x02'::bytea and d.sequence <= $2
  ) offset 0
) e on true
order by f.sequence limit $6
