// A collector between a stand-in reader and a stand-in endpoint, in a directory that goes away with it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { parseConfig } from '../../readers/config.ts';
import { type Collector, startCollector } from '../../readers/main.ts';
import { StandInEndpoint } from './stand-in-endpoint.ts';
import { sgtin, StandInReader, until } from './stand-in-reader.ts';

const CLI = join(import.meta.dirname, '../../src/entry/cli.ts');
export const READ_POINT = 'urn:epc:id:sgln:0614141.00777.0';

export interface Tag {
  epc: Buffer;
  uri: string;
}
/** What a program that has ended said. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  ms: number;
}

export class Rig {
  readonly directory = mkdtempSync(join(tmpdir(), 'collector-'));
  readonly reader: StandInReader;
  readonly endpoint: StandInEndpoint;
  #serial = 1;
  #collector: Collector | undefined;
  readonly #children: ChildProcess[] = [];

  private constructor(reader: StandInReader, endpoint: StandInEndpoint) {
    this.reader = reader;
    this.endpoint = endpoint;
  }
  static async make(): Promise<Rig> {
    return new Rig(await StandInReader.start(), await StandInEndpoint.start());
  }

  config(top: object = {}, reader: object = {}): object {
    return {
      readers: [
        {
          name: 'dock-1',
          host: '127.0.0.1',
          port: this.reader.port,
          readPoint: READ_POINT,
          keepaliveMs: 300,
          ...reader,
        },
      ],
      capture: { url: this.endpoint.url, key: 'tt_key', flushMs: 50 },
      spool: join(this.directory, 'spool'),
      ...top,
    };
  }
  /** Starts the collector in this process. */
  async start(top: object = {}, reader: object = {}): Promise<Collector> {
    this.#collector = await startCollector(parseConfig(this.config(top, reader)), {
      logger: pino({ level: 'silent' }),
    });
    return this.#collector;
  }
  /** Gives the collector of this process another configuration. */
  async reload(top: object = {}, reader: object = {}): Promise<void> {
    await this.#collector?.reload(parseConfig(this.config(top, reader)));
  }
  async stop(): Promise<void> {
    await this.#collector?.stop();
    this.#collector = undefined;
  }

  /** Starts `tagtrail collect` as a process of its own. */
  spawn(
    args: string[] = [],
    config: object = this.config(),
  ): { child: ChildProcess; ended: Promise<Ended>; said: () => string } {
    const file = this.write(config);
    const child = spawn(process.execPath, [CLI, 'collect', '--config', file, ...args], { stdio: 'pipe' });
    this.#children.push(child);
    const [from, out, err] = [Date.now(), [] as string[], [] as string[]];
    child.stdout.on('data', (text: Buffer) => out.push(text.toString()));
    child.stderr.on('data', (text: Buffer) => err.push(text.toString()));
    const ended = new Promise<Ended>((resolve) => {
      child.once('close', (code) =>
        resolve({ code, stdout: out.join(''), stderr: err.join(''), ms: Date.now() - from }),
      );
    });
    return { child, ended, said: () => err.join('') };
  }
  /** Writes the configuration file of `spawn`. */
  write(config: object): string {
    const file = join(this.directory, 'collect.json');
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  /** Tags that were never seen before. */
  tags(count: number): Tag[] {
    return Array.from({ length: count }, () => sgtin(this.#serial++));
  }
  /** Sends each tag five times from two antennas, 20 reads a message. */
  send(tags: Tag[], more: { atMs?: number } = {}): void {
    const reads = [0, 1, 2, 3, 4].flatMap((k) => tags.map(({ epc }) => ({ epc, antenna: 1 + (k % 2), ...more })));
    for (let i = 0; i < reads.length; i += 20) this.reader.send(reads.slice(i, i + 20));
  }
  /** Resolves true when the endpoint has each of these tags once, and no other one. */
  async exactly(tags: Tag[], ms = 10_000): Promise<boolean> {
    const wanted = tags
      .map((tag) => tag.uri)
      .sort()
      .join();
    await until(() => this.endpoint.epcs().length >= tags.length, ms);
    await new Promise((resolve) => setTimeout(resolve, 150));
    return this.endpoint.epcs().join() === wanted;
  }
  running(ms = 8000): Promise<boolean> {
    return until(() => this.reader.running && this.reader.keepaliveMs > 0, ms);
  }

  async dispose(): Promise<string[]> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.stop();
    await this.reader.stop();
    await this.endpoint.close();
    rmSync(this.directory, { recursive: true, force: true });
    return this.endpoint.faults;
  }
}
