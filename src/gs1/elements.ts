import { AI_TABLE, type AiRow, checkRelations } from './ai.ts';
import { Gs1Error } from './error.ts';
import { fieldsOf } from './fields.ts';
import type { Element, Id, Kind } from './id.ts';
import { schemeOfKind } from './scheme.ts';

/** Kinds by key and, for keys with several, by the qualifier that decides; the first that fits. */
const KINDS: [ai: string, qualifier: string | undefined, kind: Kind][] = [
  ['01', '21', 'SGTIN'],
  ['01', '235', 'UPUI'],
  ['01', '10', 'LGTIN'],
  ['01', undefined, 'GTIN'],
  ['00', undefined, 'SSCC'],
  ['414', undefined, 'SGLN'],
  ['417', undefined, 'PGLN'],
  ['8003', undefined, 'GRAI'],
  ['8004', undefined, 'GIAI'],
  ['8018', undefined, 'GSRN'],
  ['8017', undefined, 'GSRNP'],
  ['253', undefined, 'GDTI'],
  ['255', undefined, 'SGCN'],
  ['8010', undefined, 'CPI'],
  ['8006', undefined, 'ITIP'],
  ['401', undefined, 'GINC'],
  ['402', undefined, 'GSIN'],
  ['8013', undefined, 'GMN'],
  ['415', undefined, 'PAYTO'],
];

/**
 * The list of qualifiers, of those that the key allows, that elements make use of: one that has all the elements that
 * can stand nowhere but in a path, and of these the one with most elements.
 */
export function qualifierList(key: AiRow, others: readonly string[]): readonly string[] {
  const lists = key.qualifiers ?? [[]];
  const pathOnly = others.filter((ai) => lists.some((list) => list.includes(ai)) && !AI_TABLE.get(ai)?.inQuery);
  const score = (list: readonly string[]) =>
    pathOnly.filter((ai) => list.includes(ai)).length * 100 + others.filter((ai) => list.includes(ai)).length;
  return lists.reduce((best, list) => (score(list) > score(best) ? list : best));
}

/** Extension 0 of a GLN says that there is none (TDS 6.3.3). */
const isSaid = (key: Element, [ai, value]: Element): boolean => key[0] !== '414' || ai !== '254' || value !== '0';

/**
 * The identifier that elements name, each already checked by itself: the first primary key, its qualifiers in order,
 * then the rest as given. Relations between the elements are checked here. `relations` false: the elements are data of a
 * `+` tag, whose relations do not count and whose order is kept.
 */
export function idOfElements(ais: readonly Element[], gcpLength?: number, relations = true): Id {
  const seen = new Set<string>();
  for (const [ai] of ais) {
    if (seen.has(ai)) throw new Gs1Error('AI_REPEATED', `AI ${ai} stands twice.`);
    seen.add(ai);
  }
  const key = ais.find(([ai]) => AI_TABLE.get(ai)?.qualifiers);
  if (!key) throw new Gs1Error('NO_KEY', 'No element is a primary key.');
  if (relations) checkRelations(ais);
  const others = ais.filter((element) => element !== key);
  const list = qualifierList(
    AI_TABLE.get(key[0])!,
    others.map(([ai]) => ai),
  );
  const qualifiers = list.flatMap((ai) => others.filter((element) => element[0] === ai));
  const rest = others.filter((element) => !list.includes(element[0]));
  const kind = KINDS.find(
    ([ai, qualifier]) => ai === key[0] && (!qualifier || (list.includes(qualifier) && seen.has(qualifier))),
  )![2];
  const id: Id = {
    kind,
    ais: (relations ? [key, ...qualifiers, ...rest] : [key, ...others]).filter((element) => isSaid(key, element)),
  };
  return gcpLength === undefined ? id : withGcpLength(id, gcpLength);
}

/** The identifier with its company prefix length told; refused where it contradicts what the identifier says. */
export function withGcpLength(id: Id, gcpLength: number): Id {
  const scheme = schemeOfKind(id.kind === 'GTIN' ? 'SGTIN' : id.kind);
  if (id.gcpLength !== undefined && id.gcpLength !== gcpLength)
    throw new Gs1Error(
      'GCP_LENGTH',
      `The identifier has a company prefix of ${id.gcpLength} digits, not ${gcpLength}.`,
    );
  if (!scheme?.key || id.gcpLength !== undefined || id.ais.length === 0) return id;
  fieldsOf(scheme, id, gcpLength);
  return { ...id, gcpLength };
}
