select e.sequence, e.head
from unnest($2::text::bigint[]) as w(sequence) cross join lateral (
  select sequence, substring(mentions from 1 for $3) as head from event
  where tenant_id = $1 and sequence = w.sequence and variant = ''::bytea offset 0
) e
