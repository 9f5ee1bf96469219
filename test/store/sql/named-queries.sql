select name, query, prefixes from named_query where tenant_id = $1 and name > $2 order by name limit $3
