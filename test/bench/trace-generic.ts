// The other side of the figures of traces: the tables that one draws first, and the recursive queries over them.
import type { Store } from '../../src/store/open.ts';

/** Events, and their identifiers as text with a role; each way through them is an index alone. */
const TABLES = [
  `create table plain_event as
    select sequence as id, type, action, to_timestamp(event_time / 1000.0) as event_time,
      coalesce(biz_location, read_point) as place, body from event`,
  'alter table plain_event add primary key (id)',
  'create table plain_epc (event_id bigint not null, role text not null, epc text not null)',
  ...Object.entries({ epcList: 'epc', childEPCs: 'child', outputEPCList: 'out' }).map(
    ([list, role]) =>
      `insert into plain_epc select id, '${role}', epc from plain_event, jsonb_array_elements_text(body -> '${list}') epc`,
  ),
  ...Object.entries({ quantityList: 'epc', inputQuantityList: 'in' }).map(
    ([list, role]) =>
      `insert into plain_epc select id, '${role}', q ->> 'epcClass' from plain_event, jsonb_array_elements(body -> '${list}') q`,
  ),
  `insert into plain_epc select id, 'parent', body ->> 'parentID' from plain_event where body ? 'parentID'`,
  `insert into plain_epc select distinct id, 'lot',
      regexp_replace(epc, '^urn:epc:id:sgtin:(.*)\\.[^.]*$', 'urn:epc:class:lgtin:\\1.') || (body #>> '{ilmd,cbvmda:lotNumber}')
    from plain_event join plain_epc on event_id = id and role = 'out' where body ? 'ilmd'`,
  'create index on plain_epc (epc, role, event_id)',
  'create index on plain_epc (event_id, role, epc)',
];

export const PLAIN_TABLES = ['plain_event', 'plain_epc'];

export async function makePlain(store: Store): Promise<void> {
  for (const statement of ['set statement_timeout = 0', ...TABLES]) await store.query(statement);
}

const DOWN = `
  down(epc) as (
    select $1::text
    union
    select t.epc from down join plain_epc s on s.epc = down.epc and s.role in ('in', 'lot')
      join plain_epc t on t.event_id = s.event_id
        and (t.role = 'out' or (t.role = 'lot' and s.role = 'in'))
  )`;

/**
 * Each gives the list that ours gives in this world, a row for each, to the same client: identifiers, events, or things
 * with their places; no rules, no gaps, no corrections.
 */
export const GENERIC = {
  history: `
    with recursive held(epc, since) as (
      select $1::text, '-infinity'::timestamptz
      union
      select p.epc, greatest(h.since, e.event_time) from held h
        join plain_epc c on c.epc = h.epc and c.role = 'child'
        join plain_event e on e.id = c.event_id and e.action = 'ADD' and e.type = 'AggregationEvent'
        join plain_epc p on p.event_id = e.id and p.role = 'parent'
    )
    select distinct e.id as event from held h join plain_epc x on x.epc = h.epc
      join plain_event e on e.id = x.event_id
      where e.event_time >= h.since and (h.epc = $1 or x.role <> 'parent')`,
  back: `
    with recursive up(epc) as (
      select $1::text
      union
      select s.epc from up join plain_epc t on t.epc = up.epc and t.role in ('out', 'lot')
        join plain_epc s on s.event_id = t.event_id
          and (s.role = 'in' or (s.role = 'lot' and t.role = 'out'))
    )
    select epc from up where epc <> $1`,
  forward: `with recursive ${DOWN} select epc from down where epc <> $1`,
  /** With the last place of each, its containers' included. */
  places: `
    with recursive ${DOWN},
    held(item, epc, since) as (
      select epc, epc, '-infinity'::timestamptz from down
      union
      select h.item, p.epc, greatest(h.since, e.event_time) from held h
        join plain_epc c on c.epc = h.epc and c.role = 'child'
        join plain_event e on e.id = c.event_id and e.action = 'ADD' and e.type = 'AggregationEvent'
        join plain_epc p on p.event_id = e.id and p.role = 'parent'
    ),
    placed as (
      select distinct on (h.item) h.item, e.place, e.event_time as since from held h join plain_epc x on x.epc = h.epc
        join plain_event e on e.id = x.event_id
        where e.event_time >= h.since and (h.epc = h.item or x.role <> 'parent') and x.role in ('out', 'child', 'epc')
          and e.place is not null
        order by h.item, e.event_time desc
    )
    select item, place, since from placed where item <> $1`,
};
