select type, key, id, attributes, children, version, false as deleted, record_time, null as key_id, capture_id from master_data
where tenant_id = $1 and (type, key) > ($2, $3) and type = any($4::text::text[])
order by type, key limit $5
