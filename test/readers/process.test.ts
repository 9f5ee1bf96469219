import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Rig } from './rig.ts';
import { StandInReader, until } from './stand-in-reader.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.make();
});
afterEach(async () => {
  expect(await rig.dispose()).toEqual([]);
});

describe('tagtrail collect', () => {
  it('loses nothing that was acknowledged to kill -9, and reports nothing twice', async () => {
    await rig.endpoint.close();
    const first = rig.spawn();
    expect(await rig.running()).toBe(true);
    const [kept, unsure] = [rig.tags(100), rig.tags(20)];
    rig.send(kept);
    expect(await rig.reader.barrier()).toBe(true);
    rig.send(unsure);
    first.child.kill('SIGKILL');
    await first.ended;
    await rig.endpoint.open();
    rig.reader.socket?.destroy();
    const connections = rig.reader.connections;
    const second = rig.spawn();
    expect(await until(() => rig.reader.connections > connections && rig.reader.running)).toBe(true);
    rig.send(kept.slice(0, 30));
    expect(await rig.reader.barrier()).toBe(true);
    const uris = kept.map((tag) => tag.uri);
    expect(await until(() => uris.every((uri) => rig.endpoint.epcs().includes(uri)))).toBe(true);
    expect(new Set(rig.endpoint.epcs()).size).toBe(rig.endpoint.epcs().length);
    second.child.kill('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 0, stdout: '' });
  });

  it('flushes and ends with 0 within 5 s on SIGTERM, though endpoint and one reader do not answer', async () => {
    rig.endpoint.mood = () => true;
    const config = rig.config() as { readers: object[] };
    // 192.0.2.0/24 is nobody's: a connection attempt that stays under way
    config.readers.push({ ...config.readers[0], name: 'dock-2', host: '192.0.2.1' });
    const run = rig.spawn([], config);
    expect(await rig.running()).toBe(true);
    rig.send(rig.tags(3));
    expect(await until(() => rig.endpoint.requests === 1)).toBe(true);
    const late = rig.tags(3);
    rig.send(late);
    await rig.reader.barrier();
    const from = Date.now();
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
    expect(Date.now() - from).toBeLessThan(5000);
  });

  it('refuses a spool that another process holds, and names that process', async () => {
    const first = rig.spawn();
    expect(await rig.running()).toBe(true);
    const second = await rig.spawn().ended;
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      new RegExp(`^tagtrail collect: spool .* is in use by process ${first.child.pid} on .*\n$`),
    );
  });

  it.each([
    [
      'an unknown option',
      { sppol: 1 },
      /^tagtrail collect: .*collect\.json: line 1, column \d+: unknown option "sppol"\n$/,
    ],
    ['a mode without its options', { filter: { mode: 'cycle' } }, /mode "cycle" needs the option "cycle"/],
    ['a pattern that is none', { filter: { include: ['urn:x'] } }, /filter pattern "urn:x"/],
  ])('refuses %s in one line', async (_name, more, message) => {
    const { code, stderr } = await rig.spawn([], rig.config(more)).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('takes another configuration on SIGHUP, keeps links that it does not change, and says what is wrong', async () => {
    const run = rig.spawn();
    expect(await rig.running()).toBe(true);
    const connections = rig.reader.connections;
    const other = await StandInReader.start();
    const config = rig.config() as { readers: object[]; capture: object };
    config.readers.push({ ...config.readers[0], name: 'dock-2', port: other.port, readPoint: 'urn:x:dock-2' });
    rig.write({ ...config, readrs: [] });
    run.child.kill('SIGHUP');
    expect(await until(() => /unknown option \\"readrs\\"/.test(run.said()))).toBe(true);
    rig.write(config);
    run.child.kill('SIGHUP');
    expect(await until(() => other.running)).toBe(true);
    const tags = rig.tags(4);
    rig.send(tags.slice(0, 2));
    other.send(tags.slice(2).map(({ epc }) => ({ epc })));
    expect(await rig.exactly(tags)).toBe(true);
    expect(rig.reader.connections).toBe(connections);
    rig.write(rig.config());
    run.child.kill('SIGHUP');
    expect(await until(() => other.socket === undefined)).toBe(true);
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
    await other.stop();
  });

  it('--watch takes another configuration when the file changes', async () => {
    const run = rig.spawn(['--watch']);
    expect(await rig.running()).toBe(true);
    const other = await StandInReader.start();
    const config = rig.config() as { readers: object[] };
    config.readers.push({ ...config.readers[0], name: 'dock-2', port: other.port, readPoint: 'urn:x:dock-2' });
    rig.write(config);
    expect(await until(() => other.running)).toBe(true);
    expect(rig.reader.connections).toBe(1);
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(0);
    await other.stop();
  });

  it('lists, sends again and drops the dead letters of a stopped collector', async () => {
    rig.endpoint.mood = (_events, answer) => {
      answer.writeHead(422).end('no such place');
      return true;
    };
    const first = rig.spawn();
    expect(await rig.running()).toBe(true);
    const tags = rig.tags(2);
    rig.send(tags.slice(0, 1));
    expect(await until(() => /event refused/.test(first.said()))).toBe(true);
    rig.send(tags.slice(1));
    expect(await until(() => first.said().split('event refused').length === 3)).toBe(true);
    expect((await rig.spawn(['--dead-letters', 'list']).ended).stderr).toMatch(/is in use by process/);
    first.child.kill('SIGTERM');
    await first.ended;
    const list = (await rig.spawn(['--dead-letters', 'list']).ended).stdout.trim().split('\n');
    const letters = list.map(
      (line) => JSON.parse(line) as { eventID: string; status: number; event: { epcList: string[] } },
    );
    expect(letters.map((letter) => letter.event.epcList[0])).toEqual(tags.map((tag) => tag.uri));
    expect(letters[0]).toMatchObject({ status: 422, reason: '422 no such place', endpoint: 'capture' });
    const drop = await rig.spawn(['--dead-letters', 'drop', letters[1]!.eventID]).ended;
    expect(drop).toMatchObject({ code: 0, stderr: '1 dead letter dropped\n' });
    expect((await rig.spawn(['--dead-letters', 'resend']).ended).stderr).toBe('1 dead letter will be sent again\n');
    expect((await rig.spawn(['--dead-letters', 'burn']).ended).code).toBe(2);
    rig.endpoint.mood = () => false;
    const second = rig.spawn();
    expect(await rig.exactly(tags.slice(0, 1))).toBe(true);
    second.child.kill('SIGTERM');
    await second.ended;
  });

  it('--check tries each reader and changes nothing', async () => {
    const good = await rig.spawn(['--check']).ended;
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout).toMatch(/^dock-1: ok, LLRP 1\.0\.1, .* clock off by -?\d+ ms\n$/);
    expect(rig.reader.requests.filter((type) => ![1, 2, 14, 26, 46].includes(type))).toEqual([]);
    rig.reader.plantRospec(7);
    const found = await rig.spawn(['--check'], rig.config({}, { antennas: { 1: { zone: 'z' } } })).ended;
    expect(found.stdout).toMatch(/^dock-1: ok, .*\n {2}ROSpec 7 of another program is active; [^\n]*\n$/);
    const json = await rig.spawn(['--check', '--json']).ended;
    expect(JSON.parse(json.stdout)).toMatchObject({ name: 'dock-1', ok: true, findings: [expect.any(String)] });
    const bad = await rig.spawn(['--check'], rig.config({}, { port: 1 })).ended;
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/^dock-1: 127\.0\.0\.1:1: .*ECONNREFUSED/);
  });
});
