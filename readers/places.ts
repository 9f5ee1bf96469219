import { AppError } from '../src/error.ts';
import type { PlacedConfig } from './config.ts';
import { type Listening, Together } from './filter/listening.ts';
import { isOwnPlace } from './filter/options.ts';
import type { Place, Spot } from './filter/place.ts';
import type { Spool } from './spool.ts';
import { transactionsOf } from './task.ts';

/** The reader of places that several readers may share: no reader has this name. */
const SHARED = '';

/** What places are made of besides the configuration. */
interface Surroundings {
  spool: Pick<Spool, 'placeId'>;
  /** The place of this number, where another reader has made it already. */
  known: (id: number) => Place | undefined;
  /** The file of a gate's task cannot be read. */
  onTaskFault?: (message: string) => void;
}

/**
 * A place is one reader's read point in the modes `arrivals` and `raw`; a zone, or in the other modes a read point,
 * is one place for all readers that see it.
 */
function identityOf(config: PlacedConfig, zone: string | undefined, readPoint: string): [reader: string, name: string] {
  if (zone !== undefined) return [SHARED, `zone ${zone}`];
  return isOwnPlace(config.filter.mode) ? [config.name, readPoint] : [SHARED, readPoint];
}

/**
 * Where each antenna of a reader counts, with the places numbered by the spool; antennas that are not configured
 * count at the reader's own read point. Throws AppError('invalid') where antennas contradict each other.
 */
export function placesOf(
  config: PlacedConfig,
  listening: Listening,
  { spool, known, onTaskFault = () => {} }: Surroundings,
): { spots: Spot[]; places: Place[] } {
  const places = new Map<number, Place>();
  const transactions = transactionsOf(config.task, onTaskFault);
  const placeOf = (zone: string | undefined, readPoint: string, bizLocation: string | undefined): Place => {
    const [owner, name] = identityOf(config, zone, readPoint);
    const id = spool.placeId(owner, name);
    const mine = places.get(id);
    if (mine) return mine;
    const shared = owner === SHARED;
    const { filter, bizStep, disposition, events } = config;
    const heard = shared ? new Together([listening]) : listening;
    const reader = zone ?? (shared ? readPoint : config.name);
    const made: Place = {
      id, reader, readPoint, bizLocation, bizStep, disposition, events, transactions, siblings: [], filter,
      listening: heard,
    }; // prettier-ignore
    const place = known(id) ?? made;
    if (place !== made && place.listening instanceof Together) place.listening.add(listening);
    places.set(id, place);
    return place;
  };
  const spots: Spot[] = [];
  const zoned = Object.entries(config.antennas);
  spots[0] = {
    place: placeOf(undefined, config.readPoint, config.bizLocation),
    minRssi: config.filter.minRssi,
    side: undefined,
    reader: config.name,
    listening,
  };
  for (const [antenna, given] of zoned) {
    const readPoint = given.readPoint ?? config.readPoint;
    const bizLocation = given.bizLocation ?? config.bizLocation;
    const place = placeOf(given.zone, readPoint, bizLocation);
    const [what] = (['readPoint', 'bizLocation'] as const).filter(
      (key) => place[key] !== { readPoint, bizLocation }[key],
    );
    if (what) {
      throw new AppError(
        'invalid',
        `reader "${config.name}", antenna ${antenna}: ${given.zone ?? readPoint} has two ${what}s`,
      );
    }
    const minRssi = given.minRssi ?? config.filter.minRssi;
    spots[Number(antenna)] = { place, minRssi, side: given.side, reader: config.name, listening };
  }
  return { spots, places: [...places.values()] };
}

/** A reader goes; true when the place goes with it. */
export function leave(place: Place, listening: Listening): boolean {
  if (!(place.listening instanceof Together)) return true;
  place.listening.remove(listening);
  return place.listening.size === 0;
}

/** Tells every place which others are at the same read point, seen by other readers. */
export function joinSiblings(places: Iterable<Place>): void {
  const byPoint = Map.groupBy(places, (place) => place.readPoint);
  for (const together of byPoint.values()) {
    for (const place of together) place.siblings = together.filter((p) => p !== place).map((p) => p.id);
  }
}
