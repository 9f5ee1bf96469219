import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Command, Io } from '../command.ts';
import { readConfig } from '../config.ts';
import { start } from '../start.ts';

const HELP = `
tagtrail serve [--port N] [--host H] [--database-url URL | --data DIR]

Runs the platform: EPCIS 2.0 capture and query at /epcis, trace at /api/trace, pages at /. It ends on SIGINT or SIGTERM
after the running requests.

  --port N            port to listen on, 0 for any free one (PORT; default 3000)
  --host H            address to listen on, 0.0.0.0 for all (HOST; default 127.0.0.1)
  --database-url URL  a PostgreSQL server that tagtrail migrate has prepared (DATABASE_URL)
  --data DIR          directory of the embedded database, made if absent (TAGTRAIL_DATA; default ./data)

On a new data directory the first operator's key is written to DIR/operator.key. The URL goes to stdout, the log as JSON
Lines to stderr (TAGTRAIL_LOG=debug|info|warn|error|silent). docs/api.md lists every variable.

Example:
  tagtrail serve --port 8080 --data /var/lib/tagtrail
`;

/** Resolves at the first signal to stop; a second one ends the process at once. */
async function toldToStop(io: Io): Promise<void> {
  const signal = await Promise.race(['SIGINT', 'SIGTERM'].map(async (name) => (await once(process, name), name)));
  io.stderr.write(`tagtrail serve: ${signal}, stopping after the running requests\n`);
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => process.exit(130));
}

async function run(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      'database-url': { type: 'string' },
      data: { type: 'string' },
    },
  });
  const config = readConfig(values);
  const logger = pino(
    { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  );
  const running = await start(config, { logger, progress: (line) => io.stderr.write(`tagtrail serve: ${line}\n`) });
  io.stdout.write(`Tagtrail listens on ${running.url}\n`);
  if (running.keyFile) io.stdout.write(`The first operator's key is in ${running.keyFile}\n`);
  await toldToStop(io);
  await running.stop();
  return 0;
}

export const command: Command = { summary: 'the platform: EPCIS capture and query, trace, pages', help: HELP, run };
