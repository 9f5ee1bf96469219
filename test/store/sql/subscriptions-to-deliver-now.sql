with due as (
  select s.tenant_id, s.subscription_id, coalesce(case when s.form = 'alerts' then w.alerts else h.size end, 0) as size, coalesce(h.record_time, 0) as record_time
  from subscription s left join log_head h on h.tenant_id = s.tenant_id left join recall_watch w on w.tenant_id = s.tenant_id
  where s.tenant_id = $1 and s.paused_at is null and s.due_at <= (extract(epoch from clock_timestamp()) * 1000)::bigint and s.leased_until <= (extract(epoch from clock_timestamp()) * 1000)::bigint
  and (s.schedule is not null or s.progress < coalesce(case when s.form = 'alerts' then w.alerts else h.size end, 0))
  order by s.due_at limit $2 for update of s skip locked)
update subscription s
set lease = $3::uuid, leased_until = (extract(epoch from clock_timestamp()) * 1000)::bigint + $4::bigint,
  up_to = case when s.schedule is null then due.size else coalesce(s.up_to, due.size) end
from due where s.tenant_id = $1 and s.subscription_id = due.subscription_id
returning s.*, due.record_time as head_record_time, (extract(epoch from clock_timestamp()) * 1000)::bigint as now
