with recursive sought(key, level) as (
  select distinct key, 0 from unnest($3::text::bytea[]) as w(key)
  union
  select p.key, f.level + 1
  from (
    select distinct m.sequence, s.level from sought s cross join lateral (
    select sequence, role, gcp_length from mention
    where tenant_id = $1 and key = s.key and sequence <= $2 and role < 16
    order by sequence, role limit $4
    ) m where s.level < $5 and m.role in (3, 4)
  ) f cross join lateral (
    select substring(mentions from 5 for get_byte(mentions, 2) * 256 + get_byte(mentions, 3)) as key from event
    where tenant_id = $1 and sequence = f.sequence and variant = ''::bytea and type in ('AggregationEvent', 'AssociationEvent')
      and case when octet_length(mentions) > 4 then get_byte(mentions, 0) = 2 else false end offset 0
  ) p
)
select f.sequence, f.named, e.*
from (
  select m.sequence, string_agg(substr(int2send(m.role), 2) || substr(int2send(m.gcp_length), 2)
    || int2send(octet_length(s.key)::smallint) || s.key, ''::bytea order by s.key, m.role) as named
  from (select distinct key from sought) s cross join lateral (
    select sequence, role, gcp_length from mention
    where tenant_id = $1 and key = s.key and sequence <= $2 and role < 16
    order by sequence, role limit $4
  ) m group by m.sequence
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
order by f.sequence
