select sequence, event_id, hash, event_time, record_time, mentions, body, sequence as place from event
where tenant_id = $1 and sequence <= $2 and variant < '\x02'::bytea
  and sequence in (select sequence from mention where tenant_id = $1 and role in (19) and key >= $3::bytea and key < $4::bytea)
  and exists (select from mention where tenant_id = $1 and role in (19) and key = any((select $5::text::bytea[])::bytea[]) and sequence = event.sequence)
order by sequence asc limit $6
