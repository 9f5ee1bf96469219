import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from './program.ts';

const LOOK_MS = 50;
/** Below the size that any file of a spool has. */
const FULL_BYTES = 4096;

/** A program that is kept running as a service is: started again when it ends, killed as faults will have it. */
export class Kept {
  readonly #program: Program;
  readonly #msOf: (ms: number) => number;
  #down = 0;
  #fills = 0;
  #timer: NodeJS.Timeout | undefined;
  /** How often it was killed, and how often it ended by itself. */
  kills = 0;
  exits = 0;
  /** When it had started first, by its log. */
  startedMs = Infinity;
  /** How often each alarm began, by its log. */
  readonly alarms = new Map<string, number>();

  /** `msOf` turns times of the simulated day into real ones; `onLine` is told each line of the log. */
  constructor(args: string[], node: string[], msOf: (ms: number) => number, onLine: (line: string) => void = () => {}) {
    this.#program = new Program(args, node, (line) => {
      onLine(line);
      this.#read(line);
    });
    this.#msOf = msOf;
  }

  get program(): Program {
    return this.#program;
  }

  #read(line: string): void {
    if (this.startedMs === Infinity && line.includes('"collector started"'))
      this.startedMs = (JSON.parse(line) as { time: number }).time;
    if (!line.includes('"alarm":"') || !line.endsWith('}')) return;
    const { alarm, level } = JSON.parse(line) as { alarm: string; level: number };
    const [name] = alarm.split(':') as [string];
    if (level >= 50) this.alarms.set(name, (this.alarms.get(name) ?? 0) + 1);
  }

  start(): void {
    this.#run();
    this.#timer = setInterval(() => {
      if (this.#program.alive || this.#down > 0) return;
      this.exits++;
      this.#run();
    }, LOOK_MS);
  }

  #run(): void {
    this.#program.start();
    if (this.#fills > 0) this.#program.limitFiles(FULL_BYTES);
  }

  /** SIGKILL; it is started again after `downMs`. */
  async kill(downMs: number): Promise<void> {
    while (!this.#program.alive) await sleep(LOOK_MS);
    this.kills++;
    this.#down++;
    await this.#program.end('SIGKILL');
    await sleep(this.#msOf(downMs));
    this.#down--;
    if (this.#down === 0 && !this.#program.alive) this.#run();
  }

  /** Its disk is full until the function that comes back is called; so is that of its successors. */
  fillDisk(): () => void {
    if (this.#fills++ === 0) this.#program.limitFiles(FULL_BYTES);
    return () => {
      if (--this.#fills === 0) this.#program.limitFiles(undefined);
    };
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    clearInterval(this.#timer);
    this.#down++;
    return await this.#program.end(signal);
  }
}
