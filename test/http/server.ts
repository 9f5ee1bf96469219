// The application over real HTTP on a database of its own, for the tests of this folder.
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { ROLES, type Role } from '../../src/access/policy.ts';
import { listen, type Listening } from '../../src/entry/node.ts';
import { Upgrades } from '../../src/entry/upgrade.ts';
import { createApp } from '../../src/http/app.ts';
import type { Logger, Platform } from '../../src/http/platform.ts';
import { addKey } from '../../src/store/api-key.ts';
import { DEFAULT_TENANT, openStore, type Store } from '../../src/store/open.ts';

export const DATABASES = ['pglite', 'postgres'] as const;
export type Database = (typeof DATABASES)[number];

/** A line of the log as it was written. */
type LogLine = { level: 'info' | 'warn' | 'error'; message: string; fields: Record<string, unknown> };

export interface TestServer extends Listening {
  store: Store;
  platform: Platform;
  keys: Record<Role, string>;
  log: LogLine[];
}

/** A fresh database on the tests' PostgreSQL server: its URL, and what removes it. */
export async function freshDatabase(
  server = process.env['TEST_DATABASE_URL']!,
): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `http_${randomUUID().replaceAll('-', '')}`;
  const run = async (text: string): Promise<void> => {
    const sql = postgres(server, { max: 1, onnotice: () => {} });
    await sql.unsafe(text);
    await sql.end();
  };
  await run(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`drop database ${name} with (force)`) };
}

const recorder = (log: LogLine[]): Logger => {
  const at = (level: LogLine['level']) => (fields: Record<string, unknown>, message: string) =>
    void log.push({ level, message, fields });
  return { info: at('info'), warn: at('warn'), error: at('error') };
};

/** `server` is a PostgreSQL server other than the tests' own. */
export async function startServer(
  database: Database,
  settings: Partial<Platform> = {},
  server?: string,
): Promise<TestServer> {
  const fresh = database === 'postgres' ? await freshDatabase(server) : undefined;
  const store = await openStore(fresh ? { url: fresh.url } : { memory: true }, { migrate: true });
  const log: LogLine[] = [];
  const keys = Object.fromEntries(
    await Promise.all(ROLES.map(async (role) => [role, (await addKey(store, DEFAULT_TENANT, role, Date.now())).key])),
  ) as Record<Role, string>;
  const platform: Platform = {
    store,
    clock: Date.now,
    logger: recorder(log),
    version: '0.0.0-test',
    captureEventsMax: 100,
    captureBytesMax: 256 * 1024,
    ...settings,
  };
  const upgrades = new Upgrades();
  platform.sockets = upgrades;
  const listening = await listen(createApp(platform).fetch, { host: '127.0.0.1', port: 0, upgrades });
  const stop = async (): Promise<void> => {
    await listening.stop();
    await store.close();
    await fresh?.drop();
  };
  return { ...listening, stop, store, platform, keys, log };
}

/** What a test reads of an answer. */
export interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  json: any;
  text: string;
}

/** A client of one server with one key: `call('GET', '/epcis/events', {headers, body})`. */
export const clientOf =
  (url: string, key?: string) =>
  async (
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const res = await fetch(url + path, {
      method,
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await res.text();
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: res.status, headers: res.headers, json, text };
  };
