import postgres from 'postgres';
import { type Queries, STATEMENT_MS_MAX, type Store, toAppError, type Value } from './sql.ts';

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

type Runner = Pick<postgres.Sql, 'unsafe'>;

const queries = (runner: Runner, prepare: boolean): Queries => ({
  query: async <T extends object>(text: string, params: Value[] = []): Promise<T[]> => {
    try {
      // Copied, since a result carries driver fields of its own.
      return [...(await runner.unsafe<T[]>(text, params, { prepare }))] as T[];
    } catch (error) {
      throw toAppError(error);
    }
  },
});

/**
 * A store on a PostgreSQL server. Connects at the first statement. On Cloudflare Workers: one a request with
 * `{max: 5, pooled: true}` on Hyperdrive's connection string, and no close().
 */
export function openPostgres({ url, max = CONNECTIONS_MAX, prepare = true, pooled = false }: PostgresOptions): Store {
  const session = {
    statement_timeout: STATEMENT_MS_MAX,
    // Every statement has an index; a planner that has no statistics yet must not think otherwise.
    enable_seqscan: false,
    // A writer that vanished in the middle must not keep the log's row locked.
    idle_in_transaction_session_timeout: STATEMENT_MS_MAX,
  };
  const sql = postgres(url, {
    max,
    prepare,
    fetch_types: false,
    connect_timeout: CONNECT_S_MAX,
    connection: { application_name: 'tagtrail', ...(pooled ? {} : session) },
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
    onnotice: () => {},
  });
  return {
    dialect: 'postgres',
    ...queries(sql, prepare),
    transaction: async <T>(work: (tx: Queries) => Promise<T>): Promise<T> => {
      try {
        return (await sql.begin((tx) => work(queries(tx, prepare)))) as T;
      } catch (error) {
        throw toAppError(error);
      }
    },
    close: () => sql.end({ timeout: CONNECT_S_MAX }),
  };
}
