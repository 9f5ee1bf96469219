select m.key, m.attributes from (select distinct key from unnest($2::text::bytea[]) as w(key)) w cross join lateral (
  select key, attributes from master_data where tenant_id = $1 and key = w.key offset 0) m
