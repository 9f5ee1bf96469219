import { LlrpError } from '../error.ts';
import type { Scenario } from './scenario.ts';

/** Throws for a value that is not what stands there; `place` names it. */
type Check = (value: unknown, place: string) => void;

function fail(place: string, what: string): never {
  throw new LlrpError('ENCODE', `${place || 'a scenario'} is no ${what}`);
}

const number: Check = (value, place) => void (Number.isFinite(value) || fail(place, 'number'));
const flag: Check = (value, place) => void (typeof value === 'boolean' || fail(place, 'true or false'));
const text: Check = (value, place) => void (typeof value === 'string' || fail(place, 'text'));

const list =
  (of: Check): Check =>
  (value, place) => {
    if (!Array.isArray(value)) fail(place, 'list');
    for (const [index, one] of value.entries()) of(one, `${place}[${index}]`);
  };

/** Members that may be there; those of `needed` must. */
const object =
  (members: Readonly<Record<string, Check>>, ...needed: string[]): Check =>
  (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(place, 'object');
    for (const [name, one] of Object.entries(value)) {
      const check = Object.hasOwn(members, name) ? members[name] : undefined;
      if (!check) throw new LlrpError('ENCODE', `unknown option "${name.slice(0, 40)}"${place && ` in ${place}`}`);
      check(one, place === '' ? name : `${place}.${name}`);
    }
    const missing = needed.find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined) throw new LlrpError('ENCODE', `${place || 'a scenario'} has no "${missing}"`);
  };

const numbers: Check = (value, place) => {
  if (typeof value !== 'object' || value === null) fail(place, 'object');
  for (const [name, one] of Object.entries(value)) number(one, `${place}.${name}`);
};

const run = object(
  { companyPrefix: text, item: text, firstSerial: number, count: number, filter: number },
  'companyPrefix',
  'item',
  'count',
);
const tags: Check = (value, place) => (Array.isArray(value) ? list(text) : run)(value, place);

const tuple =
  (...sizes: number[]): Check =>
  (value, place) => {
    list(number)(value, place);
    if (!sizes.includes((value as unknown[]).length)) fail(place, `list of ${sizes.join(' or ')} numbers`);
  };

const point = tuple(3);
const corners = { from: tuple(2), to: tuple(2) };
const antenna = object({ position: point, facing: point, gainDbi: number, beamwidthDeg: number });
const group = object(
  {
    name: text,
    tags,
    path: list(tuple(2, 3)),
    speedMps: number,
    startMs: number,
    pauses: list(object({ point: number, ms: number }, 'point', 'ms')),
    spreadM: number,
    stays: flag,
  },
  'name',
  'tags',
  'path',
);

const SCENARIO = object({
  antennas: (value, place) => (Array.isArray(value) ? list(antenna) : number)(value, place),
  groups: list(group),
  zones: list(object({ name: text, ...corners, inside: flag }, 'name', ...Object.keys(corners))),
  gpi: object({
    edges: list(object({ port: number, high: flag, atMs: number }, 'port', 'high', 'atMs')),
    eyes: list(object({ port: number, zone: text }, 'port', 'zone')),
  }),
  memory: object({ userWords: number, user: text, accessPassword: text, killPassword: text }),
  radio: object({ fadingDb: number, floorDbm: number, halfDbm: number, roundsPerSecond: number }),
  standing: list(object({ tags, antennas: list(number), readsPerSecond: number, rssiDbm: number }, 'tags')),
  passing: list(
    object(
      {
        tags,
        antennas: list(number),
        startMs: number,
        durationMs: number,
        readsPerSecond: number,
        peakDbm: number,
      },
      'tags',
    ),
  ),
  loopMs: number,
  clock: object({
    utc: flag,
    offsetMs: number,
    driftPpm: number,
    jumps: list(object({ atMs: number, byMs: number }, 'atMs', 'byMs')),
  }),
  faults: list(
    object(
      { fault: text, atMs: number, everyMs: number, chancePerSecond: number, repeat: number, with: numbers },
      'fault',
    ),
  ),
});

/**
 * A scenario from JSON. Whether its numbers make sense is found when an emulator starts.
 *
 * @throws LlrpError that names the first member that is unknown, missing or of the wrong kind
 */
export function parseScenario(json: unknown): Scenario {
  SCENARIO(json, '');
  return json as Scenario;
}
