import { describe, expect, it } from 'vitest';
import { readZone, usFormOf } from '../../src/rules/index.ts';
import { caseOf, type CaseStep } from '../../src/rules/recall-case.ts';

const LOT = 'urn:epc:class:lgtin:9521234.000001.L-7';
const ITEM = 'urn:epc:id:sgtin:9521234.000001.17';
const BY = { key: 'k', role: 'coordinator' };
const OPENED = {
  product: { name: 'Milk', brand: 'Fern', size: '1 l', gtin: '09521234000013', made: '2026-05-01 to 2026-05-03' },
  roots: [],
  jurisdiction: 'us-food',
  class: 'II',
  provisional: false,
  reason: 'Undeclared almond',
  hazard: 'Allergic shock',
  knownAt: '2026-06-01T01:00:00.000Z',
  responsible: 'A. Moss',
  firm: { name: 'Fern Dairy', address: '1 Road', contact: 'recall@fern.example' },
  checkLevel: 'B',
  checkPercent: 50,
  us: [],
  contacts: {},
  replyHours: 72,
};
const CONSIGNEES = {
  consignees: [1, 1, 2].map((tier, n) => ({ party: `P${n}`, isPlace: false, tier, locations: [], from: [], onlyNamed: false, goods: [] })),
  books: [
    { lot: LOT, of: 'quantity', uom: 'KGM', made: '100', tier1: '40.25' },
    { lot: 'M', of: 'quantity', uom: 'KGM', made: '0.1', tier1: '0.2' },
    { lot: 'N', of: 'items', uom: 'EA', made: '7', tier1: '3' },
  ],
  findings: [],
}; // prettier-ignore
const notice = (consignee: string) => ({
  consignee,
  contact: null,
  mark: { state: 'prepared', at: '2026-06-02T00:00:00Z', channel: 'email' },
  version: { version: 1, subject: 'Recall', text: 'Stop. {link}', goods: [] },
});
const steps = (...more: [kind: string, data: object][]): CaseStep[] =>
  [['opened', OPENED] as const, ...more].map(([kind, data], i) => ({
    step: i + 1,
    at: `2026-06-0${i + 1}T22:00:00.000Z`,
    kind,
    by: BY,
    data: data as Record<string, unknown>,
  }));
const SENT: [string, object][] = [
  ['consignees', CONSIGNEES],
  ['noticed', { notices: [notice('P0'), notice('P1')] }],
  ['marked', { consignee: 'P0', state: 'sent', at: '2026-06-03T20:00:00.000Z', channel: 'email' }],
  ['act', { act: 'notice', at: '2026-06-03T20:00:00.000Z' }],
];
const form = (name: 'firm-report' | 'enforcement', told: CaseStep[], goods = [LOT, ITEM]) => {
  const made = usFormOf(name, { file: caseOf(told), goods, zone: readZone('+08:00') });
  return { ...made, values: Object.fromEntries(made.fields.map((one) => [one.name, one.value])) };
};

describe('the report of a firm (21 CFR 7.46)', () => {
  it('has each element from what the case knows, sums exact and by unit', () => {
    const { values, missing, basis } = form('firm-report', steps(...SENT));
    expect(basis).toEqual({ rule: '21 CFR', article: '7.46' });
    expect(values).toEqual({
      product: 'Milk, Fern, 1 l, GTIN 09521234000013; Lots: L-7; Serials: 17',
      reason: 'Undeclared almond',
      found: '2026-06-01T01:00:00.000Z',
      risk: 'Allergic shock',
      produced: '100.1 KGM; 7 EA',
      timespan: '2026-05-01 to 2026-05-03',
      distributed: '40.45 KGM; 3 EA',
      directAccounts: '2',
      communication: 'Recall\n\nStop. {link}',
      strategy: 'Depth: tier 2 of consignees; Effectiveness checks: level B, 50 %',
      contact: 'A. Moss, Fern Dairy, recall@fern.example',
    });
    expect(missing).toEqual([]);
  });

  it('names what the case does not know', () => {
    expect(form('firm-report', steps(), []).missing).toEqual([
      'produced',
      'distributed',
      'directAccounts',
      'communication',
    ]);
  });
});

describe('the fields of the enforcement report', () => {
  it('are the 24 of openFDA, in its words, days on the clocks of the case', () => {
    const { fields, values, missing } = form('enforcement', steps(...SENT));
    expect(fields).toHaveLength(24);
    expect(values).toMatchObject({
      status: 'Ongoing',
      classification: 'Class II',
      product_type: 'Food',
      recalling_firm: 'Fern Dairy',
      initial_firm_notification: 'E-Mail',
      distribution_pattern: '2 direct accounts, 1 further consignees',
      product_quantity: '40.45 KGM; 3 EA',
      recall_initiation_date: '20260604',
      code_info: 'Lots: L-7; Serials: 17',
      more_code_info: 'Made: 2026-05-01 to 2026-05-03',
      termination_date: null,
    });
    expect(missing).toContain('event_id');
    expect(missing).not.toContain('status');
  });

  it('follow the case: class, channels, completion and termination', () => {
    const two: [string, object] = [
      'marked',
      { consignee: 'P1', state: 'sent', at: '2026-06-03T21:00:00Z', channel: 'telephone' },
    ];
    const provisional: [string, object] = [
      'reclassified',
      { class: '1', provisional: true, at: '2026-06-03', reason: 'x' },
    ];
    expect(form('enforcement', steps(...SENT, two, provisional)).values).toMatchObject({
      classification: 'Not Yet Classified',
      initial_firm_notification: expect.stringMatching(/^Two or more of the following/),
    });
    const completed: [string, object] = ['act', { act: 'completion', at: '2026-06-05T00:00:00Z' }];
    expect(form('enforcement', steps(completed)).values).toMatchObject({ status: 'Completed', termination_date: null });
    const closed: [string, object] = ['closed', { reason: 'done', closer: 'regulator', reference: 'F-1-2026' }];
    expect(form('enforcement', steps(completed, closed)).values).toMatchObject({
      status: 'Terminated',
      recall_number: 'F-1-2026',
      termination_date: '20260604',
    });
  });

  it('spells out a bounded number of serials', () => {
    const goods = Array.from({ length: 1_002 }, (_, n) => `urn:epc:id:sgtin:9521234.000001.${n}`);
    expect(form('enforcement', steps(), goods).values['code_info']).toMatch(/ and 2 more$/);
  });
});
