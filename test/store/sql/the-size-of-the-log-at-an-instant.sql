select coalesce(max(sequence), 0)::bigint as size from event
where tenant_id = $1 and record_time = (
  select record_time from event where tenant_id = $1 and record_time <= $2 order by record_time desc limit 1)
