select case_id, drill, opened_at, closed_at, steps, digest, scope, as_of, summary from recall_case where tenant_id = $1 and (opened_at, case_id) < ($2, $3::uuid)
order by opened_at desc, case_id desc limit $4
