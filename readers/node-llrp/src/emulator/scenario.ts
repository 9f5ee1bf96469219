import { LlrpError } from '../error.ts';
import type { Chance } from './air.ts';
import type { ClockScript } from './clock.ts';
import type { FaultScript } from './faults.ts';
import { GpiPorts, type GpiScript } from './gpio.ts';
import { type Group, Groups } from './groups.ts';
import type { Zone } from './path.ts';
import { type AntennaPlace, RADIO, type Radio } from './physics.ts';
import { epcsOf, type Population } from './population.ts';
import { random } from './random.ts';
import type { MemoryScript } from './tag-memory.ts';

/** Tags that stand in the field and are read again and again. */
export interface Standing {
  tags: Population;
  antennas?: readonly number[];
  readsPerSecond?: number;
  rssiDbm?: number;
}

/** Tags that move past antennas, one after the other in that order, as a pallet through a gate. */
export interface Passing {
  tags: Population;
  antennas?: readonly number[];
  /** When the first antenna begins to see them, from the scenario's start. */
  startMs?: number;
  durationMs?: number;
  readsPerSecond?: number;
  /** RSSI in front of an antenna. */
  peakDbm?: number;
}

/** What happens in front of the reader; the same seed gives the same reads at the same times. */
export interface Scenario {
  /** How many, or where they hang: groups are heard by these, in metres. */
  antennas?: number | readonly Partial<AntennaPlace>[];
  standing?: readonly Standing[];
  passing?: readonly Passing[];
  /** Begins again after so long: the passages come back with the same tags. */
  loopMs?: number;
  groups?: readonly Group[];
  zones?: readonly Zone[];
  radio?: Partial<Radio>;
  gpi?: GpiScript;
  /** What tags hold beside their EPC. */
  memory?: MemoryScript;
  clock?: ClockScript;
  faults?: readonly FaultScript[];
}

/** One moment at which one antenna hears one tag. */
export interface Read {
  /** Microseconds since 1970. */
  at: number;
  epc: string;
  antenna: number;
  /** Hundredths of a dBm. */
  rssi: number;
  channel: number;
  /** 4096 to the turn. */
  phase: number;
  /** Sixteenths of a Hz; positive while the tag comes nearer. */
  doppler: number;
  /** A question whose answer depends on how it is asked; without it the read is as it stands. */
  chance?: Chance;
}

/** What really happened, to score a collector against. */
export interface Passage {
  epcs: readonly string[];
  antennas: readonly number[];
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  /** Of a group: its name, and what its path means. */
  group?: string;
  way?: 'in' | 'out' | 'turned' | 'past';
  nearest?: readonly { antenna: number; at: number; metres: number }[];
  zones?: readonly { zone: string; enteredAt: number; leftAt?: number }[];
}

const ANTENNAS = 4;
/** Where antennas hang unless said: two metres apart along x, 2 m high, across the way. */
const ANTENNA_SPACING_M = 2;
const ROUNDS_PER_SECOND_MAX = 100;
const ANTENNAS_MAX = 32;
/** The truth of so many passages is kept. */
const PASSAGES_KEPT_MAX = 10_000;
/** Channels that reads are spread over. */
const CHANNELS = 50;
const FLOOR_DBM = -80;
/** Loss between the middle of an antenna's view and its edge. */
const EDGE_LOSS_DB = 22;
const NOISE_DB = 2;

export const DEFAULT_SCENARIO: Scenario = {
  standing: [{ tags: { companyPrefix: '0614141', item: '112345', firstSerial: 1, count: 20 } }],
};

/** A standing tag and when it is read next, in microseconds. */
interface Stand {
  epc: string;
  antennas: readonly number[];
  intervalUs: number;
  rssiDbm: number;
  nextUs: number;
  draw: () => number;
}

/** The tags around a reader. Time is the caller's: `due` hands out what has happened up to a moment, in order. */
export class Field {
  readonly antennas: number;
  readonly radio: Radio;
  readonly passages: Passage[] = [];
  readonly gpi: GpiPorts;
  readonly #groups: Groups;
  readonly #seed: number;
  #plans = 0;
  #stands: Stand[] = [];
  /** Reads of passages that are still to come, by time. */
  #coming: Read[] = [];
  #loop: { scenario: Scenario; everyUs: number; nextUs: number } | undefined;

  constructor(scenario: Scenario, seed: number, startUs: number, gpis = 0) {
    const places = placesOf(scenario.antennas ?? ANTENNAS);
    this.antennas = places.length;
    this.radio = { ...RADIO, ...scenario.radio };
    const { roundsPerSecond } = this.radio;
    if (!(roundsPerSecond > 0 && roundsPerSecond <= ROUNDS_PER_SECOND_MAX))
      throw new LlrpError(
        'ENCODE',
        `roundsPerSecond is ${roundsPerSecond}, not above 0 and up to ${ROUNDS_PER_SECOND_MAX}`,
      );
    this.#seed = seed;
    this.#groups = new Groups({ antennas: places, zones: scenario.zones ?? [], radio: this.radio }, seed, startUs);
    const zones = (scenario.zones ?? []).map(({ name }) => name);
    this.gpi = new GpiPorts(scenario.gpi ?? {}, zones, gpis, startUs);
    for (const group of scenario.groups ?? []) this.move(group, startUs);
    for (const standing of scenario.standing ?? []) this.put(standing, startUs);
    for (const passing of scenario.passing ?? []) this.pass(passing, startUs);
    const { loopMs } = scenario;
    if (loopMs !== undefined) {
      if (!(loopMs >= 1)) throw new LlrpError('ENCODE', `loopMs is ${loopMs}, not 1 or more`);
      this.#loop = { scenario, everyUs: loopMs * 1000, nextUs: startUs + loopMs * 1000 };
    }
  }

  /** Puts tags into the field; they stay until they are removed. */
  put(standing: Standing, nowUs: number): void {
    const { readsPerSecond = 5, rssiDbm = -55 } = standing;
    const antennas = this.#antennasOf(standing.antennas ?? Array.from({ length: this.antennas }, (_, i) => i + 1));
    const intervalUs = 1e6 / rate(readsPerSecond);
    for (const epc of epcsOf(standing.tags)) {
      const draw = random(this.#seed * 7919 + this.#plans++);
      this.#stands.push({ epc, antennas, intervalUs, rssiDbm, nextUs: nowUs + draw() * intervalUs, draw });
    }
  }

  /** Takes standing tags out of the field. */
  remove(tags: Population): void {
    const gone = new Set(epcsOf(tags));
    this.#stands = this.#stands.filter((stand) => !gone.has(stand.epc));
    this.#groups.remove(gone);
  }

  /** Sets a group on its way; one of the same name disappears. */
  move(group: Group, nowUs: number): Passage {
    return this.#passed(this.#groups.add(group, nowUs));
  }

  /** Moves tags past antennas; each tag is read at least three times at each of them. */
  pass(passing: Passing, nowUs: number): Passage {
    const { startMs = 0, durationMs = 2000, readsPerSecond = 20, peakDbm = -45 } = passing;
    if (!(durationMs >= 1)) throw new LlrpError('ENCODE', `durationMs is ${durationMs}, not 1 or more`);
    const antennas = this.#antennasOf(passing.antennas ?? [1, 2]);
    const epcs = epcsOf(passing.tags);
    const draw = random(this.#seed * 7919 + this.#plans++);
    const fromUs = nowUs + startMs * 1000;
    const stepUs = (durationMs * 1000) / antennas.length;
    const reach = stepUs * 0.75;
    const perAntenna = Math.max(3, Math.round((rate(readsPerSecond) * stepUs) / 1e6));
    for (const epc of epcs) {
      const lag = (draw() - 0.5) * stepUs * 0.2;
      for (const [index, antenna] of antennas.entries()) {
        const middle = (index + 0.5) * stepUs + lag;
        for (let i = 0; i < perAntenna; i++) {
          const away = ((i + draw()) / perAntenna) * 2 - 1; // -1 at the near edge of its view, 1 at the far one
          const at = Math.min(Math.max(middle + away * reach, 0), durationMs * 1000);
          const rssiDbm = peakDbm - EDGE_LOSS_DB * away * away;
          this.#coming.push(heard(fromUs + at, epc, antenna, rssiDbm, -away * 200, draw));
        }
      }
    }
    this.#coming.sort((a, b) => a.at - b.at);
    return this.#passed({ epcs, antennas, startedAt: fromUs / 1000, endedAt: fromUs / 1000 + durationMs });
  }

  #passed(passage: Passage): Passage {
    this.gpi.follow(passage);
    this.passages.push(passage);
    if (this.passages.length > PASSAGES_KEPT_MAX) this.passages.shift();
    return passage;
  }

  /** Everything that can be heard up to `nowUs` and was not handed out before, by time. */
  due(nowUs: number, listening = true): Read[] {
    this.#repeat(nowUs);
    const end = this.#coming.findIndex((read) => read.at > nowUs);
    const reads = this.#coming.splice(0, end < 0 ? this.#coming.length : end);
    for (const read of this.#groups.due(nowUs, listening)) reads.push(read);
    for (const stand of this.#stands) {
      for (; stand.nextUs <= nowUs; stand.nextUs += stand.intervalUs * (0.5 + stand.draw())) {
        const antenna = stand.antennas[Math.floor(stand.draw() * stand.antennas.length)] ?? 1;
        reads.push(heard(stand.nextUs, stand.epc, antenna, stand.rssiDbm, 0, stand.draw));
      }
    }
    return reads.sort((a, b) => a.at - b.at);
  }

  /** The scenario's passages once more for every loop that has begun. */
  #repeat(nowUs: number): void {
    const loop = this.#loop;
    if (!loop) return;
    while (loop.nextUs <= nowUs) {
      for (const passing of loop.scenario.passing ?? []) this.pass(passing, loop.nextUs);
      for (const group of loop.scenario.groups ?? []) this.move(group, loop.nextUs);
      this.gpi.repeat(loop.nextUs);
      loop.nextUs += loop.everyUs;
    }
  }

  #antennasOf(antennas: readonly number[]): readonly number[] {
    const bad = antennas.find((one) => !(Number.isInteger(one) && one >= 1 && one <= this.antennas));
    if (bad !== undefined || antennas.length === 0) {
      throw new LlrpError('ENCODE', `antennas are 1 to ${this.antennas}, not ${String(bad ?? 'none')}`);
    }
    return antennas;
  }
}

/** The antennas' places; a number of them hangs in a row. Throws LlrpError for what cannot be. */
function placesOf(antennas: number | readonly Partial<AntennaPlace>[]): AntennaPlace[] {
  const given = typeof antennas === 'number' ? undefined : antennas;
  const count = typeof antennas === 'number' ? antennas : antennas.length;
  if (!(Number.isInteger(count) && count >= 1 && count <= ANTENNAS_MAX))
    throw new LlrpError('ENCODE', `a reader has 1 to ${ANTENNAS_MAX} antennas, not ${count}`);
  return Array.from({ length: count }, (_, i) => {
    const position = given?.[i]?.position ?? [i * ANTENNA_SPACING_M, 2, 2];
    const place = { position, facing: [0, -1, -0.5] as const, gainDbi: 6, beamwidthDeg: 70, ...given?.[i] };
    const bad = [...place.position, ...place.facing].length !== 6 || !place.facing.some((one) => one !== 0);
    if (bad || !(place.beamwidthDeg > 0))
      throw new LlrpError(
        'ENCODE',
        `antenna ${i + 1} needs position [x, y, z], facing [x, y, z] and a beamwidthDeg above 0`,
      );
    return place;
  });
}

function rate(readsPerSecond: number): number {
  if (readsPerSecond > 0 && readsPerSecond <= 1000) return readsPerSecond;
  throw new LlrpError('ENCODE', `readsPerSecond is ${readsPerSecond}, not above 0 and up to 1000`);
}

function heard(
  atUs: number,
  epc: string,
  antenna: number,
  rssiDbm: number,
  dopplerHz: number,
  draw: () => number,
): Read {
  const dbm = Math.max(FLOOR_DBM, rssiDbm + (draw() - 0.5) * 2 * NOISE_DB);
  return {
    at: Math.round(atUs),
    epc,
    antenna,
    rssi: Math.round(dbm * 100),
    channel: 1 + Math.floor(draw() * CHANNELS),
    phase: Math.floor(draw() * 4096),
    doppler: Math.round(dopplerHz * 16),
  };
}
