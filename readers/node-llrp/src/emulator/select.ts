import { type BitVector, child, numberOf, type Parameter, textOf } from '../message.ts';
import type { TagMemory } from './tag-memory.ts';

/** What an action does with tags that match the mask and with those that do not; undefined leaves them as they are. */
const ACTIONS: Record<string, readonly [matching: boolean | undefined, other: boolean | undefined]> = {
  Select_Unselect: [true, false],
  Select_DoNothing: [true, undefined],
  DoNothing_Unselect: [undefined, false],
  Unselect_DoNothing: [false, undefined],
  Unselect_Select: [false, true],
  DoNothing_Select: [undefined, true],
};

/** Whether the tag's memory has the mask's bits where the mask says (C1G2TagInventoryMask). */
function matches(memory: TagMemory, mask: Parameter | undefined): boolean {
  const wanted = mask?.['TagMask'] as BitVector;
  const every: BitVector = { bits: wanted.bits, hex: 'f'.repeat(Math.ceil(wanted.bits / 4)) };
  return memory.matches(numberOf(mask, 'MB'), numberOf(mask, 'Pointer'), every, wanted);
}

/**
 * Whether a tag takes part in an inventory with these C1G2Filters, one after the other; all do before the first. The
 * reader is state-unaware; a filter without an action selects what matches (LLRP 1.0.1 section 15.2.1.2.1.1).
 */
export function selected(memory: TagMemory, filters: readonly Parameter[]): boolean {
  return filters.reduce((before, filter) => {
    const action = child(filter, 'C1G2TagInventoryStateUnawareFilterAction');
    const [matching, other] = ACTIONS[action ? textOf(action, 'Action') : 'Select_Unselect'] ?? [];
    return (matches(memory, child(filter, 'C1G2TagInventoryMask')) ? matching : other) ?? before;
  }, true);
}
