import { html } from 'hono/html';
import type { Frame, Html } from './layout.ts';
import { placeName, productName, thingName } from './names.ts';
import type { Entry, Recall } from './recall.ts';
import { type Description, describe, kindIn } from './thing.ts';
import { BOXES_MAX, type Box, type Picture, type Thing, summarise } from './trace-graph.ts';
import { traceHref } from './trace-href.ts';
import { isEnded } from './trace-places.ts';
import { type BoxText, drawTrace } from './trace-svg.ts';
import type { Word } from './words.ts';

/** Boxes of one step that the description in words names. */
const WORDS_BOXES_MAX = 12;

/** What a box of several things calls them. */
const PLURAL: Record<string, Word> = {
  lgtin: 'path.lots',
  sscc: 'path.carriers',
  grai: 'path.carriers',
  sgln: 'path.places',
};

/** Items of one lot or product are alike; other things are alike by their kind. */
const sortOf = (thing: Description): string => thing.product ?? thing.kind;

const thingOf = (entry: Entry, level: number): Thing => ({
  id: entry.id,
  kind: entry.kind,
  confidence: entry.confidence,
  level,
  sort: sortOf(describe(entry.id)),
  // a lot is in many places at once; a box stands for things at one
  ...(isEnded(entry) ? { ended: true } : entry.places.length === 1 ? { place: entry.places[0]! } : {}),
});

function pictureOf(recall: Recall): Picture {
  const { root, location } = recall;
  const things = new Map<string, Thing>();
  things.set(root.uri, {
    id: root.uri,
    kind: root.kind,
    confidence: 'definite',
    level: 0,
    sort: sortOf(root),
    ...(location === null ? {} : { place: location }),
  });
  const add = (entries: Entry[], sign: 1 | -1): void => {
    for (const entry of entries) {
      if (!things.has(entry.id)) things.set(entry.id, thingOf(entry, sign * Math.max(1, entry.depth)));
    }
  };
  add(recall.upstream, -1);
  add([...recall.affected, ...recall.possible], 1);
  return summarise([...things.values()], recall.links);
}

function boxText({ say }: Frame, recall: Recall, box: Box, asOf: string): BoxText {
  const [first] = box.things;
  const thing = describe(first.id);
  const many = box.things.length;
  const alike = box.things.every((other) => other.sort === first.sort);
  const places = new Set(box.things.map((other) => other.place));
  const [place] = places;
  const placeText =
    places.size > 1
      ? say('path.places', { count: places.size })
      : first.ended
        ? say('places.ended')
        : place === undefined
          ? ''
          : placeName(recall.names, place);
  const list = box.level < 0 ? '#origins' : box.confidence === 'possible' ? '#possible' : '#affected';
  return {
    title: many === 1 ? thingName(say, thing) : say(PLURAL[thing.kind] ?? 'path.items', { count: many }),
    subtitle: (alike ? productName(recall.names, thing) : undefined) ?? (many === 1 ? '' : kindIn(say, thing.kind)),
    place: placeText,
    href: many === 1 ? traceHref(first.id, asOf) : list,
  };
}

/** The same as the picture, for those who do not see it: step by step, what there is and where. */
function inWords(frame: Frame, picture: Picture, textOf: (box: Box) => BoxText): Html {
  const { say } = frame;
  const levels = [...new Set(picture.boxes.map((box) => box.level))].sort((a, b) => a - b);
  return html`<details>
    <summary>${say('path.inWords')}</summary>
    <ol>
      ${levels.map((level) => {
        const boxes = picture.boxes.filter((box) => box.level === level);
        const more = boxes.length - WORDS_BOXES_MAX;
        return html`<li>
          ${level === 0 ? html`<strong>${say('path.root')}</strong>` : ''}
          <ul>
            ${boxes.slice(0, WORDS_BOXES_MAX).map((box) => {
              const { title, subtitle, place } = textOf(box);
              const index = picture.boxes.indexOf(box);
              const from = picture.links
                .filter((link) => link.to === index)
                .map((link) => textOf(picture.boxes[link.from]!).title);
              const words = [title, subtitle, place, say(`confidence.${box.confidence}`)].filter((word) => word !== '');
              return html`<li>
                ${words.join(' · ')}${
                  from.length > 0 ? ` · ${say('path.from', { names: from.slice(0, WORDS_BOXES_MAX).join(', ') })}` : ''
                }
              </li>`;
            })}
            ${more > 0 ? html`<li>${say('path.moreBoxes', { count: more })}</li>` : ''}
          </ul>
        </li>`;
      })}
    </ol>
  </details>`;
}

/** The path as a picture and in words. */
export function pathSection(frame: Frame, recall: Recall, asOf: string): Html {
  const { say } = frame;
  const picture = pictureOf(recall);
  const textOf = (box: Box): BoxText => boxText(frame, recall, box, asOf);
  const nodes = picture.boxes.reduce((sum, box) => sum + box.things.length, 0);
  const alt = say('path.alt', { boxes: picture.boxes.length, nodes });
  const legend = [
    ['root', say('path.legend.root')],
    ['definite', say('path.legend.definite')],
    ['possible', say('path.legend.possible')],
  ] as const;
  return html`<section class="card" id="path" aria-labelledby="path-title">
    <div class="head">
      <h2 id="path-title">${say('path.title')}</h2>
      <ul class="legend">
        ${legend.map(([look, words]) => html`<li><i class="${look}"></i>${words}</li>`)}
      </ul>
    </div>
    ${
      picture.boxes.length === 1
        ? html`<p class="quiet">${say('path.single')}</p>`
        : html`<div class="picture" tabindex="0" role="group" aria-labelledby="path-title">
              ${drawTrace(picture, textOf, alt)}
            </div>
            ${picture.shortened ? html`<p class="quiet">${say('path.shortened', { max: BOXES_MAX })}</p>` : ''}
            ${inWords(frame, picture, textOf)}`
    }
  </section>`;
}
