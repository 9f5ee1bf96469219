select c.case_id, c.opened_at, c.closed_at, c.drill, c.summary, i.held, i.decision
from recall_item i join recall_case c on c.tenant_id = $1 and c.case_id = i.case_id
where i.tenant_id = $1 and i.key = $2 order by c.opened_at, c.case_id
