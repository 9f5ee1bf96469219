// Every kind of fault of a simulated day: how often it comes, and what is done. Durations are of the simulated day.
import type { FaultName, FaultNumbers } from 'node-llrp';
import type { Endpoint, Mood } from './endpoint.ts';
import type { Kept } from './kept.ts';
import type { Reader, Span } from './reader.ts';
import type { Relay } from './relay.ts';
import type { Postgres } from '../postgres.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** What a fault can get hold of. */
export interface Scene {
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  relay: Relay;
  reader: Reader;
  endpoint: Endpoint;
  collector: Kept;
  api: Kept;
  database: Postgres;
  /** The reader gets new tags with old times; see day.ts. */
  burst: (tags: number, spanMs: number) => Promise<void>;
  /** The reader's clock is set. */
  jumped: (byMs: number, when: Span) => void;
}
/** Which kinds may come: parts of their names, with commas between them. */
export interface Choice {
  only?: string;
  without?: string;
}
/** Draws a number from a range. */
export type Draw = (from: number, to: number) => number;
type Act = (scene: Scene, draw: Draw) => Promise<void>;

interface Kind {
  /** How often, beside the others. */
  weight: number;
  act: Act;
}

/** Link faults wait for a link, so that they hit something. */
async function untilUp(scene: Scene): Promise<void> {
  for (let tries = 0; !scene.relay.isUp && tries < 100; tries++) await scene.sleep(3 * SECOND);
}

const cut =
  (how: { reset: boolean; half: boolean }): Act =>
  async (scene) => {
    await untilUp(scene);
    scene.relay.cut(how);
  };

const stall =
  (fromMs: number, toMs: number): Act =>
  async (scene, draw) => {
    await untilUp(scene);
    const goOn = scene.relay.stall();
    await scene.sleep(draw(fromMs, toMs));
    goOn();
  };

const mood =
  (which: Mood, fromMs: number, toMs: number): Act =>
  async ({ endpoint, sleep }, draw) => {
    const end = await endpoint.turn(which);
    await sleep(draw(fromMs, toMs));
    await end();
  };

/** A fault that the emulator does. */
const told =
  (fault: FaultName, numbers: (draw: Draw) => FaultNumbers = () => ({})): Act =>
  async (scene, draw) => {
    await untilUp(scene);
    await scene.reader.do({ fault, numbers: numbers(draw) });
  };

const clockJump =
  (fromMs: number, toMs: number): Act =>
  async (scene, draw) => {
    const byMs = Math.round(draw(fromMs, toMs));
    const when = await scene.reader.do({ fault: 'clock-jump', numbers: { byMs } });
    if (!when) return;
    scene.reader.setMs += byMs;
    scene.jumped(byMs, when);
  };

/** No file of the collector grows any more. */
const diskFull: Act = async ({ collector, sleep }, draw) => {
  const room = collector.fillDisk();
  await sleep(draw(20 * SECOND, 6 * MINUTE));
  room();
};

/** The platform is away until what is read has filled the spool up to spoolMaxBytes. */
const spoolFull: Act = async ({ endpoint, collector, burst, sleep, relay }) => {
  const end = await endpoint.turn('refuse');
  const before = collector.alarms.get('spool-full') ?? 0;
  for (let n = 0; n < 12 && collector.alarms.get('spool-full') === before; n++) {
    if (relay.isUp) await burst(2500, 10 * MINUTE);
    await sleep(30 * SECOND);
  }
  await sleep(2 * MINUTE);
  await end();
};

/** Its clock is right again afterwards. */
const reboot: Act = async ({ reader, sleep, now, jumped }, draw) => {
  const [byMs, from] = [-reader.setMs, now()];
  await reader.off();
  await sleep(draw(10 * SECOND, 2 * MINUTE));
  await reader.on();
  if (byMs !== 0) jumped(byMs, { from, to: now() });
};

/** On a machine with much to do a database may take too long to recover. */
const STARTS_MAX = 3;
/** A database that is starting cannot be started: one fault of it at a time. */
let databaseUp: Promise<void> = Promise.resolve();
const databaseKill: Act = async ({ database, sleep }, draw) => {
  const downMs = draw(0, MINUTE);
  databaseUp = databaseUp.then(async () => {
    await database.kill();
    await sleep(downMs);
    for (let tries = 1; ; tries++) {
      try {
        return await database.start();
      } catch (error) {
        if (tries === STARTS_MAX) throw error;
        await database.kill();
      }
    }
  });
  await databaseUp;
};

const rounded =
  (ranges: Record<string, readonly [number, number]>) =>
  (draw: Draw): FaultNumbers =>
    Object.fromEntries(Object.entries(ranges).map(([name, [from, to]]) => [name, Math.round(draw(from, to))]));

export const KINDS: Record<string, Kind> = {
  'link reset': { weight: 10, act: cut({ reset: true, half: false }) },
  'link closed': { weight: 6, act: cut({ reset: false, half: false }) },
  'half frame': { weight: 10, act: cut({ reset: true, half: true }) },
  'half frame by the reader': { weight: 5, act: told('half-frame') },
  'reset in a report': { weight: 5, act: told('reset-in-report') },
  'line dead for a moment': { weight: 5, act: stall(SECOND, 25 * SECOND) },
  'line dead, sockets open': { weight: 7, act: stall(35 * SECOND, 3 * MINUTE) },
  'reader silent': { weight: 6, act: told('silence', rounded({ ms: [5 * SECOND, 2 * MINUTE] })) },
  'slow drip': { weight: 5, act: told('drip', rounded({ bytesPerSecond: [50, 2000], ms: [5 * SECOND, MINUTE] })) },
  'no network': {
    weight: 5,
    act: async ({ relay, now }, draw) => relay.dead(now() + draw(10 * SECOND, 5 * MINUTE)),
  },
  'held by another client': { weight: 2, act: told('client-exists', rounded({ ms: [5 * SECOND, MINUTE] })) },
  'bytes without framing': { weight: 3, act: told('garbage') },
  'malformed message': { weight: 2, act: told('malformed') },
  'unknown messages': { weight: 2, act: told('unknown-message') },
  'answers lost': { weight: 2, act: told('drop-answers', rounded({ times: [1, 2] })) },
  'version refused': { weight: 2, act: told('version-error') },
  'reader reboots': { weight: 6, act: reboot },
  'collector killed': { weight: 22, act: async ({ collector }, draw) => collector.kill(draw(0, 2 * MINUTE)) },
  'disk full': { weight: 12, act: diskFull },
  'spool full': { weight: 2, act: spoolFull },
  'API away': { weight: 10, act: mood('refuse', 10 * SECOND, 15 * MINUTE) },
  'API answers 503': { weight: 6, act: mood('busy', 10 * SECOND, 5 * MINUTE) },
  'API answers 429': { weight: 4, act: mood('overloaded', 10 * SECOND, 3 * MINUTE) },
  'API takes it and is silent': { weight: 8, act: mood('swallow', 10 * SECOND, 3 * MINUTE) },
  'API cuts the line': { weight: 4, act: mood('cut', 10 * SECOND, 3 * MINUTE) },
  'API slow': { weight: 3, act: mood('slow', MINUTE, 3 * MINUTE) },
  'API killed': { weight: 3, act: async ({ api }, draw) => api.kill(draw(0, MINUTE)) },
  'database killed': { weight: 3, act: databaseKill },
  'reader clock ahead': { weight: 6, act: clockJump(2 * SECOND, 120 * MINUTE) },
  'reader clock back': { weight: 6, act: clockJump(-120 * MINUTE, -2 * SECOND) },
  'reports twice': { weight: 5, act: told('duplicate-reports', rounded({ times: [1, 200] })) },
  'burst of old reads': {
    weight: 4,
    act: async ({ burst }, draw) => burst(Math.round(draw(50, 800)), draw(MINUTE, 15 * MINUTE)),
  },
  'buffer overflow': { weight: 5, act: told('buffer-overflow', rounded({ lose: [0, 50] })) },
  'antenna lost': { weight: 5, act: told('antenna-lost', rounded({ antenna: [1, 4], ms: [2 * SECOND, 20 * SECOND] })) },
  'reader restarts its ROSpec': { weight: 4, act: told('restart-rospec', rounded({ ms: [SECOND, 20 * SECOND] })) },
};

const isAmong = (name: string, parts: string): boolean => parts.split(',').some((part) => name.includes(part));

/** So many kinds, drawn by their weight: those whose names contain a part of `only`, none that contains one of `without`. */
export function drawKinds(count: number, draw: Draw, { only = '', without = '' }: Choice): string[] {
  const names = Object.keys(KINDS).filter((name) => isAmong(name, only) && (without === '' || !isAmong(name, without)));
  const total = names.reduce((sum, name) => sum + KINDS[name]!.weight, 0);
  return Array.from({ length: count }, () => {
    let left = draw(0, total);
    return names.find((name) => (left -= KINDS[name]!.weight) < 0) ?? names[0]!;
  });
}
