import { html } from 'hono/html';
import { type Frame, type Html, layout } from './layout.ts';

/** Shared with http/authenticate.ts, which takes the cookie for reading. */
export const SESSION_COOKIE = 'tagtrail_key';
/** A working day; then the key is asked for again. */
export const SESSION_S = 12 * 3600;

/** Where to go after signing in: a path of our own, or the start page. */
export function safePath(path: string | undefined): string {
  if (path === undefined || !path.startsWith('/')) return '/';
  const origin = 'http://own.invalid';
  const url = URL.canParse(path, origin) ? new URL(path, origin) : undefined;
  return url?.origin === origin ? url.pathname + url.search : '/';
}

/** The page that asks for a key; `wrong` after one that is not known. */
export function loginPage(frame: Frame, next: string, wrong: boolean): Html {
  const { say } = frame;
  const body = html`<div class="narrow card">
    <h1>${say('login.title')}</h1>
    ${wrong ? html`<div class="notice wrong" role="alert" id="wrong">${say('login.wrong')}</div>` : ''}
    <form method="post" action="/login">
      <p>
        <label for="key">${say('login.key')}</label><br />
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          aria-describedby="key-hint${wrong ? ' wrong' : ''}"
        />
      </p>
      <p class="quiet" id="key-hint">${say('login.hint')}</p>
      <input type="hidden" name="next" value="${next}" />
      <p><button>${say('login.button')}</button></p>
    </form>
  </div>`;
  return layout(frame, { title: `${say('login.title')} · ${say('app.name')}`, search: null, body });
}
