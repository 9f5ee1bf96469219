select number, case_id, raised_at, body, acknowledged from recall_alert
where tenant_id = $1 and number > $2 order by number limit $3
