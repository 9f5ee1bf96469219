select e.event_id, e.sources, e.destinations
from (select distinct id from unnest($2::text::bytea[]) as w(id)) w cross join lateral (
  select event_id, body -> 'sourceList' as sources, body -> 'destinationList' as destinations from event
  where tenant_id = $1 and event_id = w.id and variant = ''::bytea offset 0
) e where e.sources is not null or e.destinations is not null
