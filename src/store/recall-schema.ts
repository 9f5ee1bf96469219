// The tables of recall cases (docs/recall.md). What happened in a case is its steps, appended and never changed; the
// other tables are what has to be found by something else than the case.
import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { bytea, keyCheck, milliseconds, sequenceNumber } from './column.ts';

/** A case and the end of its steps; locked by whoever appends one. */
export const recallCase = pgTable(
  'recall_case',
  {
    tenantId: uuid('tenant_id').notNull(),
    caseId: uuid('case_id').notNull(),
    drill: boolean('drill').notNull(),
    openedAt: milliseconds('opened_at').notNull(),
    /** Null while it is open. */
    closedAt: milliseconds('closed_at'),
    /** How many steps it has, and the digest of the last one. */
    steps: integer('steps').notNull(),
    digest: bytea('digest').notNull(),
    /** The newest version of its scope, and what was known then; 0 before the first. */
    scope: integer('scope').notNull().default(0),
    asOf: milliseconds('as_of').notNull().default(0),
    /** What a list of cases shows. */
    summary: jsonb('summary').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.caseId] }),
    index('recall_case_opened').on(t.tenantId, t.openedAt, t.caseId),
    check('recall_case_digest_length', sql`octet_length(digest) = 32`),
  ],
);

const ofCase = (t: Record<'tenantId' | 'caseId', AnyPgColumn>) =>
  foreignKey({ columns: [t.tenantId, t.caseId], foreignColumns: [recallCase.tenantId, recallCase.caseId] });

/** Everything that was done in a case: appended, never changed (wall.ts), each holding the digest of the one before. */
export const recallStep = pgTable(
  'recall_step',
  {
    tenantId: uuid('tenant_id').notNull(),
    caseId: uuid('case_id').notNull(),
    /** From 1. */
    step: integer('step').notNull(),
    at: milliseconds('at').notNull(),
    kind: text('kind').notNull(),
    /** The step as canonical JSON, of which `digest` is. */
    body: text('body').notNull(),
    digest: bytea('digest').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.caseId, t.step] }),
    ofCase(t),
    check('recall_step_digest_length', sql`octet_length(digest) = 32`),
  ],
);

/** Who has read a case, and what: appended, never changed (wall.ts). What was seen is the case as of `steps`. */
export const recallLook = pgTable(
  'recall_look',
  {
    tenantId: uuid('tenant_id').notNull(),
    caseId: uuid('case_id').notNull(),
    at: milliseconds('at').notNull(),
    lookId: uuid('look_id').notNull(),
    keyId: text('key_id').notNull(),
    role: text('role').notNull(),
    /** Path and query below the case. */
    what: text('what').notNull(),
    steps: integer('steps').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.caseId, t.at, t.lookId] }), ofCase(t)],
);

/** What a scope listed, by versions: a row holds from the version `since` until, not with, `until`. */
export const recallEntry = pgTable(
  'recall_entry',
  {
    tenantId: uuid('tenant_id').notNull(),
    caseId: uuid('case_id').notNull(),
    key: bytea('key').notNull(),
    since: integer('since').notNull(),
    until: integer('until'),
    id: text('id').notNull(),
    /** root, goods, carrier. */
    role: text('role').notNull(),
    kind: text('kind').notNull(),
    confidence: text('confidence').notNull(),
    state: text('state'),
    /** What made it begin and end: eventIDs. */
    cause: jsonb('cause').notNull(),
    endCause: jsonb('end_cause'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.caseId, t.key, t.since] }),
    ofCase(t),
    check('recall_entry_key_known', keyCheck('key')),
  ],
);

/** What persons decided about an identifier of a case, and whether it is on hold. */
export const recallItem = pgTable(
  'recall_item',
  {
    tenantId: uuid('tenant_id').notNull(),
    caseId: uuid('case_id').notNull(),
    key: bytea('key').notNull(),
    id: text('id').notNull(),
    /** What last decided it, where a person did: in, out. */
    decision: text('decision'),
    /** The step of the decision, and whose key it was. */
    decidedStep: integer('decided_step'),
    decidedBy: text('decided_by'),
    /** The step that put it on hold, and the one that released it. */
    heldStep: integer('held_step').notNull(),
    releasedStep: integer('released_step'),
    /** On hold for gates: not released, and no drill. */
    held: boolean('held').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.caseId, t.key] }),
    ofCase(t),
    index('recall_item_key').on(t.tenantId, t.key),
    check('recall_item_key_known', keyCheck('key')),
    check('recall_item_decision_known', sql`decision in ('in', 'out')`),
  ],
);

/** Captures of what is on hold, numbered from 1 without gaps. */
export const recallAlert = pgTable(
  'recall_alert',
  {
    tenantId: uuid('tenant_id').notNull(),
    number: bigint('number', { mode: 'number' }).notNull(),
    caseId: uuid('case_id').notNull(),
    key: bytea('key').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    raisedAt: milliseconds('raised_at').notNull(),
    /** id, eventID, kind, place and times. */
    body: jsonb('body').notNull(),
    /** at, by, note. */
    acknowledged: jsonb('acknowledged'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.number] }),
    ofCase(t),
    uniqueIndex('recall_alert_once').on(t.tenantId, t.caseId, t.sequence, t.key),
  ],
);

/** How far a tenant's log has been held against what is on hold. */
export const recallWatch = pgTable('recall_watch', {
  tenantId: uuid('tenant_id').primaryKey(),
  progress: sequenceNumber('progress').notNull(),
  /** Number of the newest alert. */
  alerts: bigint('alerts', { mode: 'number' }).notNull().default(0),
  /** Size of the log when all scopes were last taken anew. */
  scoped: sequenceNumber('scoped').notNull(),
  /** False: nothing is on hold. */
  active: boolean('active').notNull(),
});

/** Links by which a consignee answers without an account. */
export const recallLink = pgTable(
  'recall_link',
  {
    tenantId: uuid('tenant_id').notNull(),
    linkId: text('link_id').notNull(),
    caseId: uuid('case_id').notNull(),
    consignee: text('consignee').notNull(),
    hash: bytea('hash').notNull(),
    createdAt: milliseconds('created_at').notNull(),
    expiresAt: milliseconds('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.linkId] }),
    ofCase(t),
    check('recall_link_hash_length', sql`octet_length(hash) = 32`),
  ],
);
