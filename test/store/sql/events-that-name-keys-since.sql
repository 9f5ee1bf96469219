select distinct m.sequence from (select distinct key from unnest($2::text::bytea[]) as w(key)) w cross join lateral (
  select sequence from mention where tenant_id = $1 and key = w.key and sequence > $3 offset 0) m order by m.sequence
limit 10000
