import { html } from 'hono/html';
import { gapWords } from '../trace/index.ts';
import { pathSection } from './trace-path.ts';
import { placesSection } from './trace-places.ts';
import { entryList, identifierCell, placeCell } from './trace-list.ts';
import { type Frame, type Html, layout, moment } from './layout.ts';
import { placeName, productName, stepName, thingName } from './names.ts';
import type { Gap, Recall } from './recall.ts';
import { type TraceQuery, apiHref, traceHref } from './trace-href.ts';
import { describe, kindIn, stateIn } from './thing.ts';

/** Rows of the history on the page; the JSON has all. */
const HISTORY_ROWS_MAX = 200;
/** Identifiers named in one gap. */
const GAP_IDS_MAX = 6;

function facts({ say }: Frame, recall: Recall): Html {
  const { root, names, location, state } = recall;
  const product = productName(names, root);
  const many = location === null && root.kind !== 'sgtin' && recall.affected.length > 0;
  const place = location === null ? say(many ? 'trace.where.many' : 'trace.where.unknown') : placeName(names, location);
  const rows: [string, string | undefined][] = [
    [say('trace.kind'), kindIn(say, root.kind)],
    [say('trace.product'), root.product === undefined ? undefined : product],
    [say('trace.gtin'), root.gtin],
    [say('trace.lot'), root.lot],
    [say('trace.serial'), root.serial],
    [say('trace.where'), place],
  ];
  return html`<dl class="facts">
    ${rows.map(([label, value]) =>
      value === undefined
        ? ''
        : html`<div>
            <dt>${label}</dt>
            <dd>${value}</dd>
          </div>`,
    )}
    ${
      state === null
        ? ''
        : html`<div>
            <dt>${say('trace.state')}</dt>
            <dd><span class="badge ${state}">${stateIn(say, state)}</span></dd>
          </div>`
    }
    <div class="wide">
      <dt>${say('trace.number')}</dt>
      <dd class="mono">${root.uri}</dd>
    </div>
  </dl>`;
}

function counts({ say }: Frame, recall: Recall): Html {
  const rows = [
    ['#affected', 'bad', recall.affected.length, say('trace.counts.affected')],
    ['#possible', 'warn', recall.possible.length, say('trace.counts.possible')],
    ['#origins', '', recall.origins.length, say('trace.counts.origins')],
    ['#gaps', '', recall.gaps.length, say('trace.counts.gaps')],
  ] as const;
  return html`<nav aria-label="${say('trace.counts')}">
    <ul class="counts">
      ${rows.map(
        ([href, look, count, label]) =>
          html`<li class="${count > 0 ? look : ''}">
            <a href="${href}" data-count="${href.slice(1)}"><b>${count}</b><span>${label}</span></a>
          </li>`,
      )}
    </ul>
  </nav>`;
}

function originsSection(frame: Frame, recall: Recall, asOf: string): Html {
  const { say } = frame;
  const only = recall.origins.length === 1 && recall.origins[0]!.id === recall.root.uri;
  return html`<section class="card" id="origins" aria-labelledby="origins-title">
    <h2 id="origins-title">${say('origins.title')}</h2>
    ${recall.origins.length === 0 ? html`<p class="quiet">${say('origins.none')}</p>` : ''}
    ${only ? html`<p>${say('origins.self')}</p>` : ''}
    <ul class="plain">
      ${recall.origins.map(
        (entry) =>
          html`<li>
            ${identifierCell(frame, recall.names, entry.id, asOf)}
            ${
              entry.confidence === 'possible'
                ? html`<span class="badge possible">${say('origins.possible')}</span>`
                : ''
            }
            ${
              entry.places.length > 0
                ? html`<span class="quiet">${placeCell(frame, recall.names, entry.places)}</span>`
                : ''
            }
          </li>`,
      )}
    </ul>
  </section>`;
}

/** Gaps of one kind are told once, with all that they concern. */
function byCode(gaps: Gap[]): Gap[] {
  const merged = new Map<string, Gap>();
  for (const { code, ids, eventIDs } of gaps) {
    const same = merged.get(code);
    merged.set(code, {
      code,
      ids: [...new Set([...(same?.ids ?? []), ...ids])],
      eventIDs: [...(same?.eventIDs ?? []), ...eventIDs],
    });
  }
  return [...merged.values()];
}

function gapItem(frame: Frame, gap: Gap, asOf: string): Html {
  const { say, language } = frame;
  const words = gapWords(gap.code);
  const names = gap.ids.slice(0, GAP_IDS_MAX).map((id) => {
    const thing = describe(id);
    return html`<a href="${traceHref(id, asOf)}" title="${id}">${thingName(say, thing)}</a>`;
  });
  const more = gap.ids.length - names.length;
  return html`<li>
    <p><strong>${words?.says[language] ?? say('gap.other')}</strong></p>
    <p>${say('gaps.do')}: ${words?.remedy[language] ?? say('gap.other.do')}</p>
    <p class="quiet">
      ${say('gaps.concerns')}: ${names.map((name, n) => html`${n > 0 ? ', ' : ''}${name}`)}
      ${more > 0 ? say('gaps.more', { count: more }) : ''} <span class="mono">${gap.code}</span>
    </p>
  </li>`;
}

function gapsSection(frame: Frame, recall: Recall, asOf: string): Html {
  const { say } = frame;
  return html`<section class="card" id="gaps" aria-labelledby="gaps-title">
    <h2 id="gaps-title">${say('gaps.title')}</h2>
    ${
      recall.gaps.length === 0
        ? html`<p class="quiet">${say('gaps.none')}</p>`
        : html`<ul class="plain">
            ${byCode(recall.gaps).map((gap) => gapItem(frame, gap, asOf))}
          </ul>`
    }
  </section>`;
}

function excludedSection({ say }: Frame, { excluded }: Recall): Html {
  if (excluded.length === 0) return html``;
  return html`<section class="card" id="excluded" aria-labelledby="excluded-title">
    <h2 id="excluded-title">${say('excluded.title')}</h2>
    <p class="quiet">${say('excluded.hint')}</p>
    <ul class="plain">
      ${excluded.map(
        ({ eventID, declaredAt, reason }) =>
          html`<li>
            <span class="mono">${eventID}</span>
            <p class="quiet">
              ${reason ?? say('excluded.noReason')}${
                declaredAt === undefined ? '' : html`, ${say('excluded.declared', { time: '' })}${moment(declaredAt)}`
              }
            </p>
          </li>`,
      )}
    </ul>
  </section>`;
}

function historySection({ say }: Frame, { history, names }: Recall): Html {
  const shown = history.slice(-HISTORY_ROWS_MAX).reverse();
  return html`<section class="card" id="history" aria-labelledby="history-title">
    <h2 id="history-title">${say('history.title')}</h2>
    ${
      history.length > shown.length
        ? html`<p class="quiet">${say('history.shortened', { shown: shown.length, total: history.length })}</p>`
        : ''
    }
    ${
      shown.length === 0
        ? html`<p class="quiet">${say('history.none')}</p>`
        : html`<div class="frame" tabindex="0" role="group" aria-labelledby="history-title">
            <table>
              <thead>
                <tr>
                  <th scope="col">${say('history.time')}</th>
                  <th scope="col">${say('history.what')}</th>
                  <th scope="col">${say('history.place')}</th>
                </tr>
              </thead>
              <tbody>
                ${shown.map(
                  (event) =>
                    html`<tr>
                      <td>${moment(event.eventTime)}</td>
                      <td>${stepName(say, event)}</td>
                      <td>${event.place === undefined ? '' : placeName(names, event.place)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

function asOfForm({ say }: Frame, { id, asOf }: TraceQuery): Html {
  return html`<form class="asof" action="/trace" method="get" data-island="as-of">
    <input type="hidden" name="id" value="${id}" />
    <div>
      <label for="asOf">${say('asOf.label')}</label>
      <input
        id="asOf"
        name="asOf"
        type="datetime-local"
        step="1"
        value="${asOf === '' ? '' : new Date(asOf).toISOString().slice(0, 19)}"
        aria-describedby="asOf-hint"
      />
    </div>
    <button class="soft">${say('asOf.button')}</button>
    ${asOf === '' ? '' : html`<a class="button soft" href="${traceHref(id, '')}">${say('asOf.now')}</a>`}
    <p class="quiet" id="asOf-hint" data-local="${say('asOf.hint.local')}">${say('asOf.hint')}</p>
  </form>`;
}

function proofSection(frame: Frame, recall: Recall, query: TraceQuery): Html {
  const { say } = frame;
  const { digests, asOf, root } = recall;
  const ways = [
    ['back', say('origins.title'), digests.back],
    ['forward', say('affected.title'), digests.forward],
  ] as const;
  return html`<section class="card" id="proof" aria-labelledby="proof-title">
    <h2 id="proof-title">${say('proof.title')}</h2>
    <dl class="facts">
      <div class="wide">
        <dt>${say('proof.asOf')}</dt>
        <dd>${moment(asOf)} <span class="mono quiet">${new Date(asOf).toISOString()}</span></dd>
      </div>
      ${ways.map(
        ([op, title, digest]) =>
          html`<div class="wide">
            <dt>${title}: ${say('proof.digest')}</dt>
            <dd class="mono">
              ${digest} <a href="${apiHref(op, root.uri, asOf)}" aria-label="${title}: ${say('proof.json')}">JSON</a>
            </dd>
          </div>`,
      )}
    </dl>
    ${asOfForm(frame, query)}
  </section>`;
}

/** The page of one identifier: what it is, where it came from, what it went into, and how sure that is. */
export function tracePage(frame: Frame, recall: Recall, query: TraceQuery): Html {
  const { say } = frame;
  const name = thingName(say, recall.root);
  const product = productName(recall.names, recall.root);
  const { asOf } = query;
  const places = placesSection(frame, recall);
  const nothing = recall.affected.length + recall.possible.length === 0;
  const body = html`<div class="head">
      <h1>${recall.root.product === undefined || product === undefined ? name : `${product}: ${name}`}</h1>
    </div>
    ${recall.redacted ? html`<p class="notice">${say('proof.redacted')}</p>` : ''}
    ${recall.truncated ? html`<p class="notice wrong">${say('proof.truncated')}</p>` : ''} ${counts(frame, recall)}
    <div class="columns ${places === '' ? '' : 'halves'}">
      <div class="columns">
        <section class="card" aria-label="${say('trace.kind')}">
          ${facts(frame, recall)} ${recall.seenAfterEnd ? html`<p class="notice">${say('trace.seenAfterEnd')}</p>` : ''}
        </section>
        ${originsSection(frame, recall, asOf)}
      </div>
      ${places}
    </div>
    ${pathSection(frame, recall, asOf)} ${recall.contents.length > 0 ? entryList(frame, recall, 'contents', query) : ''}
    <div class="columns ${nothing ? 'halves' : ''}">
      ${entryList(frame, recall, 'affected', query)} ${entryList(frame, recall, 'possible', query)}
    </div>
    <div class="columns halves">
      ${gapsSection(frame, recall, asOf)}
      <div class="columns">${historySection(frame, recall)} ${excludedSection(frame, recall)}</div>
    </div>
    ${proofSection(frame, recall, query)}`;
  return layout(frame, { title: say('trace.title', { name }), search: query.id, body });
}
