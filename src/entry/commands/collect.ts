import { parseArgs } from 'node:util';
import { checkReader } from '../../../readers/check.ts';
import { type CollectorConfig, readConfigFile } from '../../../readers/config.ts';
import { startCollector, stderrLogger } from '../../../readers/main.ts';
import { AppError } from '../../error.ts';
import { type Command, type Io, UsageError } from '../command.ts';

/** A connection attempt that is still under way must not hold up the end. */
const EXIT_MS_MAX = 500;

function configOf(file: string | undefined): CollectorConfig {
  if (file === undefined) throw new UsageError('--config FILE is missing');
  try {
    return readConfigFile(file);
  } catch (error) {
    throw error instanceof AppError && error.code === 'invalid' ? new UsageError(error.message) : error;
  }
}

async function check(config: CollectorConfig, io: Io): Promise<number> {
  const results = await Promise.all(config.readers.map(checkReader));
  for (const { name, ok, text } of results) io.stdout.write(`${name}: ${ok ? 'ok, ' : ''}${text}\n`);
  return results.every((r) => r.ok) ? 0 : 1;
}

async function collect(config: CollectorConfig, level: string): Promise<number> {
  // Listened for before the start: a signal that comes early ends the collector as properly as a later one.
  const signal = new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const collector = await startCollector(config, { logger: stderrLogger(level) });
  await signal;
  await collector.stop();
  setTimeout(() => process.exit(0), EXIT_MS_MAX).unref();
  return 0;
}

export const command: Command = {
  summary: 'edge collector: readers to EPCIS events, spooled on disk',
  help: `
tagtrail collect --config FILE [--check] [--log LEVEL]

Connects to the LLRP readers in FILE (JSON), filters their reads, writes EPCIS events to a spool on disk and sends
them to the capture endpoint until it takes them. Logs go to standard error. SIGTERM flushes and ends with 0.

  --config FILE  readers, capture endpoint and spool directory
  --check        validate FILE and try each reader without changing it; 1 when one cannot be used
  --log LEVEL    debug, info (default), warn, error or silent

Example: tagtrail collect --config dock.json
  {"readers": [{"name": "dock-1", "host": "10.0.0.5", "readPoint": "urn:epc:id:sgln:0614141.00777.0"}],
   "capture": {"url": "https://tagtrail.example/epcis/capture", "key": "tt_…"}, "spool": "/var/lib/tagtrail/spool"}`,
  async run(args, io) {
    const { values } = parseArgs({
      args,
      options: { config: { type: 'string' }, check: { type: 'boolean' }, log: { type: 'string', default: 'info' } },
    });
    if (!['debug', 'info', 'warn', 'error', 'silent'].includes(values.log)) throw new UsageError(`--log ${values.log}`);
    const config = configOf(values.config);
    return values.check ? await check(config, io) : await collect(config, values.log);
  },
};
