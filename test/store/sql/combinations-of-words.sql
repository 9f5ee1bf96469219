select value from known where tenant_id = $1 and field = 'words' order by value limit $2
