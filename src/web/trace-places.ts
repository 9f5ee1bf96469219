import { html } from 'hono/html';
import type { Frame, Html } from './layout.ts';
import { placeName } from './names.ts';
import type { Entry, Recall } from './recall.ts';

/** Places in the table; the lists have all. */
const PLACES_MAX = 40;
/** States in which a thing is nowhere any more. */
const ENDED = new Set(['consumed', 'decommissioned']);

export const isEnded = ({ state }: Entry): boolean => state !== null && ENDED.has(state);

/** How many affected things are at one place. */
export interface PlaceCount {
  place: string;
  definite: number;
  possible: number;
}

/** Counts single things by place, the place with the most first; what has come to its end is counted apart. */
export function countPlaces(entries: readonly Entry[]): { places: PlaceCount[]; ended: Omit<PlaceCount, 'place'> } {
  const places = new Map<string, PlaceCount>();
  const ended = { definite: 0, possible: 0 };
  for (const entry of entries) {
    const { places: at, confidence, kind } = entry;
    if (kind === 'lgtin' || kind === 'gtin') continue;
    if (isEnded(entry)) {
      ended[confidence] += 1;
      continue;
    }
    for (const place of at) {
      const count = places.get(place) ?? { place, definite: 0, possible: 0 };
      count[confidence] += 1;
      places.set(place, count);
    }
  }
  const sorted = [...places.values()].sort((a, b) => b.definite - a.definite || b.possible - a.possible);
  return { places: sorted, ended };
}

/** The table that says whom to call first; nothing where no affected thing has a place. */
export function placesSection({ say }: Frame, { affected, possible, names }: Recall): Html | '' {
  const { places, ended } = countPlaces([...affected, ...possible]);
  const rows = places
    .slice(0, PLACES_MAX)
    .map(({ place, definite, possible: maybe }) => [placeName(names, place), definite, maybe] as const);
  const end =
    ended.definite + ended.possible > 0 ? [[say('places.ended'), ended.definite, ended.possible] as const] : [];
  if (rows.length + end.length === 0) return '';
  return html`<section class="card" id="places" aria-labelledby="places-title">
    <h2 id="places-title">${say('places.title')}</h2>
    <p class="quiet">${say('places.hint')}</p>
    <table>
      <thead>
        <tr>
          <th scope="col">${say('places.place')}</th>
          <th scope="col" class="number">${say('places.definite')}</th>
          <th scope="col" class="number">${say('places.possible')}</th>
        </tr>
      </thead>
      <tbody>
        ${[...rows, ...end].map(
          ([place, definite, maybe]) =>
            html`<tr>
              <td>${place}</td>
              <td class="number">${definite}</td>
              <td class="number">${maybe}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${
      places.length > rows.length
        ? html`<p class="quiet">${say('places.more', { count: places.length - rows.length })}</p>`
        : ''
    }
  </section>`;
}
