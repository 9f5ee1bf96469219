select at, look_id, key_id, role, what, steps from recall_look
where tenant_id = $1 and case_id = $2 and (at, look_id) > ($3, $4::uuid) order by at, look_id limit $5
