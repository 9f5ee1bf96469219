select type, key, id, attributes, children, version, deleted, record_time, key_id, capture_id from master_data_version
where tenant_id = $1 and type = $2 and key = $3 and version < $4 and record_time <= $5
order by version desc limit $6
