insert into staged_mention (tenant_id, capture_id, key, position, role, gcp_length)
select $1::uuid, $6::uuid, key, position, role, gcp_length
from unnest($2::text::bytea[], $3::text::bigint[], $4::text::smallint[], $5::text::smallint[])
  as r(key, position, role, gcp_length)
