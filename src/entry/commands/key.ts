import { parseArgs } from 'node:util';
import { isRole, type Role, ROLES } from '../../access/policy.ts';
import { AppError, messageOf } from '../../error.ts';
import { addKey, type NewKey } from '../../store/api-key.ts';
import { DEFAULT_TENANT, openStore, type StorePlace } from '../../store/open.ts';
import { type Command, type Io, UsageError } from '../command.ts';

const HTTP_MS_MAX = 30_000;

const HELP = `
tagtrail key create --role ROLE (--database-url URL | --data DIR | --url URL --key KEY) [--json]

Makes an API key and shows it, this once. Roles: ${ROLES.join(', ')}.

  --role ROLE         what the key may do
  --database-url URL  straight in a PostgreSQL server: the way to the first key (DATABASE_URL)
  --data DIR          straight in an embedded database that no platform has open
  --url URL           at a running platform, with
  --key KEY           the key of an operator there (TAGTRAIL_KEY)
  --json              {"key", "id", "role"} on stdout

Examples:
  tagtrail key create --database-url postgres://localhost/tagtrail --role operator
  tagtrail key create --url http://localhost:3000 --key "$(cat data/operator.key)" --role capture --json
`;

const OPTIONS = {
  role: { type: 'string' },
  'database-url': { type: 'string' },
  data: { type: 'string' },
  url: { type: 'string' },
  key: { type: 'string' },
  json: { type: 'boolean' },
} as const;

async function createHere(place: StorePlace, role: Role): Promise<NewKey> {
  // The first thing that is done to a new database: what has no tables yet gets them, nothing is ever updated here.
  const store = await openStore(place, { migrate: 'new' });
  try {
    return await addKey(store, DEFAULT_TENANT, role, Date.now());
  } finally {
    await store.close();
  }
}

/** What the platform says against it, as one sentence. */
async function refusalOf(response: Response): Promise<AppError> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: string };
  return new AppError(
    'forbidden',
    `${response.url} answered ${response.status}: ${problem.detail ?? response.statusText}`,
  );
}

async function createThere(url: string, key: string, role: Role): Promise<NewKey> {
  const target = URL.canParse(url) ? new URL('/api/keys', url) : undefined;
  if (!target?.protocol.startsWith('http')) throw new UsageError(`--url: ${url} is no http URL`);
  const response = await fetch(target, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ role }),
    signal: AbortSignal.timeout(HTTP_MS_MAX),
  }).catch((error: unknown) => {
    const { cause } = error as { cause?: unknown };
    throw new AppError('unavailable', `${target.origin} cannot be reached: ${messageOf(cause ?? error)}`, {}, error);
  });
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as NewKey;
}

type Flags = Partial<Record<'database-url' | 'data' | 'url' | 'key', string | undefined>>;

/** Exactly one place; DATABASE_URL counts where no option names one. */
function create(flags: Flags, role: Role): Promise<NewKey> {
  const given = (['database-url', 'data', 'url'] as const).filter((name) => flags[name] !== undefined);
  if (given.length > 1) throw new UsageError(`--${given[0]} and --${given[1]} exclude each other`);
  const key = flags.key ?? process.env['TAGTRAIL_KEY'];
  if (flags.url !== undefined) {
    if (!key) throw new UsageError('--url needs --key, the key of an operator');
    return createThere(flags.url, key.trim(), role);
  }
  if (flags.data !== undefined) return createHere({ dataDir: flags.data }, role);
  const url = flags['database-url'] ?? process.env['DATABASE_URL'];
  if (!url) throw new UsageError('one of --database-url, --data and --url is needed');
  return createHere({ url }, role);
}

async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (positionals.join(' ') !== 'create') throw new UsageError('the one thing to do is: tagtrail key create');
  if (values.role === undefined || !isRole(values.role))
    throw new UsageError(`--role must be one of ${ROLES.join(', ')}`);
  const made = await create(values, values.role);
  io.stdout.write(values.json ? `${JSON.stringify(made)}\n` : `${made.key}\n`);
  if (!values.json) io.stderr.write(`A key of the role ${made.role}, id ${made.id}. It is not shown again.\n`);
  return 0;
}

export const command: Command = { summary: 'makes API keys', help: HELP, run };
