import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { csrf } from 'hono/csrf';
import { AppError } from '../error.ts';
import { type Principal, type Right, type Role, may } from '../access/policy.ts';
import { findPrincipal } from '../store/api-key.ts';
import { readHead } from '../store/log-head.ts';
import { DEFAULT_TENANT, type Store } from '../store/open.ts';
import { apiPage, type OpenApi } from './api-page.ts';
import { type Assets, assetHref, assetRoutes } from './assets.ts';
import { listCsv } from './csv.ts';
import { type Frame, type Html, noticePage } from './layout.ts';
import { namesFor, namesIn } from './master-names.ts';
import { SESSION_COOKIE, SESSION_S, loginPage, safePath } from './login.ts';
import { knownPlaces, latestRows } from './latest.ts';
import { findRecall, uriOf } from './find-recall.ts';
import type { Recall } from './recall.ts';
import { momentOf } from './moment.ts';
import { type RecallLink, startPage } from './start.ts';
import { tracePage } from './trace-page.ts';
import type { ListName } from './trace-list.ts';
import { type Language, type Word, isLanguage, preferredLanguage, sayIn } from './words.ts';

/** What the pages need of the platform, made at the entry of each runtime. */
export interface Pages {
  store: Store;
  /** Milliseconds since 1970. */
  clock: () => number;
  logger: { error(fields: Record<string, unknown>, message: string): void };
  /** Who comes without a key; absent: everybody has to sign in. */
  anonymousRole?: Role;
  /** Offered on the start page. */
  recalls?: readonly RecallLink[];
  /** Absent where the runtime serves the files itself. */
  assets?: Assets;
  /** The document of the REST interface, for its reading page. */
  openApi?: () => object;
}

type PagesOf = (c: Context) => Pages;

/** Longer is no identifier: the longest element string is far below. */
const ID_CHARACTERS_MAX = 2000;
const KEY_CHARACTERS_MAX = 200;
const LOGIN_BYTES_MAX = 8 * 1024;
const PAGE_NUMBER_MAX = 1_000_000;
const LANGUAGE_COOKIE = 'tagtrail_lang';
const LANGUAGE_S = 31_536_000;

/** Own origin only, no inline script or style. */
const HEADERS: Record<string, string> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  // an answer of this minute must not be shown as one of the next
  'cache-control': 'no-store',
  vary: 'Accept-Language, Cookie',
};

type Status = 200 | 400 | 401 | 403 | 404 | 500 | 503;

async function send(c: Context, body: Html, status: Status = 200): Promise<Response> {
  for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
  return c.html(await body, status);
}

const isSecure = (c: Context): boolean =>
  c.req.header('x-forwarded-proto') === 'https' || new URL(c.req.url).protocol === 'https:';

/** The language of the switch, else of its cookie, else of the browser; a switch is remembered. */
function languageOf(c: Context): Language {
  const wish = c.req.query('lang');
  if (isLanguage(wish)) {
    setCookie(c, LANGUAGE_COOKIE, wish, { path: '/', sameSite: 'Lax', maxAge: LANGUAGE_S, secure: isSecure(c) });
    return wish;
  }
  const kept = getCookie(c, LANGUAGE_COOKIE);
  return isLanguage(kept) ? kept : preferredLanguage(c.req.header('accept-language'));
}

function frameOf(c: Context, pages: Pages): Frame {
  const language = languageOf(c);
  const url = new URL(c.req.url);
  url.searchParams.delete('lang');
  return {
    language,
    say: sayIn(language),
    here: url.pathname + url.search,
    signedIn: getCookie(c, SESSION_COOKIE) !== undefined,
    asset: (name) => assetHref(pages.assets, name),
  };
}

async function principalOf(c: Context, { store, anonymousRole }: Pages): Promise<Principal | undefined> {
  const key = getCookie(c, SESSION_COOKIE);
  if (key !== undefined && key.length <= KEY_CHARACTERS_MAX) {
    const principal = await findPrincipal(store, key);
    if (principal) return principal;
  }
  return anonymousRole === undefined
    ? undefined
    : { tenantId: DEFAULT_TENANT, keyId: 'anonymous', role: anonymousRole };
}

/** Asks for a key where one is needed, and says so where it does not allow `right`. */
function guarded(
  pagesOf: PagesOf,
  right: Right,
  handle: (c: Context, asked: { pages: Pages; frame: Frame; principal: Principal }) => Promise<Response>,
): (c: Context) => Promise<Response> {
  return async (c) => {
    const pages = pagesOf(c);
    const frame = frameOf(c, pages);
    const principal = await principalOf(c, pages);
    if (!principal) return c.redirect(`/login?${new URLSearchParams({ next: frame.here }).toString()}`, 303);
    if (may(principal.role, right)) return handle(c, { pages, frame, principal });
    const { say } = frame;
    return send(c, noticePage(frame, { title: say('forbidden.title'), hint: say('forbidden.hint') }), 403);
  };
}

function pageNumber(text: string | undefined): number {
  const number = Number(text ?? 1);
  return Number.isInteger(number) && number >= 1 && number <= PAGE_NUMBER_MAX ? number : 1;
}

interface Fault {
  word: Word;
  text?: string;
}

/** The identifier and moment of a question, or what is wrong with them in the words of the page. */
function readQuestion(id: string, asOf: string, now: number): { uri: string; asOf: number } | Fault {
  if (id.length > ID_CHARACTERS_MAX) return { word: 'wrong.long' };
  const read = uriOf(id);
  if ('message' in read) return { word: 'wrong.hint', text: read.message };
  const moment = momentOf(asOf, now);
  return moment === undefined ? { word: 'wrong.asOf' } : { uri: read.uri, asOf: moment };
}

function wrongPage(frame: Frame, id: string, fault: Fault): Html {
  const { say } = frame;
  return noticePage(frame, {
    title: say('wrong.title'),
    hint: say(fault.word, { max: ID_CHARACTERS_MAX }),
    search: id.slice(0, ID_CHARACTERS_MAX),
    ...(fault.text === undefined ? {} : { text: fault.text }),
  });
}

/** The question of the request and its answer, or the page that says what is wrong with it. */
function withRecall(
  pagesOf: PagesOf,
  handle: (c: Context, frame: Frame, recall: Recall, id: string) => Promise<Response>,
): (c: Context) => Promise<Response> {
  return guarded(pagesOf, 'trace', async (c, { pages, frame, principal }) => {
    const id = (c.req.query('id') ?? '').trim();
    if (id === '') return c.redirect('/', 303);
    // what is committed is known, whatever this machine's clock says
    const { recordTime } = await readHead(pages.store, principal.tenantId);
    const question = readQuestion(id, c.req.query('asOf') ?? '', Math.max(pages.clock(), recordTime));
    if ('word' in question) return send(c, wrongPage(frame, id, question), 400);
    const { language } = frame;
    const recall = await findRecall(pages.store, principal.tenantId, question.uri, { asOf: question.asOf, language });
    return handle(c, frame, recall, id);
  });
}

const isList = (text: string): text is ListName => ['affected', 'possible', 'contents'].includes(text);

function traceRoutes(app: Hono, pagesOf: PagesOf): void {
  app.get(
    '/trace',
    withRecall(pagesOf, (c, frame, recall, id) => {
      const query = {
        id,
        asOf: c.req.query('asOf') ?? '',
        page: pageNumber(c.req.query('page')),
        possiblePage: pageNumber(c.req.query('possiblePage')),
      };
      if (!recall.unknown) return send(c, tracePage(frame, recall, query));
      const { say } = frame;
      const text = say('unknown.text', { name: recall.root.uri });
      return send(
        c,
        noticePage(frame, { title: say('unknown.title'), text, hint: say('unknown.hint'), search: id }),
        404,
      );
    }),
  );
  app.get(
    '/trace.csv',
    withRecall(pagesOf, async (c, frame, recall) => {
      const list = c.req.query('list') ?? '';
      const lines = listCsv(frame, recall.names, recall[isList(list) ? list : 'affected']);
      const stream = ReadableStream.from(lines).pipeThrough(new TextEncoderStream());
      const name = `${isList(list) ? list : 'affected'}-${recall.root.short.replaceAll(/[^\w-]/g, '_')}.csv`;
      return c.body(stream, 200, {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
    }),
  );
}

function loginRoutes(app: Hono, pagesOf: PagesOf): void {
  app.get('/login', (c) => {
    const frame = frameOf(c, pagesOf(c));
    return send(c, loginPage(frame, safePath(c.req.query('next')), false));
  });
  app.post('/login', csrf(), bodyLimit({ maxSize: LOGIN_BYTES_MAX }), async (c) => {
    const pages = pagesOf(c);
    const form = await c.req.parseBody();
    const field = (name: string): string => (typeof form[name] === 'string' ? form[name].trim() : '');
    const key = field('key');
    const next = safePath(field('next'));
    const principal = key.length > KEY_CHARACTERS_MAX ? undefined : await findPrincipal(pages.store, key);
    if (!principal) return send(c, loginPage(frameOf(c, pages), next, true), 401);
    const secure = isSecure(c);
    setCookie(c, SESSION_COOKIE, key, { path: '/', httpOnly: true, sameSite: 'Strict', secure, maxAge: SESSION_S });
    return c.redirect(next, 303);
  });
  app.post('/logout', csrf(), (c) => {
    deleteCookie(c, SESSION_COOKIE, { path: '/' });
    return c.redirect('/login', 303);
  });
}

/** A failure in plain words; its cause goes to the log alone. */
async function answerFailure(error: unknown, c: Context, pagesOf: PagesOf): Promise<Response> {
  if (error instanceof Error && 'getResponse' in error)
    return (error as { getResponse(): Response } & Error).getResponse();
  const pages = pagesOf(c);
  const frame = frameOf(c, pages);
  const { say } = frame;
  const known = error instanceof AppError ? error : undefined;
  const asked = known?.code === 'invalid' || known?.code === 'too_large';
  if (!asked) pages.logger.error({ err: error, path: c.req.path }, 'the page failed');
  const notice = asked
    ? { title: say('wrong.title'), text: known.message, hint: say('wrong.hint') }
    : { title: say('failed.title'), hint: say('failed.hint') };
  return send(c, noticePage(frame, notice), asked ? 400 : known?.code === 'unavailable' ? 503 : 500);
}

/** The pages for people: start, trace, lists as CSV, sign-in, assets. Runs on Node and in workerd. */
export function createPages(platform: Pages | PagesOf): Hono {
  const pagesOf = typeof platform === 'function' ? platform : (): Pages => platform;
  const app = new Hono();
  app.onError((error, c) => answerFailure(error, c, pagesOf));
  app.get(
    '/',
    guarded(pagesOf, 'query', async (c, { pages, frame, principal }) => {
      const { store } = pages;
      const { tenantId } = principal;
      const live = await latestRows(store, tenantId);
      const places = await namesFor(store, tenantId, await knownPlaces(store, tenantId), frame.language);
      return send(c, startPage(frame, { recalls: [...(pages.recalls ?? [])], live, names: namesIn(places), places }));
    }),
  );
  // the island asks for the name of a place that came up after the page was made
  app.get(
    '/name',
    guarded(pagesOf, 'query', async (c, { pages, frame, principal }) => {
      const uri = (c.req.query('id') ?? '').slice(0, ID_CHARACTERS_MAX);
      const found = await namesFor(pages.store, principal.tenantId, [uri], frame.language);
      return c.text(found.get(uri) ?? '', 200, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    }),
  );
  // as open as the document itself
  app.get('/api/docs', (c) => {
    const pages = pagesOf(c);
    return pages.openApi ? send(c, apiPage(frameOf(c, pages), pages.openApi() as OpenApi)) : c.notFound();
  });
  traceRoutes(app, pagesOf);
  loginRoutes(app, pagesOf);
  const assets = typeof platform === 'function' ? undefined : platform.assets;
  if (assets) app.route('/', assetRoutes(assets));
  return app;
}
