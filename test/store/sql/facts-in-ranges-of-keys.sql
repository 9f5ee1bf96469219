select m.sequence, bool_and(m.role in (5, 6)) as brief
from unnest($2::text::bytea[], $3::text::bytea[]) as r(low, high) cross join lateral (
  select sequence, role from mention where tenant_id = $1 and key between r.low and r.high
    and role::integer < 16 and role <> $4 offset 0
) m
group by m.sequence
limit $5
