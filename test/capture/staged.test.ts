import { expect, test, vi } from 'vitest';
import { capture, type CapturePlatform, dryRun, jobById, jobVerdicts } from '../../src/capture/capture.ts';
import { captureJob } from '../../src/capture/job.ts';
import { onCommit, onCommitted, queueOf } from '../../src/capture/queue.ts';
import type { JobRecord } from '../../src/store/capture-job.ts';
import { byEventId } from '../../src/store/event.ts';
import { readHead } from '../../src/store/log-head.ts';
import { masterDataOf } from '../../src/store/master-data.ts';
import { knownValues } from '../../src/store/known.ts';
import { keyOfUri } from '../../src/gs1/index.ts';
import { onBoth } from '../store/databases.ts';
import { declared, documentOf, type Fields, item, objectEvent, operator } from './events.ts';

const HELD = 3;
const SITE = 'urn:epc:id:sgln:0614141.00001.0';
const VOCABULARY = 'urn:epcglobal:epcis:vtype:BusinessLocation';

/** A document in pieces of a few bytes, as a network brings it; `cut` bytes of it are missing. */
async function* pieces(document: Fields, cut = 0): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(JSON.stringify(document));
  for (let at = 0; at < bytes.length - cut; at += 777) yield bytes.subarray(at, Math.min(at + 777, bytes.length - cut));
}

onBoth('a document too large for memory', ({ store, tenant }) => {
  const platform = (): CapturePlatform => ({ store: store(), clock: Date.now, captureHeldMax: HELD });
  const series = (from: number, to: number): Fields[] =>
    Array.from({ length: to - from }, (_, i) => objectEvent(from + i));
  const verdictsOf = async (tenantId: string, id: string): Promise<string[]> =>
    (await jobVerdicts(store(), tenantId, id))!.verdicts.map(({ verdict }) => verdict);
  /** The verdicts of the same document of another tenant, who has `before`, when it is not staged. */
  const unstaged = async (events: Fields[], before: Fields[] = []) => {
    const who = operator(tenant());
    const at = { ...platform(), captureHeldMax: 1_000 };
    if (before.length > 0) await capture(at, who, documentOf(before));
    return (await capture(at, who, documentOf(events))).verdicts;
  };
  const staged = async (tenantId: string): Promise<number> =>
    (await store().query('select 1 from staged_event where tenant_id = $1', [tenantId])).length;

  test('is stored like a small one: events, job, verdicts page by page, master data, known values', async () => {
    const who = operator(tenant());
    const { tenantId } = who;
    const header = {
      epcisHeader: {
        epcisMasterData: {
          vocabularyList: [{ type: VOCABULARY, vocabularyElementList: [{ id: SITE, attributes: [] }] }],
        },
      },
    };
    const { job } = await capture(platform(), who, pieces(documentOf(series(0, 20), header)));
    expect(job).toMatchObject({ running: false, success: true, errors: [] });
    expect(await jobById(store(), tenantId, job.captureID)).toEqual(job);
    expect(await jobVerdicts(store(), tenantId, job.captureID, 5, 7)).toEqual({
      events: 20,
      verdicts: [5, 6].map((index) => ({
        index,
        verdict: 'accepted',
        eventID: objectEvent(index)['eventID'],
        hash: expect.stringMatching(/^ni:/),
      })),
    });
    expect((await readHead(store(), tenantId)).size).toBe(20);
    expect(await byEventId(store(), tenantId, String(objectEvent(19)['eventID']))).toHaveLength(1);
    expect(await masterDataOf(store(), tenantId, keyOfUri(SITE).key)).toHaveLength(1);
    expect(await knownValues(store(), tenantId, 'bizStep', 5, '')).toEqual(['shipping']);
    expect(await staged(tenantId)).toBe(0);
  });

  test('rollback: one fault anywhere, and nothing is stored', async () => {
    for (const at of [0, 4, 9]) {
      const who = operator(tenant());
      const events = series(0, 10).map((event, i) => (i === at ? { ...event, action: 'CREATE' } : event));
      const { job } = await capture(platform(), who, pieces(documentOf(events)));
      expect(job).toMatchObject({ running: false, success: false, errors: [{ eventIndex: at, path: '/action' }] });
      const { verdicts } = (await jobVerdicts(store(), who.tenantId, job.captureID))!;
      expect(verdicts).toEqual(await unstaged(events));
      expect([(await readHead(store(), who.tenantId)).size, await staged(who.tenantId)]).toEqual([0, 0]);
    }
  });

  test('proceed: verdicts as a small one has them, among faults, duplicates, conflicts and declarations', async () => {
    const events: Fields[] = [
      objectEvent(1),
      objectEvent(2, { action: 'CREATE' }),
      objectEvent(3),
      objectEvent(3),
      objectEvent(4, { epcList: [item(77)] }),
      objectEvent(5),
      declared(objectEvent(5)),
      objectEvent(6, { eventTime: 'yesterday' }),
      objectEvent(7),
      objectEvent(7, { epcList: [item(78)] }),
      objectEvent(8),
    ];
    const outcomes: unknown[] = [];
    for (const heldMax of [HELD, 1000]) {
      const who = operator(tenant());
      const at = { ...platform(), captureHeldMax: heldMax };
      await capture(at, who, documentOf([objectEvent(4), objectEvent(5)]));
      const before = { ...queueOf(store()).counts };
      const { job } = await capture(at, who, pieces(documentOf(events)), { behaviour: 'proceed' });
      const { accepted, duplicate, rejected } = queueOf(store()).counts;
      const counted = [accepted - before.accepted, duplicate - before.duplicate, rejected - before.rejected];
      expect(counted).toEqual([5, 2, 4]);
      const found = await jobVerdicts(store(), who.tenantId, job.captureID);
      const { size } = await readHead(store(), who.tenantId);
      expect(job.success).toBe(false);
      const verdicts = found!.verdicts.map(({ index, verdict, eventID, reasons }) => ({
        index,
        verdict,
        eventID,
        reasons,
      }));
      const errors = job.errors.map(({ eventIndex, rule }) => `${eventIndex} ${rule}`).sort();
      outcomes.push({ verdicts, size, errors });
      expect(verdicts.map(({ verdict }) => verdict[0]).join('')).toBe('aradrdarara');
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
  });

  test('the same again is all duplicates, a conflict rolls all of it back', async () => {
    const who = operator(tenant());
    await capture(platform(), who, documentOf(series(0, 8)));
    const again = await capture(platform(), who, documentOf(series(0, 8)));
    expect(again.job).toMatchObject({ success: true, running: false });
    expect(await verdictsOf(who.tenantId, again.job.captureID)).toEqual(Array(8).fill('duplicate'));
    const other = [...series(10, 17), objectEvent(3, { epcList: [item(99)] })];
    const { job } = await capture(platform(), who, documentOf(other));
    expect(job).toMatchObject({ success: false, errors: [{ eventIndex: 7, rule: 'eventID-conflict' }] });
    const { verdicts } = (await jobVerdicts(store(), who.tenantId, job.captureID))!;
    expect(verdicts).toEqual(await unstaged(other, series(0, 8)));
    const twice = [...series(20, 26), ...series(5, 8), objectEvent(2, { epcList: [item(98)] }), objectEvent(27)];
    const faulty = await capture(platform(), who, documentOf(twice));
    const found = (await jobVerdicts(store(), who.tenantId, faulty.job.captureID))!;
    expect(found.verdicts).toEqual(await unstaged(twice, series(0, 8)));
    expect((await readHead(store(), who.tenantId)).size).toBe(8);
  });

  test('that breaks off, or is too long, leaves nothing and no job', async () => {
    const who = operator(tenant());
    const whole = documentOf(series(0, 30));
    await expect(capture(platform(), who, pieces(whole, 10))).rejects.toMatchObject({ code: 'invalid' });
    const small = { ...platform(), captureEventsMax: 29 };
    await expect(capture(small, who, pieces(whole))).rejects.toMatchObject({ code: 'too_large' });
    expect([(await readHead(store(), who.tenantId)).size, await staged(who.tenantId)]).toEqual([0, 0]);
    expect(await store().query('select 1 from capture_job where tenant_id = $1', [who.tenantId])).toEqual([]);
  });

  test('a document that is captured meanwhile waits for its turn', async () => {
    const who = operator(tenant());
    const all = await Promise.all([
      capture(platform(), who, documentOf(series(0, 40))),
      capture(platform(), who, documentOf(series(38, 41))),
      capture(platform(), who, documentOf(series(0, 40))),
    ]);
    expect(all.map(({ job }) => job.success)).toEqual([true, true, true]);
    await vi.waitFor(async () => expect((await readHead(store(), who.tenantId)).size).toBe(41));
  });

  test('who listens is told of its events, less those refused, in their order', async () => {
    const who = operator(tenant());
    const told: unknown[] = [];
    let rung = 0;
    const stops = [
      onCommitted(store(), ({ tenantId, events }) => {
        if (tenantId === who.tenantId) told.push(...events.map(({ eventID }) => eventID));
      }),
      onCommit(store(), () => (rung += 1)),
    ];
    await capture(platform(), who, documentOf(series(0, 1)));
    const events = [...series(1, 300), objectEvent(0, { epcList: [item(99)] }), objectEvent(300)];
    await capture(platform(), who, documentOf(events), { behaviour: 'proceed' });
    const all = series(0, 301).map(({ eventID }) => eventID);
    await vi.waitFor(() => expect(told).toEqual(all));
    expect(rung).toBeGreaterThanOrEqual(2);
    for (const stop of stops) stop();
  });

  test('a dry run tells all and stores nothing', async () => {
    const who = operator(tenant());
    await capture(platform(), who, documentOf([objectEvent(1)]));
    const events = [objectEvent(1), objectEvent(2), objectEvent(1, { epcList: [item(5)] })];
    const found = await dryRun(platform(), who, documentOf(events), { behaviour: 'proceed' });
    expect(found).toMatchObject({ success: false, errors: [{ eventIndex: 2, status: 409 }] });
    expect(found.verdicts.map(({ verdict }) => verdict)).toEqual(['duplicate', 'accepted', 'rejected']);
    expect((await readHead(store(), who.tenantId)).size).toBe(1);
    await expect(dryRun(platform(), who, documentOf(series(0, HELD + 1)))).rejects.toMatchObject({ code: 'too_large' });
  });
});

test('a job whose process has ended counts as failed', () => {
  const record: JobRecord = {
    captureId: 'c',
    keyId: 'k',
    success: true,
    behaviour: 'rollback',
    createdAt: 0,
    finishedAt: 0,
    eventCount: 1,
    storedCount: 0,
    errors: [],
    exceptions: [],
    running: true,
    aliveAt: 1_000_000,
  };
  expect(captureJob(record, 1_010_000)).toMatchObject({ running: true, success: true });
  expect(captureJob(record, 1_010_000).finishedAt).toBeUndefined();
  expect(captureJob(record, 1_100_000)).toMatchObject({ running: false, success: false, errors: [{ status: 503 }] });
});
