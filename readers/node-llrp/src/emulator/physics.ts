/** Metres: x and y on the floor, z above it. */
export type Point = readonly [x: number, y: number, z: number];

/** Where an antenna hangs and how it looks. */
export interface AntennaPlace {
  position: Point;
  /** A direction, of any length. */
  facing: Point;
  gainDbi: number;
  /** Full angle at which the gain has fallen by 3 dB. */
  beamwidthDeg: number;
}

/** What the air does, beside distance. */
export interface Radio {
  /** Standard deviation of each read's RSSI. */
  fadingDb: number;
  /** Below it the reader hears nothing. */
  floorDbm: number;
  /** RSSI at which every second answer is understood. */
  halfDbm: number;
  /** How often each tag in view is asked, on each antenna. */
  roundsPerSecond: number;
}

export const RADIO: Radio = { fadingDb: 2, floorDbm: -80, halfDbm: -72, roundsPerSecond: 5 };
/** Power for which `link` gives its figures. */
export const REFERENCE_DBM = 30;

const LIGHT_M_PER_S = 299_792_458;
/** A tag needs so much power to answer. */
const TAG_WAKES_DBM = -18;
/** Circular to linear polarisation, each way. */
const POLARISATION_DB = 3;
const TAG_GAIN_DBI = 2;
/** What the tag does not send back. */
const BACKSCATTER_LOSS_DB = 10;
/** Nothing of an antenna is weaker than this beside its main beam. */
const SIDE_LOSS_DB = 20;
/** Closer than this the far field formulas make no sense. */
const NEAR_M = 0.1;
/** How steeply the chance of a read falls around halfDbm. */
const CHANCE_SLOPE_DB = 1.5;
/** Steps of a whole turn in a phase report. */
const TURN = 4096;

const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Point, b: Point): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const length = (a: Point): number => Math.hypot(a[0], a[1], a[2]);

/** Gain towards a tag: a parabola in dB over the angle, cut off at the sides and behind. */
function gainDbi({ facing, gainDbi: peak, beamwidthDeg }: AntennaPlace, towards: Point): number {
  const cosine = dot(facing, towards) / (length(facing) * length(towards) || 1);
  const degrees = (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
  return peak - Math.min(SIDE_LOSS_DB, 12 * (degrees / beamwidthDeg) ** 2);
}

/** Power at the tag and RSSI at the reader for REFERENCE_DBM, free space both ways; speed > 0 when the tag comes nearer. */
export interface AirLink {
  tagDbm: number;
  rssiDbm: number;
  metres: number;
  nearingMps: number;
}

/** One antenna and one tag. */
export function link(antenna: AntennaPlace, tag: Point, velocity: Point, khz: number): AirLink {
  const towards = minus(tag, antenna.position);
  const metres = Math.max(NEAR_M, length(towards));
  const wave = LIGHT_M_PER_S / (khz * 1000);
  const oneWayDb =
    gainDbi(antenna, towards) + TAG_GAIN_DBI - POLARISATION_DB - 20 * Math.log10((4 * Math.PI * metres) / wave);
  const tagDbm = REFERENCE_DBM + oneWayDb;
  return {
    tagDbm,
    rssiDbm: tagDbm - BACKSCATTER_LOSS_DB + oneWayDb,
    metres,
    nearingMps: -dot(velocity, towards) / metres,
  };
}

export const wakes = (tagDbm: number): boolean => tagDbm >= TAG_WAKES_DBM;

/** Chance from 0 to 1 that an answer of this strength is understood. */
export const readChance = (rssiDbm: number, { halfDbm, floorDbm }: Radio): number =>
  rssiDbm < floorDbm ? 0 : 1 / (1 + Math.exp((halfDbm - rssiDbm) / CHANCE_SLOPE_DB));

/** Phase of the answer, 4096 to the turn: the way there and back in wavelengths. */
export function phaseOf(metres: number, khz: number, offset: number): number {
  const waves = (2 * metres * khz * 1000) / LIGHT_M_PER_S + offset;
  return Math.floor((waves - Math.floor(waves)) * TURN) % TURN;
}

/** Doppler shift in Hz, positive while the tag comes nearer. */
export const dopplerHz = (nearingMps: number, khz: number): number => (2 * nearingMps * khz * 1000) / LIGHT_M_PER_S;
