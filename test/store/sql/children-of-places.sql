select children from master_data
where tenant_id = $1 and type = any($2::text::text[]) and key = any($3::text::bytea[])
