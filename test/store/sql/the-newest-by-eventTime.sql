select sequence, event_id, hash, event_time, record_time, mentions, body, event_time as place from event
where tenant_id = $1 and sequence <= $2 and variant < '\x02'::bytea
order by event_time desc, sequence desc limit $3
