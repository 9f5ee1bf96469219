import postgres from 'postgres';
import { AppError } from '../error.ts';
import {
  isLost,
  LOCK_MS_MAX,
  noteAsked,
  PLANNED_ONCE,
  type Queries,
  STATEMENT_MS_MAX,
  type Store,
  toAppError,
  type Value,
} from './sql.ts';
import { type Asker, type Wall, wallOf } from './wall.ts';

const CONNECT_S_MAX = 5;
const CONNECTIONS_MAX = 10;
/** Different statements of one connection, each of which the server remembers with its plan; then another is opened. */
export const STATEMENTS_MAX = 500;
/** Whoever waits longer for a connection is refused. */
const LINE_WAIT_MS_MAX = 15_000;

export interface PostgresOptions {
  url: string;
  /** Connections; default 10. */
  max?: number;
  /** Prepared statements; default true. */
  prepare?: boolean;
  /** Through a pooler that shares sessions between clients (Hyperdrive): no session settings. */
  pooled?: boolean;
}

/** Settings of each connection, or, where sessions are shared, of each transaction. */
const LIMITS = {
  statement_timeout: STATEMENT_MS_MAX,
  lock_timeout: LOCK_MS_MAX,
  // A writer that vanished in the middle must not keep the log's row locked.
  idle_in_transaction_session_timeout: STATEMENT_MS_MAX,
};
const SESSION = {
  ...LIMITS,
  // Every statement has an index; a planner that has no statistics yet must not think otherwise.
  enable_seqscan: false,
  // A plan made for an empty table, where any index will do, must not be kept when the table has grown.
  plan_cache_mode: 'force_custom_plan',
};

/**
 * One connection, for one user at a time: what is sent to it goes in that order, without waiting for the answers. `lost`
 * is set the moment it closes; a client that then went on would be given another connection, outside of its transaction.
 */
interface Line {
  sql: postgres.Sql;
  lost: boolean;
  /** Statements that it has prepared. */
  texts: Set<string>;
}

const isWorn = ({ lost, texts }: Line): boolean => lost || texts.size > STATEMENTS_MAX;

function lineOf({ url, pooled = false }: PostgresOptions): Line {
  const line = { lost: false, texts: new Set() } as Partial<Line> as Line;
  line.sql = postgres(url, {
    max: 1,
    fetch_types: false,
    max_lifetime: null,
    connect_timeout: CONNECT_S_MAX,
    connection: { application_name: 'tagtrail', ...(pooled ? {} : SESSION) },
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
    onnotice: () => {},
    onclose: () => (line.lost = true),
  });
  return line;
}

const discard = ({ sql }: Line): void => void sql.end({ timeout: 0 }).catch(() => {});

const gone = (): AppError =>
  new AppError('unavailable', 'The connection to the database was lost.', { reason: 'CONNECTION_CLOSED' });

const busy = (): AppError =>
  new AppError('unavailable', `No connection to the database was free for ${LINE_WAIT_MS_MAX / 1000} s.`, {
    reason: 'connections',
  });

/** Connections, opened when they are needed; who comes when all are taken waits in line. */
class Lines {
  readonly #options: PostgresOptions;
  readonly #idle: Line[] = [];
  readonly #waiting = new Set<(line: Line) => void>();
  #taken = 0;

  constructor(options: PostgresOptions) {
    this.#options = options;
  }

  #take(): Promise<Line> {
    const { max = CONNECTIONS_MAX } = this.#options;
    const idle = this.#idle.pop();
    const line = idle && !idle.lost ? idle : this.#taken < max ? lineOf(this.#options) : undefined;
    if (idle?.lost) discard(idle);
    if (line) {
      this.#taken += 1;
      return Promise.resolve(line);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(got);
        reject(busy());
      }, LINE_WAIT_MS_MAX);
      const got = (next: Line): void => {
        clearTimeout(timer);
        resolve(next);
      };
      this.#waiting.add(got);
    });
  }

  /** To the next in line, or back among the idle ones. A connection that broke is not used again. */
  #give(line: Line): void {
    const [next] = this.#waiting;
    const worn = isWorn(line);
    const usable = worn && next ? lineOf(this.#options) : line;
    if (worn) discard(line);
    if (next) {
      this.#waiting.delete(next);
      return next(usable);
    }
    this.#taken -= 1;
    if (!worn) this.#idle.push(line);
  }

  async use<T>(work: (line: Line) => Promise<T>): Promise<T> {
    const line = await this.#take();
    try {
      return await work(line);
    } catch (error) {
      throw toAppError(error);
    } finally {
      this.#give(line);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(({ sql }) => sql.end({ timeout: CONNECT_S_MAX })));
  }
}

type Send = <T extends object>(text: string, params?: readonly Value[]) => Promise<postgres.RowList<T[]>>;

/** Sends in the order of its calls. Nothing is sent behind a loss: it would never be answered, or elsewhere. */
const sender =
  (line: Line, prepare: boolean): Send =>
  <T extends object>(text: string, params: readonly Value[] = []) => {
    if (line.lost) return Promise.reject(gone());
    if (prepare) line.texts.add(text);
    return line.sql.unsafe<T[]>(text, params as Value[], { prepare }).catch((cause: unknown) => {
      const error = toAppError(cause);
      if (isLost(error)) line.lost = true;
      throw error;
    });
  };

/** All of them, sent at once and answered in order; throws the first failure when all have been answered. */
async function together<T>(sent: readonly Promise<T>[]): Promise<T[]> {
  const answers = await Promise.allSettled(sent);
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
  return answers.map((answer) => (answer as PromiseFulfilledResult<T>).value);
}

/** One statement within a wall: a transaction that costs one round to the server. */
async function walledQuery<T extends object>(send: Send, asker: Asker, text: string, params?: Value[]): Promise<T[]> {
  const sent = [send<T>('begin'), send<T>(...asker), send<T>(text, params), send<T>('commit')];
  return [...(await together(sent))[2]!]; // copied, since a result carries driver fields of its own
}

/** Commits when `work` resolves. What it sends after it has ended is refused, not run outside of the transaction. */
async function transact<T>(send: Send, asker: Asker | undefined, work: (tx: Queries) => Promise<T>): Promise<T> {
  let ended = false;
  const query = async <R extends object>(text: string, params?: Value[]): Promise<R[]> => {
    if (ended) throw gone();
    return [...(await send<R>(text, params))];
  };
  const tx: Queries = { query, of: () => tx, ofKey: () => tx };
  const opened = Promise.all([send('begin'), ...(asker ? [send(...asker)] : [])]);
  try {
    const [value] = await Promise.all([work(tx), opened]);
    ended = true;
    // a transaction in which a statement failed unnoticed answers ROLLBACK
    if ((await send('commit')).command !== 'COMMIT') throw gone();
    return value;
  } catch (error) {
    ended = true;
    await send('rollback').catch(() => {});
    throw error;
  }
}

/**
 * A store on a PostgreSQL server. Connects at the first statement. On Cloudflare Workers: one a request with
 * `{max: 5, pooled: true}` on Hyperdrive's connection string, and no close().
 */
export function openPostgres(options: PostgresOptions): Store {
  const { prepare = true, pooled = false } = options;
  const limits = pooled ? LIMITS : {};
  const lines = new Lines(options);
  let wall: Wall = 'self';
  const within = (who: 'tenant' | 'key', value: string): ReturnType<Store['of']> => {
    const asker = (settings: object = {}): Asker => wallOf(wall, who, value, { ...limits, ...settings });
    const queryWith =
      (settings?: object): Queries['query'] =>
      (text, params) => {
        if (who === 'tenant') noteAsked(store);
        return lines.use((line) => walledQuery(sender(line, prepare), asker(settings), text, params));
      };
    const face: ReturnType<Store['of']> = {
      query: queryWith(),
      planned: queryWith(PLANNED_ONCE),
      transaction: (work) => lines.use((line) => transact(sender(line, prepare), asker(), work)),
      of: () => face,
      ofKey: () => face,
    };
    return face;
  };
  const store: Store = {
    dialect: 'postgres',
    query: <T extends object>(text: string, params?: Value[]) =>
      lines.use(async (line) => [...(await sender(line, prepare)<T>(text, params))]),
    transaction: (work) => lines.use((line) => transact(sender(line, prepare), undefined, work)),
    of: (tenantId) => within('tenant', tenantId),
    ofKey: (keyId) => within('key', keyId),
    get wall() {
      return wall;
    },
    raise: (found) => {
      wall = found;
    },
    close: () => lines.close(),
  };
  return store;
}
