// One statement a table for thousands of rows, each column an array: the server reads these in a third of the time that
// rows of JSON take, and writes at nearly the rate of COPY.
import { leafHash, type LeafKind, leafTail } from '../tlog/leaf.ts';
import type { EventRow } from './event-row.ts';
import { mentionKeys, roleCode } from './mention.ts';
import { hexArray, numberArray, planOnce, type Queries, textArray, type Value } from './sql.ts';

/** Characters in one statement at most; PostgreSQL refuses a value above 1 GB. */
const STATEMENT_CHARACTERS_MAX = 32 * 1024 * 1024;
/** Identifier rows in one statement, unless one event has more: what is made in some milliseconds. */
const STATEMENT_ROWS_MAX = 2_000;

/** An event with its place in the log. */
export interface PlacedEvent {
  row: EventRow;
  sequence: number;
  variant: Uint8Array;
  captureId: string;
}

const KINDS: Record<number, LeafKind> = { 1: 'declaration', 2: 'refused' };
const hexOf = (bytes: Uint8Array): string => (bytes.length === 0 ? '' : Buffer.from(bytes).toString('hex'));

/** What of an event its leaf in the log holds, all but its place. */
function leafOf({ row, variant, captureId }: Omit<PlacedEvent, 'sequence'>) {
  const kind = KINDS[variant[0] ?? 0] ?? 'event';
  const declaration = kind === 'declaration' ? hexOf(variant.subarray(1)) : '';
  return { kind, eventID: row.fact.eventID, hash: row.fact.hash, declaration, captureID: captureId };
}

type ColumnType = 'bigint' | 'bytea' | 'text' | 'uuid';
/** A column, what its array is sent as, and its value; bytea in hexadecimal. */
type Column = readonly [
  name: string,
  type: ColumnType,
  value: (event: PlacedEvent, recordTime: number) => string | number | null,
];

const PLACE: readonly Column[] = [
  ['sequence', 'bigint', ({ sequence }) => sequence],
  ['leaf', 'bytea', (event, recordTime) => leafHash({ ...leafOf(event), sequence: event.sequence, recordTime })],
  ['capture_id', 'uuid', ({ captureId }) => captureId],
];

/** What is known before the place in the log is; `declaration` comes last, since it takes a cast. */
const CONTENT: readonly Column[] = [
  ['event_id', 'bytea', ({ row }) => row.id],
  ['variant', 'bytea', ({ variant }) => hexOf(variant)],
  ['hash', 'bytea', ({ row }) => row.hash],
  ['type', 'text', ({ row }) => row.fact.type],
  ['action', 'text', ({ row }) => row.fact.action ?? null],
  ['event_time', 'bigint', ({ row }) => row.fact.eventTime],
  ['biz_step', 'text', ({ row }) => row.fact.bizStep ?? null],
  ['disposition', 'text', ({ row }) => row.fact.disposition ?? null],
  ['read_point', 'text', ({ row }) => row.fact.readPoint ?? null],
  ['biz_location', 'text', ({ row }) => row.fact.bizLocation ?? null],
  ['read_point_key', 'bytea', ({ row }) => row.readPointKey],
  ['biz_location_key', 'bytea', ({ row }) => row.bizLocationKey],
  ['transformation_id', 'text', ({ row }) => row.fact.transformationID ?? null],
  ['mentions', 'bytea', ({ row }) => row.packed],
  ['declaration', 'text', ({ row }) => (row.fact.declaration ? JSON.stringify(row.fact.declaration) : null)],
];

const ARRAY: Record<ColumnType, (list: (string | number | null)[]) => string> = {
  bigint: (list) => numberArray(list as number[]),
  bytea: (list) => hexArray(list as (string | null)[]),
  text: (list) => textArray(list as (string | null)[]),
  uuid: (list) => `{${list.join(',')}}`,
};

export const CONTENT_NAMES = CONTENT.map(([name]) => name).join(', ');

/**
 * An INSERT of two constants and of columns that come as arrays, the body's JSON last: one statement for all rows. Arrays
 * side by side in a list of columns are read as they go; in FROM the server would first write their rows down.
 */
function insertOf(table: string, constants: string, columns: readonly Column[]): string {
  const names = columns.map(([name]) => name).join(', ');
  const [first, second] = constants.split(' ');
  const arrays = columns.map(([name, type], i) => `unnest($${i + 3}::text::${type}[]) as ${name}`).join(', ');
  return `
insert into ${table} (tenant_id, ${first}, ${names}, body)
select $1::uuid, $2::${second}, ${names}::jsonb, body::jsonb
from (select ${arrays},
  unnest(string_to_array($${columns.length + 3}::text, chr(10))) as body) r`;
}

const COLUMNS = [...PLACE, ...CONTENT];
const STAGED: readonly Column[] = [
  ['position', 'bigint', ({ sequence }) => sequence],
  ['leaf_tail', 'text', (event) => leafTail(leafOf(event))],
  ...CONTENT,
];

/** The statements of this file; a test holds their text. */
export const WRITE_SQL = {
  events: insertOf('event', 'record_time bigint', COLUMNS),

  mentions: `
insert into mention (tenant_id, key, sequence, role, gcp_length)
select $1::uuid, unnest($2::text::bytea[]), unnest($3::text::bigint[]), unnest($4::text::smallint[]),
  unnest($5::text::smallint[])`,

  stageEvents: insertOf('staged_event', 'capture_id uuid', STAGED),

  stageMentions: `
insert into staged_mention (tenant_id, capture_id, key, position, role, gcp_length)
select $1::uuid, $6::uuid, unnest($2::text::bytea[]), unnest($3::text::bigint[]), unnest($4::text::smallint[]),
  unnest($5::text::smallint[])`,
};

const parameters = (columns: readonly Column[], events: readonly PlacedEvent[], recordTime: number): string[] => [
  ...columns.map(([, type, value]) => ARRAY[type](events.map((event) => value(event, recordTime)))),
  events.map(({ row }) => row.json).join('\n'),
];

/** Hexadecimal digits of a key that items of one product share. */
const HEAD_DIGITS = 14;

/** Identifier rows, column by column; keys in hexadecimal. */
class MentionRows {
  readonly keys: string[] = [];
  readonly sequences: number[] = [];
  readonly roles: number[] = [];
  readonly gcpLengths: number[] = [];
  /** By key, of one key in the order of the log: hexadecimal sorts as the bytes do. */
  inOrder = true;
  /** An event names a key more than once. */
  repeats = false;

  add(key: string, sequence: number, role: number, gcpLength: number): void {
    const { keys, sequences } = this;
    const last = keys.length - 1;
    if (last >= 0 && keys[last]! >= key) {
      if (keys[last] !== key) this.inOrder = false;
      else if (sequences[last] === sequence) this.repeats = true;
    }
    keys.push(key);
    sequences.push(sequence);
    this.roles.push(role);
    this.gcpLengths.push(gcpLength);
  }

  /** Adds the rows of others in order, one a key, event and role, however often the event says it. */
  addAll({ keys, sequences, roles, gcpLengths, inOrder, repeats }: MentionRows): void {
    if (inOrder && !repeats) {
      for (const [i, key] of keys.entries()) this.add(key, sequences[i]!, roles[i]!, gcpLengths[i]!);
      return;
    }
    const order = [...keys.keys()];
    if (!inOrder) order.sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : 0));
    let before = -1;
    let seen = 0;
    for (const row of order) {
      const bit = 1 << roles[row]!;
      const isSame = before >= 0 && sequences[row] === sequences[before] && keys[row] === keys[before];
      if (!isSame || (seen & bit) === 0) this.add(keys[row]!, sequences[row]!, roles[row]!, gcpLengths[row]!);
      seen = isSame ? seen | bit : bit;
      before = row;
    }
  }
}

/** Rows by the beginning of their key: items of one product mostly come in the order of their serials. */
class MentionsByHead {
  readonly #heads = new Map<string, MentionRows>();
  #head = '';
  #rows = new MentionRows();

  add(key: string, sequence: number, role: number, gcpLength: number): void {
    if (this.#head === '' || !key.startsWith(this.#head)) {
      this.#head = key.slice(0, HEAD_DIGITS);
      this.#rows = this.#heads.get(this.#head) ?? new MentionRows();
      this.#heads.set(this.#head, this.#rows);
    }
    this.#rows.add(key, sequence, role, gcpLength);
  }

  parameters(): string[] {
    const rows = new MentionRows();
    for (const head of [...this.#heads.keys()].sort()) rows.addAll(this.#heads.get(head)!);
    return [hexArray(rows.keys), ...[rows.sequences, rows.roles, rows.gcpLengths].map(numberArray)];
  }
}

/** Ordered by key: neighbours in the index go in together, and no two writers wait for each other in a ring. */
function mentionParameters(events: readonly PlacedEvent[]): string[] {
  const rows = new MentionsByHead();
  for (const { row, sequence } of events) {
    const { mentions } = row.fact;
    const keys = mentionKeys(row.packed, mentions);
    for (const [i, { role, gcpLength }] of mentions.entries()) rows.add(keys[i]!, sequence, roleCode(role), gcpLength);
    for (const { key, role } of row.indexed) rows.add(key, sequence, role, 0);
  }
  return rows.parameters();
}

/** Splits so that no statement grows without bound, nor takes long to make; the parts go in one transaction all the same. */
function* parts(events: readonly PlacedEvent[]): Generator<PlacedEvent[]> {
  let part: PlacedEvent[] = [];
  let [characters, rows] = [0, 0];
  for (const event of events) {
    const { json, packed, fact, indexed } = event.row;
    const named = fact.mentions.length + indexed.length;
    const more = json.length + packed.length + named * 64;
    if (part.length > 0 && (characters + more > STATEMENT_CHARACTERS_MAX || rows + named > STATEMENT_ROWS_MAX)) {
      yield part;
      part = [];
      [characters, rows] = [0, 0];
    }
    part.push(event);
    characters += more;
    rows += named;
  }
  if (part.length > 0) yield part;
}

/**
 * Writes rows and identifier rows; the caller holds the lock of the log's head and gave out the sequences. Each statement
 * is on its way while the next one's parameters are made; in between others of the process have their turn, when it is.
 */
export async function insertEvents(
  tx: Queries,
  tenantId: string,
  events: readonly PlacedEvent[],
  recordTime: number,
  turn: { readonly isOver: boolean; pass(): Promise<void> },
): Promise<void> {
  const sent: Promise<unknown>[] = [planOnce(tx, tenantId)];
  const send = (text: string, params: Value[]): void => {
    const answer = tx.of(tenantId).query(text, [tenantId, ...params]);
    answer.catch(() => {}); // thrown when all have been sent
    sent.push(answer);
  };
  for (const part of parts(events)) {
    if (turn.isOver) await turn.pass();
    send(WRITE_SQL.events, [recordTime, ...parameters(COLUMNS, part, recordTime)]);
    if (turn.isOver) await turn.pass();
    send(WRITE_SQL.mentions, mentionParameters(part));
  }
  await Promise.all(sent);
}

/** Writes a chunk of a document that is moved into the log later; `sequence` of an event is its position, from 1. */
export async function stageEvents(
  tx: Queries,
  tenantId: string,
  captureId: string,
  events: readonly PlacedEvent[],
): Promise<void> {
  const planned = planOnce(tx, tenantId);
  for (const part of parts(events)) {
    await Promise.all([
      planned,
      tx.of(tenantId).query(WRITE_SQL.stageEvents, [tenantId, captureId, ...parameters(STAGED, part, 0)]),
      tx.of(tenantId).query(WRITE_SQL.stageMentions, [tenantId, ...mentionParameters(part), captureId]),
    ]);
  }
}
