// A gap: something that the records should say and do not, or say twice. Data, never an exception.
import type { Fact, Key } from './fact.ts';

export type GapCode =
  | 'MISSING_COMMISSION'
  | 'UNKNOWN_ID'
  | 'MISSING_ORIGIN'
  | 'CLASS_TOO_COARSE'
  | 'CYCLE'
  | 'NO_TRANSFORMATION_INPUT'
  | 'NO_TRANSFORMATION_OUTPUT'
  | 'SELF_INPUT'
  | 'USED_BEFORE_COMMISSION'
  | 'DUP_COMMISSION'
  | 'LOT_CONFLICT'
  | 'SEEN_AFTER_DECOMMISSION'
  | 'SEEN_AFTER_CONSUMED'
  | 'MISSING_ADD'
  | 'IMPLICIT_DISAGG'
  | 'CONTAINMENT_CYCLE'
  | 'QTY_IMBALANCE'
  | 'UOM_MISMATCH'
  | 'EVENTID_CONFLICT'
  | 'UNRESOLVED_ERROR_DECL'
  | 'MISSING_CORRECTIVE'
  | 'REDACTED';

export interface Gap {
  code: GapCode;
  /** The identifiers it is about. */
  ids: Key[];
  /** Effective events that show it; none where it is a thing's absence. */
  facts: Fact[];
}

/** The gaps that name an identifier of `scope`; the same code about the same identifiers once, its events together. */
export function within(gaps: Iterable<Gap>, scope: ReadonlySet<Key> | ReadonlyMap<Key, unknown>): Gap[] {
  const merged = new Map<string, Gap>();
  for (const gap of gaps) {
    if (!gap.ids.some((id) => scope.has(id))) continue;
    const name = `${gap.code} ${gap.ids.join(' ')}`;
    const same = merged.get(name);
    if (same) same.facts.push(...gap.facts);
    else merged.set(name, { ...gap, facts: [...gap.facts] });
  }
  return [...merged.values()];
}
