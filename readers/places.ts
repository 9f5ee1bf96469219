import { AppError } from '../src/error.ts';
import type { PlacedConfig } from './config.ts';
import type { Place } from './filter/dedupe.ts';
import type { Listening } from './filter/listening.ts';
import type { Spool } from './spool.ts';

/** Where the reads of an antenna count. */
export interface Spot {
  place: Place;
  /** dBm; weaker reads do not make a tag present. */
  minRssi: number | undefined;
}

/** Where each antenna of a reader counts; antennas that are not configured count at the reader's own read point. */
function spotsOf(config: PlacedConfig, placeOf: (readPoint: string, bizLocation?: string) => Place): Spot[] {
  const own = placeOf(config.readPoint, config.bizLocation);
  const spots: Spot[] = [{ place: own, minRssi: config.filter.minRssi }];
  for (const [antenna, given] of Object.entries(config.antennas)) {
    const readPoint = given.readPoint ?? config.readPoint;
    const bizLocation = given.bizLocation ?? config.bizLocation;
    const place = placeOf(readPoint, bizLocation);
    if (place.bizLocation !== bizLocation) {
      throw new AppError('invalid', `reader "${config.name}", antenna ${antenna}: ${readPoint} has two bizLocations`);
    }
    spots[Number(antenna)] = { place, minRssi: given.minRssi ?? config.filter.minRssi };
  }
  return spots;
}

/** The places of one reader, numbered by the spool. Throws AppError('invalid') where they contradict each other. */
export function placesOf(config: PlacedConfig, spool: Spool, listening: Listening): { spots: Spot[]; places: Place[] } {
  const places = new Map<string, Place>();
  const spots = spotsOf(config, (readPoint, bizLocation) => {
    const known = places.get(readPoint);
    if (known) return known;
    const { name: reader, filter, bizStep, disposition } = config;
    const id = spool.placeId(reader, readPoint);
    const place = { id, reader, readPoint, bizLocation, bizStep, disposition, siblings: [], filter, listening };
    places.set(readPoint, place);
    return place;
  });
  return { spots, places: [...places.values()] };
}

/** Tells every place which others are at the same read point, seen by other readers. */
export function joinSiblings(places: Iterable<Place>): void {
  const byPoint = Map.groupBy(places, (place) => place.readPoint);
  for (const together of byPoint.values()) {
    for (const place of together) place.siblings = together.filter((p) => p !== place).map((p) => p.id);
  }
}
