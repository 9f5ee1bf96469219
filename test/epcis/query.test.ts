import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/error.ts';
import {
  LIMITS,
  newWalk,
  parseQuery,
  readContext,
  readPageToken,
  walkOf,
  writePageToken,
} from '../../src/epcis/index.ts';

const context = readContext({ example: 'https://x.example.org/' });
const uri = (text: string) =>
  new URLSearchParams(
    text.split('&').map((part): [string, string] => [part.replace(/=.*/, ''), part.replace(/^[^=]*=/, '')]),
  );
const ask = (text: string) => parseQuery(uri(text), { context });
const refusal = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid')
      return `${String(error.detail?.['rule'])}: ${error.message}`;
    throw error;
  }
  return 'accepted';
};

const SGTIN = 'urn:epc:id:sgtin:0614141.107346.2017';
const PREFIX = '{https://x.example.org/}';

describe('parameters and what they become', () => {
  it.each([
    [
      'eventType=ObjectEvent|AggregationEvent',
      { field: 'eventType', op: 'EQ', values: ['ObjectEvent', 'AggregationEvent'] },
    ],
    ['GE_eventTime=2026-03-01T01:00:00+01:00', { field: 'eventTime', op: 'GE', values: [Date.UTC(2026, 2, 1)] }],
    [
      'LT_recordTime=2026-03-01T00:00:00.5Z',
      { field: 'recordTime', op: 'LT', values: [Date.UTC(2026, 2, 1, 0, 0, 0, 500)] },
    ],
    ['GE_errorDeclaration_Time=2026-03-01T00:00:00Z', { field: 'errorDeclarationTime', op: 'GE' }],
    ['EQ_action=ADD', { field: 'action', values: ['ADD'] }],
    [
      'EQ_bizStep=urn:epcglobal:cbv:bizstep:shipping|receiving',
      { field: 'bizStep', values: ['shipping', 'receiving'] },
    ],
    ['EQ_disposition=https://ref.gs1.org/cbv/Disp-active', { field: 'disposition', values: ['active'] }],
    ['EQ_persistentDisposition_set=recalled', { field: 'persistentDisposition.set', values: ['recalled'] }],
    [
      'EQ_bizTransaction_po=urn:epcglobal:cbv:bt:1:2',
      { field: 'bizTransaction', name: 'po', values: ['urn:epcglobal:cbv:bt:1:2'] },
    ],
    ['EQ_source_owning_party=urn:x:1', { field: 'source', name: 'owning_party' }],
    ['EQ_destination_urn:epcglobal:cbv:sdt:location=urn:x:1', { field: 'destination', name: 'location' }],
    [
      `MATCH_anyEPC=${SGTIN}|urn:epc:idpat:sscc:0614141.*`,
      { field: 'anyEPC', op: 'MATCH', values: [SGTIN, 'urn:epc:idpat:sscc:0614141.*'] },
    ],
    ['MATCH_epcClass=urn:epc:class:lgtin:4012345.012345.A', { field: 'epcClass' }],
    ['EXISTS_errorDeclaration=true', { field: 'errorDeclaration', op: 'EXISTS', values: [] }],
    ['WD_readPoint=urn:x:1', { field: 'readPoint', op: 'WD' }],
    ['GE_quantity=5', { field: 'quantity', op: 'GE', values: [5] }],
    ['EQ_quantity_KGM=1e1', { field: 'quantity', name: 'KGM', values: [10] }],
    ['LE_meanValue_CEL=-4.5', { field: 'sensor.meanValue', op: 'LE', name: 'CEL', values: [-4.5] }],
    ['EQ_type=https://gs1.org/voc/Temperature', { field: 'sensor.type', values: ['Temperature'] }],
    ['EQ_booleanValue=true', { field: 'sensor.booleanValue', values: [true] }],
    [
      'EQ_example:batch=B1|B2',
      { field: 'extension', op: 'EQ', name: `${PREFIX}batch`, scope: 'event', inner: false, values: ['B1', 'B2'] },
    ],
    [
      'GE_INNER_ILMD_example:grade=3',
      { field: 'extension', op: 'GE', scope: 'ilmd', inner: true, compare: 'number', values: [3] },
    ],
    [
      'LT_ILMD_example:best=2026-01-01T00:00:00Z',
      { field: 'extension', compare: 'instant', values: [Date.UTC(2026, 0, 1)] },
    ],
    ['EXISTS_SENSORREPORT_example:probe=true', { field: 'extension', op: 'EXISTS', scope: 'sensorReport', values: [] }],
    ['EQ_https://x.example.org/v1#batch=B1', { field: 'extension', name: '{https://x.example.org/v1}batch' }],
    ['EQ_readPoint_example:dock=7', { field: 'extension', scope: 'readPoint', name: `${PREFIX}dock` }],
    ['HASATTR_bizLocation=urn:epcglobal:cbv:mda:site', { field: 'masterData', op: 'HASATTR', name: 'bizLocation' }],
    [
      'EQ_ATTR_bizLocation_urn:epcglobal:cbv:mda:site=north',
      { field: 'masterData', op: 'EQATTR', name: 'bizLocation urn:epcglobal:cbv:mda:site' },
    ],
  ])('%s', (text, expected) => {
    expect(ask(text).conditions).toMatchObject([expected]);
  });

  it('settings have defaults and stand beside the conditions', () => {
    expect(ask('EQ_action=ADD')).toMatchObject({ orderDirection: 'DESC', perPage: 30 });
    expect(ask('orderBy=eventTime&orderDirection=ASC&eventCountLimit=3&perPage=100')).toEqual({
      conditions: [],
      orderBy: 'eventTime',
      orderDirection: 'ASC',
      eventCountLimit: 3,
      perPage: 100,
    });
  });

  it('EXISTS false does not filter', () => {
    expect(ask('EXISTS_errorDeclaration=false').conditions).toEqual([]);
  });

  it('a stored query holds lists, numbers and prefixes of its own', () => {
    const query = parseQuery({
      '@context': [{ ex: 'urn:ns:' }],
      eventType: ['ObjectEvent'],
      'GE_ex:score': 5,
      EXISTS_errorDeclaration: true,
      perPage: 5,
    });
    expect(query.perPage).toBe(5);
    expect(query.conditions.map(({ field, name, values }) => [field, name, values])).toEqual([
      ['eventType', undefined, ['ObjectEvent']],
      ['extension', '{urn:ns:}score', [5]],
      ['errorDeclaration', undefined, []],
    ]);
  });
});

describe('a query that narrows another', () => {
  const stored = ask('EQ_action=ADD&orderBy=eventTime&eventCountLimit=5');

  it('has the conditions of both and the smaller limit', () => {
    const narrowed = parseQuery(uri('EQ_bizStep=shipping&perPage=3'), { narrows: stored });
    expect(narrowed).toMatchObject({ orderBy: 'eventTime', orderDirection: 'DESC', eventCountLimit: 5, perPage: 3 });
    expect(narrowed.conditions.map(({ field }) => field)).toEqual(['action', 'bizStep']);
  });

  it('keeps its order, and its limits fit together', () => {
    expect(refusal(() => parseQuery(uri('orderBy=recordTime'), { narrows: stored }))).toContain('order of its own');
    expect(refusal(() => parseQuery(uri('maxEventCount=2'), { narrows: stored }))).toContain('exclude each other');
    expect(parseQuery(uri('orderBy=recordTime'), { narrows: ask('EQ_action=ADD') }).orderBy).toBe('recordTime');
  });
});

describe('what is refused with QueryParameterException', () => {
  it.each([
    'FOO_bar=1',
    'constructor=1',
    '__proto__=1',
    'EQ_action=CREATE',
    'EQ_action=',
    'EQ_action=ADD|',
    'EQ_action=ADD&EQ_action=DELETE',
    'eventType=PackEvent',
    'GE_eventTime=yesterday',
    'GE_eventTime=2026-03-01T00:00:00',
    'GE_eventTime=2026-03-01T00:00:00Z|2026-03-02T00:00:00Z',
    'GT_eventTime=2026-03-01T00:00:00Z',
    'GE_quantity=many',
    'GE_quantity=NaN',
    'EQ_readPoint=here',
    'MATCH_epc=urn:epc:id:sgtin:0614141.1',
    'MATCH_epc=urn:epc:idpat:gid:123.*.*',
    'EXISTS_errorDeclaration=maybe',
    'EQ_nowhere:batch=1',
    'GT_example:batch=abc',
    'orderBy=bizStep',
    'orderBy=eventTime&orderDirection=SIDEWAYS',
    'eventCountLimit=5',
    'eventCountLimit=5&maxEventCount=5&orderBy=eventTime',
    'maxEventCount=-1',
    'HASATTR_nothing=urn:x:1',
    'EQATTR_action_urn:x:1=2',
    'EQ_hexBinaryValue=XYZ',
    'perPage=0',
    'perPage=1.5',
    `perPage=${LIMITS.perPageMax + 1}`,
  ])('%s', (text) => {
    expect(refusal(() => ask(text))).toMatch(/^QueryParameterException: \S.*\.$/);
  });

  it('more values than allowed, and not one less', () => {
    const values = (count: number) => parseQuery({ EQ_eventID: Array.from({ length: count }, (_, i) => `urn:x:${i}`) });
    expect(values(LIMITS.queryValuesMax).conditions[0]?.values).toHaveLength(LIMITS.queryValuesMax);
    expect(refusal(() => values(LIMITS.queryValuesMax + 1))).toContain('QueryParameterException');
  });

  it.each([{ EQ_action: {} }, { EQ_action: [] }, { EQ_action: null }, { EQ_action: [['ADD']] }, { perPage: Infinity }])(
    '%j',
    (query) => {
      expect(refusal(() => parseQuery(query))).toContain('QueryParameterException');
    },
  );
});

describe('page tokens', () => {
  const now = Date.UTC(2026, 0, 1);
  const query = ask('EQ_action=ADD&perPage=2');
  const tenantId = 't1';
  const token = { position: [now, 17], walk: newWalk(), expiresAt: now + 1000 };
  const read = (text: string, of = query, at = now, by = tenantId) =>
    readPageToken({ query: { ...of, nextPageToken: text }, tenantId: by }, at);

  it('give the position back, to the query that they were made for', () => {
    const text = writePageToken({ query, tenantId }, token);
    expect(text).toMatch(/^[\w-]+$/);
    expect(read(text)).toEqual(token);
    expect(read(text, { ...query, perPage: 9 })).toEqual(token);
    expect(walkOf(text)).toEqual({ walk: token.walk, expiresAt: token.expiresAt });
    expect(readPageToken({ query, tenantId }, now)).toBeUndefined();
  });

  it('are refused when foreign, expired or made up', () => {
    const text = writePageToken({ query, tenantId }, token);
    expect(refusal(() => read(text, ask('EQ_action=DELETE')))).toContain('another query');
    expect(refusal(() => read(text, query, now, 't2'))).toContain('another query');
    expect(refusal(() => read(text, query, now + 1001))).toContain('expired');
    const made = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url');
    for (const other of [
      'no-such-token',
      '',
      '%',
      'e30',
      'bnVsbA',
      'x'.repeat(5000),
      made({ v: 2, p: [] }),
      made({ v: 2, q: 'x', p: [1], x: now, w: 'a walk of its own' }),
    ]) {
      expect(refusal(() => read(other))).toContain('no token of this server');
      expect(walkOf(other)).toBeUndefined();
    }
  });
});
