import { html } from 'hono/html';
import type { Frame, Html } from './layout.ts';
import { type Names, placeName, productName } from './names.ts';
import type { Entry, Recall } from './recall.ts';
import { describe, kindIn, stateIn } from './thing.ts';
import { type TraceQuery, traceHref } from './trace-href.ts';

/** Rows of a list on one page. */
const PAGE_ROWS = 25;
/** Places named in one row. */
const PLACES_MAX = 3;
/** Significant digits of a mass share on a page; the file has all. */
const SHARE_DIGITS = 4;

export type ListName = 'affected' | 'possible' | 'contents';

/** The identifier as a link to its own trace, its product's name above the number. */
export function identifierCell(frame: Frame, names: Names, id: string, asOf: string): Html {
  const thing = describe(id);
  const product = productName(names, thing);
  return html`<a href="${traceHref(id, asOf)}"
      >${thing.kind === 'lgtin' ? `${kindIn(frame.say, thing.kind)} ${thing.short}` : thing.short}</a
    >${product === undefined ? '' : html` <span>${product}</span>`} <span class="mono quiet">${id}</span>`;
}

/** Names of places; of many, how many there are. */
export function placeCell({ say }: Frame, names: Names, places: string[]): string {
  if (places.length === 0) return say('trace.where.unknown');
  if (places.length > PLACES_MAX) return say('list.several', { count: places.length });
  return places.map((place) => placeName(names, place)).join(', ');
}

/** Share of the root in the mass of a thing. */
const shareCell = ({ say }: Frame, { fraction }: Entry): string =>
  fraction == null ? say('list.share.unknown') : String(Number(fraction.toPrecision(SHARE_DIGITS)));

function row(frame: Frame, names: Names, entry: Entry, { asOf, hasShare }: { asOf: string; hasShare: boolean }): Html {
  const { say } = frame;
  const cells: [string, Html | string][] = [
    [say('list.identifier'), identifierCell(frame, names, entry.id, asOf)],
    [say('list.kind'), kindIn(say, entry.kind)],
    [
      say('list.confidence'),
      html`<span class="badge ${entry.confidence}">${say(`confidence.${entry.confidence}`)}</span>`,
    ],
    [
      say('list.state'),
      entry.state === null ? '' : html`<span class="badge ${entry.state}">${stateIn(say, entry.state)}</span>`,
    ],
    [say('list.location'), placeCell(frame, names, entry.places)],
    ...(hasShare ? [[say('list.share'), shareCell(frame, entry)] satisfies [string, string]] : []),
  ];
  return html`<tr>
    ${cells.map(([label, value]) => html`<td data-label="${label}"><div>${value}</div></td>`)}
  </tr>`;
}

function pager({ say }: Frame, list: ListName, query: TraceQuery, total: number, page: number): Html {
  const last = Math.ceil(total / PAGE_ROWS);
  if (last <= 1) return html``;
  const parameter = list === 'possible' ? 'possiblePage' : 'page';
  const to = (n: number): string => `${traceHref(query.id, query.asOf, { [parameter]: String(n) })}#${list}`;
  return html`<nav class="pager" aria-label="${say(`${list}.title`)}">
    ${page > 1 ? html`<a class="button soft small" href="${to(page - 1)}">${say('list.previous')}</a>` : ''}
    <span
      >${say('list.range', {
        from: (page - 1) * PAGE_ROWS + 1,
        to: Math.min(total, page * PAGE_ROWS),
        total,
      })}</span
    >
    ${page < last ? html`<a class="button soft small" href="${to(page + 1)}">${say('list.next')}</a>` : ''}
  </nav>`;
}

/** One list of the answer; definite and possible things never stand in the same one. */
export function entryList(frame: Frame, recall: Recall, list: ListName, query: TraceQuery): Html {
  const { say } = frame;
  const entries = recall[list];
  const wanted = list === 'possible' ? query.possiblePage : list === 'affected' ? query.page : 1;
  const page = Math.min(wanted, Math.max(1, Math.ceil(entries.length / PAGE_ROWS)));
  const rows = entries.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS);
  const hasShare = list !== 'contents';
  const heads = [
    'identifier',
    'kind',
    'confidence',
    'state',
    'location',
    ...(hasShare ? ['share' as const] : []),
  ] as const;
  const csv = `/trace.csv?${new URLSearchParams({ id: query.id, list, asOf: new Date(recall.asOf).toISOString() }).toString()}`;
  return html`<section class="card" id="${list}" aria-labelledby="${list}-title">
    <div class="head">
      <h2 id="${list}-title">
        ${say(`${list}.title`)}
        <span class="badge ${list === 'possible' ? 'possible' : 'definite'}">${entries.length}</span>
      </h2>
      ${entries.length > 0 ? html`<a class="button soft small" href="${csv}">${say('list.csv')}</a>` : ''}
    </div>
    ${
      entries.length === 0
        ? html`<p class="quiet">${say(list === 'possible' ? 'possible.none' : 'affected.none')}</p>`
        : html`<p class="quiet">${say(`${list}.hint`)}</p>
            <div class="frame" tabindex="0" role="group" aria-labelledby="${list}-title">
              <table class="stack">
                <thead>
                  <tr>
                    ${heads.map((head) => html`<th scope="col">${say(`list.${head}`)}</th>`)}
                  </tr>
                </thead>
                <tbody>
                  ${rows.map((entry) => row(frame, recall.names, entry, { asOf: query.asOf, hasShare }))}
                </tbody>
              </table>
            </div>
            ${pager(frame, list, query, entries.length, page)}`
    }
  </section>`;
}
