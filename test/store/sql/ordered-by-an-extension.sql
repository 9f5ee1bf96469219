select sequence, event_id, hash, event_time, record_time, mentions, body, coalesce(o.value, ''::bytea) as place from event
left join (select sequence as at, min(key) as value from mention
  where tenant_id = $1 and role = 19 and key >= $3::bytea and key < $4::bytea group by sequence) o
on o.at = event.sequence
where tenant_id = $1 and sequence <= $2 and variant < '\x02'::bytea
  and sequence in (select sequence from mention where tenant_id = $1 and role in (19) and key >= $5::bytea and key < $6::bytea)
  and (coalesce(o.value, ''::bytea), sequence) < ($7::bytea, $8::bigint)
order by coalesce(o.value, ''::bytea) desc, sequence desc limit $9
