with recursive step as (
  (select key, gcp_length from mention where tenant_id = $1 and key > $2 and key < $4 order by key, sequence, role limit 1)
  union all
  select n.key, n.gcp_length from step, lateral (
    select key, gcp_length from mention where tenant_id = $1 and key > step.key and key < $4
      order by key, sequence, role limit 1
  ) n
)
select key, gcp_length,
  exists (select from mention m where m.tenant_id = $1 and m.key = s.key and m.role < 9) as named
from (select key, gcp_length from step limit $3) s
