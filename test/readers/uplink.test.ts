import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Alarms } from '../../readers/alarm.ts';
import type { EndpointConfig } from '../../readers/config.ts';
import { Spool } from '../../readers/spool.ts';
import { Uplink } from '../../readers/uplink.ts';
import { StandInEndpoint } from './stand-in-endpoint.ts';
import { until } from './stand-in-reader.ts';

const logger = pino({ level: 'silent' });
let directory: string;
let spool: Spool;
let endpoint: StandInEndpoint;
let alarms: Alarms;
let uplink: Uplink;
let next = 0;

const epc = (n: number) => `urn:x:epc:${n}`;
const eventIds = () => endpoint.list().map((event) => event.eventID);

function spoolEvents(count: number): string[] {
  const ids = Array.from({ length: count }, () => `urn:x:event:${++next}`);
  const events = ids.map((eventId, i) => {
    const n = next - count + i + 1;
    return { eventId, madeMs: n, body: JSON.stringify({ eventID: eventId, epcList: [epc(n)] }) };
  });
  expect(spool.commit({ events, pages: [], listening: new Map() }).ok).toBe(true);
  uplink.notify();
  return ids;
}
const delivered = (ms?: number) => until(() => spool.backlog === 0, ms);

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'uplink-'));
  spool = new Spool(directory, 2 ** 30);
  endpoint = await StandInEndpoint.start();
  alarms = new Alarms(logger);
  const config = { name: 'capture', targets: [{ url: endpoint.url, key: 'tt_key' }], batch: 8 };
  uplink = new Uplink(config, spool, alarms, logger, () => {});
  uplink.start();
});
afterEach(async () => {
  await uplink.stop(0);
  await endpoint.close();
  spool.close();
  rmSync(directory, { recursive: true });
  expect(endpoint.faults).toEqual([]);
});

describe('the uplink', () => {
  it('sends in order, in batches, with the key and all-or-nothing, and asks for the job', async () => {
    const ids = spoolEvents(20);
    expect(await delivered()).toBe(true);
    expect(eventIds()).toEqual(ids);
    expect(endpoint.batches).toEqual([8, 8, 4]);
    expect(endpoint.jobsAsked).toBe(3);
    expect(endpoint.headers[0]).toMatchObject({
      authorization: 'Bearer tt_key',
      'content-type': 'application/json',
      'gs1-capture-error-behaviour': 'rollback',
    });
    expect(uplink.counts).toEqual({ sent: 20, dead: 0, retries: 0 });
  });

  it('keeps everything while nobody listens, and while the answer is 503, 429 or 408', async () => {
    await endpoint.close();
    const ids = spoolEvents(3);
    expect(await until(() => uplink.counts.retries >= 2)).toBe(true);
    const refusals = [503, 429, 408];
    endpoint.mood = (_events, answer) => {
      const status = refusals.shift();
      if (status !== undefined) answer.writeHead(status, { 'retry-after': '0' }).end();
      return status !== undefined;
    };
    await endpoint.open();
    expect(await delivered()).toBe(true);
    expect(eventIds()).toEqual(ids);
    expect(spool.deadLetters).toBe(0);
  });

  it('waits as Retry-After says', async () => {
    const times: number[] = [];
    endpoint.mood = (_events, answer) => {
      times.push(Date.now());
      if (times.length === 1) answer.writeHead(503, { 'retry-after': '1' }).end();
      return times.length === 1;
    };
    spoolEvents(1);
    expect(await delivered()).toBe(true);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(990);
  });

  it('sends a batch again, word for word, when the line was cut after the server had taken it', async () => {
    let cuts = 1;
    const bodies: string[] = [];
    endpoint.mood = (events, answer) => {
      bodies.push(JSON.stringify(events));
      if (cuts-- <= 0) return false;
      endpoint.take(events);
      answer.destroy();
      return true;
    };
    const ids = spoolEvents(5);
    expect(await delivered()).toBe(true);
    expect(bodies).toHaveLength(2);
    expect(bodies[1]).toBe(bodies[0]);
    expect(eventIds()).toEqual(ids);
  });

  it('halves a batch that is too large until it fits, and lets it grow back', async () => {
    endpoint.mood = (events, answer) => {
      if (events.length > 2) answer.writeHead(413).end();
      return events.length > 2;
    };
    const ids = spoolEvents(16);
    expect(await delivered()).toBe(true);
    expect(eventIds()).toEqual(ids);
    endpoint.mood = () => false;
    spoolEvents(60);
    expect(await delivered()).toBe(true);
    expect(endpoint.batches).toContain(8);
    expect(spool.deadLetters).toBe(0);
  });

  it.each([
    ['400', 400],
    ['422', 422],
  ])(
    'finds the bad events by halving on %s, buries them with the reason, and sends all others in order',
    async (_n, status) => {
      const bad = new Set([2, 3, 11].map((n) => epc(next + n)));
      endpoint.mood = (events, answer) => {
        const wrong = events.filter((event) => bad.has(event.epcList[0]!));
        if (wrong.length) answer.writeHead(status).end(`{"detail":"no such EPC ${wrong[0]!.epcList[0]}"}`);
        return wrong.length > 0;
      };
      const first = next;
      const ids = spoolEvents(12);
      expect(await delivered()).toBe(true);
      expect(eventIds()).toEqual(ids.filter((_id, i) => ![1, 2, 10].includes(i)));
      const dead = spool.deadLetterList(10);
      expect(dead.map((letter) => letter.eventId)).toEqual([ids[1], ids[2], ids[10]]);
      expect(dead[0]).toMatchObject({ status, reason: `${status} {"detail":"no such EPC ${epc(first + 2)}"}` });
      expect(alarms.list().map((alarm) => alarm.name)).toEqual(['dead-letters']);
      expect(uplink.counts.dead).toBe(3);
    },
  );

  it('takes a failed capture job for a verdict, and polls one that still runs', async () => {
    const bad = epc(next + 2);
    const failing = new Set<string>();
    endpoint.mood = (events, answer) => {
      const wrong = events.some((event) => event.epcList.includes(bad));
      const location = `/epcis/capture/${endpoint.requests}`;
      if (wrong) failing.add(location);
      else endpoint.take(events);
      answer.writeHead(202, { location }).end();
      return true;
    };
    let polls = 0;
    endpoint.job = (url) => {
      if (polls++ < 2) return { running: true };
      return failing.has(url)
        ? { running: false, success: false, errors: [{ type: 'epcisException:ValidationException', title: 'bad EPC' }] }
        : { running: false, success: true };
    };
    const ids = spoolEvents(3);
    expect(await delivered()).toBe(true);
    expect(eventIds()).toEqual([ids[0], ids[2]]);
    expect(spool.deadLetterList(2)[0]?.reason).toContain('bad EPC');
  });

  it('does not blame the events for a capture job that failed through the server', async () => {
    let failures = 2;
    endpoint.job = () => {
      if (failures-- <= 0) return { running: false, success: true };
      return {
        running: false,
        success: false,
        errors: [{ type: 'epcisException:ImplementationException', status: 500 }],
      };
    };
    spoolEvents(3);
    expect(await delivered()).toBe(true);
    expect(uplink.counts).toMatchObject({ sent: 3, dead: 0, retries: 2 });
  });

  it('does not take its key to another server', async () => {
    const other = await StandInEndpoint.start();
    endpoint.mood = (events, answer) => {
      endpoint.take(events);
      answer.writeHead(202, { location: `${other.url}/1` }).end();
      return true;
    };
    spoolEvents(1);
    expect(await delivered()).toBe(true);
    expect(other.jobsAsked).toBe(0);
    await other.close();
  });

  it('keeps everything on 401, raises an alarm, tries again slowly, and lowers the alarm', async () => {
    let refusals = 1;
    endpoint.mood = (_events, answer) => {
      if (refusals <= 0) return false;
      refusals--;
      answer.writeHead(401).end();
      return true;
    };
    const from = Date.now();
    spoolEvents(2);
    expect(await until(() => alarms.list().some((alarm) => alarm.name === 'endpoint-unauthorised:capture'))).toBe(true);
    expect(spool.backlog).toBe(2);
    expect(await delivered(15_000)).toBe(true);
    expect(Date.now() - from).toBeGreaterThan(2000);
    expect(alarms.list()).toEqual([]);
  });

  it.each([
    [403, 'endpoint-unauthorised:capture'],
    [404, 'endpoint-refuses:capture'],
  ])('keeps everything on %i too: the address or the key is wrong, not the events', async (status, name) => {
    endpoint.mood = (_events, answer) => {
      answer.writeHead(status).end();
      return true;
    };
    spoolEvents(3);
    expect(await until(() => alarms.list().some((alarm) => alarm.name === name))).toBe(true);
    expect([spool.backlog, spool.deadLetters, endpoint.requests]).toEqual([3, 0, 1]);
  });

  it('buries a single event that is too large by itself, and goes on', async () => {
    const large = epc(next + 2);
    endpoint.mood = (events, answer) => {
      const wrong = events.some((event) => event.epcList.includes(large));
      if (wrong) answer.writeHead(413).end();
      return wrong;
    };
    const ids = spoolEvents(3);
    expect(await delivered()).toBe(true);
    expect(eventIds()).toEqual([ids[0], ids[2]]);
    expect(spool.deadLetterList(2)).toMatchObject([{ eventId: ids[1], status: 413 }]);
  });

  it('stops within the time given, though the server does not answer, and keeps what it could not send', async () => {
    endpoint.mood = () => true;
    spoolEvents(2);
    expect(await until(() => endpoint.requests === 1)).toBe(true);
    const from = Date.now();
    await uplink.stop(300);
    expect(Date.now() - from).toBeLessThan(1500);
    expect(spool.backlog).toBe(2);
  });
});

describe('several endpoints', () => {
  const start = (config: EndpointConfig) => {
    const extra = new Uplink(config, spool, alarms, logger, () => {});
    extra.start();
    return extra;
  };

  it('all: each takes every event once, at its own place in the queue, and none waits for the other', async () => {
    const second = await StandInEndpoint.start();
    await uplink.stop(0);
    spool.setEndpoints(['capture', 'other']);
    uplink = start({ name: 'capture', targets: [{ url: endpoint.url }], batch: 8 });
    const other = start({ name: 'other', targets: [{ url: second.url }], batch: 3 });
    await second.close();
    const ids = spoolEvents(10);
    other.notify();
    expect(await until(() => endpoint.events.size === 10)).toBe(true);
    expect(await until(() => spool.waiting('capture') === 0)).toBe(true);
    expect([spool.waiting('other'), spool.backlog]).toEqual([10, 10]);
    await second.open();
    expect(await until(() => spool.backlog === 0)).toBe(true);
    expect(second.list().map((event) => event.eventID)).toEqual(ids);
    expect(endpoint.requests).toBe(2);
    await other.stop(0);
    await second.close();
  });

  it('failover: the next address takes over, the first one again when it is back', async () => {
    const second = await StandInEndpoint.start();
    await uplink.stop(0);
    uplink = start({ name: 'capture', targets: [{ url: endpoint.url }, { url: second.url }], batch: 8 });
    await endpoint.close();
    const ids = spoolEvents(2);
    expect(await delivered()).toBe(true);
    expect(second.list().map((event) => event.eventID)).toEqual(ids);
    expect(uplink.url).toBe(second.url);
    await endpoint.open();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 120_000);
    spoolEvents(1);
    expect(await delivered()).toBe(true);
    clock.mockRestore();
    expect(endpoint.events.size).toBe(1);
    expect(uplink.url).toBe(endpoint.url);
    await second.close();
  });

  it('sends no faster than it may, in order', async () => {
    await uplink.stop(0);
    uplink = start({ name: 'capture', targets: [{ url: endpoint.url }], batch: 500, maxEventsPerSecond: 20 });
    const from = Date.now();
    const ids = spoolEvents(50);
    expect(await delivered()).toBe(true);
    expect(Date.now() - from).toBeGreaterThan(1900);
    expect(eventIds()).toEqual(ids);
    expect(Math.max(...endpoint.batches)).toBe(20);
  });
});
