import {
  encode,
  eventNotifications,
  impinjContent,
  enableImpinjExtensions,
  inventoryROSpec,
  listen,
  type Message,
  type Parameter,
  type ReaderEvent,
  readerEvents,
  tagRead,
  tagReads,
  createColumns,
  readReport,
} from 'node-llrp';
import { afterEach, describe, expect, test } from 'vitest';
import { client, closeAll, run, start, until as soon } from './emulator-rig.ts';
import { reader, report, SUCCESS, to, until } from './stand-in.ts';

afterEach(closeAll);

describe('reads as an async iterable', () => {
  test('come from the call on, in order, and end when the client is closed', async () => {
    const many = await reader((message, socket) => {
      if (message.message === 'CLOSE_CONNECTION') socket.end();
    });
    const link = await to(many.port);
    const reads = tagReads(link);
    many.say(report(1), report(2));
    many.say(report(3));
    const serials: number[] = [];
    for await (const batch of reads) {
      for (const { epc, epcBits } of batch) serials.push(epcBits === 96 ? Number.parseInt(epc, 16) : -1);
      if (serials.length === 3) await link.close();
    }
    expect(serials).toEqual([1, 2, 3]);
  });

  test('hold the reader back while the consumer is busy, and lose nothing', async () => {
    const many = await reader(() => {});
    const link = await to(many.port);
    const total = 300_000;
    const reads = tagReads(link, { waitingMax: 1000 });
    many.sockets.at(-1)?.write(Buffer.alloc(total * report(1).length, report(1)));
    await new Promise((resolve) => setTimeout(resolve, 300)); // nobody reads
    expect(many.sockets.at(-1)?.writableLength).toBeGreaterThan(0);
    let [count, largest] = [0, 0];
    for await (const batch of reads) {
      count += batch.length;
      largest = Math.max(largest, batch.length);
      if (count === total) break;
    }
    expect(count).toBe(total);
    expect(largest).toBeLessThan(5000);
  });

  test('end with the reason: a signal, or a link that is lost', async () => {
    const many = await reader(() => {});
    const stop = new AbortController();
    const stopped = tagReads(await to(many.port), { signal: stop.signal }).next();
    stop.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    const lost = tagReads(await to(many.port)).next();
    many.sockets.at(-1)?.resetAndDestroy();
    await expect(lost).rejects.toMatchObject({ name: 'LlrpError', code: 'CLOSED' });
  });

  test('have the units that they say', async () => {
    const emulator = await start({
      vendor: 'impinj',
      scenario: { standing: [{ tags: ['3500'], readsPerSecond: 50 }] },
    });
    const { reader: link } = await client(emulator);
    await enableImpinjExtensions(link);
    const reads = tagReads(link);
    const reportExtensions = [impinjContent({ rssi: true, phase: true, doppler: true, tid: true })];
    await run(link, inventoryROSpec({ id: 1, immediate: true, reportExtensions }));
    const { value } = await reads.next();
    expect(value?.[0]).toMatchObject({
      epc: '3500', epcBits: 16, antenna: expect.any(Number), tid: expect.stringMatching(/^e2[0-9a-f]{22}$/),
      firstSeen: { clock: 'utc' }, count: 1,
    }); // prettier-ignore
    const { rssi = 0, phase = -1, doppler, firstSeen } = value![0]!;
    expect(rssi).toBeGreaterThan(-80);
    expect(rssi).toBeLessThan(-20);
    expect(phase >= 0 && phase < 2 * Math.PI).toBe(true);
    expect(Number.isFinite(doppler)).toBe(true);
    expect(Math.abs(firstSeen!.microseconds / 1000 - Date.now())).toBeLessThan(5000);
  });

  test('take the phase of a Zebra reader too, from 0 to 2π', () => {
    const phases = [-16_384, 0, 16_384].map((Phase) => {
      const parameters: Parameter[] = [
        { parameter: 'EPC_96', EPC: '30'.repeat(12) },
        { parameter: 'MotoTagPhase', Phase },
      ];
      const tags = [{ parameter: 'TagReportData', parameters }];
      const columns = createColumns();
      readReport(encode({ message: 'RO_ACCESS_REPORT', version: 1, id: 1, parameters: tags }), columns);
      return tagRead(columns, 0).phase;
    });
    expect(phases).toEqual([(3 * Math.PI) / 2, 0, Math.PI / 2]);
  });
});

describe('events', () => {
  const told = (...parameters: Parameter[]): Message => ({
    message: 'READER_EVENT_NOTIFICATION',
    version: 2,
    id: 1,
    parameters: [
      {
        parameter: 'ReaderEventNotificationData',
        parameters: [{ parameter: 'Uptime', Microseconds: 7 }, ...parameters],
      },
    ],
  });
  const ids = { ROSpecID: 4, SpecIndex: 2 };
  test.each<[Parameter, ReaderEvent]>([
    [{ parameter: 'GPIEvent', GPIPortNumber: 2, GPIEvent: true }, { type: 'gpi', port: 2, high: true }],
    [{ parameter: 'AntennaEvent', EventType: 'Antenna_Connected', AntennaID: 3 }, { type: 'antenna', antenna: 3, connected: true }],
    [{ parameter: 'ROSpecEvent', EventType: 'Start_Of_ROSpec', ROSpecID: 4, PreemptingROSpecID: 0 }, { type: 'rospec-started', rospecId: 4 }],
    [{ parameter: 'ROSpecEvent', EventType: 'Preemption_Of_ROSpec', ROSpecID: 4, PreemptingROSpecID: 5 }, { type: 'rospec-preempted', rospecId: 4, by: 5 }],
    [{ parameter: 'AISpecEvent', EventType: 'End_Of_AISpec', ...ids }, { type: 'aispec-ended', rospecId: 4, specIndex: 2 }],
    [{ parameter: 'RFSurveyEvent', EventType: 'End_Of_RFSurvey', ...ids }, { type: 'survey-ended', rospecId: 4, specIndex: 2 }],
    [{ parameter: 'SpecLoopEvent', ROSpecID: 4, LoopCount: 9 }, { type: 'loop', rospecId: 4, count: 9 }],
    [{ parameter: 'ReportBufferLevelWarningEvent', ReportBufferPercentageFull: 80 }, { type: 'buffer-filling', percent: 80 }],
    [{ parameter: 'ReportBufferOverflowErrorEvent' }, { type: 'buffer-overflow' }],
    [{ parameter: 'ReaderExceptionEvent', Message: 'hot', parameters: [{ parameter: 'ROSpecID', ROSpecID: 4 }] }, { type: 'exception', message: 'hot', rospecId: 4 }],
    [{ parameter: 'HoppingEvent', HopTableID: 1, NextChannelIndex: 7 }, { type: 'hopping', hopTable: 1, nextChannel: 7 }],
    [{ parameter: 'ConnectionAttemptEvent', Status: 'Another_Connection_Attempted' }, { type: 'other-client' }],
    [{ parameter: 'ConnectionCloseEvent' }, { type: 'closing' }],
    [{ parameter: 'ROSpecEvent', EventType: 77, ROSpecID: 4, PreemptingROSpecID: 0 }, { type: 'other', parameter: expect.objectContaining({ EventType: 77 }) as never }],
  ])('%j', (parameter, event) => {
    expect(readerEvents(told(parameter))).toEqual({ at: { clock: 'uptime', microseconds: 7 }, events: [event] });
  }); // prettier-ignore

  test('of an ROSpec come from a reader that is asked for them', async () => {
    const { reader: link, of } = await client(await start());
    const parameters = [eventNotifications({ ROSpec_Event: true })];
    await link.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters });
    await run(link, inventoryROSpec({ id: 1, immediate: true }));
    await link.request({ message: 'STOP_ROSPEC', ROSpecID: 1 });
    const events = () => of('READER_EVENT_NOTIFICATION').flatMap((message) => readerEvents(message).events);
    await soon(() => events().length === 2);
    expect(events()).toEqual([
      { type: 'rospec-started', rospecId: 1 },
      { type: 'rospec-ended', rospecId: 1 },
    ]);
  });
});

describe('signals', () => {
  test('end a request; its answer is nobody’s then', async () => {
    const others: string[] = [];
    const slow = await reader(() => {});
    const link = await to(slow.port, { onOther: (message) => others.push(message.message) });
    const stop = new AbortController();
    const asked = link.request({ message: 'GET_ROSPECS' }, { signal: stop.signal });
    await until(() => slow.got.length === 1);
    stop.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    await expect(link.request({ message: 'GET_ROSPECS' }, { signal: stop.signal })).rejects.toThrow('enough');
    slow.say(encode({ message: 'GET_ROSPECS_RESPONSE', version: 1, id: slow.got[0]!.id, parameters: [SUCCESS] }));
    await until(() => others.length === 1);
    expect([others, slow.got.length]).toEqual([['GET_ROSPECS_RESPONSE'], 1]);
  });

  test('close a listener, its port is free again', async () => {
    const stop = new AbortController();
    const to = { host: '127.0.0.1', port: 0 };
    const { port } = await listen({ ...to, signal: stop.signal }, { onReader: () => {} });
    stop.abort();
    const again = await listen({ ...to, port }, { onReader: () => {} });
    await again.close();
    await expect(listen({ ...to, signal: stop.signal }, { onReader: () => {} })).rejects.toThrow();
  });
});
