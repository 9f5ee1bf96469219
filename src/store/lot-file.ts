import { byteaArray, type Queries } from './sql.ts';

/** `receiving`: bytes are missing yet; `reading`: all are there; then one of the two ends. */
type LotState = 'receiving' | 'reading' | 'finished' | 'failed';

/** One upload. `options` and `progress` are capture's own. */
export interface LotFileRecord<Options, Progress> {
  lotFileId: string;
  keyId: string;
  idempotencyKey?: string;
  options: Options;
  state: LotState;
  bytes: number;
  progress: Progress;
  /** Milliseconds since 1970, as are the others. */
  leaseUntil: number;
  createdAt: number;
  finishedAt?: number;
}

/** A row that was not stored. */
export interface RefusedRow<Problem> {
  row: number;
  cells: (string | number)[];
  problems: Problem[];
}

const COLUMNS = `lot_file_id, key_id, idempotency_key, options, state, bytes, progress, lease_until, created_at,
  finished_at`;
const INSERT = `
insert into lot_file (tenant_id, lot_file_id, key_id, idempotency_key, options, state, progress, created_at)
select $1::uuid, $2::uuid, $3, $4, $5::text::jsonb, 'receiving', $6::text::jsonb, $7::bigint
where (select count(*) from lot_file where tenant_id = $1::uuid and state = 'receiving') < $8
on conflict do nothing returning ${COLUMNS}`;
const BY_ID = `select ${COLUMNS} from lot_file where tenant_id = $1 and lot_file_id = $2`;
const BY_IDEMPOTENCY = `select ${COLUMNS} from lot_file where tenant_id = $1 and idempotency_key = $2`;
const NEWEST = `
select ${COLUMNS} from lot_file where tenant_id = $1 and (created_at, lot_file_id) < ($2, $3::uuid)
order by created_at desc, lot_file_id desc limit $4`;
/** The lease of a writer or reader: nobody else has it at this moment. */
const LEASE = `
update lot_file set lease_until = $4 where tenant_id = $1 and lot_file_id = $2 and lease_until < $3
returning ${COLUMNS}`;
const UPDATE = `
update lot_file set state = $3, progress = $4::text::jsonb, lease_until = $5, finished_at = $6
where tenant_id = $1 and lot_file_id = $2`;
const PUT_PIECE = `
insert into lot_piece (tenant_id, lot_file_id, piece, bytes) values ($1, $2, $3, $4)
on conflict (tenant_id, lot_file_id, piece) do update set bytes = excluded.bytes`;
const GROW = `update lot_file set bytes = $3, lease_until = $4 where tenant_id = $1 and lot_file_id = $2`;
const PIECE = `select bytes from lot_piece where tenant_id = $1 and lot_file_id = $2 and piece = $3`;
const DROP_PIECES = `delete from lot_piece where tenant_id = $1 and lot_file_id = $2`;
const DROP_ROWS = `delete from lot_row where tenant_id = $1 and lot_file_id = $2`;
const DROP = `delete from lot_file where tenant_id = $1 and lot_file_id = $2 and lease_until < $3 returning 1 as gone`;
const PUT_ROWS = `
insert into lot_row (tenant_id, lot_file_id, row, cells, problems)
select $1::uuid, $2::uuid, row, cells, problems
from jsonb_to_recordset($3::text::jsonb) as r(row bigint, cells jsonb, problems jsonb)
on conflict do nothing`;
const ROWS = `
select row, cells, problems from lot_row where tenant_id = $1 and lot_file_id = $2 and row >= $3
order by row limit $4`;
const OLD = `select lot_file_id from lot_file where tenant_id = $1 and created_at < $2 and lease_until < $3 limit 100`;
const KEYS_OF = `
select key from master_data where tenant_id = $1 and type = $2 and key = any($3::text::bytea[])`;

const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Row<Options, Progress> {
  lot_file_id: string;
  key_id: string;
  idempotency_key: string | null;
  options: Options;
  state: LotState;
  bytes: number;
  progress: Progress;
  lease_until: number;
  created_at: number;
  finished_at: number | null;
}

const recordOf = <O, P>(row: Row<O, P>): LotFileRecord<O, P> => ({
  lotFileId: row.lot_file_id,
  keyId: row.key_id,
  ...(row.idempotency_key !== null && { idempotencyKey: row.idempotency_key }),
  options: row.options,
  state: row.state,
  bytes: row.bytes,
  progress: row.progress,
  leaseUntil: row.lease_until,
  createdAt: row.created_at,
  ...(row.finished_at !== null && { finishedAt: row.finished_at }),
});

/** The uploads of one tenant, and what was read of them. */
export class LotFiles<Options, Progress, Problem> {
  readonly #db: Queries;
  readonly #tenantId: string;

  constructor(db: Queries, tenantId: string) {
    this.#db = db;
    this.#tenantId = tenantId;
  }

  async #rows(text: string, params: Parameters<Queries['query']>[1] = []): Promise<LotFileRecord<Options, Progress>[]> {
    const found = await this.#db.of(this.#tenantId).query<Row<Options, Progress>>(text, [this.#tenantId, ...params]);
    return found.map(recordOf);
  }

  async #run(text: string, params: Parameters<Queries['query']>[1] = []): Promise<void> {
    await this.#db.of(this.#tenantId).query(text, [this.#tenantId, ...params]);
  }

  /** Undefined where `receivingMax` are under way already, or its Idempotency-Key is taken. */
  async insert(
    file: Pick<LotFileRecord<Options, Progress>, 'lotFileId' | 'keyId' | 'idempotencyKey' | 'options' | 'progress'>,
    createdAt: number,
    receivingMax: number,
  ): Promise<LotFileRecord<Options, Progress> | undefined> {
    const { lotFileId, keyId, idempotencyKey = null, options, progress } = file;
    const json = [JSON.stringify(options), JSON.stringify(progress)] as const;
    return (await this.#rows(INSERT, [lotFileId, keyId, idempotencyKey, ...json, createdAt, receivingMax]))[0];
  }

  /** Any text may be asked for. */
  async byId(lotFileId: string): Promise<LotFileRecord<Options, Progress> | undefined> {
    return UUID.test(lotFileId) ? (await this.#rows(BY_ID, [lotFileId]))[0] : undefined;
  }

  async byIdempotencyKey(key: string): Promise<LotFileRecord<Options, Progress> | undefined> {
    return (await this.#rows(BY_IDEMPOTENCY, [key]))[0];
  }

  /** Newest first, from behind `after` on. */
  newest(
    limit: number,
    after: [createdAt: number, lotFileId: string] = [Number.MAX_SAFE_INTEGER, LAST_UUID],
  ): Promise<LotFileRecord<Options, Progress>[]> {
    return this.#rows(NEWEST, [...after, limit]);
  }

  /** The upload, kept from others until `until`; undefined where somebody has it. */
  async lease(lotFileId: string, now: number, until: number): Promise<LotFileRecord<Options, Progress> | undefined> {
    return (await this.#rows(LEASE, [lotFileId, now, until]))[0];
  }

  update(
    lotFileId: string,
    { state, progress, leaseUntil, finishedAt }: Omit<LotFileRecord<Options, Progress>, 'lotFileId'>,
  ): Promise<void> {
    return this.#run(UPDATE, [lotFileId, state, JSON.stringify(progress), leaseUntil, finishedAt ?? null]);
  }

  putPiece(lotFileId: string, piece: number, bytes: Uint8Array): Promise<void> {
    return this.#run(PUT_PIECE, [lotFileId, piece, bytes]);
  }

  grow(lotFileId: string, bytes: number, leaseUntil: number): Promise<void> {
    return this.#run(GROW, [lotFileId, bytes, leaseUntil]);
  }

  async piece(lotFileId: string, piece: number): Promise<Uint8Array> {
    const params = [this.#tenantId, lotFileId, piece];
    const [row] = await this.#db.of(this.#tenantId).query<{ bytes: Uint8Array }>(PIECE, params);
    return row?.bytes ?? new Uint8Array();
  }

  dropPieces(lotFileId: string): Promise<void> {
    return this.#run(DROP_PIECES, [lotFileId]);
  }

  /** False where somebody has it just now. */
  async remove(lotFileId: string, now: number): Promise<boolean> {
    const params = [this.#tenantId, lotFileId, now];
    if ((await this.#db.of(this.#tenantId).query(DROP, params)).length === 0) return false;
    await this.#run(DROP_PIECES, [lotFileId]);
    await this.#run(DROP_ROWS, [lotFileId]);
    return true;
  }

  async createdBefore(moment: number, now: number): Promise<string[]> {
    const params = [this.#tenantId, moment, now];
    const rows = await this.#db.of(this.#tenantId).query<{ lot_file_id: string }>(OLD, params);
    return rows.map(({ lot_file_id }) => lot_file_id);
  }

  /** A row that is there already stays as it is. */
  async putRows(lotFileId: string, rows: readonly RefusedRow<Problem>[]): Promise<void> {
    if (rows.length > 0) await this.#run(PUT_ROWS, [lotFileId, JSON.stringify(rows)]);
  }

  /** In their order, from `row` on. */
  rows(lotFileId: string, row: number, limit: number): Promise<RefusedRow<Problem>[]> {
    return this.#db.of(this.#tenantId).query<RefusedRow<Problem>>(ROWS, [this.#tenantId, lotFileId, row, limit]);
  }

  /** Which of these keys have an element of master data under `type`. */
  async known(type: string, keys: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const params = [this.#tenantId, type, byteaArray(keys)];
    return (await this.#db.of(this.#tenantId).query<{ key: Uint8Array }>(KEYS_OF, params)).map(({ key }) => key);
  }
}
