// What may be said of a recall case: the bodies of its requests, each with its limits.
import { z } from '@hono/zod-openapi';
import { instantOf } from '../epcis/index.ts';
import { keyOf, keyOfUri, parse, uriOfKey } from '../gs1/index.ts';
import { ACTS, type CheckLevel, JURISDICTIONS } from '../rules/index.ts';
import { ANSWERED } from '../rules/recall-case.ts';

const LINE_CHARACTERS_MAX = 300;
const TEXT_CHARACTERS_MAX = 4_000;
const ROOTS_MAX = 100;
const IDS_MAX = 10_000;
const LINES_MAX = 1_000;
const PARTIES_MAX = 10_000;
export const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** What no database and no XML takes, and what no person can read. */
const UNWRITABLE = /\p{Cs}|(?![\t\n\r])\p{Cc}/u;
const clean = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !UNWRITABLE.test(text), 'has control characters or half a character');
const line = clean(LINE_CHARACTERS_MAX);
const text = clean(TEXT_CHARACTERS_MAX);

/** An instant with offset; handed on in UTC. */
const time = z
  .string()
  .max(40)
  .refine((value) => instantOf(value) !== undefined, 'must be a time with offset, such as 2026-06-04T10:00:00+08:00')
  .transform((value) => new Date(instantOf(value)!).toISOString())
  .openapi({ type: 'string', format: 'date-time' });

const URI = /^[a-z][a-z0-9+.-]*:\S+$/i;
/** URN of an identifier that may be written as URI or element string. */
function uriOf(value: string): string | undefined {
  try {
    if (!value.startsWith('(')) return URI.test(value) && keyOfUri(value) ? value : undefined;
    const id = parse(value);
    return uriOfKey(keyOf(id), id.gcpLength ?? 0);
  } catch {
    return undefined;
  }
}
const identifier = z
  .string()
  .max(1_000)
  .refine((value) => !UNWRITABLE.test(value) && uriOf(value) !== undefined, 'is no identifier')
  .transform((value) => uriOf(value)!)
  .openapi({ type: 'string' });

const decimal = z.string().regex(/^\d{1,15}(\.\d{1,9})?$/, 'must be a decimal such as "12.5"');
const unit = z.string().regex(/^[A-Z0-9]{2,3}$/, 'must be a UN/ECE unit code');
const language = z.enum(['en', 'zh']);
const person = line.optional().openapi({ description: 'who did it, where a key is shared' });
const ids = z.array(identifier).min(1).max(IDS_MAX);

/** Channels are named by whoever sends: the platform keeps what it is told. */
const contact = z.strictObject({
  name: line.optional(),
  channel: line,
  address: line,
  language: language.optional(),
});

const window = { from: time.optional(), to: time.optional() };
const root = z.union([
  z.strictObject({ id: identifier, ...window }),
  z.strictObject({ place: identifier, from: time, to: time }),
]);

export const opened = z.strictObject({
  product: z.strictObject({
    name: line,
    gtin: line.optional(),
    brand: line.optional(),
    size: line.optional(),
    made: line.optional(),
    expiry: line.optional(),
  }),
  roots: z.array(root).min(1).max(ROOTS_MAX),
  jurisdiction: z.enum(JURISDICTIONS as [string, ...string[]]),
  class: line,
  provisional: z.boolean().default(false),
  sector: line,
  reason: text,
  hazard: text,
  instructions: text.optional(),
  knownAt: time,
  decidedAt: time.optional(),
  responsible: line,
  firm: z.strictObject({ name: line, address: line.optional(), contact: line }),
  zone: line.default('UTC').openapi({ description: 'IANA name or offset: where days begin and end' }),
  calendar: z.enum(['jurisdiction', 'weekdays']).default('jurisdiction'),
  language: language.default('en'),
  checkLevel: z.enum(['A', 'B', 'C', 'D', 'E'] satisfies CheckLevel[]).default('A'),
  checkPercent: z.number().gt(0).max(100).optional(),
  replyHours: z.number().int().min(1).max(8_760).default(72),
  us: z.array(identifier).max(1_000).default([]).openapi({ description: 'URIs of our own parties and places' }),
  contacts: z
    .record(clean(1_000), contact)
    .refine((all) => Object.keys(all).length <= PARTIES_MAX)
    .default({}),
  drill: z.boolean().default(false),
  person,
});

export const reclassified = z.strictObject({
  class: line,
  provisional: z.boolean().default(false),
  at: time.optional(),
  reason: text,
  person,
});
export const act = z.strictObject({
  act: z.enum(ACTS),
  at: time.optional(),
  note: text.optional(),
  reference: line.optional(),
  person,
});
export const byPerson = z.strictObject({ person });
export const decided = z.strictObject({ ids, decision: z.enum(['in', 'out']), reason: text, person });
export const released = z.strictObject({ ids, reason: text, person });
export const contacted = z.strictObject({ consignee: clean(1_000), contact, person });
export const noticed = z.strictObject({
  consignees: z
    .array(clean(1_000))
    .min(1)
    .max(PARTIES_MAX)
    .optional()
    .openapi({ description: 'default: all that have none yet' }),
  language: language.optional(),
  linkDays: z.number().int().min(1).max(365).default(90).openapi({ description: 'how long the link to answer opens' }),
  person,
});
export const marked = z.strictObject({
  consignee: clean(1_000),
  state: z.enum(['sent', 'delivered', 'opened', 'failed', 'settled']),
  channel: line.optional(),
  at: time.optional(),
  note: text.optional(),
  person,
});

const replyLine = z.strictObject({
  lot: identifier,
  uom: unit.default('EA'),
  ...(Object.fromEntries(ANSWERED.map((name) => [name, decimal.optional()])) as Record<
    (typeof ANSWERED)[number],
    z.ZodOptional<typeof decimal>
  >),
});
const soldTo = z.strictObject({
  name: line,
  party: identifier.optional(),
  contact: contact.optional(),
  lot: identifier,
  quantity: decimal,
  uom: unit.default('EA'),
});
/** What a consignee answers; by link it is bound to its own name. */
export const answered = z.strictObject({
  lines: z.array(replyLine).min(1).max(LINES_MAX),
  soldTo: z.array(soldTo).max(LINES_MAX).default([]),
  proof: text.optional().openapi({ description: 'of what was destroyed' }),
  note: text.optional(),
});
export const replied = answered.extend({ consignee: clean(1_000), at: time.optional(), person });
export const checked = z.strictObject({ consignee: clean(1_000), correct: z.boolean(), note: text.optional(), person });
export const explained = z.strictObject({ lot: identifier, reason: text, person });
export const closed = z.strictObject({
  reason: text,
  closer: z.enum(['firm', 'regulator']).default('firm'),
  reference: line.optional().openapi({ description: 'the regulator’s own number; needed where it closes' }),
  person,
});
export const reopened = z.strictObject({ reason: text, person });
export const acknowledged = z.strictObject({ note: text, person });
/** Where alerts are told. */
export const alertsAsked = z.strictObject({
  dest: z.string().max(2_048),
  signatureToken: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .openapi({ description: 'signs every call; kept sealed and never shown' }),
  after: z
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({ description: 'number behind which alerts are told; default: those raised from now on' }),
});
