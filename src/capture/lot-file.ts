// Uploads of makers' lots: received in pieces that stay when the line is cut, and read behind that (lot-read.ts).
import { demand, type Principal } from '../access/policy.ts';
import { AppError } from '../error.ts';
import { LOT_LIMITS, type LotForm, type LotProblem, type LotSource } from '../epcis/lot-file/index.ts';
import type { Behaviour } from '../store/capture-job.ts';
import { LotFiles, type LotFileRecord } from '../store/lot-file.ts';
import type { Queries, Store } from '../store/open.ts';
import { newCaptureId } from './job.ts';
import type { KeptWarning } from './warnings.ts';

/** How a file is to be read. The same Idempotency-Key with other options is another upload, and refused. */
export interface LotOptions {
  /** Its name, for people. */
  name?: string;
  /** Check and tell, store nothing. */
  dryRun: boolean;
  /** proceed: good rows are stored, bad ones returned; rollback: all or nothing. */
  behaviour: Behaviour;
  /** Column → header, where the headers are not understood by themselves. */
  mapping: Record<string, string>;
  /** Of times without an offset: a name such as Asia/Shanghai, an offset, or Z. */
  timeZone: string;
  encoding?: Extract<LotForm, { form: 'csv' }>['encoding'];
  sheet?: string;
}

/** How far a file is read. */
export interface LotProgress {
  form?: LotForm;
  headers?: string[];
  /** Column → position from 0. */
  columns?: Record<string, number>;
  unknownColumns?: string[];
  /** The row up to which everything is settled. */
  row: number;
  rows: number;
  bad: number;
  problems: number;
  accepted: number;
  duplicate: number;
  /** Rows whose events have warnings, and those of the first such rows. */
  warned?: number;
  warnings?: ({ row: number } & KeptWarning)[];
  /** Of a dry run that a limit stopped: from this row on no warnings were looked for. */
  warningsUpTo?: number;
  /** Of all-or-nothing: all rows are good, and are being stored. */
  checked?: boolean;
  /** Why it failed, or stopped. */
  failure?: string;
}

export type LotFile = LotFileRecord<LotOptions, LotProgress>;

/** Bytes of a piece in the database. */
const PIECE_BYTES = 256 * 1024;
/** Uploads of a tenant whose bytes are not all there yet. */
const RECEIVING_MAX = 20;
/** An upload and its refused rows are kept so long. */
const KEPT_MS = 30 * 24 * 3600 * 1000;
/** Whoever receives or reads tells so often that he is there; after that time anybody may go on. */
export const LEASE_MS = 30_000;

const START: LotProgress = { row: 0, rows: 0, bad: 0, problems: 0, accepted: 0, duplicate: 0 };

export const lotFiles = (db: Queries, tenantId: string): LotFiles<LotOptions, LotProgress, LotProblem> =>
  new LotFiles(db, tenantId);

/** What uploading needs of the platform. */
export interface LotPlatform {
  store: Store;
  /** Milliseconds since 1970. */
  clock: () => number;
}

const sameOptions = (a: LotOptions, b: LotOptions): boolean => {
  const sorted = (value: LotOptions): string =>
    JSON.stringify(Object.entries(value).toSorted(([x], [y]) => (x < y ? -1 : 1)));
  return sorted(a) === sorted(b);
};

/**
 * Begins an upload, or finds the one that this Idempotency-Key has begun. Throws AppError `forbidden`; `conflict` where
 * the key began one with other options; `too_large` where too many are under way.
 */
export async function beginLotFile(
  { store, clock }: LotPlatform,
  principal: Principal,
  options: LotOptions,
  idempotencyKey?: string,
): Promise<{ file: LotFile; isNew: boolean }> {
  demand(principal, 'capture');
  const files = lotFiles(store, principal.tenantId);
  const now = clock();
  for (const old of await files.createdBefore(now - KEPT_MS, now)) await files.remove(old, now);
  const there = idempotencyKey === undefined ? undefined : await files.byIdempotencyKey(idempotencyKey);
  if (there) return { file: known(there, options), isNew: false };
  const { keyId } = principal;
  const key = idempotencyKey === undefined ? {} : { idempotencyKey };
  const made = { lotFileId: newCaptureId(now), keyId, ...key, options, progress: START };
  const file = await files.insert(made, now, RECEIVING_MAX);
  if (file) return { file, isNew: true };
  const other = idempotencyKey === undefined ? undefined : await files.byIdempotencyKey(idempotencyKey);
  if (other) return { file: known(other, options), isNew: false };
  throw new AppError('too_large', `${RECEIVING_MAX} uploads wait for the rest of their bytes: finish or delete one.`, {
    rule: 'CaptureLimitExceededException',
    uploadsMax: RECEIVING_MAX,
  });
}

function known(file: LotFile, options: LotOptions): LotFile {
  if (sameOptions(file.options, options)) return file;
  throw new AppError('conflict', 'This Idempotency-Key began an upload with other options; take another one.');
}

const misplaced = (file: LotFile, position: number): AppError =>
  new AppError('conflict', `The upload has ${file.bytes} bytes, ${position} was named; go on from there.`, {
    position: file.bytes,
  });

/** The upload, kept for the caller alone. Throws `not_found`, and `conflict` while somebody else has it. */
async function leased({ store, clock }: LotPlatform, tenantId: string, lotFileId: string): Promise<LotFile> {
  const files = lotFiles(store, tenantId);
  const now = clock();
  const file = (await files.byId(lotFileId)) && (await files.lease(lotFileId, now, now + LEASE_MS));
  if (file) return file;
  if (!(await files.byId(lotFileId))) throw noLotFile(lotFileId);
  throw new AppError('conflict', 'The upload is being received or read just now; ask how far it is.');
}

export const noLotFile = (id: string): AppError => new AppError('not_found', `There is no upload ${id.slice(0, 100)}.`);

/** Writes pieces of one size as bytes come; what came before a cut is kept. */
class Receiver {
  readonly #files: LotFiles<LotOptions, LotProgress, LotProblem>;
  readonly #id: string;
  readonly #clock: () => number;
  readonly #piece = Buffer.alloc(PIECE_BYTES);
  #bytes: number;
  #filled = 0;

  constructor(platform: LotPlatform, tenantId: string, file: LotFile) {
    this.#files = lotFiles(platform.store, tenantId);
    this.#id = file.lotFileId;
    this.#clock = platform.clock;
    this.#bytes = file.bytes;
  }

  /** The piece that the last cut left unfinished. */
  async begin(): Promise<void> {
    this.#filled = this.#bytes % PIECE_BYTES;
    if (this.#filled > 0) this.#piece.set(await this.#files.piece(this.#id, Math.floor(this.#bytes / PIECE_BYTES)));
  }

  async take(chunk: Uint8Array): Promise<void> {
    if (this.#bytes + chunk.length > LOT_LIMITS.bytesMax) {
      throw new AppError('too_large', `A file of lots has at most ${LOT_LIMITS.bytesMax} bytes.`, {
        rule: 'CaptureLimitExceededException',
        bytesMax: LOT_LIMITS.bytesMax,
      });
    }
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + PIECE_BYTES - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      this.#bytes += part.length;
      at += part.length;
      if (this.#filled === PIECE_BYTES) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (this.#filled > 0) {
      const index = Math.floor((this.#bytes - this.#filled) / PIECE_BYTES);
      await this.#files.putPiece(this.#id, index, this.#piece.subarray(0, this.#filled));
      if (this.#filled === PIECE_BYTES) this.#filled = 0;
    }
    await this.#files.grow(this.#id, this.#bytes, this.#clock() + LEASE_MS);
  }
}

/**
 * Takes bytes of an upload from `position` on; with `isLast` it is then ready to be read. When the line is cut, what came
 * stays, and the upload can be gone on with. Throws `not_found`, `too_large`, and `conflict` where the position is not
 * its end.
 */
export async function receiveLotFile(
  platform: LotPlatform,
  principal: Principal,
  lotFileId: string,
  { bytes, position, isLast }: { bytes: AsyncIterable<Uint8Array>; position: number; isLast: boolean },
): Promise<LotFile> {
  const { tenantId } = principal;
  const file = await leased(platform, tenantId, lotFileId);
  const files = lotFiles(platform.store, tenantId);
  let state = file.state;
  try {
    if (position !== file.bytes) throw misplaced(file, position);
    if (state === 'receiving') {
      const receiver = new Receiver(platform, tenantId, file);
      await receiver.begin();
      try {
        for await (const chunk of bytes) await receiver.take(chunk);
      } finally {
        await receiver.flush();
      }
      if (isLast) state = 'reading';
    }
  } finally {
    await files.update(lotFileId, { ...file, state, leaseUntil: 0 });
  }
  return (await files.byId(lotFileId))!;
}

/** The bytes of an upload that are all there. */
export function lotSource(db: Queries, tenantId: string, { lotFileId, bytes }: LotFile): LotSource {
  const files = lotFiles(db, tenantId);
  let last: { index: number; bytes: Uint8Array } | undefined;
  return {
    size: bytes,
    read: async (position, length) => {
      const index = Math.floor(position / PIECE_BYTES);
      if (last?.index !== index) last = { index, bytes: await files.piece(lotFileId, index) };
      const at = position % PIECE_BYTES;
      return last.bytes.subarray(at, at + length);
    },
  };
}
