select i.key, i.id, i.decision, i.decided_step, i.decided_by, i.held_step, i.released_step, i.held,
  e.role, e.kind, e.confidence, e.state, e.since, e.until, e.cause, e.end_cause

from (select distinct key from unnest($3::text::bytea[]) as u(key)) w join recall_item i on i.key = w.key cross join lateral (
  select * from recall_entry where tenant_id = $1 and case_id = $2 and key = i.key order by since desc limit 1
) e where i.tenant_id = $1 and i.case_id = $2
order by i.key
