import { describe, expect, it } from 'vitest';
import { reconcile } from '../../src/rules/index.ts';
import { caseOf, type CaseStep } from '../../src/rules/recall-case.ts';
import { accountsOf } from '../../src/rules/reply.ts';

const by = { key: 'k', role: 'operator' };
const LOT = 'urn:epc:class:lgtin:9521234.000001.L-7';
/** Of 100, 40 were shipped, 10 of which came back and stand with the 60 that never left. */
const BOOK = {
  lot: LOT,
  of: 'quantity',
  uom: 'KGM',
  made: '100',
  tier1: '30',
  onHand: '70',
  returned: '10',
  destroyed: '0',
  consumed: '0',
  gap: '0',
};

/** The books of a case whose only consignee answered with `lines`. */
function balance(lines: Record<string, string>): { missing: string; returned: string; onHand: string } | undefined {
  const steps: CaseStep[] = [
    {
      kind: 'opened',
      data: { knownAt: '2026-06-01T00:00:00Z', class: '1', provisional: false, reason: 'x', contacts: {} },
    },
    {
      kind: 'consignees',
      data: { asOf: '2026-06-01T00:00:00Z', scope: 1, consignees: [], books: [BOOK], findings: [] },
    },
    {
      kind: 'replied',
      data: {
        consignee: 'P',
        at: '2026-06-02T00:00:00Z',
        via: 'api',
        lines: [{ lot: LOT, uom: 'KGM', ...lines }],
        soldTo: [],
        exceeds: [],
      },
    },
  ].map((step, i) => ({ ...step, step: i + 1, at: '2026-06-01T00:00:00Z', by }));
  return reconcile(accountsOf(caseOf(steps))).lots[0];
}

describe('the books of a recall', () => {
  it('count what came back once, whether the record, the consignee or both tell of it', () => {
    expect(balance({ onHand: '30' })).toMatchObject({ onHand: '60', returned: '10', missing: '0' });
    expect(balance({ onHand: '30', returned: '10' })).toMatchObject({ onHand: '60', returned: '10', missing: '0' });
    expect(balance({ onHand: '25', returned: '15' })).toMatchObject({ onHand: '60', returned: '15', missing: '0' });
  });

  it('show what nobody accounts for, in the unit of the lot', () => {
    expect(balance({ onHand: '12.5', quarantined: '2.5', dispensed: '10' })).toMatchObject({ missing: '5' });
    expect(balance({ uom: 'GRM', onHand: '30000' })).toMatchObject({ missing: '0' });
  });
});
