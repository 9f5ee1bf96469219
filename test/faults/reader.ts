// The reader of a simulated day as a process of its own, so that it can lose its power: emulator behind, orders in front.
import { type ChildProcess, fork } from 'node:child_process';
import { type FaultName, type FaultNumbers, startEmulator } from 'node-llrp';
import { type FastClock, importOf } from './fast-clock.ts';
import { QUICK } from './program.ts';

/** What the process is told to do; answered with the true times, in ms since 1970, where something passes. */
type Order =
  | { pass: string[]; antenna: number; durationMs: number }
  | { put: string[]; antenna: number; readsPerSecond: number }
  | { remove: string[] }
  | { fault: FaultName; numbers: FaultNumbers };

/** When tags were in the field. */
export interface Span {
  from: number;
  to: number;
}
interface Answer {
  id: number;
  span: Span;
}

/** A reader that can be switched off and on again; it has forgotten everything then. */
export class Reader {
  readonly #clock: FastClock;
  readonly #seed: number;
  readonly #answers = new Map<number, (span: Span | undefined) => void>();
  #child: ChildProcess | undefined;
  #orders = 0;
  /** Where it listens; 0 while it is off. */
  port = 0;
  /** By how much its clock has been set since it was switched on. */
  setMs = 0;

  constructor(clock: FastClock, seed: number) {
    this.#clock = clock;
    this.#seed = seed;
  }

  /** Resolves when it listens, or has been switched off again. */
  async on(): Promise<void> {
    if (this.#child) return;
    const child = fork(import.meta.filename, [String(this.#seed)], {
      execArgv: importOf(this.#clock),
      env: QUICK,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.on('message', (message: { listening: number } | Answer) => {
        if ('listening' in message) {
          if (this.#child === child) this.port = message.listening;
          return resolve();
        }
        this.#answers.get(message.id)?.(message.span);
        this.#answers.delete(message.id);
      });
    });
  }

  /** Cuts its power. */
  async off(): Promise<void> {
    this.port = 0;
    this.setMs = 0;
    const child = this.#child;
    this.#child = undefined;
    for (const answer of this.#answers.values()) answer(undefined);
    this.#answers.clear();
    if (!child) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Has an order done; undefined when it is off. */
  async do(order: Order): Promise<Span | undefined> {
    const child = this.#child;
    if (!child || this.port === 0) return undefined;
    const id = ++this.#orders;
    return await new Promise((resolve) => {
      this.#answers.set(id, resolve);
      child.send({ id, ...order }, (error) => void (error && resolve(undefined)));
    });
  }
}

async function serve(seed: number): Promise<void> {
  const emulator = await startEmulator({ seed, scenario: {} });
  const act = (order: Order): Span => {
    const now = Date.now();
    if ('pass' in order) {
      const { antenna, durationMs } = order;
      const { startedAt, endedAt } = emulator.pass(order.pass, { antennas: [antenna], durationMs });
      return { from: startedAt, to: endedAt };
    }
    if ('put' in order) emulator.put(order.put, { antennas: [order.antenna], readsPerSecond: order.readsPerSecond });
    else if ('remove' in order) emulator.remove(order.remove);
    else emulator.fault(order.fault, order.numbers);
    return { from: now, to: Date.now() };
  };
  process.on('message', (order: Order & { id: number }) => process.send?.({ id: order.id, span: act(order) }));
  process.on('disconnect', () => process.exit(0));
  process.send?.({ listening: emulator.port });
}

if (process.argv[1] === import.meta.filename && process.send) await serve(Number(process.argv[2]));
