// Consignees that do not answer are reminded when their time is over, by the platform itself.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Reminders } from '../../src/capture/recall-reminders.ts';
import { minute } from '../trace/scenario.ts';
import { opening, type RecallServer, startRecalls } from './recall-server.ts';
import { DATABASES } from './server.ts';

const WAIT = { timeout: 10_000, interval: 20 };
const HOUR_MS = 3_600_000;

describe.each(DATABASES)('reminders on %s', (database) => {
  let server: RecallServer;
  const watches: Reminders[] = [];
  beforeEach(async () => {
    server = await startRecalls(database);
    const { store, platform } = server;
    // two processes do not remind twice
    for (let n = 0; n < 2; n++)
      watches.push(new Reminders({ store, clock: () => platform.clock(), logger: platform.logger, pollMs: 20 }));
  });
  afterEach(async () => {
    await Promise.all(watches.splice(0).map((one) => one.stop()));
    await server.stop();
  });

  it('come when the time is over, once, and are escalated when that was in vain; who answered is left alone', async () => {
    const told = await server.tell(`
      a1@1 O ADD l:M.1=100KGM loc=FAC
      a2@2 O OBSERVE l:M.1=60KGM step=shipping loc=FAC
      a3@3 O OBSERVE l:M.1=60KGM step=receiving loc=SHOPA
      a4@2 O OBSERVE l:M.1=30KGM step=shipping loc=FAC
      a5@3 O OBSERVE l:M.1=30KGM step=receiving loc=SHOPB`);
    server.at(minute(100));
    const us = [told.names.uri('p:FAC')];
    const made = await server.as('coordinator')(
      'POST',
      '/api/recalls',
      opening([{ id: told.names.uri('l:M.1') }], { us }),
    );
    expect(made.status, made.text).toBe(201);
    const path = `/api/recalls/${made.json.caseID}`;
    const work = async (part: string, body: object) => (await server.as('coordinator')('POST', path + part, body)).json;
    const notices = async () => (await server.as('reader')('GET', `${path}/notices`)).json;
    const written = await work('/notices', {});
    expect(written).toHaveLength(2);
    const [silent, answering] = written.map(({ consignee }: { consignee: string }) => consignee);
    for (const consignee of [silent, answering]) await work('/notices/marks', { consignee, state: 'sent' });
    const lot = told.names.uri('l:M.1');
    await work('/replies', { consignee: answering, lines: [{ lot, uom: 'KGM', onHand: '1' }] });
    const of = async (consignee: string) =>
      (await notices()).find((one: { consignee: string }) => one.consignee === consignee);
    expect(await of(silent)).toMatchObject({ reminders: 0, due: new Date(minute(100) + 72 * HOUR_MS).toISOString() });

    server.at(minute(100) + 72 * HOUR_MS + 1);
    await vi.waitFor(async () => expect(await of(silent)).toMatchObject({ reminders: 1, followUp: 'none' }), WAIT);
    const reminded = await of(silent);
    const [first, second] = reminded.versions;
    expect(second).toMatchObject({
      kind: 'reminder',
      version: 2,
      link: first.link,
      text: expect.stringContaining('{link}'),
    });
    expect(reminded.due).toBe(new Date(minute(100) + 144 * HOUR_MS + 1).toISOString());
    const steps = (await server.as('reader')('GET', `${path}/audit`)).json;
    expect(steps.at(-1)).toMatchObject({ kind: 'noticed', by: { key: 'platform', role: 'platform' } });

    server.at(minute(100) + 145 * HOUR_MS);
    await vi.waitFor(async () => expect((await of(silent)).followUp).toBe('escalated'), WAIT);
    expect(await of(silent)).toMatchObject({ reminders: 1 });
    expect(await of(answering)).toMatchObject({ reminders: 0, followUp: 'none' });
    const after = (await server.as('reader')('GET', `${path}/audit`)).json;
    expect(after.slice(steps.length).map(({ kind }: { kind: string }) => kind)).toEqual(['escalated']);
  });
});
