import { randomBytes } from 'node:crypto';
import postgres from 'postgres';

/** An empty database of a test's own on the server of TEST_DATABASE_URL. */
export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

async function onServer(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

/** Creates it under a random name; `drop` cuts the sessions that are left. `server` defaults to TEST_DATABASE_URL. */
export async function createDatabase(server = process.env['TEST_DATABASE_URL']): Promise<TestDatabase> {
  if (!server) throw new Error('TEST_DATABASE_URL is not set: run this test in the project "system".');
  const name = `tagtrail_${randomBytes(6).toString('hex')}`;
  await onServer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(server, `drop database if exists ${name} with (force)`) };
}
