select event_id, variant, hash, sequence from event
where tenant_id = $1 and event_id = any((select $2::text::bytea[])::bytea[])
