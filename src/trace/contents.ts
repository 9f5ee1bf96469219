// What is in a container at a time, all levels (section 3).
import { type Containment, levelAt, spanOf, type Stay } from './containment.ts';
import type { Key } from './fact.ts';
import type { Gap } from './gap.ts';
import { compare, holds, type Moment } from './moment.ts';
import { contentsAt } from './reach.ts';
import { rounded } from './units.ts';

export interface Contents {
  contents: Key[];
  /** Total of each lot over all levels, in base units; unknown parts are left out. */
  quantities: Map<Key, { value: number; unit: string }>;
  gaps: Gap[];
}

/** Contents of `root` at a moment. Of two dimensions of one lot the stay that began first decides. */
export function contentsOf(containment: Containment, root: Key, moment: Moment): Contents {
  const contents = contentsAt(containment, root, moment);
  const quantities: Contents['quantities'] = new Map();
  const gaps: Gap[] = [];
  for (const stay of lotStays(containment, [root, ...contents], moment)) {
    const level = levelAt(stay, moment);
    if (level?.value === undefined || level.unit === undefined) continue;
    const total = quantities.get(stay.child);
    if (total && total.unit !== level.unit) {
      gaps.push({ code: 'UOM_MISMATCH', ids: [stay.parent, stay.child], facts: [stay.start] });
    } else quantities.set(stay.child, { value: rounded((total?.value ?? 0) + level.value), unit: level.unit });
  }
  return { contents, quantities, gaps };
}

function lotStays({ stays }: Containment, parents: Key[], moment: Moment): Stay[] {
  return parents
    .flatMap((parent) => stays.byParent.get(parent) ?? [])
    .filter((stay) => stay.levels.length > 0 && holds(spanOf(stay), moment))
    .sort((a, b) => compare(a.start, b.start));
}
