select body, digest from recall_step where tenant_id = $1 and case_id = $2 and step > $3 and step <= $4 order by step
