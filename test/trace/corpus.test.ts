// The scenarios that come with the specification, where they are at hand; a fresh clone has its own in this folder.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Op } from '../../src/trace/index.ts';
import { sorted, story, type When } from './scenario.ts';

const FILE = fileURLToPath(new URL('../../../shared/corpus/trace/give.json', import.meta.url));

interface Quantity {
  c: string;
  q?: number;
  u?: string;
}

interface Event {
  id: string;
  t: number;
  r?: number;
  type: string;
  action?: string;
  parent?: string;
  [list: string]: unknown;
  err?: { reason: string; corrective?: string[] };
  ilmd?: { lot: string };
}

interface Scenario {
  id: string;
  title: string;
  events: Event[];
  queries: (When & { op: Op; of: string; expect: Record<string, unknown> })[];
}

const quantities = (list: unknown): string[] =>
  ((list ?? []) as Quantity[]).map(({ c, q, u }) => (q === undefined ? c : `${c}=${q}${u === 'EA' ? '' : (u ?? '')}`));
const ids = (...lists: unknown[]): string => lists.flatMap((list) => (list ?? []) as string[]).join(' ');

/** One event in the notation of scenario.ts. */
function lineOf(event: Event): string {
  if (event.err) {
    return `${event.id}!${event.r ?? event.t} ${event.err.reason} ${(event.err.corrective ?? []).map((id) => `+${id}`).join(' ')}`;
  }
  const type = event.type === 'AS' ? 'S' : event.type;
  const input = ids(event['in'], quantities(event['inQty']));
  const output = ids(event['out'], quantities(event['outQty']));
  const what = {
    T: `${input} > ${output}`,
    A: `${event.parent ? `${event.parent} <` : ''} ${ids(event['children'], quantities(event['childQty']))}`,
    O: ids(event['epcs'], quantities(event['qty'])),
  }[type === 'S' ? 'A' : type === 'X' ? 'O' : type]!;
  // a transformation of one side needs an id of its run
  const run = event['xid'] ?? (type === 'T' && (input === '') !== (output === '') ? event.id : undefined);
  const leaves = event['step'] === 'shipping' || event['step'] === 'departing';
  const options = {
    r: event.r,
    step: event['step'],
    [leaves ? 'rp' : 'loc']: event['loc'],
    ...(event['rp'] !== undefined && { rp: event['rp'] }),
    lot: event.ilmd?.lot,
    xid: run,
  };
  const said = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value as string}`],
  );
  return [`${event.id}@${event.t}`, type, event.action ?? '', what, ...said].join(' ');
}

const scenarios = existsSync(FILE)
  ? (JSON.parse(readFileSync(FILE, 'utf8')) as { scenarios: Scenario[] }).scenarios
  : [];

describe.skipIf(scenarios.length === 0)('scenarios of the specification', () => {
  it.each(scenarios.map((scenario) => [`${scenario.id} ${scenario.title}`, scenario] as const))(
    '%s',
    async (_, { events, queries }) => {
      const { ask } = story(events.map(lineOf).join('\n'));
      for (const { op, of, expect: expected, ...when } of queries) {
        const entries = Object.entries(expected).map(([name, value]) => [
          name,
          Array.isArray(value) && name !== 'events' ? sorted(value) : value,
        ]);
        const { redacted, ...members } = Object.fromEntries(entries) as Record<string, unknown>;
        expect(await ask(op, of, when), `${op} ${of} ${JSON.stringify(when)}`).toMatchObject({
          ...members,
          ...(redacted === true && { redacted }),
        });
      }
    },
  );
});
