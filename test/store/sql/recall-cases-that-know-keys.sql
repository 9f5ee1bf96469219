select distinct i.case_id from (select distinct key from unnest($2::text::bytea[]) as w(key)) w cross join lateral (
  select case_id from recall_item where tenant_id = $1 and key = w.key offset 0) i
