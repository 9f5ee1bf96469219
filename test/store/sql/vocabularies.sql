with recursive held as (
  (select type from master_data where tenant_id = $1 order by type limit 1)
  union all
  select (select type from master_data m where tenant_id = $1 and m.type > held.type order by type limit 1)
  from held where held.type is not null
)
select type from held where type is not null
