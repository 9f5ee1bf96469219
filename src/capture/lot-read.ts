// Reads an upload of lots row by row and stores its events in batches. After each batch it is written down how far it is,
// so that another process can go on; what was stored twice over a crash is a duplicate by its hash.
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Principal } from '../access/policy.ts';
import { GS1_CONTEXT, Values } from '../epcis/index.ts';
import {
  type FileRow,
  LOT_LIMITS,
  type LotHeader,
  type LotProblem,
  type LotReading,
  openLotTable,
  readHeader,
  readRow,
  tellHeaderFault,
  zoneOf,
} from '../epcis/lot-file/index.ts';
import { AppError, messageOf } from '../error.ts';
import { keyOfUri, keyText } from '../gs1/index.ts';
import { variantsOf } from '../store/event.ts';
import type { PlacedEvent } from '../store/event-write.ts';
import { readHead } from '../store/log-head.ts';
import type { RefusedRow } from '../store/lot-file.ts';
import type { MasterDataElement } from '../store/master-data.ts';
import { type Checked, checkEvent, type Refused } from './check.ts';
import { newCaptureId } from './job.ts';
import { LEASE_MS, type LotFile, lotFiles, type LotPlatform, type LotProgress, lotSource } from './lot-file.ts';
import { queueOf } from './queue.ts';
import { type KeptWarning, UnstoredWarnings, warningsOfStored } from './warnings.ts';

/** Rows, identifiers and characters of one batch: a transaction each. */
const ROWS_PER_BATCH = 1_000;
const EPCS_PER_BATCH = 20_000;
const CHARACTERS_PER_BATCH = 4 * 1024 * 1024;
/** Rows read before others of the process have their turn. */
const ROWS_PER_TURN = 40;
/** Titles may stand above the header. */
const HEADER_ROWS_MAX = 10;
/** A database that is not there is tried again so often, each time after twice as long. */
const TRIES_MAX = 6;
const RETRY_MS = 250;

/** Warnings that are kept to be told, those of the first rows; the others are counted. */
const WARNINGS_KEPT_MAX = 20;
const NONE = { accepted: 0, duplicate: 0, rejected: 0 };

type RowWarning = { row: number } & KeptWarning;

const PRODUCT = 'urn:epcglobal:epcis:vtype:EPCClass';
const PRODUCT_NAME = 'urn:epcglobal:cbv:mda#descriptionShort';

/** No database keeps NUL or half of a surrogate pair. */
const legible = (cell: string | number): string | number =>
  typeof cell === 'number' ? cell : cell.replaceAll('\0', '\uFFFD').toWellFormed();

interface Batch {
  rows: FileRow[];
  characters: number;
}

/** One row, its event and what became of both. */
interface Settling {
  row: FileRow;
  checked?: Checked | Refused;
  product?: { id: string; name: string };
  problems: LotProblem[];
}

const isUnavailable = (error: unknown): boolean => error instanceof AppError && error.code === 'unavailable';

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error) || tries === TRIES_MAX) throw error;
      await sleep(RETRY_MS * 2 ** (tries - 1));
    }
  }
}

function settlingOf(row: FileRow, reading: LotReading, values: Values): Settling {
  const read = readRow(row.cells, reading);
  if ('problems' in read) return { row, problems: read.problems };
  const checked = checkEvent(read.event, values);
  const problems = 'findings' in checked ? checked.findings.map(({ message }) => eventProblem(message)) : [];
  return { row, checked, problems, ...(read.product && { product: read.product }) };
}

/** Rows that name what has too much around it are stored all the same, without a word about them. */
function noneOfTooMuch(error: unknown): Map<number, KeptWarning[]> {
  if (error instanceof AppError && error.code === 'too_large') return new Map();
  throw error;
}

const eventProblem = (message: string): LotProblem => ({ code: 'event', values: { message } });

const epcsOf = ({ checked }: Settling): number => (checked && 'row' in checked ? checked.row.fact.mentions.length : 0);

/** Reads one upload from where it is to its end. One for each run. */
class LotReader {
  readonly #platform: LotPlatform;
  readonly #principal: Principal;
  readonly #file: LotFile;
  #progress: LotProgress;
  /** Of a dry run. */
  #unstored: UnstoredWarnings | undefined;

  constructor(platform: LotPlatform, principal: Principal, file: LotFile) {
    this.#platform = platform;
    this.#principal = principal;
    this.#file = file;
    this.#progress = file.progress;
  }

  get progress(): LotProgress {
    return this.#progress;
  }

  get #files() {
    return lotFiles(this.#platform.store, this.#principal.tenantId);
  }

  /** All rows once; of all-or-nothing twice: first they are checked. */
  async run(): Promise<void> {
    const { dryRun, behaviour } = this.#file.options;
    const isWhole = behaviour === 'rollback' && !dryRun;
    if (!isWhole || !this.#progress.checked) await this.#pass(!dryRun && !isWhole);
    if (!isWhole || this.#progress.bad > 0) return;
    if (!this.#progress.checked) await this.#save({ ...this.#progress, checked: true, row: 0, rows: 0 });
    await this.#pass(true);
  }

  async #pass(stores: boolean): Promise<void> {
    const { options } = this.#file;
    const source = lotSource(this.#platform.store, this.#principal.tenantId, this.#file);
    const table = await openLotTable(source, {
      ...(options.encoding && { encoding: options.encoding }),
      ...(options.sheet !== undefined && { sheet: options.sheet }),
    });
    this.#progress = { ...this.#progress, form: table.form };
    const reading: Partial<LotReading> = {
      zone: zoneOf(options.timeZone) ?? (() => 0),
      is1904: table.form.form === 'xlsx' && table.form.is1904,
    };
    const begun = this.#progress.row;
    let rows = 0;
    let whole: LotReading | undefined;
    let batch: Batch = { rows: [], characters: 0 };
    for await (const row of this.#behindHeader(table.rows, (header, columns) => {
      whole = { ...reading, mapping: header.mapping, columns } as LotReading;
    })) {
      rows += 1;
      if (rows > LOT_LIMITS.rowsMax) throw tooManyRows();
      if (row.row <= begun) continue;
      const cells = row.cells.map(legible);
      batch.rows.push({ row: row.row, cells });
      batch.characters += cells.reduce<number>((sum, cell) => sum + String(cell).length, 0);
      if (batch.rows.length < ROWS_PER_BATCH && batch.characters < CHARACTERS_PER_BATCH) continue;
      await this.#settle(batch.rows, whole!, stores);
      batch = { rows: [], characters: 0 };
    }
    await this.#settle(batch.rows, whole!, stores);
  }

  /** The rows behind the first that is a header. */
  async *#behindHeader(
    rows: AsyncIterable<FileRow>,
    take: (header: LotHeader, columns: number) => void,
  ): AsyncGenerator<FileRow> {
    let fault: string | undefined;
    let seen = 0;
    let isBehind = false;
    for await (const row of rows) {
      if (isBehind) {
        yield row;
        continue;
      }
      const header = readHeader(row.cells, this.#file.options.mapping);
      fault ??= header.fault && tellHeaderFault(header.fault, 'en');
      seen += 1;
      if (!header.fault) {
        isBehind = true;
        const headers = row.cells.map((cell) => String(legible(cell)));
        const columns = Object.fromEntries(header.mapping);
        this.#progress = { ...this.#progress, headers, columns, unknownColumns: header.unknown.map(String) };
        take(header, headers.length);
      } else if (seen >= HEADER_ROWS_MAX) break;
    }
    if (!isBehind) throw new AppError('invalid', fault ?? 'The file has no rows.');
  }

  async #settle(rows: readonly FileRow[], reading: LotReading, stores: boolean): Promise<void> {
    const values = new Values(GS1_CONTEXT);
    let settling: Settling[] = [];
    let epcs = 0;
    for (const [i, row] of rows.entries()) {
      if (i % ROWS_PER_TURN === 0) await setImmediate();
      const one = settlingOf(row, reading, values);
      settling.push(one);
      epcs += epcsOf(one);
      if (epcs < EPCS_PER_BATCH) continue;
      await this.#flush(settling, stores);
      settling = [];
      epcs = 0;
    }
    if (settling.length > 0) await this.#flush(settling, stores);
  }

  async #flush(settling: readonly Settling[], stores: boolean): Promise<void> {
    const good = settling.filter(({ problems }) => problems.length === 0);
    const { counts, warned } = stores ? await this.#store(good) : { counts: NONE, warned: await this.#tryOut(good) };
    const bad: RefusedRow<LotProblem>[] = settling.flatMap(({ row, problems }) =>
      problems.length > 0 ? [{ ...row, problems }] : [],
    );
    const { progress } = this;
    // the second reading of all-or-nothing counts the same rows again
    await again(() => this.#files.putRows(this.#file.lotFileId, bad));
    await this.#save({
      ...progress,
      row: settling.at(-1)!.row.row,
      rows: progress.rows + settling.length,
      bad: progress.bad + bad.length,
      problems: progress.problems + bad.reduce((sum, { problems }) => sum + problems.length, 0),
      accepted: progress.accepted + counts.accepted,
      duplicate: progress.duplicate + counts.duplicate,
      warned: (progress.warned ?? 0) + warned.length,
      warnings: [...(progress.warnings ?? []), ...warned.flat()].slice(0, WARNINGS_KEPT_MAX),
    });
  }

  /** Stores the events of good rows; one that is refused by then is bad. The warnings of each row that has some. */
  async #store(good: readonly Settling[]): Promise<{ counts: typeof NONE; warned: RowWarning[][] }> {
    const { clock, store } = this.#platform;
    const counts = { ...NONE };
    if (good.length === 0) return { counts, warned: [] };
    const masterData = await this.#newProducts(good);
    const createdAt = clock();
    const { verdicts, placed } = await again(() =>
      queueOf(store).add(
        this.#principal.tenantId,
        {
          captureId: newCaptureId(createdAt),
          keyId: this.#principal.keyId,
          behaviour: 'proceed',
          createdAt,
          events: good.map(({ checked }) => checked!),
          masterData,
          findings: [],
        },
        clock,
      ),
    );
    for (const [i, { verdict, reasons = [] }] of verdicts.entries()) {
      counts[verdict] += 1;
      if (verdict === 'rejected') good[i]!.problems.push(eventProblem(reasons.join(' ')));
    }
    return { counts, warned: await this.#warningsOf(good, placed) };
  }

  async #warningsOf(good: readonly Settling[], placed: readonly PlacedEvent[]): Promise<RowWarning[][]> {
    const { store } = this.#platform;
    const warnings = await again(() => warningsOfStored(store, this.#principal.tenantId, placed)).catch(noneOfTooMuch);
    if (warnings.size === 0) return [];
    const rows = new Map(
      good.map(({ row, checked }) => [checked && 'row' in checked ? checked.row : undefined, row.row]),
    );
    return placed.flatMap(({ row, sequence }) => {
      const list = warnings.get(sequence);
      return list ? [list.map((warning) => ({ row: rows.get(row)!, ...warning }))] : [];
    });
  }

  /** Of a dry run: the warnings that each row would have, given the log and the rows before it. */
  async #tryOut(good: readonly Settling[]): Promise<RowWarning[][]> {
    if (!this.#file.options.dryRun || this.#progress.warningsUpTo !== undefined || good.length === 0) return [];
    const { store } = this.#platform;
    const { tenantId } = this.#principal;
    const rows = good.flatMap(({ row: { row }, checked }) =>
      checked && 'row' in checked ? [{ row, ...checked.row }] : [],
    );
    this.#unstored ??= new UnstoredWarnings(store, tenantId, (await again(() => readHead(store, tenantId))).size);
    const ids = rows.map(({ id }) => id);
    const stored = new Set((await again(() => variantsOf(store, tenantId, ids))).keys());
    const facts = rows.map(({ fact }) => fact);
    const look = this.#unstored.take(facts, stored);
    if (!look) this.#progress = { ...this.#progress, warningsUpTo: rows[0]!.row };
    const found = look ? await again(look).catch(noneOfTooMuch) : [];
    return [...found]
      .toSorted(([a], [b]) => a - b)
      .map(([at, list]) => list.map((warning) => ({ row: rows[at]!.row, ...warning })));
  }

  /** Names of products that have no master data yet. */
  async #newProducts(good: readonly Settling[]): Promise<MasterDataElement[]> {
    const named = new Map<string, MasterDataElement>();
    for (const { product } of good) {
      if (!product) continue;
      const { key } = keyOfUri(product.id);
      const attributes = [{ id: PRODUCT_NAME, attribute: product.name }];
      const element = { type: PRODUCT, key, id: product.id, attributes, children: [] };
      if (!named.has(keyText(key))) named.set(keyText(key), element);
    }
    if (named.size === 0) return [];
    const keys = [...named.values()].map(({ key }) => key);
    for (const key of await again(() => this.#files.known(PRODUCT, keys))) named.delete(keyText(key));
    return [...named.values()];
  }

  async #save(progress: LotProgress): Promise<void> {
    this.#progress = progress;
    const leaseUntil = this.#platform.clock() + LEASE_MS;
    await again(() =>
      this.#files.update(this.#file.lotFileId, { ...this.#file, state: 'reading', progress, leaseUntil }),
    );
  }
}

const tooManyRows = (): AppError =>
  new AppError('too_large', `A file of lots has at most ${LOT_LIMITS.rowsMax} rows; those before are settled.`);

/**
 * Reads an upload whose bytes are all there, from where an earlier run stopped. Resolves when it is finished or failed,
 * or when another process has it. While the database is away it stops, and can be told to go on. Never throws.
 */
export async function readLotFile(
  platform: LotPlatform,
  principal: Principal,
  lotFileId: string,
  log: (error: unknown) => void = () => {},
): Promise<void> {
  const { store, clock } = platform;
  const files = lotFiles(store, principal.tenantId);
  try {
    const now = clock();
    const file = await files.lease(lotFileId, now, now + LEASE_MS);
    if (!file) return;
    if (file.state !== 'reading') return await files.update(lotFileId, { ...file, leaseUntil: 0 });
    const reader = new LotReader(platform, principal, file);
    const failure = await reader.run().then(() => undefined, failureOf);
    if (failure?.isPause) return await files.update(lotFileId, { ...file, progress: reader.progress, leaseUntil: 0 });
    if (failure?.error) log(failure.error);
    const progress = { ...reader.progress, ...(failure && { failure: failure.text }) };
    const state = failure ? 'failed' : 'finished';
    await files.update(lotFileId, { ...file, state, progress, leaseUntil: 0, finishedAt: clock() });
    await files.dropPieces(lotFileId);
  } catch (error) {
    // the database is away: whoever asks next finds a lease that has run out, and goes on
    log(error);
  }
}

function failureOf(error: unknown): { text: string; isPause?: true; error?: unknown } {
  if (isUnavailable(error)) return { text: messageOf(error), isPause: true };
  const told = error instanceof AppError && (error.code === 'invalid' || error.code === 'too_large');
  return told ? { text: error.message } : { text: 'The server failed; it is logged.', error };
}
