import { watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import { check } from '../../../readers/check.ts';
import { type CollectorConfig, readConfigFile } from '../../../readers/config.ts';
import { type Collector, startCollector, stderrLogger } from '../../../readers/main.ts';
import { Spool } from '../../../readers/spool.ts';
import { AppError, messageOf } from '../../error.ts';
import { type Command, type Io, UsageError } from '../command.ts';

/** A connection attempt that is still under way must not hold up the end. */
const EXIT_MS_MAX = 500;
/** An editor writes a file in several steps: --watch waits until it has been quiet for this long. */
const QUIET_MS = 200;
const LETTERS_PAGE = 500;

function configOf(file: string): CollectorConfig {
  try {
    return readConfigFile(file);
  } catch (error) {
    throw error instanceof AppError && error.code === 'invalid' ? new UsageError(error.message) : error;
  }
}

/** A line for each reader, and indented below it what was found; 1 when one cannot be used. */
async function tryReaders(config: CollectorConfig, json: boolean, io: Io): Promise<number> {
  const results = await check(config);
  for (const one of results) {
    const { name, ok, text, findings } = one;
    const lines = [`${name}: ${ok ? 'ok, ' : ''}${text}`, ...findings.map((finding) => `  ${finding}`)];
    io.stdout.write(`${json ? JSON.stringify(one) : lines.join('\n')}\n`);
  }
  return results.every(({ ok }) => ok) ? 0 : 1;
}

/** Takes the file again; what is wrong with it is logged, and the collector goes on as it was. */
async function reload(collector: Collector, file: string, logger: Logger): Promise<void> {
  try {
    await collector.reload(readConfigFile(file));
  } catch (error) {
    logger.error(`the configuration stays as it was: ${messageOf(error)}`);
  }
}

/** Calls `changed` when the file was written or replaced; its directory is watched, since editors rename. */
function onChange(file: string, changed: () => void): () => void {
  let quiet: NodeJS.Timeout | undefined;
  const watcher = watch(dirname(resolve(file)), (_event, name) => {
    if (name !== basename(file)) return;
    clearTimeout(quiet);
    quiet = setTimeout(changed, QUIET_MS);
  });
  return () => {
    clearTimeout(quiet);
    watcher.close();
  };
}

async function collect(file: string, level: string, watching: boolean): Promise<number> {
  const config = configOf(file);
  const logger = stderrLogger(level);
  // Listened for before the start: a signal that comes early ends the collector as properly as a later one.
  let collector: Collector | undefined;
  const again = (): void => void (collector && reload(collector, file, logger));
  process.on('SIGHUP', again);
  const signal = new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  collector = await startCollector(config, { logger });
  const unwatch = watching ? onChange(file, again) : () => {};
  await signal;
  unwatch();
  process.off('SIGHUP', again);
  await collector.stop();
  setTimeout(() => process.exit(0), EXIT_MS_MAX).unref();
  return 0;
}

const counted = (n: number): string => `${n} dead letter${n === 1 ? '' : 's'}`;

/** What can be done with the dead letters of a stopped collector, each with all of them or those that are named. */
const DEAD_LETTERS: Record<string, (spool: Spool, eventIds: string[], io: Io) => void> = {
  list: (spool, eventIds, io) => {
    for (let skip = 0; skip < spool.deadLetters; skip += LETTERS_PAGE) {
      for (const { eventId, endpoint, status, reason, body } of spool.deadLetterList(LETTERS_PAGE, skip)) {
        if (eventIds.length && !eventIds.includes(eventId)) continue;
        const event: unknown = JSON.parse(body);
        io.stdout.write(JSON.stringify({ eventID: eventId, endpoint, status, reason, event }) + '\n');
      }
    }
  },
  resend: (spool, eventIds, io) => {
    const n = eventIds.length ? eventIds.reduce((sum, id) => sum + spool.resendDead(id), 0) : spool.resendDead();
    io.stderr.write(`${counted(n)} will be sent again\n`);
  },
  drop: (spool, eventIds, io) => {
    const n = eventIds.length ? eventIds.reduce((sum, id) => sum + spool.dropDead(id), 0) : spool.dropDead();
    io.stderr.write(`${counted(n)} dropped\n`);
  },
};

function deadLetters(config: CollectorConfig, what: string, eventIds: string[], io: Io): number {
  const work = DEAD_LETTERS[what];
  if (!work) throw new UsageError(`--dead-letters ${what}: one of ${Object.keys(DEAD_LETTERS).join(', ')}`);
  const endpoints = config.endpoints.map(({ name }) => name);
  const spool = new Spool(config.spool, config.spoolMaxBytes, endpoints);
  try {
    work(spool, eventIds, io);
  } finally {
    spool.close();
  }
  return 0;
}

export const command: Command = {
  summary: 'edge collector: readers to EPCIS events, spooled on disk',
  help: `
tagtrail collect --config FILE [--check [--json]] [--watch] [--log LEVEL]
tagtrail collect --config FILE --dead-letters list|resend|drop [EVENT-ID…]

Connects to the readers in FILE (JSON), filters their reads, writes EPCIS events to a spool on disk and sends them to
the capture endpoint until it takes them. Logs go to standard error. SIGTERM flushes and ends with 0; SIGHUP takes
FILE again without dropping the links that it does not change.

  --config FILE        readers, capture endpoint and spool directory; docs/collect.schema.json describes it
  --check              validate FILE and try each reader and broker without changing it: what it is, what in the
                       configuration it does not have, whose ROSpecs are on it, how its clock goes; 1 when one
                       cannot be used. With --json as JSON Lines
  --watch              take FILE again whenever it changes
  --dead-letters WHAT  of a stopped collector: list the events that the server refused for good (JSON Lines), send
                       them again with the next start, or drop them; all, or those with these eventIDs
  --log LEVEL          debug, info (default), warn, error or silent

Example: tagtrail collect --config dock.json
  {"readers": [{"name": "dock-1", "host": "10.0.0.5", "readPoint": "urn:epc:id:sgln:0614141.00777.0"}],
   "capture": {"url": "https://tagtrail.example/epcis/capture", "key": "tt_…"}, "spool": "/var/lib/tagtrail/spool"}`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      options: {
        config: { type: 'string' },
        check: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
        'dead-letters': { type: 'string' },
        log: { type: 'string', default: 'info' },
      },
      allowPositionals: true,
    });
    const { config: file, 'dead-letters': letters, log } = values;
    if (!['debug', 'info', 'warn', 'error', 'silent'].includes(log)) throw new UsageError(`--log ${log}`);
    if (file === undefined) throw new UsageError('--config FILE is missing');
    if (positionals.length && letters === undefined) throw new UsageError(`what is "${positionals[0]}"?`);
    if (letters !== undefined) return deadLetters(configOf(file), letters, positionals, io);
    return values.check ? await tryReaders(configOf(file), values.json, io) : await collect(file, log, values.watch);
  },
};
