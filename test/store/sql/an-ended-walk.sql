select walk from ended_walk where tenant_id = $1 and walk = $2
