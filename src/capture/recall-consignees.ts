// Who received goods of a recall case, computed from the record as it was known at the newest version of the scope (C5).
import { AppError } from '../error.ts';
import { consigneesOf, partiesOf } from '../rules/index.ts';
import { caseOf, type CaseFile, type Contact } from '../rules/recall-case.ts';
import { factsOf } from '../store/facts.ts';
import type { Queries } from '../store/open.ts';
import { appendStep, type CaseHead, findCase, lockCase, stepsOf } from '../store/recall.ts';
import { attributesOf, type PartyAttribute, partyListsOf } from '../store/recall-party.ts';
import { type CaseEntry, type EntryList, listEntries } from '../store/recall-scope.ts';
import { journalOf } from '../trace/index.ts';
import type { ScopePlatform, Taker } from './recall-scope.ts';

/** Entries that are read at a time. */
const ENTRIES_A_TIME = 5_000;

/** All entries of a list, in the order of keys. */
export async function allEntries(db: Queries, head: CaseHead, list: EntryList): Promise<CaseEntry[]> {
  const all: CaseEntry[] = [];
  for (let after: string | undefined; ;) {
    const { entries, next } = await listEntries(db, head, list, ENTRIES_A_TIME, after);
    for (const entry of entries) all.push(entry);
    if (next === undefined) return all;
    after = next;
  }
}

/** Attributes of master data that tell how a party is reached, the best first: by the end of their names. */
const CHANNELS: readonly [channel: string, name: RegExp][] = [
  ['email', /(?:e-?mail|electronicmail\w*)$/i],
  ['telephone', /(?:telephone\w*|phone\w*)$/i],
  ['post', /(?:streetAddress\w*|postalAddress)$/i],
];
const NAME = /[#:/]name$/i;

const textOf = (attributes: readonly PartyAttribute[], name: RegExp): string | undefined => {
  const found = attributes.find(
    ({ id, attribute }) => name.test(id) && typeof attribute === 'string' && attribute !== '',
  );
  return found?.attribute as string | undefined;
};

function contactIn(attributes: readonly PartyAttribute[]): Partial<Contact> {
  const name = textOf(attributes, NAME);
  for (const [channel, pattern] of CHANNELS) {
    const address = textOf(attributes, pattern);
    if (address !== undefined) return { ...(name !== undefined && { name }), channel, address };
  }
  return name === undefined ? {} : { name };
}

const isUri = (party: string): boolean => /^(urn:|https?:)/.test(party) && !party.includes('#');

/** Names and contacts that master data has of parties. */
export async function knownContacts(
  db: Queries,
  tenantId: string,
  parties: readonly string[],
): Promise<Map<string, Partial<Contact>>> {
  const attributes = await attributesOf(db, tenantId, parties.filter(isUri));
  return new Map([...attributes].map(([party, list]) => [party, contactIn(list)]));
}

async function computed(db: Queries, head: CaseHead, { opened }: CaseFile): Promise<object> {
  const { tenantId, asOf, scope } = head;
  const entries = await allEntries(db, head, 'all');
  const ids = entries.flatMap(({ id, role, listed, decision }) =>
    listed && role !== 'carrier' && decision !== 'out' ? [id] : [],
  );
  const journal = await journalOf(factsOf(db, tenantId, asOf), ids);
  const lists = await partyListsOf(
    db,
    tenantId,
    journal.map(({ eventID }) => eventID),
  );
  const parties = new Map([...lists].map(([eventID, event]) => [eventID, partiesOf(event)]));
  const found = consigneesOf({ journal, parties, us: opened.us });
  return { ...found, scope, asOf: new Date(asOf).toISOString() };
}

/**
 * Computes the consignees of a case anew and records them; resolves the case's new head. Throws AppError `not_found`,
 * `conflict` for a closed case or one whose scope was never taken, and as a trace does.
 */
export async function takeConsignees(
  { store, clock }: ScopePlatform,
  tenantId: string,
  caseId: string,
  by: Taker,
): Promise<CaseHead> {
  const head = await findCase(store, tenantId, caseId);
  if (!head) throw new AppError('not_found', `There is no recall case ${caseId.slice(0, 200)}.`);
  if (head.scope === 0) throw new AppError('conflict', 'The scope of the case was never taken; take it first.');
  const data = await computed(store, head, caseOf(await stepsOf(store, head)));
  return store.of(tenantId).transaction(async (tx) => {
    const locked = await lockCase(tx, tenantId, caseId);
    if (!locked || locked.closedAt !== undefined)
      throw new AppError('conflict', 'The case is closed; reopen it first.');
    const step = { at: clock(), kind: 'consignees', by, data: data as Record<string, unknown> };
    return appendStep(tx, locked, step);
  });
}

/** The same where the scope went on or a person decided since they were computed; else nothing is done. */
export async function freshConsignees(
  platform: ScopePlatform,
  tenantId: string,
  caseId: string,
  by: Taker,
): Promise<void> {
  const head = await findCase(platform.store, tenantId, caseId);
  if (!head || head.scope === 0 || head.closedAt !== undefined) return;
  const { consignees, isStale } = caseOf(await stepsOf(platform.store, head));
  if (isStale || (consignees?.scope ?? 0) < head.scope) await takeConsignees(platform, tenantId, caseId, by);
}
