insert into staged_mention (tenant_id, capture_id, key, position, role, gcp_length)
select $1::uuid, $6::uuid, unnest($2::text::bytea[]), unnest($3::text::bigint[]), unnest($4::text::smallint[]),
  unnest($5::text::smallint[])
