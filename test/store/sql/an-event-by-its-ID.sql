select sequence, event_id, hash, record_time, body from event
where tenant_id = $1 and event_id = $2 and variant < '\x02'::bytea order by sequence
