import { startEmulator } from 'node-llrp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Antennas } from '../../readers/antennas.ts';
import { Rig } from './rig.ts';
import { until } from './stand-in-reader.ts';

const states = (...connected: boolean[]) => connected.map((one, i) => ({ antenna: i + 1, connected: one }));

it('tells a loss of an antenna that was there or is configured, and nothing of an empty port', () => {
  const antennas = new Antennas();
  expect(antennas.found(states(true, false, false), new Set([3]))).toEqual([{ antenna: 3, connected: false }]);
  expect(antennas.lost).toEqual([3]);
  const next = new Antennas(JSON.parse(JSON.stringify(antennas.toList())) as ReturnType<Antennas['toList']>);
  expect(next.found(states(false, false, true), new Set([3]))).toEqual([
    { antenna: 1, connected: false },
    { antenna: 3, connected: true },
  ]);
  expect(next.lost).toEqual([1]);
  next.told(1, true);
  expect(next.lost).toEqual([]);
});

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.make();
});
afterEach(async () => {
  expect(await rig.dispose()).toEqual([]);
});

it('asks with each connection: an antenna lost while the link was down, or the collector, is told', async () => {
  const emulator = await startEmulator({ port: 0 });
  try {
    const start = async () => await rig.start({}, { port: emulator.port, keepaliveMs: 300 });
    let collector = await start();
    const told = (kind: string): number => collector.operations(100).filter((one) => one.kind === kind).length;
    const alarmed = (): string[] =>
      collector.stats().alarms.flatMap(({ name, message }) => (name === 'reader-antenna:dock-1' ? [message] : []));
    expect(await until(() => rig.endpoint.epcs().length > 0)).toBe(true);
    await rig.stop();
    emulator.fault('antenna-lost', { antenna: 2, ms: 60_000 });
    collector = await start();
    expect(await until(() => told('antenna-lost') === 1)).toBe(true);
    expect(await until(() => alarmed().length === 1)).toBe(true);
    expect(alarmed()).toEqual(['antenna 2 is not connected']);
    await rig.stop();
    collector = await start();
    expect(await until(() => alarmed().length === 1)).toBe(true);
    expect(told('antenna-lost')).toBe(1);
  } finally {
    await emulator.stop();
  }
});
