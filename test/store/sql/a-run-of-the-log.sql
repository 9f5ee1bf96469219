select sequence, event_id, hash, variant from event
where tenant_id = $1 and sequence between $2 and $3 order by sequence
