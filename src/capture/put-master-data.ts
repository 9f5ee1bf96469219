// One element of the master data, written by itself. It goes the way of captures: behind the lock of the tenant's log.
import { demand, type Principal } from '../access/policy.ts';
import { AppError } from '../error.ts';
import { beginLog, lockHead } from '../store/log-head.ts';
import {
  deleteMasterData,
  type MasterDataElement,
  type MasterDataVersion,
  masterDataVersions,
  putMasterData,
} from '../store/master-data.ts';
import type { Queries, Store } from '../store/open.ts';
import { unstorable } from './check.ts';

type Name = Pick<MasterDataElement, 'type' | 'key'>;

/** What an element may be for the write to happen: tells of the newest version, undefined where there is none. */
export type Expectation = (standing: MasterDataVersion | undefined) => boolean;

interface Writing {
  store: Store;
  clock: () => number;
  principal: Principal;
  /** Whether the asker has seen what is to be replaced. */
  expects: Expectation;
}

/** What was there, and what is there now. */
export interface Written {
  before: MasterDataVersion | undefined;
  now: MasterDataVersion | undefined;
}

/** The newest version; undefined where there is none, or where it is a deletion. */
export async function standing(
  db: Queries,
  tenantId: string,
  name: Name,
  asOf?: number,
): Promise<MasterDataVersion | undefined> {
  const [newest] = await masterDataVersions(db, tenantId, name, { limit: 1, ...(asOf !== undefined && { asOf }) });
  return newest?.deleted ? undefined : newest;
}

async function recordTimeBehindLock(tx: Queries, tenantId: string, now: number): Promise<number> {
  for (;;) {
    const head = await lockHead(tx, tenantId);
    if (head) return Math.max(now, head.recordTime + 1);
    await beginLog(tx, tenantId);
  }
}

/** Undefined where what is there is not what was expected: then nothing is changed. */
function write(
  { store, clock, principal, expects }: Writing,
  name: Name,
  change: (tx: Queries, recordTime: number) => Promise<void>,
): Promise<Written | undefined> {
  const { tenantId } = principal;
  demand(principal, 'capture');
  return store.of(tenantId).transaction(async (tx) => {
    const recordTime = await recordTimeBehindLock(tx, tenantId, clock());
    const before = await standing(tx, tenantId, name);
    if (!expects(before)) return undefined;
    await change(tx, recordTime);
    return { before, now: await standing(tx, tenantId, name) };
  });
}

/**
 * Replaces an element, or makes it; the same again makes no version. Throws AppError `forbidden`, and `invalid` for
 * characters that no database keeps.
 */
export function putElement(writing: Writing, element: MasterDataElement): Promise<Written | undefined> {
  const [fault] = unstorable([element.id, element.attributes, element.children]);
  if (fault) throw new AppError('invalid', fault.message, { errors: [fault] });
  const { tenantId, keyId } = writing.principal;
  return write(writing, element, (tx, recordTime) => putMasterData(tx, tenantId, { keyId }, [element], recordTime));
}

/** Removes an element; its versions stay, and the deletion is one of them. Throws AppError `forbidden`. */
export function removeElement(writing: Writing, name: Name): Promise<Written | undefined> {
  const { tenantId, keyId } = writing.principal;
  return write(writing, name, (tx, recordTime) => deleteMasterData(tx, tenantId, name, keyId, recordTime));
}
