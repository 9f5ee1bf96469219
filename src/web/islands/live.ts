import { nameOfUri } from '../../gs1/index.ts';
import { localTime } from './local-time.ts';

/** What the server wrote beside the table. */
interface LiveData {
  words: Record<string, string>;
  places: Record<string, string>;
  rowsMax: number;
}

/** The members of an EPCIS event that a row shows. */
interface LiveEvent {
  type?: string;
  action?: string;
  bizStep?: string;
  eventTime?: string;
  readPoint?: { id?: string };
  bizLocation?: { id?: string };
  parentID?: string;
  [list: string]: unknown;
}

const ID_LISTS = ['epcList', 'childEPCs', 'inputEPCList', 'outputEPCList'];
const QUANTITY_LISTS = ['quantityList', 'childQuantityList', 'inputQuantityList', 'outputQuantityList'];
/** Events kept while the reader looks at a paused table. */
const WAITING_MAX = 1000;

const element = (id: string): HTMLElement | null => document.getElementById(id);

function idsOf(event: LiveEvent): string[] {
  const list = (name: string): unknown[] => (Array.isArray(event[name]) ? (event[name] as unknown[]) : []);
  const classes = QUANTITY_LISTS.flatMap(list).map((each) => (each as { epcClass?: unknown }).epcClass);
  return [event.parentID, ...ID_LISTS.flatMap(list), ...classes].filter((id): id is string => typeof id === 'string');
}

/** Lot or serial of an identifier, as the server writes it. */
function shortOf(uri: string): string {
  try {
    return nameOfUri(uri) ?? uri;
  } catch {
    return uri; // an identifier of somebody's own
  }
}

/** The name of a place; of one that the page did not know, its number until the server has told the name. */
function placeText(data: LiveData, uri: string): Text {
  const known = data.places[uri];
  const text = document.createTextNode(known || shortOf(uri));
  if (known === undefined && uri !== '') {
    data.places[uri] = '';
    void fetch(`/name?${new URLSearchParams({ id: uri }).toString()}`)
      .then((response) => (response.ok ? response.text() : ''))
      .then((name) => {
        data.places[uri] = name;
        if (name !== '') text.data = name;
      })
      .catch(() => undefined); // the number stays
  }
  return text;
}

function stepOf({ words }: LiveData, { type = '', action = '', bizStep = '' }: LiveEvent): string {
  return words[`step.${bizStep}`] ?? words[`type.${type}.${action}`] ?? words[`type.${type}`] ?? (bizStep || type);
}

function cell(label: string | undefined, content: Node | string, look = ''): HTMLTableCellElement {
  const td = document.createElement('td');
  td.className = look;
  td.dataset['label'] = label ?? '';
  const box = document.createElement('div');
  box.append(content);
  td.append(box);
  return td;
}

function rowOf(data: LiveData, event: LiveEvent): HTMLTableRowElement {
  const ids = idsOf(event);
  const [first] = ids;
  const place = event.readPoint?.id ?? event.bizLocation?.id ?? '';
  const time = document.createElement('time');
  time.dateTime = event.eventTime ?? '';
  time.title = time.dateTime;
  time.textContent = localTime(new Date(time.dateTime));
  const link = document.createElement('a');
  link.textContent = first === undefined ? '' : shortOf(first);
  link.title = first ?? '';
  if (first !== undefined) link.href = `/trace?${new URLSearchParams({ id: first }).toString()}`;
  const row = document.createElement('tr');
  row.className = 'fresh';
  const { words } = data;
  row.append(
    cell(words['live.time'], time),
    cell(words['live.place'], placeText(data, place)),
    cell(words['live.what'], stepOf(data, event)),
    cell(words['live.count'], String(ids.length), 'number'),
    cell(words['live.first'], link),
  );
  return row;
}

/** Newest first, no more than fit; the button holds the table still without losing what comes meanwhile. */
export function showLive(): void {
  const source = element('live-data');
  const rows = element('live-rows');
  const button = element('live-pause');
  const state = element('live-state');
  const dot = element('live-dot');
  const hint = element('live-hint');
  if (!source || !rows || !button || !state || !dot) return;
  const data = JSON.parse(source.textContent ?? '{}') as LiveData;
  const waiting: LiveEvent[] = [];
  let paused = false;
  let missed = 0;

  const say = (word: string): string => data.words[word] ?? word;
  const show = (look: string, words: string): void => {
    dot.className = `dot ${look}`;
    if (state.textContent !== words) state.textContent = words;
  };
  const add = (event: LiveEvent): void => {
    rows.prepend(rowOf(data, event));
    while (rows.children.length > data.rowsMax) rows.lastElementChild?.remove();
    element('live-none')?.setAttribute('hidden', '');
  };
  const showState = (): void => {
    if (paused) show('', say('start.live.state.paused').replace('{count}', String(missed)));
    else show('live-now', say('start.live.state.live'));
  };

  const stream = new EventSource('/api/live');
  stream.addEventListener('open', showState);
  stream.addEventListener('error', () => {
    show('lost', say('start.live.state.lost'));
    // refused for good (no right, no live events here): the list stays as the server made it
    if (stream.readyState === EventSource.CLOSED) element('live-controls')?.setAttribute('hidden', '');
  });
  stream.addEventListener('committed', (message) => {
    const event = JSON.parse((message as MessageEvent<string>).data) as LiveEvent;
    if (!paused) {
      add(event);
      return;
    }
    missed += 1;
    waiting.push(event);
    if (waiting.length > WAITING_MAX) waiting.shift();
    showState();
  });
  button.addEventListener('click', () => {
    paused = !paused;
    button.textContent = say(paused ? 'start.live.resume' : 'start.live.pause');
    for (const event of waiting.splice(0)) add(event);
    missed = 0;
    showState();
  });
  element('live-controls')?.removeAttribute('hidden');
  if (hint) hint.textContent = hint.dataset['local'] ?? '';
  addEventListener('pagehide', () => stream.close());
}
