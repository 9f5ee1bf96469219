// Which captures of something on hold raise an alert, and as what (docs/recall.md, Holds). Pure.
import type { Alarm, Hit } from '../store/recall-alert.ts';
import type { Fact, Key, Mention } from '../trace/fact.ts';
import { isLeaving, placeOf } from '../trace/history.ts';

/** Steps that see a thing and do not move it on, or move it out of the way. */
const QUIET: ReadonlySet<string> = new Set([
  'holding',
  'inspecting',
  'stock_taking',
  'cycle_counting',
  'destroying',
  'sampling',
  'sensor_reporting',
  'decommissioning',
]);
/** A thing that is on its way back is where it should be. */
const COMING_BACK: ReadonlySet<string> = new Set(['recalled', 'returned', 'destroyed', 'inactive']);

type Kind = 'shipping' | 'input' | 'gate';

const isInput = ({ role }: Mention): boolean => role === 'inputEPC' || role === 'inputQuantity';

const isQuiet = ({ bizStep = '', disposition = '' }: Fact): boolean =>
  QUIET.has(bizStep) || COMING_BACK.has(disposition);

/** Each kind of alert and what it is raised by, the first that fits. */
const KINDS: [Kind, (fact: Fact, mention: Mention) => boolean][] = [
  ['input', (fact, mention) => fact.type === 'TransformationEvent' && isInput(mention)],
  ['shipping', (fact) => isLeaving(fact) && !COMING_BACK.has(fact.disposition ?? '')],
  ['gate', (fact) => fact.action === 'OBSERVE' && placeOf(fact) !== undefined && !isQuiet(fact)],
];

const isoOf = (ms: number): string => new Date(ms).toISOString();

function alarmOf(fact: Fact, id: string, kind: Kind): Alarm {
  return {
    id,
    eventID: fact.eventID,
    kind,
    place: placeOf(fact) ?? null,
    eventTime: isoOf(fact.eventTime),
    recordTime: isoOf(fact.recordTime),
  };
}

/** One hit for each thing on hold that a fact names and moves; `held` tells the cases that hold a key. */
export function alarmsOf(facts: readonly Fact[], held: (key: Key) => readonly { caseId: string; id: string }[]): Hit[] {
  const hits = new Map<string, Hit>();
  for (const fact of facts) {
    if (fact.declaration) continue;
    for (const mention of fact.mentions) {
      const kind = KINDS.find(([, test]) => test(fact, mention))?.[0];
      if (kind === undefined) continue;
      for (const { caseId, id } of held(mention.key)) {
        const { sequence } = fact;
        hits.set(`${caseId} ${sequence} ${mention.key}`, {
          caseId,
          key: mention.key,
          sequence,
          alarm: alarmOf(fact, id, kind),
        });
      }
    }
  }
  return [...hits.values()];
}
