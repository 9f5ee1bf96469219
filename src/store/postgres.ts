import postgres from 'postgres';
import { AppError } from '../error.ts';
import { isLost, type Queries, STATEMENT_MS_MAX, type Store, toAppError, type Value } from './sql.ts';

const CONNECT_S_MAX = 5;
const CONNECTIONS_MAX = 10;

export interface PostgresOptions {
  url: string;
  /** Connections; default 10. */
  max?: number;
  /** Prepared statements; default true. */
  prepare?: boolean;
  /** Through a pooler that shares sessions between clients (Hyperdrive): no session settings. */
  pooled?: boolean;
}

/** Settings of each connection. */
const SESSION = {
  statement_timeout: STATEMENT_MS_MAX,
  // A writer that vanished in the middle must not keep the log's row locked.
  idle_in_transaction_session_timeout: STATEMENT_MS_MAX,
  // Every statement has an index; a planner that has no statistics yet must not think otherwise.
  enable_seqscan: false,
  // A plan made for an empty table, where any index will do, must not be kept when the table has grown.
  plan_cache_mode: 'force_custom_plan',
};

const connect = ({ url, max = CONNECTIONS_MAX, prepare = true, pooled = false }: PostgresOptions): postgres.Sql =>
  postgres(url, {
    max,
    prepare,
    fetch_types: false,
    connect_timeout: CONNECT_S_MAX,
    connection: { application_name: 'tagtrail', ...(pooled ? {} : SESSION) },
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
    onnotice: () => {},
  });

type Runner = Pick<postgres.Sql, 'unsafe'>;

const queries = (runner: () => Runner, prepare: boolean, failed: (error: AppError) => void): Queries => ({
  query: async <T extends object>(text: string, params: Value[] = []): Promise<T[]> => {
    try {
      // Copied, since a result carries driver fields of its own.
      return [...(await runner().unsafe<T[]>(text, params, { prepare }))] as T[];
    } catch (cause) {
      const error = toAppError(cause);
      failed(error);
      throw error;
    }
  },
});

const gone = (): AppError =>
  new AppError('unavailable', 'The connection to the database was lost.', { reason: 'CONNECTION_CLOSED' });

/**
 * One transaction. postgres.js 3.4.9 ends the process when anything, even its own ROLLBACK, is written to a connection
 * that was lost inside `begin` (its issues 1154 and 1208). So once a connection is lost nothing more is written to it:
 * `begin` is left without an answer, and the server rolls back by itself.
 */
function transact<T>(pool: postgres.Sql, prepare: boolean, work: (tx: Queries) => Promise<T>): Promise<T> {
  let ended = false;
  const { promise: lost, reject: lose } = Promise.withResolvers<never>();
  const whole = pool.begin(
    (tx) =>
      new Promise<T>((resolve, reject) => {
        const runner = (): Runner => {
          if (ended) throw gone();
          return tx;
        };
        work(queries(runner, prepare, () => {})).then(
          (value) => (ended ? lose(gone()) : resolve(value)),
          (error: unknown) => (isLost(error) ? lose(error) : reject(error as Error)),
        );
      }),
  ) as Promise<T>;
  // `begin` itself hears of a closed connection first.
  whole.catch(() => (ended = true));
  return Promise.race([whole, lost]);
}

/**
 * A store on a PostgreSQL server. Connects at the first statement. On Cloudflare Workers: one a request with
 * `{max: 5, pooled: true}` on Hyperdrive's connection string, and no close().
 */
export function openPostgres(options: PostgresOptions): Store {
  const { prepare = true } = options;
  let pool = connect(options);
  /** After a loss all starts anew: a connection that broke in the middle of a write does not recover by itself. */
  const failedOn = (used: postgres.Sql, error: AppError): void => {
    if (!isLost(error) || used !== pool) return;
    pool = connect(options);
    used.end({ timeout: CONNECT_S_MAX }).catch(() => {});
  };
  return {
    dialect: 'postgres',
    query: (text, params) => {
      const used = pool;
      return queries(
        () => used,
        prepare,
        (error) => failedOn(used, error),
      ).query(text, params);
    },
    transaction: async <T>(work: (tx: Queries) => Promise<T>): Promise<T> => {
      const used = pool;
      try {
        return await transact(used, prepare, work);
      } catch (cause) {
        const error = toAppError(cause);
        failedOn(used, error);
        throw error;
      }
    },
    close: () => pool.end({ timeout: CONNECT_S_MAX }),
  };
}
