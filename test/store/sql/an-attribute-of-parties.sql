select sequence, event_id, hash, event_time, record_time, mentions, body, sequence as place from event
where tenant_id = $1 and sequence <= $2 and variant < '\x02'::bytea
  and sequence in (select sequence from mention where tenant_id = $1 and role = 17 and key in (
    select * from (select '\xe1'::bytea || substring(sha256(convert_to(t, 'UTF8') || '\x00'::bytea || m.key) from 1 for 16)
    from (select key, id from master_data where tenant_id = $1
    and type = any($4::text::text[])
    and exists (select from jsonb_array_elements(attributes) a where a->>'id' = any($3::text::text[]))) m, unnest('{owning_party,possessing_party,location}'::text[]) t offset 0) k))
order by sequence asc limit $5
