import { html } from 'hono/html';
import { LANGUAGES, LANG_TAGS, type Language, type Say, sayIn } from './words.ts';

/** A piece of a page; hono/html escapes every value that is not one. */
export type Html = ReturnType<typeof html>;

/** What every page is told about its request. */
export interface Frame {
  language: Language;
  say: Say;
  /** Path and query of the page, for the language switch and for the way back from /login. */
  here: string;
  /** Signed in by the cookie of /login: then the page offers to sign out. */
  signedIn: boolean;
  /** Path of an asset by its name, with its version where that is known. */
  asset: (name: string) => string;
}

const LOGO = html`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
  <circle cx="5" cy="12" r="2.6" />
  <path d="M10 7.5a6.4 6.4 0 0 1 0 9M13.8 4.8a11 11 0 0 1 0 14.4M17.6 2.4a15.5 15.5 0 0 1 0 19.2" />
</svg>`;

/** The search box: one field that takes anything. `focus` where the page is made for it. */
export function searchBox({ say }: Frame, value: string, focus: boolean): Html {
  return html`<form class="search" role="search" action="/trace" method="get">
    <label class="hidden" for="id">${say('search.label')}</label>
    <input
      id="id"
      name="id"
      type="search"
      value="${value}"
      placeholder="${say('search.label')}"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      required
      maxlength="2000"
      ${focus ? html`autofocus` : ''}
    />
    <button>${say('search.button')}</button>
  </form>`;
}

function languageLinks({ language, here, say }: Frame): Html {
  const others = Object.keys(LANGUAGES).filter((other): other is Language => other !== language);
  const url = new URL(here, 'http://page.invalid');
  return html`${others.map((other) => {
    url.searchParams.set('lang', other);
    return html`<a href="${url.pathname}${url.search}" hreflang="${LANG_TAGS[other]}" lang="${LANG_TAGS[other]}"
      ><span class="hidden">${say('app.language')}: </span>${sayIn(other)('lang.name')}</a
    >`;
  })}`;
}

/** The whole document. `search` is the text in the header's search box; null leaves the box to the page itself. */
export function layout(frame: Frame, page: { title: string; search: string | null; body: Html }): Html {
  const { say, asset, language } = frame;
  return html`<!doctype html>
    <html lang="${LANG_TAGS[language]}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title}</title>
        <link rel="stylesheet" href="${asset('style.css')}" />
        <link rel="icon" href="${asset('icon.svg')}" type="image/svg+xml" />
        <script type="module" src="${asset('page.js')}"></script>
      </head>
      <body>
        <a class="skip" href="#content">${say('app.skip')}</a>
        <header class="top">
          <div class="wrap">
            <a class="brand" href="/">${LOGO}${say('app.name')}</a>
            ${page.search === null ? '' : searchBox(frame, page.search, false)}
            <nav aria-label="${say('app.name')}">
              ${languageLinks(frame)}
              ${
                frame.signedIn
                  ? html`<form method="post" action="/logout">
                      <button class="soft small">${say('app.signOut')}</button>
                    </form>`
                  : ''
              }
            </nav>
          </div>
        </header>
        <main id="content" class="wrap" tabindex="-1">${page.body}</main>
        <footer><div class="wrap">${say('app.footer')}</div></footer>
      </body>
    </html>`;
}

/** A page that says one thing: what is wrong, and what to do. */
export function noticePage(
  frame: Frame,
  notice: { title: string; text?: string; hint: string; search?: string },
): Html {
  const body = html`<h1>${notice.title}</h1>
    <div class="notice wrong" role="alert">
      ${notice.text === undefined ? '' : html`<p>${notice.text}</p>`}
      <p>${notice.hint}</p>
    </div>`;
  return layout(frame, { title: notice.title, search: notice.search ?? '', body });
}

/** A moment, in UTC for those without JavaScript; an island writes it in the reader's own zone. */
export function moment(milliseconds: number): Html {
  const iso = new Date(milliseconds).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>`;
}
