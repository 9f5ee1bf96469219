select sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions, false as brief
from event where tenant_id = $1 and sequence > $2 and sequence <= $3 and variant < '\x02'::bytea order by sequence
