import { describe, expect, it } from 'vitest';
import {
  effectivenessOf,
  reconcile,
  type StatusConsignee,
  type StatusInput,
  statusReportOf,
} from '../../src/rules/index.ts';

const row = (party: string, known: Partial<StatusConsignee> = {}): StatusConsignee => ({
  party,
  name: null,
  tier: 1,
  notifiedAt: null,
  method: null,
  answeredAt: null,
  uom: 'KGM',
  onHand: null,
  returned: null,
  corrected: null,
  destroyed: null,
  ...known,
});
const INPUT: StatusInput = {
  jurisdiction: 'us-food',
  consignees: [
    row('A', {
      notifiedAt: '2026-06-05T09:00:00+08:00',
      method: 'e-mail',
      answeredAt: '2026-06-06T09:00:00+08:00',
      onHand: '0.1',
      returned: '0.2',
    }),
    row('A', {
      notifiedAt: '2026-06-05T09:00:00+08:00',
      method: 'e-mail',
      answeredAt: '2026-06-06T09:00:00+08:00',
      uom: 'EA',
      onHand: '3',
      corrected: '2',
    }),
    row('B', { notifiedAt: '2026-06-07T09:00:00+08:00', method: 'telephone', onHand: '99' }),
    row('C'),
  ],
  effectiveness: effectivenessOf({ notified: 2, answered: 1, toCheck: 2, checked: 1, correct: 1 }),
};
const values = (input: StatusInput): Record<string, string | number | null> =>
  Object.fromEntries(statusReportOf(input).fields.map(({ name, value }) => [name, value]));

describe('a status report', () => {
  it('has the fields of 21 CFR 7.53, consignees once each and quantities exactly, by unit', () => {
    expect(values({ ...INPUT, completionEstimate: '2026-07-01' })).toEqual({
      notified: 2,
      notifiedDates: '2026-06-05 – 2026-06-07',
      methods: 'e-mail, telephone',
      answered: 1,
      onHand: '0.1 KGM; 3 EA',
      notAnswered: 1,
      returned: '0.2 KGM',
      corrected: '2 EA',
      checks: '1 / 2; 1',
      completion: '2026-07-01',
    });
    expect(statusReportOf(INPUT)).toMatchObject({
      basis: { rule: '21 CFR', article: '7.53' },
      missing: ['completion'],
      notVerified: null,
    });
  });

  it('of China tells what was to be recalled, what came back and the share, and is not yet verified', () => {
    const input: StatusInput = {
      ...INPUT,
      jurisdiction: 'cn-food',
      reconciliation: reconcile([
        { lot: 'L', uom: 'KGM', made: 100, onHand: 10, returned: '59.9', atConsignees: '30.1' },
        { lot: 'M', uom: 'EA', made: 3, returned: 3 },
        { lot: 'N', uom: 'LTR', made: 3, onHand: 3 },
      ]),
    };
    expect(values(input)).toMatchObject({
      distributed: '90 KGM; 3 EA; 0 LTR',
      recoveryRate: '66 % KGM; 100 % EA',
      destroyed: null,
    });
    const report = statusReportOf(input);
    expect(report.missing).toEqual(['destroyed', 'disposal', 'problems', 'completion']);
    expect(report.notVerified?.zh).toContain('尚未与');
    expect(values({ ...INPUT, jurisdiction: 'cn-drug' })).toMatchObject({ distributed: null, recoveryRate: null });
  });

  it('of a case in which nothing was done yet counts zero and guesses nothing', () => {
    const none = { ...INPUT, consignees: [row('A')] };
    expect(values(none)).toMatchObject({ notified: 0, notifiedDates: null, methods: null, onHand: null });
  });
});
