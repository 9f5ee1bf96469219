// A small notation for stories, one event a line:
//   e1@1 O ADD i:A.1 l:B.7=10KGM loc=F step=shipping lot=L1     e2@2 A ADD s:P < i:A.1      e3@3 T l:R.1=5KGM > l:F.1
//   e3!8 did_not_occur +e4   declares e3 at minute 8, naming e4 as corrective
// i: item GTIN.serial, l: lot GTIN.lot, c: class, s: SSCC, g: GRAI, a: GIAI, p: place; @ event time, r= record time, in
// minutes; xid= transformationID, rp= readPoint alone.
import { checkDigit } from '../../src/gs1/index.ts';
import { factsOfDocument } from '../../src/trace/document-facts.ts';
import type { Fact, Facts } from '../../src/trace/fact.ts';
import { type Answer, ask, factsInMemory, type Op, type Question } from '../../src/trace/index.ts';

const START_MS = Date.UTC(2030, 0, 1);
const PREFIX = '9529999';
const TYPES: Record<string, string> = {
  O: 'ObjectEvent',
  A: 'AggregationEvent',
  S: 'AssociationEvent',
  X: 'TransactionEvent',
  T: 'TransformationEvent',
};

export const minute = (at: number): number => START_MS + at * 60_000;
const iso = (at: number): string => new Date(minute(at)).toISOString();

/** Short names and URIs, both ways. */
class Names {
  readonly #numbers = new Map<string, number>();
  readonly #short = new Map<string, string>();

  #number(sort: string, name: string, digits: number): string {
    const key = `${sort} ${name}`;
    if (!this.#numbers.has(key)) this.#numbers.set(key, this.#numbers.size + 1);
    return String(this.#numbers.get(key)).padStart(digits, '0');
  }

  uri(id: string): string {
    const kind = id.slice(0, 1);
    const rest = id.slice(2);
    const [item = '', tail = ''] = rest.split('.');
    const forms: Record<string, () => string> = {
      i: () => `urn:epc:id:sgtin:${PREFIX}.${this.#number('gtin', item, 6)}.${tail}`,
      l: () => `urn:epc:class:lgtin:${PREFIX}.${this.#number('gtin', item, 6)}.${tail}`,
      c: () => `urn:epc:idpat:sgtin:${PREFIX}.${this.#number('gtin', item, 6)}.*`,
      s: () => `urn:epc:id:sscc:${PREFIX}.${this.#number('sscc', rest, 10)}`,
      g: () => `urn:epc:id:grai:${PREFIX}.00001.${this.#number('grai', rest, 1)}`,
      a: () => `urn:epc:id:giai:${PREFIX}.${this.#number('giai', rest, 3)}`,
      p: () => `urn:epc:id:sgln:${PREFIX}.${this.#number('gln', rest, 5)}.0`,
    };
    const uri = forms[kind]?.();
    if (uri === undefined) throw new Error(`${id} is no name of this notation`);
    this.#short.set(uri, kind === 'p' ? rest : id);
    return uri;
  }

  event(id: string): string {
    const uri = `https://example.com/event/${id}`;
    this.#short.set(uri, id);
    return uri;
  }

  /** The short name of whatever an answer holds. */
  back(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.back(item));
    return typeof value === 'string' ? (this.#short.get(value) ?? value) : value;
  }

  quantity(text: string): object {
    const [id = '', amount] = text.split('=');
    const match = amount === undefined ? null : /^([\d.]+)(\w*)$/.exec(amount);
    const uom = match?.[2];
    return { epcClass: this.uri(id), ...(match && { quantity: Number(match[1]) }), ...(uom && { uom }) };
  }
}

const isClassLevel = (id: string): boolean => id.startsWith('l:') || id.startsWith('c:');

type Json = Record<string, unknown>;

/** The lists of an event of one side: things under one name, lots under the other. */
function lists(names: Names, ids: string[], epcs: string, quantities: string): Json {
  const things = ids.filter((id) => !isClassLevel(id)).map((id) => names.uri(id));
  const lots = ids.filter(isClassLevel).map((id) => names.quantity(id));
  return { ...(things.length > 0 && { [epcs]: things }), ...(lots.length > 0 && { [quantities]: lots }) };
}

function what(names: Names, type: string, ids: string[]): Json {
  const split = ids.findIndex((id) => id === '<' || id === '>');
  const [left, right] = split < 0 ? [ids, []] : [ids.slice(0, split), ids.slice(split + 1)];
  if (type === 'T') {
    return {
      ...lists(names, left, 'inputEPCList', 'inputQuantityList'),
      ...lists(names, right, 'outputEPCList', 'outputQuantityList'),
    };
  }
  if (type === 'A' || type === 'S') {
    const parent = split < 0 ? {} : { parentID: names.uri(left[0]!) };
    return { ...parent, ...lists(names, split < 0 ? left : right, 'childEPCs', 'childQuantityList') };
  }
  return lists(names, left, 'epcList', 'quantityList');
}

function event(names: Names, line: string): Json {
  const [head = '', type = '', ...words] = line.trim().split(/\s+/);
  const [id = '', time = ''] = head.split('@');
  const options = new Map<string, string>();
  const ids: string[] = [];
  let action: string | undefined;
  for (const word of words) {
    const option = /^(loc|rp|step|lot|xid|r|id)=(.*)$/.exec(word);
    if (option) options.set(option[1]!, option[2]!);
    else if (/^(ADD|OBSERVE|DELETE)$/.test(word)) action = word;
    else ids.push(word);
  }
  const place = options.get('loc') ?? options.get('rp');
  const lot = options.get('lot');
  // so that an answer's lot has its short name
  if (lot)
    for (const id of ids.filter((one) => /^[ic]:/.test(one))) names.uri(`l:${id.slice(2).split(/[.=]/)[0]}.${lot}`);
  const step = options.get('step');
  const at = Number(time);
  return {
    type: TYPES[type],
    eventID: names.event(id),
    eventTime: iso(at),
    eventTimeZoneOffset: '+00:00',
    recordTime: iso(Number(options.get('r') ?? at)),
    ...(action && { action }),
    ...what(names, type, ids),
    ...(step && { bizStep: step }),
    ...(place && { readPoint: { id: names.uri(`p:${place}`) } }),
    ...(options.has('loc') && { bizLocation: { id: names.uri(`p:${place}`) } }),
    ...(options.has('xid') && { transformationID: `https://example.com/run/${options.get('xid')}` }),
    ...(type === 'X' && {
      bizTransactionList: [{ bizTransaction: `urn:epcglobal:cbv:bt:${PREFIX}00000${checkDigit(`${PREFIX}00000`)}:1` }],
    }),
    ...(lot && { ilmd: { 'cbvmda:lotNumber': lot } }),
  };
}

function declaration(names: Names, line: string, events: Json[]): Json {
  const [head = '', reason, ...corrective] = line.trim().split(/\s+/);
  const [id = '', time = ''] = head.split('!');
  const original =
    events.find((other) => other['eventID'] === names.event(id)) ?? event(names, `${id}@0 O OBSERVE i:Z.1`);
  const correctiveEventIDs = corrective.map((word) => names.event(word.slice(1)));
  return {
    ...original,
    recordTime: iso(Number(time)),
    errorDeclaration: {
      declarationTime: iso(Number(time)),
      reason,
      ...(correctiveEventIDs.length > 0 && { correctiveEventIDs }),
    },
  };
}

/** A world of facts, asked in short names; times of questions in minutes. */
export interface Story {
  facts: Fact[];
  /** The same events as EPCIS JSON, in the order told. */
  events: Json[];
  ask: (op: Op, of: string, when?: When) => Promise<Record<string, unknown>>;
  /** The question as the product takes it, and the facts as known at its asOf. */
  question: (op: Op, of: string, when?: When) => { question: Question; asOf: number };
  /** The facts as known at a time (ms since 1970). */
  known: (asOf: number) => Facts;
  names: Names;
}

export interface When {
  asOf?: number;
  at?: number;
  from?: number;
  to?: number;
  uom?: string;
  hidden?: string[];
  policy?: 'connected' | 'strict';
}

/** Reads a story; `order` shuffles its facts without changing what they say. */
export function story(text: string, order: (facts: Fact[]) => Fact[] = (facts) => facts): Story {
  const names = new Names();
  const lines = text.split('\n').filter((one) => one.trim() !== '');
  const isDeclaration = (line: string): boolean => /^\s*\w+!/.test(line);
  // a declaration may be told before its event, and repeats it all the same
  const told = new Map(lines.filter((line) => !isDeclaration(line)).map((line) => [line, event(names, line)]));
  const events = lines.map((line) => told.get(line) ?? declaration(names, line, [...told.values()]));
  const document = {
    '@context': 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: iso(0),
    epcisBody: { eventList: events },
  };
  const facts = order(factsOfDocument(document));
  const known = factsInMemory(facts);
  const question = (
    op: Op,
    of: string,
    { asOf, at, from, to, hidden, ...rest }: When = {},
  ): { question: Question; asOf: number } => {
    const times = Object.entries({ at, from, to }).filter((entry): entry is [string, number] => entry[1] !== undefined);
    const asked = {
      op,
      of: of === '*' ? of : names.uri(of),
      ...rest,
      ...Object.fromEntries(times.map(([name, time]) => [name, minute(time)])),
    };
    return {
      question: { ...asked, ...(hidden && { hidden: hidden.map((id) => names.event(id)) }) },
      asOf: asOf === undefined ? Infinity : minute(asOf),
    };
  };
  return {
    facts,
    events,
    names,
    known,
    question,
    ask: async (op, of, when) => {
      const asked = question(op, of, when);
      return short(names, await ask(known(asked.asOf), asked.question));
    },
  };
}

/** An answer in short names: lists sorted but events, gaps as their codes. */
export function short(names: Names, answer: Answer): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(answer).map(([member, value]): [string, unknown] => {
      if (member === 'gaps')
        return [member, [...new Set((value as { code: string }[]).map(({ code }) => code))].sort()];
      if (member === 'quantities')
        return [member, Object.fromEntries(Object.entries(value as object).map(([id, n]) => [names.back(id), n]))];
      const named = names.back(value);
      return [member, Array.isArray(named) && member !== 'events' ? sorted(named) : named];
    }),
  );
}

/** A list that is a set, in one order. */
export const sorted = (list: unknown[]): unknown[] =>
  list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
