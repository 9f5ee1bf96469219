select value from known where tenant_id = $1 and field = $2 and value = any($3::text::text[]) limit 1
