// The tables. tenant_id leads every key, so that the schema can be distributed by it; a key is looked up by its own id.
// Times are milliseconds since 1970, exact and the same number in every driver; the event's own text is in its body.
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { TERM_HEAD_BYTES } from '../epcis/index.ts';
import { bytea, keyCheck, milliseconds, sequenceNumber } from './column.ts';
import { INDEX_ROLES } from './mention.ts';

export * from './recall-schema.ts';

/** One row a tenant, locked by whoever appends: its order is the order of commits, without gaps. */
export const logHead = pgTable('log_head', {
  tenantId: uuid('tenant_id').primaryKey(),
  size: sequenceNumber('size').notNull().default(0),
  recordTime: milliseconds('record_time').notNull().default(0),
});

export const event = pgTable(
  'event',
  {
    tenantId: uuid('tenant_id').notNull(),
    /** From 1; the position in the tenant's log. */
    sequence: sequenceNumber('sequence').notNull(),
    /** Packed by event-id.ts. */
    eventId: bytea('event_id').notNull(),
    /** Empty for the event that stands under its eventID; 01 + digest for a declaration; 02 + hash for a refused one. */
    variant: bytea('variant').notNull(),
    hash: bytea('hash').notNull(),
    /** Leaf hash in the tenant's Merkle log, by src/tlog/leaf.ts. */
    leaf: bytea('leaf').notNull(),
    type: text('type').notNull(),
    action: text('action'),
    eventTime: milliseconds('event_time').notNull(),
    recordTime: milliseconds('record_time').notNull(),
    bizStep: text('biz_step'),
    disposition: text('disposition'),
    readPoint: text('read_point'),
    bizLocation: text('biz_location'),
    readPointKey: bytea('read_point_key'),
    bizLocationKey: bytea('biz_location_key'),
    transformationId: text('transformation_id'),
    /** Hash of type, action, bizStep and disposition together: those that there are stand in `known` (event-words.ts). */
    words: bigint('words', { mode: 'number' })
      .notNull()
      .generatedAlwaysAs(
        sql`hashtextextended(type || ' ' || coalesce(action, '') || ' ' || coalesce(biz_step, '') || ' ' || coalesce(disposition, ''), 0)`,
      ),
    declaration: jsonb('declaration'),
    /** What the trace reads: every identifier with role, prefix length and quantity, packed by mention.ts. */
    mentions: bytea('mentions').notNull(),
    captureId: uuid('capture_id').notNull(),
    body: jsonb('body').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.sequence] }),
    uniqueIndex('event_id_variant').on(t.tenantId, t.eventId, t.variant),
    // Declarations and refused events: few, and looked for beside every event that a trace reads.
    index('event_other')
      .on(t.tenantId, t.eventId)
      .where(sql`variant <> ''::bytea`),
    index('event_time').on(t.tenantId, t.eventTime, t.sequence),
    // Captured before they happened, or long after: all others are found by where the log was at their time. What queries
    // mostly ask for stands in the index itself.
    index('event_odd_time')
      .on(t.tenantId, t.eventTime, t.sequence, t.words, t.readPointKey, t.bizLocationKey)
      .where(sql`event_time > record_time or event_time < record_time - 129600000`),
    index('event_words').on(t.tenantId, t.words, t.sequence),
    index('event_read_point').on(t.tenantId, t.readPointKey, t.sequence),
    index('event_biz_location').on(t.tenantId, t.bizLocationKey, t.sequence),
    index('event_transformation')
      .on(t.tenantId, t.transformationId)
      .where(sql`transformation_id is not null`),
    index('event_declaration')
      .on(t.tenantId, t.sequence)
      .where(sql`declaration is not null`),
    check('event_hash_length', sql`octet_length(hash) = 32`),
    check('event_leaf_length', sql`octet_length(leaf) = 32`),
    check(
      'event_variant_known',
      sql`octet_length(variant) = 0 or (octet_length(variant) = 33 and get_byte(variant, 0) in (1, 2))`,
    ),
    check('event_read_point_known', keyCheck('read_point_key')),
    check('event_biz_location_known', keyCheck('biz_location_key')),
    check('event_id_known', sql`octet_length(event_id) between 2 and 1100 and get_byte(event_id, 0) in (1, 2, 240)`),
  ],
);

/**
 * Events of a document that is still being read, chunk by chunk: nobody sees them before all of it is moved into the log
 * at once (stage.ts). UNLOGGED: the document is sent again after a crash of the server, and its job fails.
 */
export const stagedEvent = pgTable(
  'staged_event',
  {
    tenantId: uuid('tenant_id').notNull(),
    captureId: uuid('capture_id').notNull(),
    /** From 1; what is found to be stored already is taken out, and the others keep theirs. */
    position: sequenceNumber('position').notNull(),
    eventId: bytea('event_id').notNull(),
    variant: bytea('variant').notNull(),
    hash: bytea('hash').notNull(),
    /** The leaf's lines behind its place. */
    leafTail: text('leaf_tail').notNull(),
    type: text('type').notNull(),
    action: text('action'),
    eventTime: milliseconds('event_time').notNull(),
    bizStep: text('biz_step'),
    disposition: text('disposition'),
    readPoint: text('read_point'),
    bizLocation: text('biz_location'),
    readPointKey: bytea('read_point_key'),
    bizLocationKey: bytea('biz_location_key'),
    transformationId: text('transformation_id'),
    declaration: jsonb('declaration'),
    mentions: bytea('mentions').notNull(),
    body: jsonb('body').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.captureId, t.position] }),
    index('staged_event_id').on(t.tenantId, t.captureId, t.eventId, t.variant, t.position),
  ],
);

export const stagedMention = pgTable(
  'staged_mention',
  {
    tenantId: uuid('tenant_id').notNull(),
    captureId: uuid('capture_id').notNull(),
    position: sequenceNumber('position').notNull(),
    key: bytea('key').notNull(),
    role: smallint('role').notNull(),
    gcpLength: smallint('gcp_length').notNull(),
  },
  (t) => [index('staged_mention_position').on(t.tenantId, t.captureId, t.position)],
);

/** Which event names which identifier: the way from a key to its events, and nothing else. */
export const mention = pgTable(
  'mention',
  {
    tenantId: uuid('tenant_id').notNull(),
    key: bytea('key').notNull(),
    sequence: sequenceNumber('sequence').notNull(),
    /** Position in ROLES of mention.ts. */
    role: smallint('role').notNull(),
    gcpLength: smallint('gcp_length').notNull(),
    /** Of a term what all of its name begin with (src/epcis/term.ts). */
    termName: bytea('term_name').generatedAlwaysAs(
      sql.raw(`case when role = ${INDEX_ROLES.term} then substring(key from 1 for ${TERM_HEAD_BYTES}) end`),
    ),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.key, t.sequence, t.role] }),
    // the terms of a name in the order of the log, with their values
    index('mention_term')
      .on(t.tenantId, t.termName, t.sequence, t.key)
      .where(sql`term_name is not null`),
    check('mention_key_known', keyCheck('key')),
  ],
);

/** Values that events have had, for the lists of known values. */
export const known = pgTable(
  'known',
  {
    tenantId: uuid('tenant_id').notNull(),
    field: text('field').notNull(),
    value: text('value').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.field, t.value] })],
);

export const captureJob = pgTable(
  'capture_job',
  {
    tenantId: uuid('tenant_id').notNull(),
    captureId: uuid('capture_id').notNull(),
    keyId: text('key_id').notNull(),
    running: boolean('running').notNull(),
    success: boolean('success').notNull(),
    behaviour: text('behaviour').notNull(),
    createdAt: milliseconds('created_at').notNull(),
    finishedAt: milliseconds('finished_at'),
    eventCount: bigint('event_count', { mode: 'number' }).notNull(),
    /** Stored events of this job: a run of sequence numbers in the document's order. */
    firstSequence: sequenceNumber('first_sequence'),
    storedCount: bigint('stored_count', { mode: 'number' }).notNull().default(0),
    errors: jsonb('errors').notNull(),
    /** Verdicts of the events that were not stored; the others are accepted. */
    exceptions: jsonb('exceptions').notNull(),
    /** When the process that works on it last said so; null once it is finished, or when it was never seen running. */
    aliveAt: milliseconds('alive_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.captureId] }),
    index('capture_job_created').on(t.tenantId, t.createdAt, t.captureId),
  ],
);

/** Looked up by its own id, before any tenant is known. */
export const apiKey = pgTable(
  'api_key',
  {
    keyId: text('key_id').primaryKey(),
    tenantId: uuid('tenant_id').notNull(),
    role: text('role').notNull(),
    hash: bytea('hash').notNull(),
    createdAt: milliseconds('created_at').notNull(),
    revokedAt: milliseconds('revoked_at'),
  },
  (t) => [index('api_key_tenant').on(t.tenantId, t.keyId), check('api_key_hash_length', sql`octet_length(hash) = 32`)],
);

/** The newest master data of each vocabulary element; a deleted one is not here. */
export const masterData = pgTable(
  'master_data',
  {
    tenantId: uuid('tenant_id').notNull(),
    type: text('type').notNull(),
    key: bytea('key').notNull(),
    id: text('id').notNull(),
    attributes: jsonb('attributes').notNull(),
    children: jsonb('children').notNull(),
    recordTime: milliseconds('record_time').notNull(),
    /** Absent for one that was put by itself. */
    captureId: uuid('capture_id'),
    version: bigint('version', { mode: 'number' }).notNull().default(1),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.type, t.key] }), check('master_data_key_known', keyCheck('key'))],
);

/** Every version that an element has had, from 1; a deletion is one too. */
export const masterDataVersion = pgTable(
  'master_data_version',
  {
    tenantId: uuid('tenant_id').notNull(),
    type: text('type').notNull(),
    key: bytea('key').notNull(),
    version: bigint('version', { mode: 'number' }).notNull(),
    id: text('id').notNull(),
    attributes: jsonb('attributes').notNull(),
    children: jsonb('children').notNull(),
    deleted: boolean('deleted').notNull().default(false),
    recordTime: milliseconds('record_time').notNull(),
    /** Absent for versions from before they were kept. */
    keyId: text('key_id'),
    /** The capture whose header brought it; absent for one that was put by itself. */
    captureId: uuid('capture_id'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.type, t.key, t.version] }),
    check('master_data_version_key_known', keyCheck('key')),
  ],
);

/** Uploads of makers' lots: how far each is received and read. */
export const lotFile = pgTable(
  'lot_file',
  {
    tenantId: uuid('tenant_id').notNull(),
    lotFileId: uuid('lot_file_id').notNull(),
    keyId: text('key_id').notNull(),
    /** Of the request that began it; the same again is the same upload. */
    idempotencyKey: text('idempotency_key'),
    /** As capture/lot-job.ts has them: name, behaviour, mapping, zone … */
    options: jsonb('options').notNull(),
    state: text('state').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull().default(0),
    /** What was found out by reading: form, encoding, header, counts. */
    progress: jsonb('progress').notNull(),
    /** Whoever reads it has it until then. */
    leaseUntil: milliseconds('lease_until').notNull().default(0),
    createdAt: milliseconds('created_at').notNull(),
    finishedAt: milliseconds('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.lotFileId] }),
    index('lot_file_created').on(t.tenantId, t.createdAt, t.lotFileId),
    uniqueIndex('lot_file_idempotency')
      .on(t.tenantId, t.idempotencyKey)
      .where(sql`idempotency_key is not null`),
  ],
);

/** Bytes of an upload until it is read to its end; all pieces but the last are of one size. */
export const lotPiece = pgTable(
  'lot_piece',
  {
    tenantId: uuid('tenant_id').notNull(),
    lotFileId: uuid('lot_file_id').notNull(),
    piece: bigint('piece', { mode: 'number' }).notNull(),
    bytes: bytea('bytes').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.lotFileId, t.piece] })],
);

/** Rows of an upload that were not stored, as they stood, and what is wrong with each. */
export const lotRow = pgTable(
  'lot_row',
  {
    tenantId: uuid('tenant_id').notNull(),
    lotFileId: uuid('lot_file_id').notNull(),
    /** As a spreadsheet counts, the header being 1. */
    row: bigint('row', { mode: 'number' }).notNull(),
    cells: jsonb('cells').notNull(),
    problems: jsonb('problems').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.lotFileId, t.row] })],
);

/** Queries by name; subscriptions refer to them and end with them. */
export const namedQuery = pgTable(
  'named_query',
  {
    tenantId: uuid('tenant_id').notNull(),
    name: text('name').notNull(),
    query: jsonb('query').notNull(),
    prefixes: jsonb('prefixes').notNull(),
    createdAt: milliseconds('created_at').notNull(),
    /** Whose it is; null for one from before that was kept. */
    keyId: text('key_id'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.name] })],
);

/** Walks over pages that were ended before their tokens expired. */
export const endedWalk = pgTable(
  'ended_walk',
  {
    tenantId: uuid('tenant_id').notNull(),
    walk: text('walk').notNull(),
    expiresAt: milliseconds('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.walk] }),
    index('ended_walk_expires').on(t.tenantId, t.expiresAt, t.walk),
  ],
);

/**
 * Who is told of new events by a call (EPCIS 2.0, 8.2.5). `progress` is the place in the tenant's log up to which the
 * receiver has acknowledged everything: what lies behind it is still to be told, so the log itself is the outbox. Who is
 * told of alerts has the number of an alert there.
 */
export const subscription = pgTable(
  'subscription',
  {
    tenantId: uuid('tenant_id').notNull(),
    subscriptionId: text('subscription_id').notNull(),
    /** Null for a query that came with the subscription (SOAP): its parameters are in `query`. */
    queryName: text('query_name'),
    query: jsonb('query'),
    /** What the call's body is: json, or xml-1.2 and xml-2.0 for SOAP; alerts: it is told of alerts of recalls, not of events. */
    form: text('form').notNull().default('json'),
    dest: text('dest').notNull(),
    /** signatureToken, sealed by src/access/seal.ts. */
    secret: bytea('secret'),
    epcFormat: text('epc_format').notNull(),
    /** Null: a stream. */
    schedule: jsonb('schedule'),
    reportIfEmpty: boolean('report_if_empty').notNull(),
    initialRecordTime: milliseconds('initial_record_time').notNull(),
    createdAt: milliseconds('created_at').notNull(),
    progress: sequenceNumber('progress').notNull(),
    /** Of a schedule that is being carried out: where the log ended when it fell due. */
    upTo: sequenceNumber('up_to'),
    minRecordTime: milliseconds('min_record_time').notNull(),
    lastNotifiedAt: milliseconds('last_notified_at'),
    /** Not before this instant: the schedule's next, or the end of a pause after a failure. */
    dueAt: milliseconds('due_at').notNull(),
    /** Events of one call; halved when the receiver answers 413. */
    batchMax: smallint('batch_max').notNull(),
    /** In a row. */
    failures: smallint('failures').notNull().default(0),
    failure: text('failure'),
    pausedAt: milliseconds('paused_at'),
    /** The process that is delivering, and until when nobody else may. */
    lease: uuid('lease'),
    leasedUntil: milliseconds('leased_until').notNull().default(0),
    /** Whose it is; null for one from before that was kept. */
    keyId: text('key_id'),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.subscriptionId] }),
    index('subscription_query').on(t.tenantId, t.queryName, t.createdAt, t.subscriptionId),
    foreignKey({ columns: [t.tenantId, t.queryName], foreignColumns: [namedQuery.tenantId, namedQuery.name] }).onDelete(
      'cascade',
    ),
    check('subscription_form_known', sql`form in ('json', 'xml-1.2', 'xml-2.0', 'alerts')`),
    check('subscription_query_one', sql`(query_name is null) <> (query is null)`),
  ],
);

/** What each Idempotency-Key stands for; of an API key, so that no two clients meet. */
export const idempotencyKey = pgTable(
  'idempotency_key',
  {
    tenantId: uuid('tenant_id').notNull(),
    keyId: text('key_id').notNull(),
    key: text('key').notNull(),
    fingerprint: bytea('fingerprint').notNull(),
    captureId: uuid('capture_id').notNull(),
    createdAt: milliseconds('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.keyId, t.key] }),
    index('idempotency_key_created').on(t.tenantId, t.createdAt),
    check('idempotency_key_fingerprint_length', sql`octet_length(fingerprint) = 32`),
  ],
);

/** Verdicts of a staged document other than accepted; those of a small one are in its job. */
export const captureVerdict = pgTable(
  'capture_verdict',
  {
    tenantId: uuid('tenant_id').notNull(),
    captureId: uuid('capture_id').notNull(),
    /** Position in the document, from 0. */
    eventIndex: bigint('event_index', { mode: 'number' }).notNull(),
    /** Whether it has a place in the log all the same: refused ones do. */
    stored: boolean('stored').notNull(),
    verdict: jsonb('verdict').notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.captureId, t.eventIndex] })],
);
