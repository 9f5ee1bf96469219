select coalesce((select size from log_head where tenant_id = $1::uuid), 0) as size,
  exists (select from named_query where tenant_id = $1::uuid and name = $2) as has_query,
  ($3 = 'anonymous' or exists (
    select from api_key where tenant_id = $1::uuid and key_id = $3 and revoked_at is null)) as has_key
