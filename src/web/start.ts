import { html, raw } from 'hono/html';
import { type Frame, type Html, layout, moment, searchBox } from './layout.ts';
import { type Names, placeName, stepName } from './names.ts';
import { describe } from './thing.ts';
import { traceHref } from './trace-href.ts';
import { type Language, type Word, isWord } from './words.ts';
import { en } from './words/en.ts';

/** A recall to click on: the thing to trace and what is wrong with it. */
export interface RecallLink {
  id: string;
  title: Record<Language, string>;
}

/** One event in the list of the latest. `eventTime` is milliseconds since 1970. */
export interface LiveRow {
  eventTime: number;
  type: string;
  action?: string;
  bizStep?: string;
  place?: string;
  /** How many things it names, and one of them. */
  count: number;
  first?: string;
}

/** Rows of the live table, here and in its island. */
export const LIVE_ROWS = 15;

/** Words that the island needs; all others stay on the server. */
const ISLAND_WORDS = (Object.keys(en) as Word[]).filter((word) => /^(live|step|type|start\.live)\./.test(word));

function liveRow({ say }: Frame, names: Names, row: LiveRow): Html {
  const cells: [string, Html | string, string][] = [
    [say('live.time'), moment(row.eventTime), ''],
    [say('live.place'), row.place === undefined ? '' : placeName(names, row.place), ''],
    [say('live.what'), stepName(say, row), ''],
    [say('live.count'), String(row.count), 'number'],
    [
      say('live.first'),
      row.first === undefined
        ? ''
        : html`<a href="${traceHref(row.first, '')}" title="${row.first}">${describe(row.first).short}</a>`,
      '',
    ],
  ];
  return html`<tr>
    ${cells.map(([label, value, look]) => html`<td class="${look}" data-label="${label}"><div>${value}</div></td>`)}
  </tr>`;
}

/** Data for the island, in an element that no browser runs. */
function islandData(frame: Frame, places: ReadonlyMap<string, string>): Html {
  const words = Object.fromEntries(ISLAND_WORDS.filter(isWord).map((word) => [word, frame.say(word)]));
  const json = JSON.stringify({ words, places: Object.fromEntries(places), rowsMax: LIVE_ROWS }).replaceAll(
    '<',
    String.raw`\u003c`,
  );
  return html`<script type="application/json" id="live-data">
    ${raw(json)}
  </script>`;
}

function liveSection(frame: Frame, live: LiveRow[], names: Names, places: ReadonlyMap<string, string>): Html {
  const { say } = frame;
  const heads = [
    ['live.time', ''],
    ['live.place', ''],
    ['live.what', ''],
    ['live.count', 'number'],
    ['live.first', ''],
  ] as const;
  return html`<section class="card" aria-labelledby="live-title" data-island="live">
    <div class="head">
      <h2 id="live-title">${say('start.live')}</h2>
      <span class="live" id="live-controls" hidden>
        <span class="dot" id="live-dot"></span><span id="live-state" role="status"></span>
        <button type="button" class="soft small" id="live-pause">${say('start.live.pause')}</button>
      </span>
    </div>
    <p class="quiet" id="live-hint" data-local="${say('start.live.hint')}">${say('start.live.hint.static')}</p>
    <p id="live-none" ${live.length > 0 ? html`hidden` : ''}>${say('start.live.none')}</p>
    <div class="frame" tabindex="0" role="group" aria-labelledby="live-title">
      <table class="stack">
        <thead>
          <tr>
            ${heads.map(([word, look]) => html`<th scope="col" class="${look}">${say(word)}</th>`)}
          </tr>
        </thead>
        <tbody id="live-rows">
          ${live.map((row) => liveRow(frame, names, row))}
        </tbody>
      </table>
    </div>
    ${islandData(frame, places)}
  </section>`;
}

/** The start page: a box that takes any number, the recalls, and what the gates read. */
export function startPage(
  frame: Frame,
  content: { recalls: RecallLink[]; live: LiveRow[]; names: Names; places: ReadonlyMap<string, string> },
): Html {
  const { say } = frame;
  const body = html`<div class="hero">
      <h1>${say('app.claim')}</h1>
      ${searchBox(frame, '', true)}
      <p class="quiet">${say('search.hint')}</p>
    </div>
    <div class="columns start">
      <section class="card" aria-labelledby="recalls-title">
        <h2 id="recalls-title">${say('start.recalls')}</h2>
        ${
          content.recalls.length === 0
            ? html`<p class="quiet">${say('start.recalls.none')}</p>`
            : html`<ul class="recalls">
                ${content.recalls.map(
                  ({ id, title }) =>
                    html`<li>
                      <a href="${traceHref(id, '')}">
                        <strong>${title[frame.language]}</strong>
                        <span class="mono quiet">${id}</span>
                        <span class="go">${say('start.recalls.open')}</span>
                      </a>
                    </li>`,
                )}
              </ul>`
        }
      </section>
      ${liveSection(frame, content.live, content.names, content.places)}
    </div>
    <p><a href="/api/docs">${say('api.link')}</a></p>`;
  return layout(frame, { title: say('start.title'), search: null, body });
}
