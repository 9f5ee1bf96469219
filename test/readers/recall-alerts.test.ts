// The gate that read goods of a recall learns of it: collector and platform, as they are.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../readers/config.ts';
import { minute } from '../trace/scenario.ts';
import { opening, type RecallServer, startRecalls } from '../http/recall-server.ts';
import { READ_POINT, Rig } from './rig.ts';
import { until } from './stand-in-reader.ts';

describe('alerts of recalls', () => {
  let rig: Rig;
  let server: RecallServer;
  let stopping = new AbortController();
  const listen = (): void => {
    stopping = new AbortController();
    server.platform.live = { stopping: stopping.signal, subscribe: () => () => {} };
  };
  beforeEach(async () => {
    [rig, server] = await Promise.all([Rig.make(), startRecalls('pglite')]);
    server.at(minute(5));
    listen();
  });
  afterEach(async () => {
    await rig.dispose();
    await server.stop();
  });

  const seenAt = async (place: string, id: string): Promise<void> => {
    const event = {
      type: 'ObjectEvent',
      eventTime: new Date().toISOString(),
      eventTimeZoneOffset: '+00:00',
      epcList: [id],
      action: 'OBSERVE',
      readPoint: { id: place },
    };
    const body = {
      '@context': ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'],
      type: 'EPCISDocument',
      schemaVersion: '2.0',
      creationDate: '2030-01-01T00:00:00Z',
      epcisBody: { eventList: [event] },
    };
    expect((await server.as('operator')('POST', '/epcis/capture', body)).status).toBe(202);
  };

  it('of its own places are noted, of other gates not, and it goes on where it was after a lost connection', async () => {
    const key = server.keys.capture;
    const url = `${server.url}/epcis/capture`;
    const collector = await rig.start({
      capture: { url, key, flushMs: 0 },
      alerts: { url: `${server.url}/api/alerts`, key },
    });
    await rig.running();
    const [held, free, other] = rig.tags(3);
    for (const tag of [held!, other!]) {
      await seenAt('urn:epc:id:sgln:0614141.00009.0', tag.uri);
      const made = await server.as('coordinator')('POST', '/api/recalls', opening([{ id: tag.uri }]));
      expect(made.status).toBe(201);
    }
    rig.send([held!, free!]);
    const noted = () => collector.operations(10).filter(({ kind }) => kind === 'on-hold');
    expect(await until(() => noted().length === 1, 10_000)).toBe(true);
    expect(noted()).toMatchObject([{ reader: 'dock-1', detail: { id: held!.uri, kind: 'gate', place: READ_POINT } }]);
    expect(collector.stats().operations).toMatchObject({ 'on-hold': 1 });

    stopping.abort();
    await seenAt('urn:epc:id:sgln:0614141.00009.0', held!.uri);
    rig.send([other!]);
    listen();
    expect(await until(() => noted().length === 2, 10_000)).toBe(true);
    expect(noted()[0]!.detail).toMatchObject({ id: other!.uri });
  }, 30_000);

  it('that cannot be heard are an alarm, and reading goes on', async () => {
    const key = 'tt_000000000000_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
    const collector = await rig.start({ alerts: { url: `${server.url}/api/alerts`, key } });
    const alarm = () => collector.stats().alarms.find(({ name }) => name === 'recall-alerts');
    expect(await until(() => alarm() !== undefined)).toBe(true);
    expect(alarm()!.message).toContain('401');
    expect(JSON.stringify(collector.stats())).not.toContain(key);
    expect(await rig.running()).toBe(true);
    await rig.reload({ alerts: { url: `${server.url}/api/alerts`, key: server.keys.capture } });
    expect(await until(() => alarm() === undefined)).toBe(true);
    await rig.reload();
    expect(() => parseConfig(rig.config({ alerts: { url: 'http://u:p@x/' } }))).toThrow('alerts.key');
  }, 30_000);
});
