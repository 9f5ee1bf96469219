// What `tagtrail recall` can do at a platform: one row a verb, each one call of the interface.
import { UsageError } from '../command.ts';

/** Options of all verbs; each row says which it takes. */
export interface Options {
  reason?: string | undefined;
  person?: string | undefined;
  at?: string | undefined;
  note?: string | undefined;
  reference?: string | undefined;
  closer?: string | undefined;
  channel?: string | undefined;
  address?: string | undefined;
  name?: string | undefined;
  language?: string | undefined;
  list?: string | undefined;
  table?: string | undefined;
  version?: string | undefined;
  after?: string | undefined;
  in?: boolean | undefined;
  out?: boolean | undefined;
  correct?: boolean | undefined;
  wrong?: boolean | undefined;
  provisional?: boolean | undefined;
}

/** A call to make; `body` absent: a GET. */
export interface Call {
  path: string;
  query?: Record<string, string | undefined>;
  body?: Record<string, unknown>;
}

export interface Verb {
  /** What stands behind the verb. */
  usage: string;
  /** Least and most words behind it. */
  words: readonly [min: number, max: number];
  /** The word that names a file with the body, from 0. */
  file?: number;
  call: (words: string[], options: Options, file: Record<string, unknown>) => Call;
}

const API = '/api/recalls';
const of = (id: string, rest = ''): string => `${API}/${encodeURIComponent(id)}${rest}`;
const MANY = 10_000;

/** One of two switches. */
function either<T>(options: [name: string, set: boolean | undefined, value: T][]): T {
  const given = options.filter(([, set]) => set === true);
  if (given.length !== 1) throw new UsageError(`give one of ${options.map(([name]) => name).join(', ')}`);
  return given[0]![2];
}

const need = (value: string | undefined, name: string): string => {
  if (value === undefined) throw new UsageError(`${name} is needed`);
  return value;
};

const get = (rest: string): Pick<Verb, 'words' | 'call'> => ({
  words: [1, 1],
  call: ([id]) => ({ path: of(id!, rest) }),
});
const post = (rest: string): Pick<Verb, 'words' | 'call'> => ({
  words: [1, 1],
  call: ([id], { person }) => ({ path: of(id!, rest), body: { person } }),
});

export const VERBS: Readonly<Record<string, Verb>> = {
  open: {
    usage: 'FILE.json',
    words: [1, 1],
    file: 0,
    call: (_, { person }, file) => ({ path: API, body: { ...file, person } }),
  },
  list: { usage: '', words: [0, 0], call: () => ({ path: API, query: { perPage: '100' } }) },
  show: { usage: 'CASE', ...get('') },
  deadlines: { usage: 'CASE', ...get('/deadlines') },
  class: {
    usage: 'CASE CLASS --reason R [--provisional] [--at T]',
    words: [2, 2],
    call: ([id, grade], { reason, provisional, at, person }) => ({
      path: of(id!, '/class'),
      body: { class: grade, provisional, reason, at, person },
    }),
  },
  act: {
    usage: 'CASE ACT [--at T] [--reference N] [--note N]',
    words: [2, 2],
    call: ([id, act], { at, reference, note, person }) => ({
      path: of(id!, '/acts'),
      body: { act, at, reference, note, person },
    }),
  },
  scope: {
    usage: 'CASE [--version N|latest]',
    words: [1, 1],
    call: ([id], { version, person }) =>
      version === undefined
        ? { path: of(id!, '/scopes'), body: { person } }
        : { path: of(id!, `/scopes/${encodeURIComponent(version)}`) },
  },
  entries: {
    usage: 'CASE [--list L]',
    words: [1, 1],
    call: ([id], { list }) => ({ path: of(id!, '/entries'), query: { list, perPage: '1000' } }),
  },
  hold: {
    usage: 'CASE',
    words: [1, 1],
    call: ([id]) => ({ path: of(id!, '/entries'), query: { list: 'held', perPage: '1000' } }),
  },
  decide: {
    usage: 'CASE ID… --in|--out --reason R',
    words: [2, MANY],
    call: ([id, ...ids], options) => ({
      path: of(id!, '/decisions'),
      body: {
        ids,
        decision: either([
          ['--in', options.in, 'in'],
          ['--out', options.out, 'out'],
        ]),
        reason: options.reason,
        person: options.person,
      },
    }),
  },
  release: {
    usage: 'CASE ID… --reason R',
    words: [2, MANY],
    call: ([id, ...ids], { reason, person }) => ({ path: of(id!, '/releases'), body: { ids, reason, person } }),
  },
  consignees: { usage: 'CASE', ...get('/consignees') },
  contact: {
    usage: 'CASE PARTY --channel C --address A [--name N] [--language en|zh]',
    words: [2, 2],
    call: ([id, consignee], { channel, address, name, language, person }) => ({
      path: of(id!, '/contacts'),
      body: { consignee, contact: { channel, address, name, language }, person },
    }),
  },
  notify: {
    usage: 'CASE [PARTY…] [--language en|zh]',
    words: [1, MANY],
    call: ([id, ...consignees], { language, person }) => ({
      path: of(id!, '/notices'),
      body: { consignees: consignees.length > 0 ? consignees : undefined, language, person },
    }),
  },
  notices: { usage: 'CASE', ...get('/notices') },
  mark: {
    usage: 'CASE PARTY sent|delivered|opened|failed|settled [--channel C] [--at T] [--note N]',
    words: [3, 3],
    call: ([id, consignee, state], { channel, at, note, person }) => ({
      path: of(id!, '/notices/marks'),
      body: { consignee, state, channel, at, note, person },
    }),
  },
  remind: { usage: 'CASE', ...post('/reminders') },
  reply: {
    usage: 'CASE FILE.json',
    words: [2, 2],
    file: 1,
    call: ([id], { person }, file) => ({ path: of(id!, '/replies'), body: { ...file, person } }),
  },
  replies: { usage: 'CASE', ...get('/replies') },
  sample: { usage: 'CASE', ...post('/sample') },
  check: {
    usage: 'CASE PARTY --correct|--wrong [--note N]',
    words: [2, 2],
    call: ([id, consignee], { correct, wrong, note, person }) => ({
      path: of(id!, '/checks'),
      body: {
        consignee,
        correct: either([
          ['--correct', correct, true],
          ['--wrong', wrong, false],
        ]),
        note,
        person,
      },
    }),
  },
  effectiveness: { usage: 'CASE', ...get('/effectiveness') },
  books: { usage: 'CASE', ...get('/reconciliation') },
  explain: {
    usage: 'CASE LOT --reason R',
    words: [2, 2],
    call: ([id, lot], { reason, person }) => ({ path: of(id!, '/explanations'), body: { lot, reason, person } }),
  },
  status: {
    usage: 'CASE [--at T]',
    words: [1, 1],
    call: ([id], { at }) => ({ path: of(id!, '/status'), query: { at } }),
  },
  obstacles: { usage: 'CASE', ...get('/obstacles') },
  close: {
    usage: 'CASE --reason R [--closer regulator --reference N]',
    words: [1, 1],
    call: ([id], { reason, closer, reference, person }) => ({
      path: of(id!, '/closing'),
      body: { reason, closer, reference, person },
    }),
  },
  reopen: {
    usage: 'CASE --reason R',
    words: [1, 1],
    call: ([id], { reason, person }) => ({ path: of(id!, '/reopening'), body: { reason, person } }),
  },
  audit: { usage: 'CASE', words: [1, 1], call: ([id]) => ({ path: of(id!, '/audit'), query: { perPage: '1000' } }) },
  alerts: {
    usage: '[--after N]',
    words: [0, 0],
    call: (_, { after }) => ({ path: '/api/alerts', query: { after, limit: '1000' } }),
  },
  acknowledge: {
    usage: 'NUMBER --note N',
    words: [1, 1],
    call: ([number], { note, person }) => ({
      path: `/api/alerts/${encodeURIComponent(number!)}/acknowledgement`,
      body: { note: need(note, '--note'), person },
    }),
  },
};

/** Reports by the ending of their files: media types of GET …/report. */
export const REPORTS: Readonly<Record<string, string>> = {
  json: 'application/json',
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  html: 'text/html',
};

/** What is saved as a file: usage, and the path that it is got from. */
export const SAVED: Readonly<Record<string, { words: string; path: (words: string[]) => string }>> = {
  report: { words: 'CASE', path: ([id]) => of(id!, '/report') },
  form: { words: 'CASE FORM', path: ([id, form]) => of(id!, `/forms/${encodeURIComponent(form!)}`) },
  export: { words: 'CASE', path: ([id]) => of(id!, '/archive') },
};
