select sequence, event_id, hash, event_time, record_time, mentions, body, sequence as place from event
where tenant_id = $1 and sequence <= $2 and variant < '\x02'::bytea
  and biz_location_key in (select key from (select key, id from master_data where tenant_id = $1
    and type = any($5::text::text[])
    and exists (select from jsonb_array_elements(attributes) a where a->>'id' = any($3::text::text[]) and a->>'attribute' = any($4::text::text[]))) m)
order by sequence asc limit $6
