select e.event_id, e.variant, e.hash, e.sequence
from (select distinct id from unnest($2::text::bytea[]) as w(id)) w cross join lateral (
  select event_id, variant, hash, sequence from event where tenant_id = $1 and event_id = w.id offset 0
) e
