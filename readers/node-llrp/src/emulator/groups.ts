import { LlrpError } from '../error.ts';
import type { Chance, Chip } from './air.ts';
import { FREQUENCIES } from './capabilities.ts';
import { Path, type Pause, within, type Zone } from './path.ts';
import { type AntennaPlace, link, type Point, type Radio } from './physics.ts';
import { epcsOf, type Population } from './population.ts';
import { drawAt } from './random.ts';
import type { Passage, Read } from './scenario.ts';

/** Tags that move together, as a pallet on a truck. */
export interface Group {
  name: string;
  tags: Population;
  /** Metres; one point is a place to stand. */
  path: readonly (readonly number[])[];
  speedMps?: number;
  /** From the scenario's start. */
  startMs?: number;
  pauses?: readonly Pause[];
  /** How far tags are from the middle, at most, in each direction. */
  spreadM?: number;
  /** Remains at the end of its path; always so with one point. */
  stays?: boolean;
}

/** A tag further away than this is not asked. */
const REACH_M = 40;
/** A reader stays so long on a channel (FCC part 15.247 allows 400 ms). */
const HOP_US = 200_000;
const TAG_HEIGHT_M = 1;
const GROUPS_MAX = 10_000;
const TAGS_MAX = 100_000;
/** Antennas further from the path than this are no part of a passage. */
const NEAREST_M_MAX = 10;
/** Of one tag's RSSI, for the way it lies: standard deviation. */
const LIE_DB = 2;

interface Member {
  epc: string;
  offset: Point;
  lieDb: number;
  chip: Chip;
}

interface Moving {
  name: string;
  path: Path;
  stays: boolean;
  members: Member[];
  number: number;
}

/** A normal draw of variance 1 for these keys. */
function normal(...keys: number[]): number {
  const one = Math.max(drawAt(...keys, 1), 1e-12);
  return Math.sqrt(-2 * Math.log(one)) * Math.cos(2 * Math.PI * drawAt(...keys, 2));
}

const pointOf = (numbers: readonly number[]): Point => [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? TAG_HEIGHT_M];

/**
 * The groups around the antennas. A question to a tag happens at a time that depends on nothing but the seed, so the
 * same seed gives the same reads however time passes.
 */
export class Groups {
  readonly #antennas: readonly AntennaPlace[];
  readonly #zones: readonly Zone[];
  readonly #radio: Radio;
  readonly #seed: number;
  readonly #startUs: number;
  #moving: Moving[] = [];
  #numbers = 0;
  #round = 0;

  constructor(
    places: { antennas: readonly AntennaPlace[]; zones: readonly Zone[]; radio: Radio },
    seed: number,
    startUs: number,
  ) {
    this.#antennas = places.antennas;
    this.#zones = places.zones;
    this.#radio = places.radio;
    this.#seed = seed;
    this.#startUs = startUs;
  }

  /** Sets a group on its way; one of the same name disappears. */
  add(group: Group, nowUs: number): Passage {
    const { name, speedMps = 1, startMs = 0, pauses = [], spreadM = 0.5, stays = group.path.length === 1 } = group;
    const path = new Path(group.path.map(pointOf), speedMps, pauses, nowUs + startMs * 1000);
    const epcs = epcsOf(group.tags);
    this.#moving = this.#moving.filter((one) => one.name !== name);
    const tags = this.#moving.reduce((sum, { members }) => sum + members.length, epcs.length);
    if (this.#moving.length >= GROUPS_MAX || tags > TAGS_MAX)
      throw new LlrpError('TOO_LONG', `more than ${GROUPS_MAX} groups or ${TAGS_MAX} tags in motion`);
    const number = this.#numbers++;
    const members = epcs.map((epc, i) => this.#member(epc, spreadM, number, i));
    this.#moving.push({ name, path, stays, members, number });
    return this.#passage(group, path, epcs);
  }

  /** Takes tags out of every group. */
  remove(gone: ReadonlySet<string>): void {
    for (const one of this.#moving) one.members = one.members.filter(({ epc }) => !gone.has(epc));
  }

  /** Every question that was asked up to now; nobody asks while the reader does not listen. */
  due(nowUs: number, listening: boolean): Read[] {
    const stepUs = 1e6 / this.#radio.roundsPerSecond;
    const last = Math.floor((nowUs - this.#startUs) / stepUs) - 1;
    this.#moving = this.#moving.filter(({ path, stays }) => stays || path.endUs > nowUs - 2 * stepUs);
    if (!listening || this.#moving.length === 0) this.#round = Math.max(this.#round, last + 1);
    const reads: Read[] = [];
    for (; this.#round <= last; this.#round++) {
      for (const group of this.#moving) this.#askAll(group, this.#round, stepUs, reads);
    }
    return reads;
  }

  #askAll(group: Moving, round: number, stepUs: number, reads: Read[]): void {
    const slotUs = stepUs / this.#antennas.length;
    for (const [index, antenna] of this.#antennas.entries()) {
      const fromUs = this.#startUs + round * stepUs + index * slotUs;
      const { place, velocity } = group.path.at(fromUs);
      const [x, y] = antenna.position;
      const here = fromUs >= group.path.startUs && (group.stays || fromUs <= group.path.endUs);
      if (!here || Math.hypot(place[0] - x, place[1] - y) > REACH_M) continue;
      for (const [i, member] of group.members.entries()) {
        const keys = [this.#seed, group.number, i, round, index];
        const at = Math.round(fromUs + drawAt(...keys, 0) * slotUs);
        const chance = this.#chance(antenna, member, { place, velocity }, at, keys);
        const channel = channelAt(at - this.#startUs);
        reads.push({ at, epc: member.epc, antenna: index + 1, channel, rssi: 0, phase: 0, doppler: 0, chance });
      }
    }
  }

  #chance(
    antenna: AntennaPlace,
    member: Member,
    now: { place: Point; velocity: Point },
    at: number,
    keys: number[],
  ): Chance {
    const { place, velocity } = now;
    const { offset, lieDb, chip } = member;
    const khz = FREQUENCIES[channelAt(at - this.#startUs) - 1] ?? 0;
    const tag: Point = [place[0] + offset[0], place[1] + offset[1], Math.max(0, place[2] + offset[2])];
    const air = link(antenna, tag, velocity, khz);
    const fadeDb = normal(...keys) * this.#radio.fadingDb;
    return {
      chip,
      ...air,
      tagDbm: air.tagDbm + lieDb / 2,
      rssiDbm: air.rssiDbm + lieDb + fadeDb,
      khz,
      luck: drawAt(...keys, 3),
      phaseOffset: drawAt(this.#seed, keys[1] ?? 0, keys[2] ?? 0, keys[4] ?? 0, khz),
    };
  }

  #member(epc: string, spreadM: number, number: number, i: number): Member {
    const draw = (key: number): number => drawAt(this.#seed, number, i, key);
    const off = (key: number): number => (draw(key) * 2 - 1) * spreadM;
    return {
      epc,
      offset: [off(11), off(12), off(13)],
      lieDb: normal(this.#seed, number, i, 14) * LIE_DB,
      chip: {
        session1Us: 500_000 + draw(15) * 4_500_000,
        session2Us: 2_000_000 + draw(16) * 18_000_000,
        flaggedUs: [-Infinity, -Infinity, -Infinity, -Infinity],
        poweredUs: -Infinity,
      },
    };
  }

  /** What the path means: zones, the antennas in the order in which they are nearest, and which way it goes. */
  #passage(group: Group, path: Path, epcs: string[]): Passage {
    const nearest = this.#antennas
      .map(({ position }, i) => ({ antenna: i + 1, ...path.nearest(position) }))
      .filter(({ metres }) => metres <= NEAREST_M_MAX)
      .sort((a, b) => a.atUs - b.atUs);
    const stays = path.stays(this.#zones);
    const remains = group.stays ?? group.path.length === 1;
    const way = wayOf(path, this.#zones);
    return {
      epcs,
      antennas: nearest.map(({ antenna }) => antenna),
      startedAt: path.startUs / 1000,
      endedAt: path.endUs / 1000,
      group: group.name,
      ...(way === undefined ? {} : { way }),
      nearest: nearest.map(({ antenna, atUs, metres }) => ({ antenna, at: atUs / 1000, metres })),
      zones: stays.map(({ zone, enteredUs, leftUs }) => ({
        zone: zone.name,
        enteredAt: enteredUs / 1000,
        ...(remains && leftUs >= path.endUs ? {} : { leftAt: leftUs / 1000 }),
      })),
    };
  }
}

/** In, out, turned on the way, or past; undefined where no zone says what inside is. */
function wayOf(path: Path, zones: readonly Zone[]): Passage['way'] {
  const inner = zones.filter((zone) => zone.inside === true);
  if (inner.length === 0) return undefined;
  const inside = (point: Point): boolean => inner.some((zone) => within(point, zone));
  const [first, last] = [inside(path.first), inside(path.last)];
  if (first !== last) return last ? 'in' : 'out';
  const [stay] = path.stays(inner);
  const crossed = first ? stay !== undefined && stay.leftUs < path.endUs : stay !== undefined;
  return crossed ? 'turned' : 'past';
}

/** Index in the hop table, from 1; each hop is as far from the last as the table allows. */
const channelAt = (us: number): number => 1 + ((Math.floor(us / HOP_US) * 19) % FREQUENCIES.length);
