import { connect, type Emulator, startEmulator } from 'node-llrp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../readers/main.ts';
import { Rig } from './rig.ts';
import { sgtin, until } from './stand-in-reader.ts';

const SIDES = { 1: { side: 'A' }, 2: { side: 'B' } };
const EYE = { gpi: 1, edge: 'rising' };
const SECOND = { gpi: 2, edge: 'rising' };
const TAG_MS = 400;

let rig: Rig;
let emulator: Emulator;
let collector: Collector;
beforeEach(async () => {
  rig = await Rig.make();
});
afterEach(async () => {
  await rig.stop();
  await emulator.stop();
  expect(await rig.dispose()).toEqual([]);
});

async function gate(window: object, filter: object = {}): Promise<void> {
  emulator = await startEmulator({ port: 0, vendor: 'impinj', scenario: {} });
  const reader = { port: emulator.port, antennas: SIDES, keepaliveMs: 200 };
  collector = await rig.start({ filter: { mode: 'gate', window: { open: EYE, ...window }, ...filter } }, reader);
  expect(await running()).toBe(true);
}
const running = () => until(() => collector.stats().readers[0]?.state === 'running');
const counts = () => collector.stats().gates[0]!.counts;
const happened = (kind: string) => collector.operations(100).filter((one) => one.kind === kind);
/** Kind and serial number of every EPC that the endpoint has. */
const told = () =>
  rig.endpoint.list().flatMap((event) => {
    const kind = String((event as unknown as Record<string, unknown>)['tagtrail:kind']);
    return event.epcList.map((uri) => `${kind} ${uri.split('.').at(-1)}`);
  });
const after = async (ms: number) => {
  const from = Date.now();
  expect(await until(() => Date.now() >= from + ms)).toBe(true);
};
/** Tags pass both antennas while `edges` happen, `[port, level]` in turn, evenly spread. */
async function passing(serials: number[], order: number[], edges: [number, boolean][]): Promise<void> {
  const [first, ...more] = edges;
  if (first) emulator.gpi(...first);
  if (serials.length) {
    emulator.pass(serials.map((serial) => sgtin(serial).epc.toString('hex')), { antennas: order, durationMs: TAG_MS });
  } // prettier-ignore
  for (const edge of more) {
    await after((TAG_MS + 100) / more.length);
    emulator.gpi(...edge);
  }
}

describe('a window by a photo eye, over the wire', () => {
  it('has its tags with their directions, is told when it is empty, and counts what was sent', async () => {
    await gate({});
    const eye: [number, boolean][] = [[1, true], [1, false]]; // prettier-ignore
    await passing([1, 2], [1, 2], eye);
    expect(await until(() => told().length === 2)).toBe(true);
    await passing([3], [2, 1], eye);
    expect(await until(() => told().length === 3)).toBe(true);
    await passing([], [], eye);
    expect(await until(() => happened('empty-window').length === 1)).toBe(true);
    await passing([4], [1, 2], []); // between two windows: the eye saw nothing
    await after(TAG_MS);
    await passing([5], [1], eye);
    expect(await until(() => told().length === 4)).toBe(true);
    expect(told().toSorted()).toEqual(['in 1', 'in 2', 'out 3', 'undecided 5']);
    expect(happened('undecided-passage')).toMatchObject([{ detail: { epc: sgtin(5).uri } }]);
    expect(counts()).toEqual({ in: 2, out: 1, turned: 0, undecided: 1, empty: 1, stray: 0 });
    const intervals = collector.stats().gates[0]!.intervals;
    for (const [way, n] of Object.entries(counts()))
      expect(intervals.reduce((sum, one) => sum + one.counts[way as 'in'], 0)).toBe(n);
  });

  it('ends after maxMs with an eye that stays broken, and the next one is a window again', async () => {
    await gate({ maxMs: 600 });
    emulator.gpi(1, true);
    await passing([1], [1, 2], []);
    expect(await until(() => told().length === 1)).toBe(true);
    expect(told()).toEqual(['in 1']);
    await passing([2], [1, 2], []); // nobody knows of this one: the eye did not change
    await after(TAG_MS);
    emulator.gpi(1, false);
    await passing([3], [2, 1], [[1, true], [1, false]]); // prettier-ignore
    expect(await until(() => told().length === 2)).toBe(true);
    expect(told()).toEqual(['in 1', 'out 3']);
    expect(counts()).toMatchObject({ in: 1, out: 1, empty: 0 });
  });

  it('waits for reads that are late, as long as settleMs', async () => {
    await gate({ settleMs: 1500 });
    emulator.gpi(1, true);
    emulator.fault('coalesce', { messages: 1000 }); // what the reader says comes half a second later
    await passing([1], [1, 2], []);
    await after(TAG_MS + 50);
    emulator.gpi(1, false);
    expect(await until(() => told().length === 1)).toBe(true);
    expect(told()).toEqual(['in 1']);
    expect(happened('empty-window')).toEqual([]);
  });
});

describe('two photo eyes, over the wire', () => {
  it('tell the direction by their order, whatever antennas read', async () => {
    await gate({ second: SECOND });
    const ways: [number[], [number, boolean][]][] = [
      [[2], [[1, true], [2, true], [1, false], [2, false]]],
      [[1], [[2, true], [1, true], [2, false], [1, false]]],
      [[1, 2], [[1, true], [2, true], [2, false], [1, false]]],
    ]; // prettier-ignore
    for (const [i, [antennas, edges]] of ways.entries()) {
      await passing([i + 1], antennas, edges);
      expect(await until(() => told().length === i + 1)).toBe(true);
    }
    expect(told().toSorted()).toEqual(['in 1', 'out 2', 'turned 3']);
  });
});

describe('inputs, over the wire', () => {
  it('are debounced by the reader where it can, and by the filter anyway', async () => {
    await gate({}, { gpiDebounceMs: 60 });
    for (const high of [true, false, true, false, true]) emulator.gpi(1, high);
    await passing([1], [1, 2], []);
    await after(TAG_MS + 100);
    for (const high of [false, true, false]) emulator.gpi(1, high);
    expect(await until(() => told().length === 1)).toBe(true);
    await after(300);
    expect(counts()).toMatchObject({ in: 1, empty: 0 });
    await rig.stop();
    const client = await connect({ host: '127.0.0.1', port: emulator.port });
    await client.request({ message: 'IMPINJ_ENABLE_EXTENSIONS' });
    const asked = { RequestedData: 'All', AntennaID: 0, GPIPortNum: 0, GPOPortNum: 0 };
    const all = await client.request({ message: 'GET_READER_CONFIG', ...asked });
    await client.close();
    const debounce = all.parameters?.filter(({ parameter }) => parameter === 'ImpinjGPIDebounceConfiguration');
    expect(debounce?.map((one) => [one['GPIPortNum'], one['GPIDebounceTimerMSec']])).toContainEqual([1, 60]);
  });

  it('that changed while the link was down are seen by how they stand when it is up again', async () => {
    await gate({ maxMs: 20_000 });
    await passing([1], [1, 2], [[1, true]]);
    await after(TAG_MS);
    expect(await until(() => collector.stats().readers[0]!.gpi[1] === true)).toBe(true);
    emulator.fault('client-exists', { ms: 700 });
    emulator.fault('half-frame');
    expect(await until(() => collector.stats().readers[0]?.state !== 'running')).toBe(true);
    emulator.gpi(1, false);
    expect(await running()).toBe(true);
    expect(await until(() => told().length === 1, 8000)).toBe(true); // long before maxMs
    expect(told()).toEqual(['in 1']);
    expect(collector.stats().readers[0]!.gpi[1]).toBe(false);
  });
});
