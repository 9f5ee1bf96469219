import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  capture,
  captureEvent,
  type CapturePlatform,
  jobById,
  jobs,
  jobVerdicts,
  onCommitted,
} from '../../src/capture/capture.ts';
import { keyOfUri, keyText } from '../../src/gs1/index.ts';
import { byEventId } from '../../src/store/event.ts';
import { factsOf } from '../../src/store/facts.ts';
import { readHead } from '../../src/store/log-head.ts';
import { masterDataOf } from '../../src/store/master-data.ts';
import { onBoth } from '../store/databases.ts';
import { bare, declared, documentOf, type Fields, item, objectEvent, operator } from './events.ts';

const idOf = (event: Fields): string => String(event['eventID']);

onBoth('capture', ({ store, tenant }) => {
  const platform = (more: Partial<CapturePlatform> = {}): CapturePlatform => ({
    store: store(),
    clock: Date.now,
    ...more,
  });

  test('a job, its events readable at once, and a verdict for each', async () => {
    const who = operator(tenant());
    const { job, verdicts } = await capture(platform(), who, documentOf([objectEvent(1), objectEvent(2)]));
    expect(job).toMatchObject({ running: false, success: true, captureErrorBehaviour: 'rollback', errors: [] });
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted']);
    expect(await jobById(store(), who.tenantId, job.captureID)).toEqual(job);
    expect((await jobVerdicts(store(), who.tenantId, job.captureID))?.verdicts).toEqual(verdicts);
    const [stored] = await byEventId(store(), who.tenantId, idOf(objectEvent(1)));
    expect(stored?.event).toMatchObject({ ...objectEvent(1), recordTime: new Date(stored!.recordTime).toISOString() });
    expect(await byEventId(store(), tenant(), idOf(objectEvent(1)))).toEqual([]);
  });

  test('rollback leaves nothing, proceed leaves the good ones', async () => {
    const events = [objectEvent(1), objectEvent(2, { action: 'CREATE' }), objectEvent(3)];
    for (const [behaviour, kept] of [
      ['rollback', 0],
      ['proceed', 2],
    ] as const) {
      const who = operator(tenant());
      const { job, verdicts } = await capture(platform(), who, documentOf(events), { behaviour });
      expect(job.success).toBe(false);
      expect(job.errors[0]).toMatchObject({
        type: 'epcisException:ValidationException',
        eventIndex: 1,
        eventID: idOf(events[1]!),
        path: '/action',
      });
      expect((await readHead(store(), who.tenantId)).size).toBe(kept);
      expect((await jobVerdicts(store(), who.tenantId, job.captureID))?.verdicts).toEqual(verdicts);
    }
  });

  test('the same document again: all duplicates, no failure, nothing twice', async () => {
    const who = operator(tenant());
    const document = documentOf([objectEvent(1), objectEvent(2)]);
    await capture(platform(), who, document);
    const { job, verdicts } = await capture(platform(), who, document);
    expect([job.success, verdicts.map(({ verdict }) => verdict)]).toEqual([true, ['duplicate', 'duplicate']]);
    expect((await readHead(store(), who.tenantId)).size).toBe(2);
  });

  test('other content under an eventID is refused, out of every query, and told to the trace', async () => {
    const who = operator(tenant());
    const other = objectEvent(1, { epcList: [item(77)] });
    await capture(platform(), who, documentOf([objectEvent(1)]));
    const { job } = await capture(platform(), who, documentOf([other]), { behaviour: 'proceed' });
    expect(job.errors).toMatchObject([{ status: 409, eventIndex: 0, rule: 'eventID-conflict' }]);
    expect(await byEventId(store(), who.tenantId, idOf(other))).toHaveLength(1);
    for (const n of [1, 77]) {
      const facts = await factsOf(store(), who.tenantId)({ keys: [keyText(keyOfUri(item(n)).key)] });
      expect(new Set(facts.map(({ refused }) => refused))).toEqual(new Set([false, true]));
    }
  });

  test('a declaration comes back beside its event', async () => {
    const who = operator(tenant());
    await capture(platform(), who, documentOf([objectEvent(1)]));
    await capture(platform(), who, documentOf([declared(objectEvent(1))]));
    const both = await byEventId(store(), who.tenantId, idOf(objectEvent(1)));
    expect(both.map(({ event }) => event.errorDeclaration?.reason)).toEqual([undefined, 'did_not_occur']);
  });

  test('a missing eventID becomes the hash, a recordTime of the client is ignored', async () => {
    const who = operator(tenant());
    const { eventID: _, ...event } = objectEvent(1, { recordTime: '2001-01-01T00:00:00Z' });
    const before = Date.now();
    const { eventID, hash } = await captureEvent(platform(), who, bare(event));
    expect(eventID).toBe(hash);
    const [stored] = await byEventId(store(), who.tenantId, eventID);
    expect(stored?.event.eventID).toBe(hash);
    expect(Date.parse(stored!.event.recordTime!)).toBeGreaterThanOrEqual(before);
    await expect(captureEvent(platform(), who, bare(event))).rejects.toMatchObject({
      code: 'conflict',
      detail: { duplicate: true },
    });
  });

  test('one bare event: a conflict, an invalid one, a whole document', async () => {
    const who = operator(tenant());
    await captureEvent(platform(), who, bare(objectEvent(1)));
    const other = captureEvent(platform(), who, bare(objectEvent(1, { bizStep: 'receiving' })));
    await expect(other).rejects.toMatchObject({
      code: 'conflict',
      detail: { duplicate: false, eventID: idOf(objectEvent(1)) },
    });
    const { action: _, ...half } = objectEvent(2);
    await expect(captureEvent(platform(), who, bare(half))).rejects.toMatchObject({
      code: 'invalid',
      detail: { errors: [{ path: '/action' }] },
    });
    await expect(captureEvent(platform(), who, documentOf([objectEvent(3)]))).rejects.toMatchObject({
      code: 'invalid',
    });
    // the event and the one refused for its eventID
    expect((await readHead(store(), who.tenantId)).size).toBe(2);
  });

  describe('what is no document', () => {
    const { epcisBody: _, ...bodiless } = documentOf([]);
    test.each([
      ['null', 'null'],
      ['nothing', ''],
      ['a list', []],
      ['another type', { ...documentOf([]), type: 'Letter' }],
      ['no body', bodiless],
      ['a list of numbers', documentOf([1, 2])],
      ['no schemaVersion', documentOf([objectEvent(1)], { schemaVersion: 2 })],
    ])('%s is refused at once', async (_, document) => {
      const who = operator(tenant());
      await expect(capture(platform(), who, document)).rejects.toMatchObject({
        code: 'invalid',
        detail: { errors: expect.arrayContaining([]) },
      });
      expect(await jobs(store(), who.tenantId, 10)).toEqual({ jobs: [] });
    });

    test('the limit of events is taken, one more is refused', async () => {
      const who = operator(tenant());
      const small = platform({ captureEventsMax: 3 });
      const events = [1, 2, 3, 4].map((n) => objectEvent(n));
      expect((await capture(small, who, documentOf(events.slice(0, 3)))).job.success).toBe(true);
      await expect(capture(small, who, documentOf(events))).rejects.toMatchObject({
        code: 'too_large',
        detail: { rule: 'CaptureLimitExceededException', eventsMax: 3 },
      });
    });

    test('a key without the right captures nothing', async () => {
      const reader = { ...operator(tenant()), role: 'reader' as const };
      await expect(capture(platform(), reader, documentOf([objectEvent(1)]))).rejects.toMatchObject({
        code: 'forbidden',
      });
    });
  });

  test.each([
    ['a NUL', { 'https://example.com/note': 'a\0b' }],
    ['half of a surrogate pair', { 'https://example.com/note': 'a\ud800b' }],
    ['a NUL in a name', { 'https://example.com/no\0te': 'x' }],
    ['an item whose company prefix is no number', { epcList: ['urn:epc:id:sgtin:06X4141.112345.1'] }],
    ['a wrong check digit in a place', { bizLocation: { id: 'https://id.gs1.org/414/0614141000019' } }],
    ['a malformed party', { sourceList: [{ type: 'owning_party', source: 'urn:epc:id:pgln:061' }] }],
  ])('an event with %s is refused by name, the others are kept', async (_, more) => {
    const who = operator(tenant());
    const { job, verdicts } = await capture(platform(), who, documentOf([objectEvent(1), objectEvent(2, more)]), {
      behaviour: 'proceed',
    });
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['accepted', 'rejected']);
    expect(job.errors[0]?.eventIndex).toBe(1);
    expect(job.errors[0]?.detail).not.toMatch(/database/i);
  });

  test('strings that databases trip over are kept to the letter', async () => {
    const who = operator(tenant());
    const note = '\\u0000 \\x00 {"a"} \u0001\u001f \u2028 😀 \'; drop table event; --';
    await capture(platform(), who, documentOf([objectEvent(1, { 'https://example.com/note': note })]));
    const [stored] = await byEventId(store(), who.tenantId, idOf(objectEvent(1)));
    expect(stored?.event).toMatchObject({ 'https://example.com/note': note });
  });

  test('master data of the header is kept, the newest wins, a malformed id is a fault', async () => {
    const who = operator(tenant());
    const type = 'urn:epcglobal:epcis:vtype:BusinessLocation';
    const header = (id: string, attribute: string) => ({
      epcisHeader: {
        epcisMasterData: {
          vocabularyList: [
            {
              type,
              vocabularyElementList: [
                { id, attributes: [{ id: 'urn:epcglobal:cbv:mda:name', attribute }], children: [`${id}.x`] },
              ],
            },
          ],
        },
      },
    });
    const place = 'urn:epc:id:sgln:0614141.00002.0';
    for (const name of ['Old', 'New']) await capture(platform(), who, documentOf([], header(place, name)));
    const elements = await masterDataOf(store(), who.tenantId, keyOfUri(place).key);
    expect(elements).toMatchObject([{ type, id: place, attributes: [{ attribute: 'New' }], children: [`${place}.x`] }]);
    const faulty = await capture(platform(), who, documentOf([objectEvent(1)], header('urn:epc:id:sgln:06', 'X')));
    expect([faulty.job.success, (await readHead(store(), who.tenantId)).size]).toEqual([false, 0]);
  });

  test('jobs come newest first, page by page', async () => {
    const who = operator(tenant());
    let now = 1_000;
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      const { job } = await capture(platform({ clock: () => (now += n % 2) }), who, documentOf([objectEvent(n)]));
      ids.unshift(job.captureID);
    }
    const seen: string[] = [];
    let after: [number, string] | undefined;
    do {
      const page = await jobs(store(), who.tenantId, 2, after);
      seen.push(...page.jobs.map((job) => job.captureID));
      after = page.next;
    } while (after);
    expect(seen.toSorted()).toEqual(ids.toSorted());
    expect(await jobById(store(), who.tenantId, "'; --")).toBeUndefined();
  });

  describe('group commit', () => {
    test('many at once: sequences without gaps, recordTime rising with them, bad documents alone fail', async () => {
      const who = operator(tenant());
      const requests = Array.from({ length: 60 }, (_, n) => {
        const events = n % 7 === 0 ? [objectEvent(n, { action: 'X' })] : [objectEvent(n), objectEvent(n + 1)];
        return capture(platform(), who, documentOf(events));
      });
      const settled = await Promise.all(requests);
      expect(settled.map(({ job }) => job.success)).toEqual(settled.map((_, n) => n % 7 !== 0));
      const rows = await store().query<{ sequence: number; record_time: number }>(
        'select sequence, record_time from event where tenant_id = $1 order by sequence',
        [who.tenantId],
      );
      expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, i) => i + 1));
      expect(rows.map((row) => row.record_time)).toEqual(rows.map((row) => row.record_time).toSorted((a, b) => a - b));
      const all = await store().query<{ n: number }>('select count(*) as n from event where tenant_id = $1', [
        who.tenantId,
      ]);
      expect(all[0]?.n).toBe((await readHead(store(), who.tenantId)).size);
    });

    test('a clock that goes back, or stands, never takes recordTime back', async () => {
      const who = operator(tenant());
      const times: number[] = [];
      for (const [n, now] of [5_000, 5_000, 1_000, 9_000].entries()) {
        await capture(platform({ clock: () => now }), who, documentOf([objectEvent(n)]));
        times.push((await readHead(store(), who.tenantId)).recordTime);
      }
      expect(times).toEqual([5_000, 5_001, 5_002, 9_000]);
    });

    let stop = () => {};
    afterEach(() => stop());

    test('listeners hear what was committed, never what was not', async () => {
      const who = operator(tenant());
      const heard: string[] = [];
      stop = onCommitted(store(), ({ tenantId, events }) => {
        if (tenantId === who.tenantId)
          heard.push(...events.map((event) => `${event.eventID} ${typeof event.recordTime}`));
      });
      await capture(platform(), who, documentOf([objectEvent(1)]));
      await capture(platform(), who, documentOf([objectEvent(1), objectEvent(2, { action: 'X' })]));
      await capture(platform(), who, documentOf([objectEvent(1, { bizStep: 'receiving' })]), { behaviour: 'proceed' });
      expect(heard).toEqual([`${idOf(objectEvent(1))} string`]);
    });

    test('a listener that throws is dropped and harms nobody', async () => {
      const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
      let calls = 0;
      stop = onCommitted(store(), () => {
        calls++;
        throw new Error('broken page');
      });
      const who = operator(tenant());
      for (const n of [1, 2])
        expect((await capture(platform(), who, documentOf([objectEvent(n)]))).job.success).toBe(true);
      expect([calls, warned.mock.calls.length]).toEqual([1, 1]);
      warned.mockRestore();
    });
  });
});
