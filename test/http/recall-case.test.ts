// A whole recall case over REST, from opening to closing, and its clocks.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addKey } from '../../src/store/api-key.ts';
import { minute, type Story } from '../trace/scenario.ts';
import { opening, type RecallServer, startRecalls } from './recall-server.ts';
import { clientOf, DATABASES } from './server.ts';

const HOUR_MS = 3_600_000;
const DEADLINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00$/;

interface Listed {
  party: string;
  tier: number;
  name: string | null;
  contact: { channel: string } | null;
  goods: { id: string; quantity: string; uom: string }[];
}

describe.each(DATABASES)('a recall case on %s', (database) => {
  let server: RecallServer;
  const read = async (path: string) => {
    const answer = await server.as('reader')('GET', path);
    expect(answer.status, answer.text).toBe(200);
    return answer.json;
  };
  const work = async (path: string, body: object, status = 201, role: 'coordinator' | 'quality' = 'coordinator') => {
    const answer = await server.as(role)('POST', path, body);
    expect(answer.status, answer.text).toBe(status);
    return answer.json;
  };
  beforeAll(async () => {
    server = await startRecalls(database);
  });
  afterAll(() => server.stop());

  async function opened(roots: object[], more: object = {}): Promise<string> {
    const { caseID, scopeProblem } = await work('/api/recalls', opening(roots, more));
    expect(scopeProblem).toBeUndefined();
    return `/api/recalls/${caseID}`;
  }
  const deadline = async (path: string, id: string) => {
    const found = (await read(`${path}/deadlines`)).filter((one: { id: string }) => one.id === id);
    expect(found).toHaveLength(1);
    expect(found[0].due).toMatch(DEADLINE);
    return found[0];
  };

  describe('its clocks', () => {
    const clocks = async (knownAt: string, more: object): Promise<string> => {
      server.at(knownAt);
      return opened([{ id: 'urn:epc:class:lgtin:9521141.012345.CLOCK' }], { knownAt, ...more });
    };

    it('example 1: cn-food class 1, known on a Thursday, notice given on Friday', async () => {
      const path = await clocks('2026-06-04T10:00:00+08:00', { class: '1' });
      const start = await deadline(path, 'cn-food/1/start');
      expect([Date.parse(start.due), start.state, start.basis.rule]).toEqual([
        Date.parse('2026-06-05T10:00:00+08:00'),
        'open',
        '食品召回管理办法',
      ]);
      expect(start.leftSeconds).toBe(24 * 3600);
      server.at('2026-06-05T09:00:00+08:00');
      expect((await deadline(path, 'cn-food/1/start')).leftSeconds).toBe(3600);
      await work(`${path}/acts`, { act: 'notice' });
      expect((await deadline(path, 'cn-food/1/start')).state).toBe('met');
      const finish = await deadline(path, 'cn-food/1/finish');
      // the end of a day is the first instant of the next
      expect([Date.parse(finish.due), finish.unit]).toEqual([Date.parse('2026-06-20T00:00:00+08:00'), 'workingDay']);
    });

    it('example 2: hours count through the week-end', async () => {
      const path = await clocks('2026-06-05T18:00:00+08:00', { class: '3' });
      const { due } = await deadline(path, 'cn-food/3/start');
      expect(Date.parse(due)).toBe(Date.parse('2026-06-08T18:00:00+08:00'));
    });

    it('example 3: cn-drug class 2, from the decision, then progress every three days', async () => {
      const decidedAt = '2026-06-01T09:00:00+08:00';
      const path = await clocks(decidedAt, { class: '2', jurisdiction: 'cn-drug', decidedAt });
      const { due, notVerified } = await deadline(path, 'cn-drug/2/notify');
      expect(Date.parse(due)).toBe(Date.parse('2026-06-05T00:00:00+08:00'));
      expect(notVerified.zh).toContain('2022年第92号');
      server.at('2026-06-02T09:00:00+08:00');
      await work(`${path}/acts`, { act: 'notice' });
      const one = await deadline(path, 'cn-drug/2/progress/1');
      expect(Date.parse(one.due)).toBe(Date.parse('2026-06-06T00:00:00+08:00'));
    });

    it('example 4: raised from 3 to 1 at 20 h it is due at 24 h; at 30 h it is late at once; the old one stays', async () => {
      for (const [hours, state] of [
        [20, 'open'],
        [30, 'late'],
      ] as const) {
        const knownAt = '2026-06-01T08:00:00+08:00';
        const path = await clocks(knownAt, { class: '3', provisional: true });
        server.at(Date.parse(knownAt) + hours * HOUR_MS);
        const raised = await work(`${path}/class`, { class: '1', reason: 'children are ill' }, 200);
        expect(raised).toMatchObject({ class: '1', provisional: false, classes: [{ class: '3' }, { class: '1' }] });
        const start = await deadline(path, 'cn-food/1/start');
        expect([Date.parse(start.due), start.state]).toEqual([Date.parse(knownAt) + 24 * HOUR_MS, state]);
        const old = await deadline(path, 'cn-food/3/start');
        expect(Date.parse(old.supersededAt)).toBe(Date.parse(knownAt) + hours * HOUR_MS);
        server.at('2026-06-01T00:00:00Z');
      }
    });

    it.each([
      [{ class: '9' }, 'class'],
      [{ zone: 'Moon/Crater' }, 'zone'],
      [{ jurisdiction: 'moon' }, 'jurisdiction'],
      [{ knownAt: 'yesterday' }, 'knownAt'],
      [{ knownAt: '2099-01-01T00:00:00Z' }, 'knownAt'],
      [{ roots: [] }, 'roots'],
      [{ roots: [{ id: 'milk' }] }, 'roots'],
      [{ reason: 'a\u0000b' }, 'reason'],
      [{ colour: 'red' }, 'colour'],
    ])('a case with %j is refused', async (more, says) => {
      const body = { ...opening([{ id: 'urn:epc:class:lgtin:9521141.012345.X' }]), ...more };
      const answer = await server.as('coordinator')('POST', '/api/recalls', body);
      expect(answer.status, answer.text).toBe(400);
      expect(answer.text).toContain(says);
    });
  });

  describe('from opening to closing', () => {
    let told: Story;
    let path: string;
    let lot: string;
    let possible: string;
    let shopA: string;
    let shopB: string;
    beforeAll(async () => {
      server.at(minute(0));
      told = await server.tell(`
        m1@1 O ADD l:M.1=100KGM loc=FAC
        m2@2 O OBSERVE l:M.1=60KGM step=shipping loc=FAC
        m3@3 O OBSERVE l:M.1=60KGM step=receiving loc=SHOPA
        m4@2 O OBSERVE l:M.1=30KGM step=shipping loc=FAC
        m5@3 O OBSERVE l:M.1=30KGM step=receiving loc=SHOPB
        m6@4 T > l:P.1=5KGM xid=X1 loc=FAC
        m7@5 T l:M.1=10KGM > xid=X1 loc=FAC`);
      [lot, possible] = [told.names.uri('l:M.1'), told.names.uri('l:P.1')];
      [shopA, shopB] = [told.names.uri('p:SHOPA'), told.names.uri('p:SHOPB')];
      server.at(minute(60));
      path = await opened([{ id: lot }], {
        us: [told.names.uri('p:FAC')],
        contacts: { [shopA]: { name: 'Shop A', channel: 'email', address: 'a@shop.example', language: 'zh' } },
        knownAt: new Date(minute(60)).toISOString(),
      });
    });

    it('lists definite and possible apart, and the possible one has to be decided', async () => {
      const view = await read(path);
      expect(view).toMatchObject({ state: 'open', entries: { definite: 1, possible: 1, undecided: 1, held: 2 } });
      const scope = await read(`${path}/scopes/latest`);
      expect(scope).toMatchObject({ definite: [{ id: lot }], possible: [{ id: possible }] });
      await work(`${path}/decisions`, { ids: [possible], decision: 'out', reason: 'drawn before' }, 200, 'quality');
      expect((await read(path)).entries).toMatchObject({ undecided: 0, out: 1, held: 2 });
      const unknown = { ids: ['urn:epc:class:lgtin:9521141.012345.NONE'], decision: 'in', reason: 'x' };
      expect((await server.as('quality')('POST', `${path}/decisions`, unknown)).status).toBe(400);
    });

    it('computes who received how much, and what stayed', async () => {
      const { consignees, books } = await work(`${path}/consignees`, {}, 200);
      const short = consignees.map(({ party, tier, name, contact, goods }: Listed) => [
        party,
        tier,
        name,
        contact?.channel,
        goods.map(({ id, quantity, uom }) => [id, quantity, uom]),
      ]);
      expect(short).toHaveLength(2);
      expect(short).toEqual(
        expect.arrayContaining([
          [shopA, 1, 'Shop A', 'email', [[lot, '60', 'KGM']]],
          [shopB, 1, null, undefined, [[lot, '30', 'KGM']]],
        ]),
      );
      expect(books).toMatchObject([{ lot, made: '100', tier1: '90', consumed: '10', onHand: '0', gap: '0' }]);
    });

    let links: Record<string, string>;
    it('writes a notice to each with its own goods alone; one without contact is a listed failure', async () => {
      server.at(minute(120));
      const notices = await work(`${path}/notices`, {});
      const [a, b] = [shopA, shopB].map((party) =>
        notices.find(({ consignee }: { consignee: string }) => consignee === party),
      );
      expect(a).toMatchObject({ state: 'prepared', version: 1, language: 'zh', goods: [{ id: lot, quantity: '60' }] });
      expect(b).toMatchObject({ state: 'failed', contact: null, language: 'en', goods: [{ id: lot, quantity: '30' }] });
      expect(a.text).toContain(a.link);
      expect(a.text).toContain('召回');
      expect(a.text).not.toContain('30 KGM');
      expect((await read(`${path}/notices`)).map(({ outdated }: { outdated: boolean }) => outdated)).toEqual([
        false,
        false,
      ]);
      links = { a: new URL(a.link).pathname, b: new URL(b.link).pathname };
      // the token is in no record and no log
      const token = links['a']!.split('/').at(-1)!;
      for (const place of ['notices', 'audit', 'archive'])
        expect((await server.as('reader')('GET', `${path}/${place}`)).text).not.toContain(token);
      const sent = await work(`${path}/notices/marks`, { consignee: shopA, state: 'sent', channel: 'email' }, 200);
      expect(sent).toMatchObject({ state: 'sent', due: new Date(minute(120) + 72 * HOUR_MS).toISOString() });
      expect((await deadline(path, 'cn-food/1/start')).state).toBe('met');
      const again = await work(`${path}/notices`, { consignees: [shopA] });
      expect(again).toMatchObject([{ version: 2, consignee: shopA }]);
      await work(`${path}/notices/marks`, { consignee: shopA, state: 'sent' }, 200);
      await work(`${path}/notices/marks`, { consignee: shopB, state: 'settled', note: 'told by telephone' }, 200);
    });

    it('a link opens the notice of its consignee alone, and takes its answer', async () => {
      const anyone = clientOf(server.url);
      const open = await anyone('GET', links['a']!);
      expect(open).toMatchObject({ status: 200, json: { goods: [{ id: lot, quantity: '60' }], answer: null } });
      expect(open.headers.get('cache-control')).toBe('no-store');
      expect(open.text).not.toContain(shopB);
      const [notice] = (await read(`${path}/notices`)).filter(
        ({ consignee }: Record<string, string>) => consignee === shopA,
      );
      expect(notice).toMatchObject({ state: 'opened' });
      const token = links['a']!;
      for (const wrong of [
        `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
        `${token}x`,
        '/api/recall-links/x',
      ])
        expect((await anyone('GET', wrong)).status).toBe(404);
      const lines = [{ lot, uom: 'KGM', received: '60', onHand: '20', returned: '10', soldOn: '30' }];
      const soldTo = [
        { name: 'Kiosk', contact: { channel: 'post', address: 'Street 1' }, lot, quantity: '30', uom: 'KGM' },
      ];
      const strange = { lines: [{ ...lines[0], lot: possible }] };
      expect((await anyone('POST', token, { body: strange })).status).toBe(400);
      const answer = await anyone('POST', token, { body: { lines, soldTo } });
      expect(answer).toMatchObject({ status: 201, json: { exceeds: [], via: 'link' } });
      const logged = JSON.stringify(server.log);
      expect(logged).toContain('/recall-links/…');
      expect(logged).not.toContain(token.split('.').at(-1));
    });

    it('what was sold on makes a consignee of the next tier, and too much is kept and flagged', async () => {
      const { consignees } = await read(`${path}/consignees`);
      expect(consignees).toHaveLength(3);
      expect(consignees.find(({ tier }: { tier: number }) => tier === 2)).toMatchObject({
        from: [shopA],
        contact: { channel: 'post' },
        goods: [{ id: lot, quantity: '30' }],
      });
      const flagged = await work(`${path}/replies`, {
        consignee: shopB,
        lines: [{ lot, uom: 'KGM', destroyed: '31' }],
        proof: 'protocol 7',
      });
      expect(flagged).toMatchObject({ exceeds: [lot], via: 'api' });
      const kept = await work(`${path}/replies`, { consignee: shopB, lines: [{ lot, uom: 'KGM', destroyed: '30' }] });
      expect(kept.exceeds).toEqual([]);
    });

    it('no answer in time: a reminder, then escalation', async () => {
      const [notice] = await work(`${path}/notices`, {});
      expect(notice).toMatchObject({ version: 1, goods: [{ id: lot, quantity: '30' }] });
      const consignee = notice.consignee as string;
      await work(`${path}/notices/marks`, { consignee, state: 'sent' }, 200);
      expect(await work(`${path}/reminders`, {})).toEqual({ reminders: [], escalated: [] });
      server.at(minute(120) + 73 * HOUR_MS);
      const state = async () =>
        (await read(`${path}/notices`)).find((one: { consignee: string }) => one.consignee === consignee);
      expect((await state()).followUp).toBe('reminder');
      expect(await work(`${path}/reminders`, {})).toMatchObject({
        reminders: [{ consignee, kind: 'reminder', version: 2 }],
      });
      await work(`${path}/notices/marks`, { consignee, state: 'sent' }, 200);
      expect((await state()).followUp).toBe('none');
      server.at(minute(120) + 147 * HOUR_MS);
      expect(await work(`${path}/reminders`, {})).toMatchObject({ reminders: [], escalated: [consignee] });
      expect((await state()).followUp).toBe('escalated');
    });

    it('draws a sample by a seed, and shows both percentages', async () => {
      const sample = await work(`${path}/sample`, {});
      expect(sample).toMatchObject({ level: 'A', percent: 100, size: 3 });
      expect((await server.as('coordinator')('POST', `${path}/sample`, {})).status).toBe(409);
      for (const consignee of sample.ids) await work(`${path}/checks`, { consignee, correct: consignee === shopA });
      expect(await read(`${path}/effectiveness`)).toMatchObject({
        notified: 3,
        answered: 2,
        answeredPercent: 66.6,
        correctPercent: 33.3,
        sample: { seed: sample.seed },
      });
    });

    it('is not closed while something stands in the way, and names it', async () => {
      const body = { reason: 'done' };
      const refused = await server.as('quality')('POST', `${path}/closing`, body);
      expect(refused.status).toBe(409);
      const codes = (errors: { code: string }[]) => errors.map(({ code }) => code).sort();
      expect(codes(refused.json.errors)).toEqual(['BALANCE_UNEXPLAINED', 'DEADLINE_OPEN']);
      expect(codes((await read(`${path}/obstacles`)).obstacles)).toEqual(['BALANCE_UNEXPLAINED', 'DEADLINE_OPEN']);
      const { lots } = await read(`${path}/reconciliation`);
      expect(lots).toMatchObject([
        { lot, made: '100', returned: '10', destroyed: '30', consumed: '10', atConsignees: '20', missing: '30' },
      ]);
      const regulator = await server.as('quality')('POST', `${path}/closing`, { ...body, closer: 'regulator' });
      expect(codes(regulator.json.errors)).toContain('REFERENCE_MISSING');
    });

    it('reports its status of any day, and is filed as data, tables and a page', async () => {
      const now = await read(`${path}/status`);
      const field = (report: { fields: { name: string; value: unknown }[] }, name: string) =>
        report.fields.find((one) => one.name === name)?.value;
      expect(field(now, 'notified')).toBe(3);
      expect(field(now, 'returned')).toBe('10 KGM');
      const before = await read(`${path}/status?at=${new Date(minute(90)).toISOString()}`);
      expect(field(before, 'notified')).toBe(0);
      const early = await server.as('reader')('GET', `${path}/status?at=2020-01-01T00:00:00Z`);
      expect(early.status).toBe(400);
      const get = clientOf(server.url, server.keys.reader);
      const report = await get('GET', `${path}/report`);
      expect(report.json).toMatchObject({ format: 'tagtrail-recall-report-1', digest: expect.stringMatching(/^ni:/) });
      const { goods } = report.json.scope;
      expect(goods).toContainEqual(expect.objectContaining({ id: lot, locations: [shopA, shopB].sort(), fraction: 1 }));
      const csv = await get('GET', `${path}/report?table=goods&language=zh`, { headers: { accept: 'text/csv' } });
      expect(csv.headers.get('content-type')).toContain('text/csv');
      expect(csv.text).toContain(lot);
      const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
      const xlsx = await get('GET', `${path}/report`, { headers: { accept: type } });
      expect([xlsx.status, xlsx.headers.get('content-type'), xlsx.text.slice(0, 2)]).toEqual([200, type, 'PK']);
      const page = await get('GET', `${path}/report`, { headers: { accept: 'text/html' } });
      expect(page.text).toContain('Listeria found');
      expect(page.headers.get('content-security-policy')).toContain('sha256');
    });

    it('closes once all is done, is read-only then, and is opened again by a new step', async () => {
      await work(`${path}/explanations`, { lot, reason: 'eaten by customers of the kiosk' }, 201, 'quality');
      await work(`${path}/acts`, { act: 'completion' });
      const closed = await work(`${path}/closing`, { reason: 'all done' }, 200, 'quality');
      expect(closed).toMatchObject({ state: 'closed', closings: [{ closed: true, reason: 'all done' }] });
      for (const [what, body] of [
        ['scopes', {}],
        ['acts', { act: 'finalReport' }],
        ['notices', {}],
        ['decisions', { ids: [possible], decision: 'in', reason: 'x' }],
        ['closing', { reason: 'again' }],
      ] as const) {
        expect((await server.as('operator')('POST', `${path}/${what}`, body)).status, what).toBe(409);
      }
      const late = await clientOf(server.url)('POST', links['a']!, { body: { lines: [{ lot, uom: 'KGM' }] } });
      expect(late.status).toBe(409);
      expect(await work(`${path}/reopening`, { reason: 'another box was found' }, 200, 'quality')).toMatchObject({
        state: 'open',
        closings: [{ closed: true }, { closed: false }],
      });
      expect((await server.as('quality')('POST', `${path}/reopening`, { reason: 'x' })).status).toBe(409);
    });

    it('has every step in its record, with who did it', async () => {
      const steps = await read(`${path}/audit?perPage=1000`);
      const kinds = new Set(steps.map(({ kind }: { kind: string }) => kind));
      for (const kind of ['opened', 'scope', 'consignees', 'decided', 'noticed', 'marked', 'replied', 'escalated'])
        expect([...kinds]).toContain(kind);
      expect(steps.map(({ step }: { step: number }) => step)).toEqual(steps.map((_: object, i: number) => i + 1));
      expect(steps[0].by).toMatchObject({ role: 'coordinator' });
      const first = await server.as('reader')('GET', `${path}/audit?perPage=2`);
      expect(first.json).toEqual(steps.slice(0, 2));
      const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')![1]!;
      expect(await read(next)).toEqual(steps.slice(2, 4));
    });

    it('notes who has read what of it, as of which version, and not what was refused', async () => {
      const { version } = await read(path);
      await read(`${path}/entries?list=held`);
      // later than all before it
      server.at(server.platform.clock() + 1);
      expect((await server.as('partner')('GET', path)).status).toBe(403);
      const quality = await server.as('quality')('GET', `${path}/looks?perPage=1000`);
      const looks = quality.json.filter((look: { version: number }) => look.version === version);
      expect(looks.at(-1)).toMatchObject({ role: 'quality', what: 'looks?perPage=1000' });
      for (const what of ['', 'entries?list=held'])
        expect(looks).toContainEqual(
          expect.objectContaining({ role: 'reader', what, key: expect.stringMatching(/^\w+$/) }),
        );
      expect(looks).not.toContainEqual(expect.objectContaining({ role: 'partner' }));
      const first = await server.as('quality')('GET', `${path}/looks?perPage=1`);
      const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link')!)![1]!;
      const second = (await server.as('quality')('GET', next)).json;
      expect([...first.json, ...second]).toEqual(quality.json.slice(0, 2));
      // reading changes nothing of the case
      expect((await read(path)).version).toBe(version);
    });

    it('fills in the forms of the United States, as data and as CSV', async () => {
      const { fields, missing, version } = await read(`${path}/forms/firm-report`);
      expect(fields).toContainEqual(expect.objectContaining({ name: 'produced', value: '100 KGM' }));
      expect([missing, version]).toEqual([expect.arrayContaining(['timespan']), expect.any(Number)]);
      const get = clientOf(server.url, server.keys.reader);
      const accept = { headers: { accept: 'text/csv' } };
      const lines = await get('GET', `${path}/forms/firm-report?language=zh`, accept);
      expect(lines.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(lines.text).toContain('直接客户数量,2');
      const record = await get('GET', `${path}/forms/enforcement`, accept);
      const [head, ...rows] = record.text.replace('\uFEFF', '').trim().split('\r\n');
      expect([head!.split(','), rows]).toEqual([
        expect.objectContaining({ length: 24 }),
        expect.objectContaining({ length: 1 }),
      ]);
      expect(head).toMatch(/^recall_number,event_id,status,classification,/);
      expect((await get('GET', `${path}/forms/none`)).status).toBe(404);
      expect((await get('GET', `${path}/forms/enforcement?x=1`)).status).toBe(400);
    });

    it('another tenant sees nothing of it', async () => {
      const { key } = await addKey(server.store, crypto.randomUUID(), 'operator', Date.now());
      const other = clientOf(server.url, key);
      expect((await other('GET', '/api/recalls')).json).toEqual([]);
      expect((await other('GET', '/api/alerts')).json).toEqual([]);
      for (const what of [
        '',
        '/deadlines',
        '/scopes',
        '/scopes/1',
        '/entries',
        '/consignees',
        '/notices',
        '/replies',
        '/audit',
        '/looks',
        '/archive',
        '/report',
        '/status',
      ])
        expect((await other('GET', `${path}${what}`)).status, what).toBe(404);
      for (const [what, body] of [
        ['scopes', {}],
        ['acts', { act: 'completion' }],
        ['closing', { reason: 'x' }],
        ['decisions', { ids: [lot], decision: 'out', reason: 'x' }],
        ['releases', { ids: [lot], reason: 'x' }],
      ] as const)
        expect((await other('POST', `${path}/${what}`, { body })).status, what).toBe(404);
    });

    it.each([
      ['reader', 'acts', { act: 'completion' }],
      ['coordinator', 'closing', { reason: 'x' }],
      ['coordinator', 'releases', { ids: ['urn:epc:class:lgtin:9521141.012345.X'], reason: 'x' }],
      ['quality', 'notices', {}],
      ['capture', 'scopes', {}],
      ['partner', 'replies', {}],
    ] as const)('the role %s may not POST %s', async (role, what, body) => {
      expect((await server.as(role)('POST', `${path}/${what}`, body)).status).toBe(403);
    });
  });

  it('a drill sends nothing and closes by itself, with the time to its full list', async () => {
    const told = await server.tell('q1@9000 O ADD l:Q.1=5KGM loc=FAC');
    const path = await opened([{ id: told.names.uri('l:Q.1') }], { drill: true, us: [told.names.uri('p:FAC')] });
    expect(await read(path)).toMatchObject({
      drill: true,
      measured: { millisecondsToFullList: 0, traced: [{ made: '5', notAccountedFor: '0' }] },
    });
    expect(await work(`${path}/notices`, {})).toEqual([]);
    await work(`${path}/explanations`, { lot: told.names.uri('l:Q.1'), reason: 'still with us' }, 201, 'quality');
    expect(await work(`${path}/closing`, { reason: 'drill done' }, 200, 'quality')).toMatchObject({ state: 'closed' });
  });
});
