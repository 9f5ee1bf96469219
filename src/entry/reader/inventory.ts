import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  children,
  enableImpinjExtensions,
  epcOf,
  EVERY_TAG,
  type Handlers,
  HAS,
  impinjContent,
  inventoryROSpec,
  type LlrpClient,
  LlrpError,
  numberOf,
  type Parameter,
  phaseOf,
  readCapabilities,
  readerFacts,
  readTid,
  type TagColumns,
  tidOf,
  zebraContent,
} from 'node-llrp';
import { AppError } from '../../error.ts';
import { Gs1Error, uriOfEpc } from '../../gs1/index.ts';
import { type Io, UsageError } from '../command.ts';
import { readLine } from '../read-line.ts';
import { decimal, LINK_OPTIONS, type LinkValues, whole, withReader } from './link.ts';

const SECONDS = 5;
const SECONDS_MAX = 86_400;
const ANTENNA_MAX = 65_535;
const SESSION_MAX = 3;
/** The inventory's ROSpec, away again when it ends. */
const ROSPEC_ID = 0x4c4c0002;
const EPC_COLUMN = 26;

interface Plan {
  ms: number;
  antennas: number[];
  session: number;
  json: boolean;
  tell: Set<string>;
}

/** What the makers' reports can tell beyond the standard. */
const TELLS: Readonly<Record<string, readonly string[]>> = { Impinj: ['phase', 'doppler', 'tid'], Zebra: ['phase'] };

/** What the EPC names, where it is one of GS1's. */
function identityOf(epc: Uint8Array): string {
  try {
    return uriOfEpc(epc);
  } catch (error) {
    if (error instanceof Gs1Error) return '';
    throw error;
  }
}

/** A read for people: time, antenna, RSSI, EPC and what it names. */
function spoken(columns: TagColumns, row: number): string {
  const has = columns.has[row] ?? 0;
  const epc = epcOf(columns, row);
  const antenna = has & HAS.antenna ? String(columns.antenna[row]) : '-';
  const rssi = has & HAS.rssi ? `${((columns.rssi[row] ?? 0) / 100).toFixed(1)} dBm` : '-';
  const time = new Date().toISOString().slice(11, 23);
  const hex = Buffer.from(epc).toString('hex');
  const phase = phaseOf(columns, row);
  const besides = [
    phase === undefined ? '' : `phase ${phase.toFixed(3)}`,
    has & HAS.doppler ? `doppler ${((columns.doppler[row] ?? 0) / 16).toFixed(1)} Hz` : '',
    has & HAS.tid ? `TID ${Buffer.from(tidOf(columns, row)).toString('hex')}` : '',
  ];
  const line = `${time}  antenna ${antenna.padEnd(3)}${rssi.padStart(10)}  ${hex.padEnd(EPC_COLUMN)}${identityOf(epc)}`;
  return [line, ...besides].filter(Boolean).join('  ');
}

/** Signals that end an inventory: what it put on the reader is taken away before the program goes. */
const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGPIPE'] as const;

/** Runs `act` with a signal that any of the endings aborts. */
async function interruptible<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  for (const name of ENDINGS) process.on(name, end);
  try {
    return await act(controller.signal);
  } finally {
    for (const name of ENDINGS) process.off(name, end);
  }
}

/** Waits for the time to pass, the person to have seen enough, or the link to end. */
async function wait(client: LlrpClient, ms: number, enough: AbortSignal): Promise<void> {
  const over = new AbortController();
  const lost = client.closed.then(({ message }) => {
    if (!over.signal.aborted) throw new LlrpError('CLOSED', message);
  });
  const signal = AbortSignal.any([enough, over.signal]);
  const passed = sleep(ms, undefined, { signal }).catch(() => undefined);
  try {
    await Promise.race([passed, lost]);
  } finally {
    over.abort();
  }
}

/** The reader refused to inventory: other programs' ROSpecs on it are the usual reason, and are named. */
async function whyNot(client: LlrpClient, error: unknown): Promise<unknown> {
  if (!(error instanceof LlrpError) || error.code !== 'STATUS') return error;
  const there = children(await client.request({ message: 'GET_ROSPECS' }), 'ROSpec');
  const others = there.map((one) => numberOf(one, 'ROSpecID')).filter((id) => id !== ROSPEC_ID);
  if (others.length === 0) return error;
  const hint = `other programs have ROSpecs on the reader (${others.join(', ')}); tagtrail reader set idle deletes them`;
  return new AppError('conflict', `${error.message}: ${hint}`);
}

/** The report's extensions that tell what is wanted. Throws AppError('invalid') where the reader's maker has none. */
async function extensions(client: LlrpClient, tell: Set<string>): Promise<Parameter[]> {
  if (tell.size === 0) return [];
  const { maker } = readerFacts(await readCapabilities(client));
  const strange = [...tell].filter((one) => !TELLS[maker]?.includes(one));
  if (strange.length > 0)
    throw new AppError('invalid', `a reader of ${maker} tells no ${strange.join(', ')}: leave that out of --tell`);
  const wanted = { phase: tell.has('phase'), doppler: tell.has('doppler'), tid: tell.has('tid') };
  if (maker === 'Zebra') return [zebraContent({ phase: wanted.phase })];
  await enableImpinjExtensions(client);
  return [impinjContent({ rssi: true, ...wanted })];
}

async function reads(client: LlrpClient, { ms, antennas, session, tell }: Plan, enough: AbortSignal): Promise<void> {
  const reportExtensions = await extensions(client, tell);
  const rospec = inventoryROSpec({ id: ROSPEC_ID, antennas, session, reportExtensions });
  const about = { ROSpecID: ROSPEC_ID };
  await client.request({ message: 'DELETE_ROSPEC', ...about }).catch(() => undefined); // of a run that broke off
  try {
    await client.request({ message: 'ADD_ROSPEC', parameters: [rospec] });
    await client.request({ message: 'ENABLE_ROSPEC', ...about });
    await client.request({ message: 'START_ROSPEC', ...about });
    await wait(client, ms, enough);
  } catch (error) {
    throw await whyNot(client, error);
  } finally {
    await client.request({ message: 'DELETE_ROSPEC', ...about }).catch(() => undefined);
  }
}

/** Prints reads as they come; a slow terminal or pipe holds the reader back. */
async function follow(values: LinkValues, plan: Plan, io: Io): Promise<number> {
  const tags = new Set<string>();
  const began = Date.now();
  let count = 0;
  await interruptible(async (enough) => {
    const onReport = (columns: TagColumns, _: Uint8Array, client: LlrpClient): void => {
      for (let row = 0; row < columns.count && !enough.aborted; row++) {
        count++;
        tags.add(Buffer.from(epcOf(columns, row)).toString('hex'));
        io.stdout.write(plan.json ? readLine(columns, row) : `${spoken(columns, row)}\n`);
      }
      if (!io.stdout.writableNeedDrain || enough.aborted) return;
      client.pause();
      if (io.stdout.listenerCount('drain') === 0) io.stdout.once('drain', () => client.resume());
    };
    const handlers: Handlers = { onReport, onKeepalive: ({ id }, client) => client.acknowledge(id) };
    await withReader(values, handlers, (client) => reads(client, plan, enough));
  });
  io.stderr.write(`${count} reads of ${tags.size} tags in ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
  return 0;
}

/** The TID of every tag in the field, by an access operation that any reader has. */
async function tids(values: LinkValues, plan: Plan, io: Io): Promise<number> {
  const about = { target: EVERY_TAG, antenna: plan.antennas[0] ?? 0, waitMs: plan.ms };
  const found = await interruptible((signal) =>
    withReader(values, {}, (client) => readTid(client, { ...about, signal })),
  );
  for (const { epc, antenna, results } of found) {
    const { result = 'no answer', words } = results.get(1) ?? {};
    const tid = words?.map((word) => word.toString(16).padStart(4, '0')).join('');
    const told = result === 'Success' ? { tid } : { error: result };
    io.stdout.write(
      plan.json
        ? `${JSON.stringify({ epc, antenna, ...told })}\n`
        : `${epc.padEnd(EPC_COLUMN)}${result === 'Success' ? (tid ?? '') : result}\n`,
    );
  }
  io.stderr.write(`${found.length} tags\n`);
  return 0;
}

/** `tagtrail reader inventory`. */
export async function inventory(args: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      ...LINK_OPTIONS,
      seconds: { type: 'string', default: String(SECONDS) },
      antennas: { type: 'string', default: '0' },
      session: { type: 'string', default: '0' },
      tid: { type: 'boolean', default: false },
      tell: { type: 'string', default: '' },
    },
  });
  const tell = new Set(values.tell.split(',').filter(Boolean));
  const unknown = [...tell].find((one) => !TELLS['Impinj']!.includes(one));
  if (unknown !== undefined) throw new UsageError(`--tell takes phase, doppler, tid, not "${unknown}"`);
  const seconds = decimal(values.seconds, '--seconds');
  if (seconds <= 0 || seconds > SECONDS_MAX) throw new UsageError(`--seconds is above 0, up to ${SECONDS_MAX}`);
  const plan: Plan = {
    ms: Math.round(seconds * 1000),
    antennas: values.antennas.split(',').map((one) => whole(one, '--antennas', 0, ANTENNA_MAX)),
    session: whole(values.session, '--session', 0, SESSION_MAX),
    json: values.json,
    tell,
  };
  if (values.tid && plan.antennas.length > 1) throw new UsageError('--tid takes one antenna, or all');
  return values.tid ? tids(values, plan, io) : follow(values, plan, io);
}
