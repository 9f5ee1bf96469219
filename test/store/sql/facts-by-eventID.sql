with named as materialized (
  select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions from event where tenant_id = $1 and record_time <= $3 and event_id = any($2::text::bytea[])
)
select * from named
union all
select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions from event where tenant_id = $1 and record_time <= $3 and variant <> ''::bytea
  and event_id in (select event_id from named) and sequence not in (select sequence from named where variant <> ''::bytea)
union all
select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions from event where tenant_id = $1 and record_time <= $3 and variant = ''::bytea
  and event_id in (select event_id from named where variant <> ''::bytea)
  and sequence not in (select sequence from named where variant = ''::bytea)
