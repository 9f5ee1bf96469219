import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { connect, type Emulator, inventoryROSpec, type LlrpClient, type Parameter, startEmulator } from 'node-llrp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check, type CheckResult } from '../../readers/check.ts';
import { parseConfig } from '../../readers/config.ts';
import { READ_POINT, Rig } from './rig.ts';
import { until } from './stand-in-reader.ts';

const SECRET = 'a-secret-of-sixteen';
const THEIRS = 7;
let rig: Rig;
const opened: (() => unknown)[] = [];
beforeEach(async () => {
  rig = await Rig.make();
});
afterEach(async () => {
  expect(await rig.dispose()).toEqual([]);
  for (const end of opened.splice(0)) await end();
});

const checked = async (reader: object, top: object = {}): Promise<CheckResult> =>
  (await check(parseConfig(rig.config(top, reader)))).find(({ name }) => name === 'dock-1')!;

async function emulated(options: Parameters<typeof startEmulator>[0]): Promise<Emulator> {
  const emulator = await startEmulator(options);
  opened.push(() => emulator.stop());
  return emulator;
}
/** Another program's ROSpec on the reader, active when it leaves. */
async function theirs({ port }: Emulator, change: (rospec: Parameter) => void = () => {}): Promise<void> {
  const client = await connect({ host: '127.0.0.1', port });
  const rospec = inventoryROSpec({ id: THEIRS, immediate: true });
  change(rospec);
  await client.request({ message: 'ADD_ROSPEC', parameters: [rospec] });
  await client.request({ message: 'ENABLE_ROSPEC', ROSpecID: THEIRS });
  await client.close();
}
const reportSpec = (rospec: Parameter): Parameter =>
  rospec.parameters!.find(({ parameter }) => parameter === 'ROReportSpec')!;
async function free(): Promise<number> {
  const server = createServer();
  await listening(server);
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
const listening = (server: Server, port = 0): Promise<void> =>
  new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));

describe('a reader', () => {
  it('that another program uses: whose ROSpecs run, and what they send', async () => {
    const emulator = await emulated({ vendor: 'none' });
    await theirs(emulator);
    const { ok, text, findings } = await checked({ port: emulator.port });
    expect([ok, text]).toEqual([true, expect.stringMatching(/^LLRP 1\.1, 4 antennas, 1 ROSpecs, clock off by/)]);
    expect(findings[0]).toBe(
      'ROSpec 7 of another program is active; its reads come too; "deleteForeignSpecs" deletes it',
    );
    expect(findings[1]).toMatch(/^\d+ reads of 20 tags came in 2000 ms$/);
  });

  it('whose ROSpec never reports (N = 0 and no end), or only when asked', async () => {
    const emulator = await emulated({ vendor: 'none' });
    await theirs(emulator, (rospec) => void (reportSpec(rospec)['N'] = 0));
    expect((await checked({ port: emulator.port })).findings[0]).toContain('it never reports');
    const client: LlrpClient = await connect({ host: '127.0.0.1', port: emulator.port });
    await client.request({ message: 'DELETE_ROSPEC', ROSpecID: 0 });
    await client.close();
    await theirs(emulator, (rospec) => void (reportSpec(rospec)['ROReportTrigger'] = 'None'));
    expect((await checked({ port: emulator.port })).findings[0]).toContain('only when it is asked (GET_REPORT)');
  });

  it('that keeps one ROSpec, and it is of another program', async () => {
    const emulator = await emulated({ vendor: 'impinj' });
    await theirs(emulator);
    const { ok, findings } = await checked({ port: emulator.port });
    expect(ok).toBe(false);
    expect(findings[0]).toMatch(/^the reader keeps 1 ROSpec, all of other programs: set "deleteForeignSpecs"/);
    expect((await checked({ port: emulator.port, deleteForeignSpecs: true })).ok).toBe(true);
  });

  it('that does not have what is configured', async () => {
    const emulator = await emulated({ vendor: 'zebra' });
    const { ok, findings } = await checked({
      port: emulator.port,
      rospec: { antennas: [9], powerDbm: 27, hopTable: 9 },
    });
    expect(ok).toBe(false);
    expect(findings.join('; ')).toMatch(/antenna 9 is configured.*the reader has no hop table 9; it lists 1: choose/);
  });

  it('that another client holds: since when the collector does, or what to look for', async () => {
    const emulator = await emulated({});
    const client = await connect({ host: '127.0.0.1', port: emulator.port });
    const held = await checked({ port: emulator.port });
    expect([held.ok, held.text]).toEqual([false, expect.stringContaining('another client holds this reader')]);
    expect(held.findings[0]).toContain('stop that client');
    await client.close();
    await rig.start({}, { port: emulator.port });
    expect(await until(() => rig.endpoint.epcs().length === 20)).toBe(true);
    const ours = await checked({ port: emulator.port });
    expect(ours.findings[0]).toMatch(
      new RegExp(`^the collector on this spool runs, process ${process.pid} on .*, since \\d{4}-`),
    );
  });

  it('whose clock is off, with or without UTC', async () => {
    const slow = await emulated({ scenario: { clock: { offsetMs: -90_000 } } });
    const { findings } = await checked({ port: slow.port });
    expect(findings.join()).toMatch(/^the reader's clock is (89\.9|90\.\d) s slow: read times are corrected/);
    rig.reader.uptime = true;
    expect(await checked({})).toMatchObject({ ok: true, text: expect.stringContaining('no UTC clock') });
  });

  it('that reads one tag at two places, or sums reads up that are to be weighed', async () => {
    const tags = { companyPrefix: '0614141', item: '112345', count: 3 };
    const emulator = await emulated({ scenario: { standing: [{ tags, antennas: [1, 2] }] } });
    await theirs(emulator);
    const two = { 1: { readPoint: 'urn:x:left' }, 2: { readPoint: 'urn:x:right' } };
    const said = (await checked({ port: emulator.port, antennas: two })).findings.join('; ');
    expect(said).toMatch(/3 tags were read at two places at once, a wrong one among them: lower "powerDbm"/);
    const idle = (await checked({ antennas: two })).findings.join('; ');
    expect(idle).toMatch(/^antennas 1, 2 read at full power for different places/);
    const sides = { 1: { side: 'A' }, 2: { side: 'B' } };
    const gate = { antennas: sides, rospec: { n: 20, session: 2 }, filter: { mode: 'gate' } };
    expect((await checked(gate)).findings).toEqual([
      'mode "gate" weighs single reads: with "rospec.n" 20 they come late; take 1',
      'mode "gate" weighs single reads: in session 2 a tag answers once; take 0 or 1',
    ]);
  });

  it('that sends reports without a tag', async () => {
    rig.reader.plantRospec(THEIRS);
    const timer = setInterval(() => rig.reader.send([]), 50);
    opened.push(() => clearInterval(timer));
    const { ok, findings } = await checked({});
    expect(ok).toBe(true);
    expect(findings.at(-1)).toMatch(/^\d+ reports in 2000 ms, none with a tag: look at the region/);
  });
});

describe('inputs', () => {
  const one = async (reader: object): Promise<CheckResult> =>
    (await check(parseConfig(rig.config({ readers: [{ name: 'dock-1', readPoint: READ_POINT, ...reader }] }))))[0]!;

  it('over MQTT: connects under another name, is granted the topics or says what is refused', async () => {
    const aedes = await Aedes.createBroker({
      authorizeSubscribe: (_client, subscription, done) =>
        done(null, subscription.topic === 'secret' ? null : subscription),
    });
    const names: string[] = [];
    aedes.on('client', ({ id }) => names.push(id));
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      aedes.handle(socket);
    });
    await listening(server);
    opened.push(
      () => new Promise<void>((resolve) => aedes.close(resolve)),
      () => new Promise((resolve) => server.close(resolve)),
    );
    const url = `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`;
    const mqtt = { type: 'mqtt', url, topics: ['tags/#'], clientId: 'edge' };
    expect(await one(mqtt)).toMatchObject({ ok: true, text: 'mqtt, the broker grants tags/#' });
    expect(await one({ ...mqtt, topics: ['secret'] })).toMatchObject({
      ok: false,
      text: 'mqtt, the broker refuses secret',
    });
    expect(names).toHaveLength(2);
    expect(names).not.toContain('edge');
    const nobody = await one({ ...mqtt, url: `mqtt://127.0.0.1:${await free()}` });
    expect(nobody).toMatchObject({ ok: false, text: expect.stringContaining('ECONNREFUSED') });
  });

  it('over HTTP: asks for the stream and hangs up', async () => {
    let over = 0;
    const server = createHttp((request, response) => {
      response.on('close', () => over++);
      const known = request.headers.authorization === `Basic ${Buffer.from('root:right').toString('base64')}`;
      response.writeHead(known ? 200 : 401).flushHeaders();
      if (!known) response.end();
    });
    await listening(server);
    opened.push(
      () => server.closeAllConnections(),
      () => new Promise((resolve) => server.close(resolve)),
    );
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/api/v1/data/stream`;
    const stream = { type: 'http', url, username: 'root', password: 'right' };
    expect(await one(stream)).toMatchObject({ ok: true, text: 'http, the reader streams' });
    expect(await until(() => over === 1)).toBe(true);
    expect(await one({ ...stream, password: 'wrong' })).toMatchObject({
      ok: false,
      text: 'http, the reader answers 401',
    });
    const nobody = await one({ ...stream, url: `http://127.0.0.1:${await free()}/` });
    expect(nobody).toMatchObject({ ok: false, text: expect.stringContaining('ECONNREFUSED') });
  });

  it('over a port of ours: whether it can be had, and who may have it', async () => {
    const webhook = { type: 'http', listen: { port: await free() }, secret: SECRET };
    expect(await one(webhook)).toMatchObject({ ok: true, text: expect.stringContaining('the port is free') });
    const collector = await rig.start({ readers: [{ name: 'dock-1', readPoint: READ_POINT, ...webhook }] });
    expect(await until(() => collector.stats().readers[0]?.state === 'running')).toBe(true);
    const taken = await one(webhook);
    expect([taken.ok, taken.text]).toEqual([false, expect.stringContaining('EADDRINUSE')]);
    expect(taken.findings[0]).toContain(`the collector on this spool runs, process ${process.pid}`);
  });
});

describe("the host's clock", () => {
  const before = process.env['PATH'];
  const says = (answer: string): void => {
    const directory = join(rig.directory, `bin-${answer}`);
    mkdirSync(directory);
    writeFileSync(join(directory, 'timedatectl'), `#!/bin/sh\necho ${answer}\n`);
    chmodSync(join(directory, 'timedatectl'), 0o755);
    process.env['PATH'] = `${directory}:${before}`;
  };
  afterEach(() => {
    process.env['PATH'] = before;
  });

  it('that is not synchronised is an alarm and a finding; one that is, or that nobody knows, is neither', async () => {
    says('no');
    const collector = await rig.start();
    const names = (): string[] => collector.stats().alarms.map(({ name }) => name);
    expect(await until(() => names().includes('host-clock'))).toBe(true);
    await rig.stop();
    rig.reader.rospecs.clear();
    const found = async () => (await check(parseConfig(rig.config()))).filter(({ name }) => name === 'this host');
    expect(await found()).toMatchObject([{ ok: false, text: expect.stringContaining('not synchronised') }]);
    says('yes');
    expect(await found()).toEqual([]);
    process.env['PATH'] = '/nowhere';
    expect(await found()).toEqual([]);
  });
});
