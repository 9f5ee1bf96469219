import type { Readable, Writable } from 'node:stream';

/** Where a command reads and writes; the program's own streams, or a test's. */
export interface Io {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
}

/** One command of the program. `run` resolves the exit code: 0 done, 1 done with a negative answer. */
export interface Command {
  /** One line for the list of commands. */
  summary: string;
  /** Usage, options and an example; printed by --help. */
  help: string;
  run(args: string[], io: Io): Promise<number>;
}

/** Wrong usage or unreadable input: exit 2 and one line on stderr, never a stack trace. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
