// When the emulator's ROSpecs begin, report and end, and what it refuses because its capabilities do not have it.
import {
  accessSpec,
  child,
  eventNotifications,
  EVERY_TAG,
  inventoryROSpec,
  type Parameter,
  readerEvents,
} from 'node-llrp';
import { afterEach, describe, expect, test } from 'vitest';
import { client, closeAll, refusalOf, run, start, until } from './emulator-rig.ts';

afterEach(closeAll);

const STANDING = { standing: [{ tags: ['3500', '3501', '3502'], readsPerSecond: 50 }] };
const EVENTS = { ROSpec_Event: true, AISpec_Event: true };

/** A client that is told of every beginning and end. */
async function told(scenario: object = STANDING) {
  const emulator = await start({ scenario });
  const link = await client(emulator);
  const parameters = [eventNotifications(EVENTS)];
  await link.reader.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters });
  const events = (): string[] =>
    link.of('READER_EVENT_NOTIFICATION').flatMap((message) => readerEvents(message).events.map(({ type }) => type));
  return { ...link, emulator, events };
}
const at = (spec: Parameter, ...path: string[]): Parameter =>
  path.reduce((of, name) => child(of, name) as Parameter, spec);
function observing(trigger: Partial<Parameter>): Parameter {
  const spec = inventoryROSpec({ id: 1, immediate: true });
  const stop = at(spec, 'AISpec', 'AISpecStopTrigger');
  const none = { NumberOfTags: 0, NumberOfAttempts: 0, T: 0, Timeout: 0 };
  stop['AISpecStopTriggerType'] = 'Tag_Observation';
  stop.parameters = [{ parameter: 'TagObservationTrigger', TriggerType: '', ...none, ...trigger }];
  return spec;
}

describe('a tag observation ends the AISpec, and with it the ROSpec', () => {
  test.each([
    ['N tags', { TriggerType: 'Upon_Seeing_N_Tags_Or_Timeout', NumberOfTags: 3 }, 0, 2000],
    ['N tags that are not there: the timeout', { TriggerType: 'Upon_Seeing_N_Tags_Or_Timeout', NumberOfTags: 4, Timeout: 300 }, 300, 3000],
    ['no new tag for T', { TriggerType: 'Upon_Seeing_No_More_New_Tags_For_Tms_Or_Timeout', T: 200 }, 200, 3000],
    ['N unique tags', { TriggerType: 'Upon_Seeing_N_Unique_Tags_Or_Timeout', NumberOfTags: 3 }, 0, 2000],
    ['no new unique tag for T', { TriggerType: 'Upon_Seeing_No_More_New_Unique_Tags_For_Tms_Or_Timeout', T: 200 }, 200, 3000],
  ])('%s', async (_name, trigger, msMin, msMax) => {
    const { reader, events, tags } = await told();
    const began = Date.now();
    await run(reader, observing(trigger));
    await until(() => events().includes('rospec-ended'));
    const ms = Date.now() - began;
    expect(ms).toBeGreaterThanOrEqual(msMin);
    expect(ms).toBeLessThan(msMax);
    expect(events()).toEqual(['rospec-started', 'aispec-ended', 'rospec-ended']);
    expect(new Set(tags().map((tag) => JSON.stringify(tag.parameters?.[0]))).size).toBe(3);
  }); // prettier-ignore

  test('attempts are refused with their place: this reader counts none', async () => {
    const { reader } = await told();
    const spec = observing({ TriggerType: 'N_Attempts_To_See_All_Tags_In_FOV_Or_Timeout', NumberOfAttempts: 2 });
    const refused = await refusalOf(reader.request({ message: 'ADD_ROSPEC', parameters: [spec] }));
    expect(refused.path).toBe('ROSpec / AISpec / AISpecStopTrigger / TagObservationTrigger / field 0');
  });
});

describe('an ROSpec', () => {
  test('of a period begins after its offset, again and again, and ends by its duration', async () => {
    const { reader, events } = await told();
    const spec = inventoryROSpec({ id: 1 });
    Object.assign(at(spec, 'ROBoundarySpec', 'ROSpecStartTrigger'), {
      ROSpecStartTriggerType: 'Periodic',
      parameters: [{ parameter: 'PeriodicTriggerValue', Offset: 200, Period: 300 }],
    });
    const stop = { ROSpecStopTriggerType: 'Duration', DurationTriggerValue: 100 };
    Object.assign(at(spec, 'ROBoundarySpec', 'ROSpecStopTrigger'), stop);
    const began = Date.now();
    await run(reader, spec);
    await until(() => events().length > 0);
    expect(Date.now() - began).toBeGreaterThanOrEqual(200);
    await until(() => events().filter((type) => type === 'rospec-ended').length === 3);
    expect(Date.now() - began).toBeGreaterThanOrEqual(200 + 2 * 300 + 100 - 50);
    const ends = events().filter((type) => type !== 'aispec-ended');
    expect(ends.slice(0, 6)).toEqual(Array.from({ length: 3 }, () => ['rospec-started', 'rospec-ended']).flat());
  });

  test('of higher priority pre-empts, and the client is told which by which', async () => {
    const { reader, of } = await told();
    await run(reader, inventoryROSpec({ id: 1, priority: 3, immediate: true }));
    await run(reader, inventoryROSpec({ id: 2, priority: 1, immediate: true }));
    const events = () => of('READER_EVENT_NOTIFICATION').flatMap((message) => readerEvents(message).events);
    await until(() => events().some((event) => event.type === 'rospec-started' && event.rospecId === 2));
    expect(events().filter(({ type }) => type === 'rospec-preempted')).toEqual([
      { type: 'rospec-preempted', rospecId: 1, by: 2 },
    ]);
  });

  test('reports at the end of each AISpec where that is asked for, not before', async () => {
    const { reader, came } = await told();
    const spec = inventoryROSpec({ id: 1, immediate: true });
    Object.assign(at(spec, 'ROReportSpec'), { ROReportTrigger: 'Upon_N_Tags_Or_End_Of_AISpec', N: 0 });
    const short = { AISpecStopTriggerType: 'Duration', DurationTrigger: 200 };
    Object.assign(at(spec, 'AISpec', 'AISpecStopTrigger'), short);
    const again = structuredClone(at(spec, 'AISpec'));
    spec.parameters = spec.parameters!.toSpliced(2, 0, again);
    await run(reader, spec);
    const order = (): string[] => came.flatMap((message) =>
      message.message === 'RO_ACCESS_REPORT' ? ['report'] : readerEvents(message).events.map(({ type }) => type),
    ); // prettier-ignore
    await until(() => order().includes('rospec-ended'));
    expect(order()).toEqual(['rospec-started', 'report', 'aispec-ended', 'report', 'aispec-ended', 'rospec-ended']);
  });

  test('of LLRP 1.1 may report by time', async () => {
    const { reader, of } = await told();
    const spec = inventoryROSpec({ id: 1, immediate: true });
    Object.assign(at(spec, 'ROReportSpec'), { ROReportTrigger: 'Upon_N_Milliseconds_Or_End_Of_ROSpec', N: 150 });
    const began = Date.now();
    await run(reader, spec);
    await until(() => of('RO_ACCESS_REPORT').length === 3);
    expect(Date.now() - began).toBeGreaterThanOrEqual(400);
  });
});

describe('what the capabilities do not have is refused by name and place', () => {
  test('a LoopSpec', async () => {
    const { reader } = await told();
    const spec = inventoryROSpec({ id: 1 });
    spec.parameters = spec.parameters!.toSpliced(2, 0, { parameter: 'LoopSpec', LoopCount: 3 });
    const refused = await refusalOf(reader.request({ message: 'ADD_ROSPEC', parameters: [spec] }));
    expect(refused.message).toContain('ROSpec / LoopSpec: P_UnsupportedParameter');
  });

  test('block permalock and recommissioning', async () => {
    const { reader } = await told();
    const answer = await reader.request({ message: 'GET_READER_CAPABILITIES', RequestedData: 'All' });
    const gen2 = child(answer, 'C1G2LLRPCapabilities');
    expect([gen2?.['CanSupportBlockPermalock'], gen2?.['CanSupportTagRecommissioning']]).toEqual([false, false]);
    const reading = { op: 'read', bank: 'tid', word: 0, words: 1 } as const;
    const spec = accessSpec({ id: 1, rospec: 0, target: EVERY_TAG, operations: [reading] });
    const command = at(spec, 'AccessCommand');
    const operations: Parameter[] = [
      { parameter: 'C1G2BlockPermalock', OpSpecID: 1, AccessPassword: 0, MB: 3, BlockPointer: 0, BlockMask: [1] },
      { parameter: 'C1G2Recommission', OpSpecID: 1, KillPassword: 7, ThreeSB: false, TwoSB: true, LSB: false },
    ];
    for (const operation of operations) {
      command.parameters = command.parameters!.map((one) => (one.parameter === 'C1G2TagSpec' ? one : operation));
      const refused = await refusalOf(reader.request({ message: 'ADD_ACCESSSPEC', parameters: [spec] }));
      expect(refused.message).toContain(`${operation.parameter}: P_UnsupportedParameter`);
    }
  });
});
