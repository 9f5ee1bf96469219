select e.* from (select distinct sequence from unnest($2::text::bigint[]) as w(sequence)) w cross join lateral (
  select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions, false as brief from event where tenant_id = $1 and sequence = w.sequence and variant < '\x02'::bytea offset 0
) e order by e.sequence
