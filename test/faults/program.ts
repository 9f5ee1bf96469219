// Commands of the program as processes of their own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = resolve(import.meta.dirname, '../..');
const CLI = join(ROOT, 'src/entry/cli.ts');
/** Compiled once: a program that is killed again and again should not spend the day starting. */
export const QUICK = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'tagtrail-faults-compiled') };
const LOG_KEPT = 4000;
const START_MS_MAX = 30_000;

/** A seeded sequence of numbers from 0 to 1 (mulberry32), so that a run can be had again. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A command in a process of its own, started again after each kill. */
export class Program {
  readonly #args: string[];
  readonly #node: string[];
  #child: ChildProcess | undefined;
  readonly #onLine: (line: string) => void;
  #log = '';

  /** `node` are arguments for Node itself; `onLine` is told each line of the log. */
  constructor(args: string[], node: string[] = [], onLine: (line: string) => void = () => {}) {
    this.#args = args;
    this.#node = node;
    this.#onLine = onLine;
  }

  start(): void {
    const child = spawn(process.execPath, [...this.#node, CLI, ...this.#args], {
      cwd: ROOT,
      env: QUICK,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', (line) => {
        this.#log = `${this.#log}${line}\n`.slice(-LOG_KEPT);
        this.#onLine(line);
      });
    this.#child = child;
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
    child.kill(signal);
    return exited;
  }

  /** From now on no file can grow beyond so many bytes (RLIMIT_FSIZE), which needs no rights: a disk that is full. */
  limitFiles(bytes: number | undefined): void {
    if (!this.alive) return;
    const limit = `--fsize=${bytes ?? 'unlimited'}:unlimited`;
    const { status, stderr } = spawnSync('prlimit', ['--pid', String(this.#child!.pid), limit], { encoding: 'utf8' });
    if (status !== 0 && this.alive) throw new Error(`prlimit: ${stderr}`);
  }

  /** True while the process that was started last is running. */
  get alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get log(): string {
    return this.#log;
  }
}

/** Runs a command to its end and gives its standard output. */
export async function output(args: string[]): Promise<string> {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: ROOT });
  let out = '';
  let err = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  const code = await new Promise((done) => child.once('close', done));
  if (code !== 0) throw new Error(`tagtrail ${args[0]} ended with ${String(code)}: ${err}`);
  return out;
}

/** Waits until the API at `url` is up. */
export async function untilHealthy(url: string, api: Program): Promise<void> {
  for (const end = Date.now() + START_MS_MAX; Date.now() < end; await sleep(50)) {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`the API is not up after ${START_MS_MAX} ms:\n${api.log}`);
}
