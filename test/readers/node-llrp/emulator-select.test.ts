import { type BitVector, inventoryROSpec, type Parameter, textOf, child } from 'node-llrp';
import { afterEach, describe, expect, test } from 'vitest';
import { selected } from '../../../readers/node-llrp/src/emulator/select.ts';
import { TagMemory } from '../../../readers/node-llrp/src/emulator/tag-memory.ts';
import { client, closeAll, refusalOf, run, start, until } from './emulator-rig.ts';

afterEach(closeAll);

const EPCS = ['3034257bf46db64000000001', '3034257bf46db64000000002', 'e28011600000000000000003'];
/** The bit of a bank where the EPC begins. */
const EPC_AT = 0x20;

function filter(hex: string, action: string, where: { MB?: number; Pointer?: number } = {}): Parameter {
  const TagMask: BitVector = { bits: 4 * hex.length, hex: hex.padEnd(2 * Math.ceil(hex.length / 2), '0') };
  return {
    parameter: 'C1G2Filter',
    T: 'Do_Not_Truncate',
    parameters: [
      { parameter: 'C1G2TagInventoryMask', MB: 1, Pointer: EPC_AT, ...where, TagMask },
      { parameter: 'C1G2TagInventoryStateUnawareFilterAction', Action: action },
    ],
  };
}
const partOf = (...filters: Parameter[]): number[] =>
  EPCS.flatMap((epc, i) => (selected(new TagMemory(epc, {}), filters) ? [i] : []));

describe('C1G2Filter', () => {
  test.each([
    ['Select_Unselect', [0, 1]],
    ['Select_DoNothing', [0, 1, 2]],
    ['DoNothing_Unselect', [0, 1]],
    ['Unselect_DoNothing', [2]],
    ['Unselect_Select', [2]],
    ['DoNothing_Select', [0, 1, 2]],
  ])('%s of one mask', (action, expected) => {
    expect(partOf(filter('30342', action))).toEqual(expected);
  });

  test('one filter after the other', () => {
    const [wide, narrow] = ['3034', '3034257bf46db64000000002'];
    expect(partOf(filter(wide, 'Select_Unselect'), filter(narrow, 'Unselect_DoNothing'))).toEqual([0]);
    expect(partOf(filter(narrow, 'Select_Unselect'), filter('e2', 'Select_DoNothing'))).toEqual([1, 2]);
    expect(partOf()).toEqual([0, 1, 2]);
  });

  test('on any bank; bits that a bank has not match nothing', () => {
    expect(partOf(filter('e2801160', 'Select_Unselect', { MB: 2, Pointer: 0 }))).toEqual([0, 1, 2]);
    expect(partOf(filter('e3', 'Select_Unselect', { MB: 2, Pointer: 0 }))).toEqual([]);
    expect(partOf(filter('00', 'Select_Unselect', { Pointer: 4000 }))).toEqual([]);
  });
});

/** An ROSpec whose inventory command has these filters. */
function filtered(...filters: Parameter[]): Parameter {
  const spec = inventoryROSpec({ id: 1, immediate: true, session: 1 });
  const inventory = child(child(spec, 'AISpec'), 'InventoryParameterSpec');
  child(child(inventory, 'AntennaConfiguration'), 'C1G2InventoryCommand')?.parameters?.unshift(...filters);
  return spec;
}

test.each(['none', 'impinj', 'zebra'] as const)('a reader of model %s reports what is selected', async (vendor) => {
  const emulator = await start({ vendor });
  const { reader, tags } = await client(emulator);
  await run(reader, filtered(filter('3034', 'Select_Unselect'), filter(EPCS[0] as string, 'Unselect_DoNothing')));
  for (const epc of EPCS) emulator.put([epc], { readsPerSecond: 50 });
  await until(() => tags().length >= 20);
  expect(new Set(tags().map((tag) => textOf(child(tag, 'EPC_96'), 'EPC')))).toEqual(new Set([EPCS[1]]));
});

test('more filters than the capabilities allow are refused with the path', async () => {
  const { reader } = await client(await start({ vendor: 'impinj' }));
  const three = filtered(...[1, 2, 3].map(() => filter('30', 'Select_Unselect')));
  const refusal = await refusalOf(reader.request({ message: 'ADD_ROSPEC', parameters: [three] }));
  expect(refusal.message).toContain('C1G2InventoryCommand');
  expect(refusal.message).toContain('P_OverflowParameter');
});
