import { describe, expect, it } from 'vitest';
import { type ClosingQuestion, deadlinesOf, obstaclesTo, reconcile, type RecallClocks } from '../../src/rules/index.ts';

const CLOCKS: RecallClocks = {
  jurisdiction: 'cn-food',
  classes: [{ class: '1', at: '2026-06-04T10:00:00+08:00' }],
  zone: '+08:00',
  acts: [
    { act: 'known', at: '2026-06-04T10:00:00+08:00' },
    { act: 'notice', at: '2026-06-05T09:00:00+08:00' },
  ],
};
const DONE = { act: 'completion', at: '2026-06-12T09:00:00+08:00' } as const;
const NOW = '2026-06-15T09:00:00+08:00';
const READY: ClosingQuestion = {
  deadlines: deadlinesOf({ ...CLOCKS, acts: [...CLOCKS.acts, DONE] }, NOW),
  undecided: [],
  failedNotices: [],
  reconciliation: reconcile([{ lot: 'L', uom: 'EA', made: 5, onHand: 5 }]),
  explained: new Set(),
  closer: 'firm',
};
const codes = (change: Partial<ClosingQuestion>): string[] =>
  obstaclesTo({ ...READY, ...change }).map(({ code, subject }) => `${code} ${subject}`);

describe('closing a case', () => {
  it('is free when everything is done', () => {
    expect(codes({})).toEqual([]);
  });

  it('is refused while a mandatory deadline is open, late or not', () => {
    expect(codes({ deadlines: deadlinesOf(CLOCKS, NOW) })).toEqual(['DEADLINE_OPEN cn-food/1/finish']);
    expect(codes({ deadlines: deadlinesOf(CLOCKS, '2026-12-01T00:00:00Z') })).toEqual([
      'DEADLINE_OPEN cn-food/1/finish',
    ]);
  });

  it('asks nothing of superseded deadlines, of those that never began, of “promptly” and of drills', () => {
    const classes = [...CLOCKS.classes, { class: '2', at: '2026-06-05T12:00:00+08:00' }];
    const open = deadlinesOf({ ...CLOCKS, classes, acts: [...CLOCKS.acts, DONE] }, NOW);
    expect(open.some(({ supersededAt }) => supersededAt !== null)).toBe(true);
    const food = deadlinesOf({ ...CLOCKS, jurisdiction: 'us-food', acts: [] }, NOW);
    const acts = [
      { act: 'decision' as const, at: CLOCKS.acts[0]!.at },
      { act: 'request' as const, at: CLOCKS.acts[0]!.at },
    ];
    const drill = deadlinesOf({ ...CLOCKS, jurisdiction: 'audit', acts }, NOW);
    expect(codes({ deadlines: [...open, ...food, ...drill] })).toEqual([]);
    const prompt = deadlinesOf({ ...CLOCKS, jurisdiction: 'us', acts }, NOW);
    expect(codes({ deadlines: prompt })).toEqual([]);
  });

  it('names each possible entry, each failed notice and each lot', () => {
    expect(
      codes({
        undecided: ['urn:a', 'urn:b'],
        failedNotices: ['P'],
        reconciliation: reconcile([
          { lot: 'L', uom: 'EA', made: 5, onHand: 4 },
          { lot: 'M', uom: 'EA', made: 5, onHand: 3 },
        ]),
        explained: new Set(['M']),
      }),
    ).toEqual(['POSSIBLE_UNDECIDED urn:a', 'POSSIBLE_UNDECIDED urn:b', 'NOTICE_FAILED P', 'BALANCE_UNEXPLAINED L']);
    const { reconciliation: _, ...unreconciled } = READY;
    expect(obstaclesTo(unreconciled)).toMatchObject([
      { code: 'NOT_RECONCILED', message: { en: expect.stringMatching(/\.$/), zh: expect.stringMatching(/。$/) } },
    ]);
  });

  it('by the regulator needs the regulator’s number', () => {
    expect(codes({ closer: 'regulator' })).toEqual(['REFERENCE_MISSING reference']);
    expect(codes({ closer: 'regulator', reference: ' ' })).toEqual(['REFERENCE_MISSING reference']);
    expect(codes({ closer: 'regulator', reference: 'F-0123-2026' })).toEqual([]);
  });
});
