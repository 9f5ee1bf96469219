// Recall cases over REST: what they cover, what is on hold, who may do what.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addKey } from '../../src/store/api-key.ts';
import { minute } from '../trace/scenario.ts';
import { opening, type RecallServer, startRecalls } from './recall-server.ts';
import { clientOf, DATABASES } from './server.ts';

const WAIT = { timeout: 5_000, interval: 20 };

describe.each(DATABASES)('the scope of a recall case on %s', (database) => {
  let server: RecallServer;
  beforeAll(async () => {
    server = await startRecalls(database);
  });
  afterAll(() => server.stop());

  async function opened(roots: object[], more: object = {}): Promise<string> {
    const made = await server.as('coordinator')('POST', '/api/recalls', opening(roots, more));
    expect(made.status, made.text).toBe(201);
    expect(made.json).not.toHaveProperty('scopeProblem');
    return `/api/recalls/${made.json.caseID}`;
  }
  const ids = (list: { id: string }[]): string[] => list.map(({ id }) => id);

  it('example 5: what a declaration takes off the list is told with its cause, and stays held until a person releases it', async () => {
    const first = await server.tell(`
      a1@1 O ADD l:R.1=10KGM
      a2@1 O ADD l:R.2=10KGM
      a3@3 T l:R.1=10KGM > l:F.1=9KGM`);
    const [r1, f1] = [first.names.uri('l:R.1'), first.names.uri('l:F.1')];
    const path = await opened([{ id: r1 }]);
    const one = (await server.as('reader')('GET', `${path}/scopes/1`)).json;
    expect(ids(one.definite)).toEqual([f1, r1].sort());
    await server.tell('a3!9 incorrect_data');
    // the platform takes it anew by itself
    await vi.waitFor(async () => {
      const { json } = await server.as('reader')('GET', `${path}/scopes`);
      expect(json.map(({ version, by }: { version: number; by: object }) => [version, by])).toMatchObject([
        [1, { role: 'coordinator' }],
        [2, { key: 'platform' }],
      ]);
    }, WAIT);
    const two = (await server.as('reader')('GET', `${path}/scopes/latest`)).json;
    expect(two.difference).toMatchObject({
      since: 1,
      added: [],
      removed: [{ id: f1, cause: [{ eventID: first.names.event('a3'), what: 'declared' }] }],
    });
    expect(ids(two.definite)).toEqual([r1]);
    const removed = (await server.as('reader')('GET', `${path}/entries?list=removed`)).json;
    expect(removed).toMatchObject([{ id: f1, listed: false, onHold: true, decision: null }]);
    expect((await server.as('reader')('GET', `/api/recalled/${encodeURIComponent(f1)}`)).json).toMatchObject({
      recalled: true,
      additionalInfo: 'recalled',
    });
    // both versions stay as they were
    expect((await server.as('reader')('GET', `${path}/scopes/1`)).json).toEqual(one);
    const decided = { ids: [f1], decision: 'out', reason: 'e3 was declared wrong' };
    expect((await server.as('coordinator')('POST', `${path}/decisions`, decided)).json).toMatchObject({ undecided: 0 });
    const held = (await server.as('reader')('GET', `${path}/entries?list=held`)).json;
    expect(ids(held)).toContain(f1);
    const release = { ids: [f1], reason: 'not of this lot' };
    expect((await server.as('coordinator')('POST', `${path}/releases`, release)).status).toBe(403);
    expect((await server.as('quality')('POST', `${path}/releases`, release)).json).toMatchObject({ released: 1 });
    expect((await server.as('quality')('POST', `${path}/releases`, release)).status).toBe(409);
    expect((await server.as('reader')('GET', `/api/recalled/${encodeURIComponent(f1)}`)).json).toMatchObject({
      recalled: false,
      onHold: false,
    });
  });

  it('whoever decided about an entry does not release it, and neither does who opened the case', async () => {
    const told = await server.tell('b1@20 O ADD l:B1.1=10KGM');
    const id = told.names.uri('l:B1.1');
    const made = await server.as('operator')('POST', '/api/recalls', opening([{ id }]));
    const path = `/api/recalls/${made.json.caseID}`;
    const body = { ids: [id], reason: 'tested fine' };
    expect((await server.as('operator')('POST', `${path}/releases`, body)).status).toBe(403);
    await server.as('quality')('POST', `${path}/decisions`, { ...body, decision: 'out' });
    expect((await server.as('quality')('POST', `${path}/releases`, body)).status).toBe(403);
    const { key } = await addKey(server.store, '00000000-0000-0000-0000-000000000000', 'quality', Date.now());
    expect((await clientOf(server.url, key)('POST', `${path}/releases`, { body })).status).toBe(200);
  });

  it('a gate read or a shipment of what is on hold raises an alert within 5 s, also of its pallet, and of nothing else', async () => {
    const told = await server.tell(`
      c1@30 O ADD i:G.1 i:G.2 lot=L1 loc=FAC
      c2@31 A ADD s:PG < i:G.1 loc=FAC
      c3@31 O ADD i:G.9 lot=L9 loc=FAC`);
    const path = await opened([{ id: told.names.uri('l:G.L1') }]);
    expect(ids((await server.as('reader')('GET', `${path}/scopes/1`)).json.carriers)).toEqual([told.names.uri('s:PG')]);
    const before = (await server.as('capture')('GET', '/api/alerts?limit=1000')).json.at(-1)?.number ?? 0;
    const start = performance.now();
    await server.tell(`
      c4@40 O OBSERVE s:PG i:G.9 rp=GATE
      c5@41 O OBSERVE i:G.2 step=shipping rp=DOCK
      c6@42 O OBSERVE i:G.9 step=shipping rp=DOCK
      c7@43 O OBSERVE i:G.2 step=holding loc=CAGE`);
    const alerts = async () => (await server.as('capture')('GET', `/api/alerts?after=${before}`)).json;
    await vi.waitFor(async () => expect(await alerts()).toHaveLength(2), WAIT);
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(await alerts()).toMatchObject([
      {
        number: before + 1,
        id: told.names.uri('s:PG'),
        kind: 'gate',
        eventID: told.names.event('c4'),
        acknowledged: null,
      },
      { number: before + 2, id: told.names.uri('i:G.2'), kind: 'shipping', eventID: told.names.event('c5') },
    ]);
    const seen = await server.as('capture')('POST', `/api/alerts/${before + 1}/acknowledgement`, {
      note: 'stopped at the gate',
      person: 'Wang',
    });
    expect(seen.json.acknowledged).toMatchObject({ by: 'Wang', note: 'stopped at the gate' });
    // what goes on after them raises no second alert of the same capture
    await server.tell('c8@44 O OBSERVE i:G.9 rp=GATE');
    expect(await alerts()).toHaveLength(2);
  });

  it('what a late upload adds is on hold, and captured since then raises alerts too', async () => {
    const told = await server.tell('d1@50 O ADD l:RL.1=10KGM');
    const path = await opened([{ id: told.names.uri('l:RL.1') }]);
    const before = (await server.as('capture')('GET', '/api/alerts?limit=1000')).json.at(-1)?.number ?? 0;
    const late = await server.tell(`
      d3@60 O OBSERVE l:FL.1=9KGM step=shipping rp=DOCK
      d2@52 T l:RL.1=10KGM > l:FL.1=9KGM r=61`);
    const [rl, fl] = [told.names.uri('l:RL.1'), late.names.uri('l:FL.1')];
    expect(rl).not.toBe(fl);
    await vi.waitFor(async () => {
      const { json } = await server.as('reader')('GET', `${path}/entries?list=held`);
      expect(json).toHaveLength(2);
    }, WAIT);
    const { json } = await server.as('reader')('GET', `${path}/scopes/latest`);
    expect(json.difference.added).toMatchObject([{ cause: [{ eventID: late.names.event('d2'), what: 'captured' }] }]);
    await vi.waitFor(async () => {
      const alerts = (await server.as('capture')('GET', `/api/alerts?after=${before}`)).json;
      expect(
        alerts.map(({ kind, eventID }: Record<string, string>) => `${kind} ${String(late.names.back(eventID))}`).sort(),
      ).toEqual(['input d2', 'shipping d3']);
    }, WAIT);
  });

  it('of a drill nothing is on hold at a gate', async () => {
    const told = await server.tell('f1@70 O ADD i:DR.1 lot=L1 loc=FAC');
    const made = await server.as('coordinator')(
      'POST',
      '/api/recalls',
      opening([{ id: told.names.uri('l:DR.L1') }], { drill: true }),
    );
    expect(made.json).toMatchObject({ drill: true, entries: { definite: 2 }, measured: { millisecondsToFullList: 0 } });
    const before = (await server.as('capture')('GET', '/api/alerts?limit=1000')).json.at(-1)?.number ?? 0;
    const real = await server.tell('f3@71 O ADD i:DS.1 lot=L1 loc=FAC');
    await opened([{ id: real.names.uri('i:DS.1') }]);
    await server.tell('f2@72 O OBSERVE i:DR.1 rp=GATE\nf4@72 O OBSERVE i:DS.1 rp=GATE');
    const alerts = async () => (await server.as('capture')('GET', `/api/alerts?after=${before}`)).json;
    await vi.waitFor(async () => expect(await alerts()).not.toHaveLength(0), WAIT);
    expect((await alerts()).map(({ eventID }: { eventID: string }) => eventID)).not.toContain(real.names.event('f2'));
    expect(
      (await server.as('reader')('GET', `/api/recalled/${encodeURIComponent(told.names.uri('i:DR.1'))}`)).json,
    ).toMatchObject({ recalled: false });
  });

  it('may begin with whatever was at a place in a window', async () => {
    const told = await server.tell(`
      g1@80 O ADD l:PA.1=1KGM loc=OVEN
      g2@85 O ADD i:PB.1 lot=L1 loc=OVEN
      g3@95 O ADD l:PC.1=1KGM loc=OVEN
      g4@96 T l:PA.1=1KGM > l:PD.1=1KGM loc=HALL`);
    const [place, from, to] = [told.names.uri('p:OVEN'), minute(80), minute(90)];
    const window = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    const path = await opened([{ place, ...window }]);
    const { definite } = (await server.as('reader')('GET', `${path}/scopes/1`)).json;
    expect(ids(definite)).toEqual(['i:PB.1', 'l:PA.1', 'l:PD.1'].map((id) => told.names.uri(id)).sort());
    const roots = definite.filter(({ role }: { role: string }) => role === 'root');
    expect(ids(roots)).toEqual(['i:PB.1', 'l:PA.1'].map((id) => told.names.uri(id)).sort());
    const body = opening([{ place }]);
    expect((await server.as('coordinator')('POST', '/api/recalls', body)).status).toBe(400);
  });

  it('two who take the scope at once each get a version of their own', async () => {
    const told = await server.tell('h1@100 O ADD l:HH.1=1KGM loc=OVEN');
    const path = await opened([{ id: told.names.uri('l:HH.1') }]);
    const both = await Promise.all([1, 2].map(() => server.as('coordinator')('POST', `${path}/scopes`, {})));
    expect(both.map(({ status }) => status)).toEqual([201, 201]);
    expect(both.map(({ json }) => Number(json.version)).toSorted((a, b) => a - b)).toEqual([2, 3]);
    expect(both[0]!.json.digest).toBe(both[1]!.json.digest);
  });
});
