import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Command, type Io, UsageError } from '../command.ts';

const PORT_DEFAULT = 8080;
const DATA_DEFAULT = join('data', 'demo');

const HELP = `
tagtrail demo [--port N] [--data DIR]

Starts everything at once to look at: the platform on an embedded database, two emulated RFID gates, the collector that
reads them, and a small simulated supply chain with one bad lot. Prints one address to open. Reading needs no key, and
only this machine can connect. Ctrl-C ends it; the next start goes on with the same data.

  --port N    port of the pages (default ${PORT_DEFAULT}; 0 takes any free one)
  --data DIR  where the demonstration keeps its data (default ${DATA_DEFAULT}); remove it to begin anew

Example:
  npx tagtrail demo --port 9000
`;

function readPort(text: string | undefined): number {
  const port = Number(text ?? PORT_DEFAULT);
  if (text === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError('--port: a whole number from 0 to 65535');
  }
  return port;
}

/** Resolves at the first signal to stop; a second one ends the process at once. */
async function toldToStop(): Promise<void> {
  await Promise.race(['SIGINT', 'SIGTERM'].map((name) => once(process, name)));
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => process.exit(130));
}

async function run(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({ args, options: { port: { type: 'string' }, data: { type: 'string' } } });
  const port = readPort(values.port);
  const began = performance.now();
  const progress = (line: string): void => {
    io.stderr.write(`[${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}\n`);
  };
  const stopped = toldToStop();
  // loaded here, so that --help does not wait for the database
  const { startDemo } = await import('../demo.ts');
  const demo = await startDemo({ port, dataDir: values.data ?? DATA_DEFAULT, progress });
  progress('ready; Ctrl-C ends it');
  io.stdout.write(`${demo.url}/\n`);
  await stopped;
  progress('stopping');
  await demo.stop();
  return 0;
}

export const command: Command = {
  summary: 'a demonstration: platform, emulated gates, a simulated world',
  help: HELP,
  run,
};
