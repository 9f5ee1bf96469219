import { parseArgs } from 'node:util';
import { migrate } from '../../store/migrate.ts';
import { openPostgres } from '../../store/open.ts';
import { type Command, type Io, UsageError } from '../command.ts';

const HELP = `
tagtrail migrate --database-url URL [--json]

Makes or updates the tables of a PostgreSQL database, in one transaction; does nothing where they are right. A database
of a newer version is refused. The embedded database (serve --data DIR) is updated when it is opened.

  --database-url URL  postgres://user:password@host:5432/database (DATABASE_URL)
  --json              {"applied": [names]} on stdout

Example:
  tagtrail migrate --database-url postgres://tagtrail@localhost/tagtrail
`;

async function run(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args, options: { 'database-url': { type: 'string' }, json: { type: 'boolean' } } });
  const url = values['database-url'] ?? process.env['DATABASE_URL'];
  if (!url) throw new UsageError('--database-url is needed');
  const store = openPostgres({ url, max: 1 });
  try {
    const applied = await migrate(store);
    if (values.json) io.stdout.write(`${JSON.stringify({ applied })}\n`);
    else
      io.stdout.write(
        applied.length > 0 ? `Applied: ${applied.join(', ')}\n` : 'Nothing to do, the tables are right.\n',
      );
    return 0;
  } finally {
    await store.close();
  }
}

export const command: Command = { summary: 'makes or updates the tables of a PostgreSQL database', help: HELP, run };
