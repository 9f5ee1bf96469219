// A full file of lots through HTTP, CSV and XLSX: the memory of the server's process while it is read, and how long it takes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, openAsBlob, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { csvBytes, xlsxBytes } from '../../src/epcis/lot-file/index.ts';
import { addKey } from '../../src/store/api-key.ts';
import { DEFAULT_TENANT, openStore } from '../../src/store/open.ts';
import { createDatabase } from '../database.ts';
import { startPostgres } from '../postgres.ts';
import type { Figure } from './figure.ts';

const ROWS = 1_000_000;
/** One row in so many is refused and has to be kept. */
const BAD_EVERY = 100;
const RESIDENT_MB_MAX = 300;
const MEBIBYTE = 1024 * 1024;
const POLL_MS = 500;
/** As the image runs it (docs/operating.md, Memory). */
const NODE_FLAGS = ['--max-semi-space-size=8'];

const HEADER = ['商品条码', '产品名称', '批号', '数量', '单位', '生产日期', '有效期至', '时间', '地点GLN'];

function* rowsOf(count: number, series: string): Generator<string[]> {
  yield HEADER;
  for (let n = 1; n <= count; n++) {
    const day = `2026-03-${String((n % 28) + 1).padStart(2, '0')}`;
    const until = n % BAD_EVERY === 0 ? '下周' : '2027-03-01';
    const time = `${day} 08:${String(n % 60).padStart(2, '0')}`;
    yield [
      '09521141123454',
      '纯牛奶 250ml',
      `${series}${n}`,
      String(n % 5000),
      '公斤',
      day,
      until,
      time,
      '9521141000014',
    ];
  }
}

interface Upload {
  id: string;
  state: string;
  rowsRead: number;
  rowsBad: number;
  accepted: number;
  failure?: string;
}

/** Throws when the server ends before it serves. */
const endOf = async (child: ChildProcess): Promise<never> => {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`bench: the server ended with ${code}`);
};

const residentMax = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

async function uploaded(url: string, key: string, file: string): Promise<Upload> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/octet-stream' };
  const res = await fetch(`${url}/api/lots`, { method: 'POST', headers, body: await openAsBlob(file) });
  let upload = (await res.json()) as Upload;
  while (upload.state === 'reading') {
    await sleep(POLL_MS);
    upload = (await (await fetch(`${url}/api/lots/${upload.id}`, { headers })).json()) as Upload;
  }
  if (upload.state !== 'finished') throw new Error(`bench: ${upload.failure ?? JSON.stringify(upload)}`);
  return upload;
}

/** One file in a server process of its own, which is empty of everything before. */
async function measure(database: string, key: string, form: 'csv' | 'xlsx', rows: number): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'tagtrail-bench-lots-'));
  const script = join(import.meta.dirname, 'capture-server.ts');
  const child = spawn(process.execPath, [...NODE_FLAGS, script, database], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const file = join(folder, `lots.${form}`);
    const content = rowsOf(rows, form === 'csv' ? 'C' : 'X');
    const bytes =
      form === 'csv'
        ? csvBytes(content, { form, encoding: 'utf-8', mark: true, delimiter: ',' })
        : xlsxBytes([{ name: '批次', columns: HEADER.length, rows: content }]);
    await pipeline(Readable.from(bytes), createWriteStream(file));
    const [line] = (await Promise.race([once(child.stdout, 'data'), endOf(child)])) as [Buffer];
    const idle = residentMax(child.pid!);
    const start = performance.now();
    const { rowsRead, rowsBad, accepted } = await uploaded(line.toString().trim(), key, file);
    const totalS = (performance.now() - start) / 1000;
    // quantities of zero are refused too
    if (rowsRead !== rows || accepted + rowsBad !== rows)
      throw new Error(`bench: ${rowsRead} rows, ${accepted} stored`);
    const value = Math.round(residentMax(child.pid!));
    return {
      bench: `lots-${form} resident`,
      unit: 'MiB',
      value,
      baseline: RESIDENT_MB_MAX,
      ratio: RESIDENT_MB_MAX / value,
      detail: {
        rows,
        rowsBad,
        fileMiB: Math.round(statSync(file).size / MEBIBYTE),
        idleMiB: Math.round(idle),
        totalS: Math.round(totalS),
        rowsPerS: Math.round(rows / totalS),
      },
    };
  } finally {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
    rmSync(folder, { recursive: true });
  }
}

export async function bench({ rows = ROWS }: { rows?: number }): Promise<Figure[]> {
  const postgres = await startPostgres({ shared_buffers: '512MB' });
  const database = await createDatabase(postgres.url);
  try {
    const store = await openStore({ url: database.url }, { migrate: true });
    const { key } = await addKey(store, DEFAULT_TENANT, 'capture', Date.now());
    await store.close();
    const figures: Figure[] = [];
    for (const form of ['csv', 'xlsx'] as const) figures.push(await measure(database.url, key, form, rows));
    return figures;
  } finally {
    await database.drop();
    await postgres.stop();
  }
}
