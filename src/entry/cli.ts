#!/usr/bin/env node
import { type Command, UsageError } from './command.ts';
import { AppError, messageOf } from '../error.ts';

/** Every command, loaded only when it is asked for, so that `tagtrail epc` starts without a database. */
const COMMANDS: Record<string, () => Promise<{ command: Command }>> = {
  epc: () => import('./commands/epc.ts'),
  llrp: () => import('./commands/llrp.ts'),
  epcis: () => import('./commands/epcis.ts'),
  trace: () => import('./commands/trace.ts'),
  serve: () => import('./commands/serve.ts'),
  demo: () => import('./commands/demo.ts'),
  collect: () => import('./commands/collect.ts'),
  reader: () => import('./commands/reader.ts'),
  emulate: () => import('./commands/emulate.ts'),
  capture: () => import('./commands/capture.ts'),
  lots: () => import('./commands/lots.ts'),
  key: () => import('./commands/key.ts'),
  migrate: () => import('./commands/migrate.ts'),
  recall: () => import('./commands/recall.ts'),
  rule: () => import('./commands/rule.ts'),
};

async function overview(): Promise<string> {
  const rows = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, load]) => `  ${name.padEnd(10)}${(await load()).command.summary}`),
  );
  return `tagtrail COMMAND [options]\n\n${rows.join('\n')}\n\ntagtrail COMMAND --help explains each.\n`;
}

/** The process's exit code: 0 done, 1 negative answer or failure, 2 wrong usage or unreadable input. */
async function main(argv: string[]): Promise<number> {
  const { stdin, stdout, stderr } = process;
  const [name, ...args] = argv;
  if (name === undefined || name === '--help' || name === 'help') {
    stdout.write(await overview());
    return name === undefined ? 2 : 0;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load) {
    stderr.write(`tagtrail: no command "${name}"; tagtrail --help lists them.\n`);
    return 2;
  }
  const { command } = await load();
  if (args.includes('--help')) {
    stdout.write(command.help.trim() + '\n');
    return 0;
  }
  try {
    return await command.run(args, { stdin, stdout, stderr });
  } catch (error) {
    // parseArgs reports wrong options with codes of its own
    const usage =
      error instanceof UsageError || String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
    if (usage || error instanceof AppError) {
      stderr.write(`tagtrail ${name}: ${messageOf(error).split('\n')[0]}\n`);
      return usage ? 2 : 1;
    }
    stderr.write(`tagtrail ${name}: unexpected failure: ${messageOf(error).split('\n')[0]}\n`);
    if (process.env['TAGTRAIL_DEBUG']) stderr.write(`${(error as Error).stack}\n`);
    return 1;
  }
}

// A reader that goes away (`| head`) is no failure. A command with something to clear away listens for SIGPIPE.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (!process.emit('SIGPIPE', 'SIGPIPE')) process.exit(0);
});
process.exitCode = await main(process.argv.slice(2));
