select sequence, event_id, hash, event_time, record_time, mentions, body, sequence as place from event
where tenant_id = $1 and sequence <= $2 and variant < '\x02'::bytea
  and exists (select from mention where tenant_id = $1 and role in (16) and key = any((select $3::text::bytea[])::bytea[]) and sequence = event.sequence)
order by sequence asc limit $4
