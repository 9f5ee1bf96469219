select mentions from event
where tenant_id = $1 and (biz_location_key = $2 or read_point_key = $2) and event_time >= $3 and event_time <= $4
  and record_time <= $5 and variant = ''::bytea
order by sequence limit 20001
