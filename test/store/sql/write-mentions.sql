insert into mention (tenant_id, key, sequence, role, gcp_length)
select $1::uuid, key, sequence, role, gcp_length
from unnest($2::text::bytea[], $3::text::bigint[], $4::text::smallint[], $5::text::smallint[])
  as r(key, sequence, role, gcp_length)
