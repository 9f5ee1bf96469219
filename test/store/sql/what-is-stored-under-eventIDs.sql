select event_id, variant, hash, sequence from event where tenant_id = $1 and event_id = any($2::text::bytea[])
