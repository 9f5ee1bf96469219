insert into mention (tenant_id, key, sequence, role, gcp_length)
select $1::uuid, unnest($2::text::bytea[]), unnest($3::text::bigint[]), unnest($4::text::smallint[]),
  unnest($5::text::smallint[])
