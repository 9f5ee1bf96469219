// One document of a gigabyte through HTTP, then the same again: the memory of the server's process while it is captured,
// and how long it takes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { addKey } from '../../src/store/api-key.ts';
import { DEFAULT_TENANT, openStore } from '../../src/store/open.ts';
import { createDatabase } from '../database.ts';
import { startPostgres } from '../postgres.ts';
import type { Figure } from './figure.ts';

/** Events of about 800 bytes: a gigabyte. */
const EVENTS = 1_300_000;
const EVENTS_PER_PIECE = 500;
const EPCS_PER_EVENT = 5;
const RESIDENT_MB_MAX = 300;
const MEBIBYTE = 1024 * 1024;
const POLL_MS = 500;
/** As the image runs it (docs/operating.md, Memory). */
const NODE_FLAGS = ['--max-semi-space-size=8'];

const item = (n: number): string => `"urn:epc:id:sgtin:0614141.112345.${n}"`;

const event = (
  n: number,
): string => `{"type":"ObjectEvent","eventTime":"${new Date(Date.UTC(2026, 2, 1) + n * 10).toISOString()}",
"eventTimeZoneOffset":"+01:00","eventID":"urn:uuid:00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}",
"action":"OBSERVE","bizStep":"shipping","disposition":"in_transit","readPoint":{"id":"urn:epc:id:sgln:0614141.00001.0"},
"bizLocation":{"id":"urn:epc:id:sgln:0614141.00002.0"},"bizTransactionList":[{"type":"po","bizTransaction":"urn:epcglobal:cbv:bt:0614141000012:${n >> 6}"}],
"epcList":[${Array.from({ length: EPCS_PER_EVENT }, (_, i) => item(n * EPCS_PER_EVENT + i)).join(',')}],"example:note":"${'x'.repeat(120)}"}`;

function* documentOf(events: number): Generator<string> {
  yield `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"example":"https://example.com/"}],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-03-01T00:00:00Z","epcisBody":{"eventList":[`;
  for (let n = 0; n < events; n += EVENTS_PER_PIECE) {
    const run = Array.from({ length: Math.min(EVENTS_PER_PIECE, events - n) }, (_, i) => event(n + i));
    yield `${n === 0 ? '' : ','}${run.join(',')}`;
  }
  yield ']}}';
}

/** Throws when the server ends before it serves. */
const endOf = async (child: ChildProcess): Promise<never> => {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`bench: the server ended with ${code}`);
};

/** The most that a process has had in memory at once, in MiB. */
const residentMax = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

/** Posts the document; its job's path and how many bytes it had. */
async function send(url: URL, key: string, events: number): Promise<{ location: string; bytes: number }> {
  let bytes = 0;
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const sent = request(url, { method: 'POST', headers });
  const answered = once(sent, 'response') as Promise<[import('node:http').IncomingMessage]>;
  async function* counted(): AsyncGenerator<Buffer> {
    for (const piece of documentOf(events)) {
      const buffer = Buffer.from(piece);
      bytes += buffer.length;
      yield buffer;
    }
  }
  await pipeline(Readable.from(counted(), { objectMode: false }), sent);
  const [answer] = await answered;
  answer.resume();
  if (answer.statusCode !== 202) throw new Error(`bench: answered ${answer.statusCode}`);
  return { location: answer.headers.location!, bytes };
}

interface Job {
  running: boolean;
  success: boolean;
  errors: unknown[];
}

async function ended(url: URL, key: string): Promise<Job> {
  for (;;) {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
    const job = (await answer.json()) as Job;
    if (!job.running) return job;
    await sleep(POLL_MS);
  }
}

/** One sending of the document, to its job's end. */
async function measure(
  bench: string,
  url: URL,
  key: string,
  events: number,
  { pid, idle }: { pid: number; idle: number },
): Promise<Figure> {
  const start = performance.now();
  const { location, bytes } = await send(url, key, events);
  const sentS = (performance.now() - start) / 1000;
  const job = await ended(new URL(location, url), key);
  const totalS = (performance.now() - start) / 1000;
  if (!job.success) throw new Error(`bench: ${JSON.stringify(job.errors[0])}`);
  const resident = residentMax(pid);
  const [documentMiB, idleMiB] = [round(bytes / MEBIBYTE), round(idle)];
  return {
    bench,
    unit: 'MiB',
    value: round(resident),
    baseline: RESIDENT_MB_MAX,
    ratio: RESIDENT_MB_MAX / resident,
    detail: { events, documentMiB, idleMiB, sentS: round(sentS), totalS: round(totalS) },
  };
}

const round = (n: number): number => Math.round(n * 10) / 10;

export async function bench({ rows: events = EVENTS }: { rows?: number }): Promise<Figure[]> {
  const postgres = await startPostgres({ shared_buffers: '512MB' });
  const database = await createDatabase(postgres.url);
  const store = await openStore({ url: database.url }, { migrate: true });
  const { key } = await addKey(store, DEFAULT_TENANT, 'capture', Date.now());
  await store.close();
  const script = join(import.meta.dirname, 'capture-server.ts');
  const child = spawn(process.execPath, [...NODE_FLAGS, script, database.url, 'large'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await Promise.race([once(child.stdout, 'data'), endOf(child)])) as [Buffer];
    const url = new URL('/epcis/capture', line.toString().trim());
    const idle = residentMax(child.pid!);
    const figures: Figure[] = [];
    // the second time all of its events are duplicates
    for (const bench of ['capture-large resident', 'capture-large again resident'])
      figures.push(await measure(bench, url, key, events, { pid: child.pid!, idle }));
    return figures;
  } finally {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
    await database.drop();
    await postgres.stop();
  }
}
