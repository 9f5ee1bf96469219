select value from known where tenant_id = $1 and field = 'companyPrefix' and value = any($2::text::text[])
