select sequence, event_id, hash, event_time, record_time, mentions, body, sequence as place from event
where tenant_id = $1 and sequence <= $2 and variant < '\x02'::bytea
  and sequence in (select sequence from mention where tenant_id = $1 and role in (2) and ((key >= $3::bytea and key < $4::bytea) or (key >= $5::bytea and key < $6::bytea) or (key >= $7::bytea and key < $8::bytea) or (key >= $9::bytea and key < $10::bytea) or (key >= $11::bytea and key < $12::bytea) or (key >= $13::bytea and key < $14::bytea) or (key >= $15::bytea and key < $16::bytea) or (key >= $17::bytea and key < $18::bytea) or (key >= $19::bytea and key < $20::bytea) or (key >= $21::bytea and key < $22::bytea)))
order by sequence asc limit $23
