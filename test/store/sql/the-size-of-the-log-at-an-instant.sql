with recursive part(low, high) as (
  select case when record_time <= $2 then size else 0 end, size from log_head where tenant_id = $1
  union all
  select case when e.record_time <= $2 then e.sequence else low end,
    case when e.record_time <= $2 then high else e.sequence - 1 end
  from part cross join lateral (
    select sequence, record_time from event where tenant_id = $1 and sequence = (low + high + 1) / 2 offset 0
  ) e where low < high
)
select coalesce(max(low), 0)::bigint as size from part
