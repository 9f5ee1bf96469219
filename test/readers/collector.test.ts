import { startEmulator } from 'node-llrp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { READ_POINT, Rig, type Tag } from './rig.ts';
import { StandInEndpoint } from './stand-in-endpoint.ts';
import { StandInReader, until } from './stand-in-reader.ts';

const [ADD_ROSPEC, DELETE_ROSPEC] = [20, 21];
const FOREIGN_ROSPEC = 1234;
const HOUR_MS = 3_600_000;
let rig: Rig;
beforeEach(async () => {
  rig = await Rig.make();
});
afterEach(async () => {
  expect(await rig.dispose()).toEqual([]);
});

/** Cuts the link and waits until the reader runs again. */
async function reconnect(): Promise<void> {
  const before = rig.reader.connections;
  rig.reader.socket?.destroy();
  expect(await until(() => rig.reader.connections > before && rig.reader.running)).toBe(true);
  expect(await rig.reader.barrier()).toBe(true);
}
const ages = (tags: Tag[]): number[] => {
  const uris = new Set(tags.map((tag) => tag.uri));
  const events = rig.endpoint.list().filter((event) => event.epcList.some((uri) => uris.has(uri)));
  return events.map((event) => Date.now() - Date.parse(event.eventTime));
};

describe('reading', () => {
  it('turns reads into events, each EPC once, and acknowledges keepalives', async () => {
    const collector = await rig.start();
    expect(await rig.running()).toBe(true);
    expect(rig.reader.keepaliveMs).toBe(300);
    const tags = rig.tags(100);
    rig.send(tags);
    expect(await rig.reader.barrier()).toBe(true);
    expect(await rig.exactly(tags)).toBe(true);
    expect(rig.endpoint.list().every((event) => event.readPoint.id === READ_POINT)).toBe(true);
    expect(collector.stats()).toMatchObject({
      reads: 500,
      arrivals: 100,
      sent: rig.endpoint.events.size,
      backlog: 0,
      tags: 100,
    });
    await rig.stop();
    expect(collector.stats().readers[0]?.state).toBe('stopped');
  });

  it('reads the emulator from greeting to events', async () => {
    const emulator = await startEmulator({ port: 0 });
    const collector = await rig.start({}, { port: emulator.port, keepaliveMs: 300 });
    expect(await until(() => rig.endpoint.epcs().length >= 20)).toBe(true);
    const passage = emulator.pass(['3034257bf7194e4000001a85', 'e2801160600002054cc2096f'], { durationMs: 300 });
    expect(await until(() => rig.endpoint.epcs().length >= 22)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(new Set(rig.endpoint.epcs()).size).toBe(22);
    expect(rig.endpoint.epcs()).toHaveLength(22);
    expect(rig.endpoint.epcs()).toContain('urn:epc:raw:96.xE2801160600002054CC2096F');
    expect(passage.epcs).toHaveLength(2);
    expect(collector.stats().readers[0]).toMatchObject({ connections: 1, malformed: 0, misreads: 0 });
    await rig.stop();
    await emulator.stop();
  });

  it('counts antennas at the read points they belong to', async () => {
    await rig.start({}, { antennas: { 2: { readPoint: 'urn:x:other' } } });
    await rig.running();
    rig.send(rig.tags(3));
    await rig.reader.barrier();
    expect(await until(() => rig.endpoint.epcs().length === 6)).toBe(true);
    expect(new Set(rig.endpoint.list().map((event) => event.readPoint.id))).toEqual(
      new Set([READ_POINT, 'urn:x:other']),
    );
  });

  it('starts its ROSpec where the reader knows no immediate trigger', async () => {
    rig.reader.startsItself = false;
    const collector = await rig.start();
    expect(await rig.running()).toBe(true);
    expect([...rig.reader.rospecs.values()].map(({ state }) => state)).toEqual([2]);
    expect(await until(() => collector.stats().readers[0]?.state === 'running')).toBe(true);
  });

  it("leaves other clients' ROSpecs alone and keeps its own over connections", async () => {
    rig.reader.plantRospec(FOREIGN_ROSPEC);
    await rig.start();
    await until(() => rig.reader.rospecs.size === 2 && rig.reader.acknowledged.size > 0);
    await reconnect();
    expect(rig.reader.rospecs.has(FOREIGN_ROSPEC)).toBe(true);
    expect(rig.reader.requests.filter((type) => type === ADD_ROSPEC || type === DELETE_ROSPEC)).toEqual([ADD_ROSPEC]);
    await rig.stop();
    await rig.start({}, { rospec: { session: 2 } });
    await until(() => rig.reader.requests.filter((type) => type === ADD_ROSPEC).length === 2);
    expect(rig.reader.rospecs.size).toBe(2); // the old one of ours is gone
    await rig.stop();
    await rig.start({}, { rospec: { session: 2 }, deleteForeignSpecs: true });
    expect(await until(() => !rig.reader.rospecs.has(FOREIGN_ROSPEC))).toBe(true);
  });

  it('takes late bursts of 66,000 messages in one go, with their own times', async () => {
    const collector = await rig.start();
    await rig.running();
    const [tags, then] = [rig.tags(66_000), Date.now() - 600_000];
    rig.reader.socket?.write(
      Buffer.concat(tags.map(({ epc }, i) => rig.reader.report([{ epc, atMs: then + i / 10 }]))),
    );
    expect(await rig.reader.barrier(20_000)).toBe(true);
    expect(collector.stats().arrivals).toBe(66_000);
    expect(await rig.exactly(tags, 20_000)).toBe(true);
    expect(Math.min(...ages(tags))).toBeGreaterThan(590_000);
  }, 45_000);
});

describe('the link', () => {
  it('comes back after half a frame and a refusal, and tags that stand there are not new', async () => {
    const collector = await rig.start();
    await rig.running();
    const [before, after] = [rig.tags(30), rig.tags(30)];
    rig.send(before);
    await rig.reader.barrier();
    const half = rig.reader.report([{ epc: after[0]!.epc }]);
    rig.reader.socket?.write(half.subarray(0, half.length - 9));
    rig.reader.refusals = 1;
    await reconnect();
    rig.send([...before, ...after]);
    expect(await rig.exactly([...before, ...after])).toBe(true);
    expect(collector.stats()).toMatchObject({ reconnects: 1, alarms: [] });
  });

  it('does not call tags departed because the link was down longer than departAfterMs', async () => {
    const filter = { departAfterMs: 400 };
    await rig.start({ filter });
    await rig.running();
    const tags = rig.tags(10);
    rig.send(tags);
    await rig.reader.barrier();
    rig.reader.silent = true; // three keepalive periods until the watchdog, then back-off
    const before = rig.reader.connections;
    expect(await until(() => rig.reader.connections > before && rig.reader.running)).toBe(true);
    await rig.reader.barrier();
    rig.send(tags);
    await rig.reader.barrier();
    expect(await rig.exactly(tags)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 600));
    rig.send(tags); // now they were away while we listened
    expect(await until(() => rig.endpoint.epcs().length === 20)).toBe(true);
  });

  it('gives up a silent link after three keepalive periods, not sooner', async () => {
    await rig.start();
    await rig.running();
    const from = Date.now();
    const before = rig.reader.connections;
    rig.reader.silent = true;
    expect(await until(() => rig.reader.connections > before, 5000)).toBe(true);
    expect(Date.now() - from).toBeGreaterThan(590);
  });

  it('corrects a clock that is an hour off, and a jump between connections neither doubles nor departs tags', async () => {
    const collector = await rig.start();
    await rig.running();
    const tags = rig.tags(20);
    for (const clockMs of [0, HOUR_MS, -HOUR_MS]) {
      rig.reader.clockMs = clockMs;
      await reconnect();
      rig.send(tags);
      await rig.reader.barrier();
      const fresh = rig.tags(5);
      rig.send(fresh);
      tags.push(...fresh);
      await rig.reader.barrier();
    }
    expect(await rig.exactly(tags)).toBe(true);
    expect(Math.max(...ages(tags).map(Math.abs))).toBeLessThan(15_000);
    expect(Math.abs(collector.stats().readers[0]!.clockOffsetMs - HOUR_MS)).toBeLessThan(1000);
  });

  it('does not double tags when the clock is set back within a connection, and finds the new offset', async () => {
    const collector = await rig.start();
    await rig.running();
    const tags = rig.tags(5);
    rig.send(tags);
    await rig.reader.barrier();
    rig.reader.clockMs = -HOUR_MS;
    rig.send(tags);
    for (let i = 0; i < 4; i++) {
      rig.reader.sendRospecEvent();
      await new Promise((resolve) => setTimeout(resolve, 750));
    }
    const fresh = rig.tags(5);
    rig.send([...tags, ...fresh]);
    await rig.reader.barrier();
    expect(await rig.exactly([...tags, ...fresh])).toBe(true);
    expect(Math.max(...ages(fresh))).toBeLessThan(10_000);
    expect(collector.stats().readers[0]?.clockJumps).toBe(1);
  });

  it('converts the uptime of a reader without a clock', async () => {
    rig.reader.uptime = true;
    await rig.start();
    await rig.running();
    const [fresh, old] = [rig.tags(2), rig.tags(2)];
    rig.send(fresh);
    rig.send(old, { atMs: rig.reader.now() - 60 });
    expect(await rig.exactly([...fresh, ...old])).toBe(true);
    expect(Math.max(...ages([...fresh, ...old]))).toBeLessThan(5000);
  });

  it('goes on after a message that cannot be decoded', async () => {
    const collector = await rig.start();
    await rig.running();
    const broken = rig.reader.report([{ epc: Buffer.alloc(12) }]);
    broken[11] = 0xff; // the parameter's type and length fit nothing
    broken[12] = 0xff;
    const tags = rig.tags(3);
    rig.reader.socket?.write(broken);
    rig.send(tags);
    expect(await rig.exactly(tags)).toBe(true);
    expect(collector.stats().readers[0]?.malformed).toBe(1);
  });
});

describe('the promise', () => {
  it('remembers who is present after a restart on the same spool', async () => {
    await rig.start();
    await rig.running();
    const [before, after] = [rig.tags(40), rig.tags(10)];
    rig.send(before);
    await rig.reader.barrier();
    await rig.stop();
    const connections = rig.reader.connections;
    await rig.start();
    await until(() => rig.reader.connections > connections && rig.reader.running);
    rig.send([...before, ...after]);
    expect(await rig.exactly([...before, ...after])).toBe(true);
  });

  it('reads and acknowledges while the endpoint is away', async () => {
    const collector = await rig.start();
    await rig.running();
    await rig.endpoint.close();
    const tags = rig.tags(100);
    rig.send(tags);
    expect(await rig.reader.barrier()).toBe(true);
    expect(collector.stats().backlog).toBeGreaterThan(0);
    await rig.endpoint.open();
    expect(await rig.exactly(tags)).toBe(true);
    expect(collector.stats().backlog).toBe(0);
  });

  it('stops reading when the spool is full, acknowledges nothing that is not on disk, and loses nothing', async () => {
    const collector = await rig.start({ spoolMaxBytes: 320 * 1024, capture: { url: rig.endpoint.url, flushMs: 0 } });
    await rig.running();
    await rig.endpoint.close();
    const tags = rig.tags(4000);
    for (const { epc } of tags) rig.reader.send([{ epc }]);
    expect(await until(() => collector.stats().alarms.some((alarm) => alarm.name === 'spool-full'))).toBe(true);
    const unanswered = await rig.reader.barrier(700);
    expect(unanswered).toBe(false);
    expect(collector.stats().arrivals).toBeLessThan(4000);
    expect(collector.stats().spoolBytes).toBeLessThanOrEqual(320 * 1024);
    await rig.endpoint.open();
    expect(await rig.exactly(tags, 20_000)).toBe(true);
    expect(await rig.reader.barrier(5000)).toBe(true);
    expect(collector.stats().alarms).toEqual([]);
    expect(rig.reader.connections).toBe(1); // no watchdog while we are the ones who do not read
  }, 40_000);
});

describe('another configuration', () => {
  it('moves the queue to another endpoint and changes one reader, while the other keeps its link', async () => {
    const [second, elsewhere] = [await StandInReader.start(), await StandInEndpoint.start()];
    const readers = (minReads: number) => {
      const [first] = (rig.config() as { readers: object[] }).readers;
      return [
        first,
        {
          ...first,
          name: 'dock-2',
          port: second.port,
          readPoint: 'urn:x:dock-2',
          filter: { minReads },
          keepaliveMs: 300 + minReads,
        },
      ];
    };
    const collector = await rig.start({ readers: readers(1) });
    expect(await until(() => collector.stats().readers.every(({ state }) => state === 'running'))).toBe(true);
    await rig.endpoint.close();
    const tags = rig.tags(6);
    rig.send(tags.slice(0, 2));
    expect(await rig.reader.barrier()).toBe(true);
    await rig.reload({ readers: readers(2), capture: { url: elsewhere.url, flushMs: 20 } });
    expect(
      await until(() => second.connections === 2 && collector.stats().readers.every((r) => r.state === 'running')),
    ).toBe(true);
    rig.send(tags.slice(2, 4));
    for (const tag of tags.slice(4)) second.send([{ epc: tag.epc }]);
    expect(await until(() => elsewhere.epcs().length === 4)).toBe(true);
    for (const tag of tags.slice(4)) second.send([{ epc: tag.epc }]);
    expect(await until(() => elsewhere.epcs().length === 6)).toBe(true);
    expect(elsewhere.epcs()).toEqual(tags.map(({ uri }) => uri).sort());
    expect(rig.reader.connections).toBe(1);
    await rig.stop();
    await second.stop();
    await elsewhere.close();
  });
});
