import { describe, expect, test } from 'vitest';
import { checkEvent } from '../../src/capture/check.ts';
import { type Outcome, settle, type Submission, Taken } from '../../src/capture/settle.ts';
import { Values } from '../../src/epcis/index.ts';
import { GS1_CONTEXT } from '../../src/epcis/index.ts';
import { declared, type Fields, objectEvent } from './events.ts';

const submission = (events: Fields[], behaviour: Submission['behaviour'] = 'proceed'): Submission => ({
  captureId: '01890000-0000-7000-8000-000000000000',
  keyId: 'test',
  behaviour,
  createdAt: 0,
  events: events.map((event) => checkEvent(event, new Values(GS1_CONTEXT))),
  masterData: [],
  findings: [],
});
const verdicts = (outcome: Outcome): string => outcome.verdicts.map(({ verdict }) => verdict).join(' ');
const places = (outcome: Outcome): number[] => outcome.placed.map(({ sequence }) => sequence);

const first = objectEvent(1);
const other = objectEvent(1, { disposition: 'in_transit' });

describe('eventIDs (R3 to R5)', () => {
  test('sequences run on from the log, without gaps and in the order of the document', () => {
    const outcome = settle(submission([objectEvent(3), objectEvent(1), objectEvent(2)]), new Taken(new Map()), 18);
    expect(places(outcome)).toEqual([18, 19, 20]);
    expect(outcome.placed.map(({ row }) => row.fact.eventTime)).toEqual(
      [3, 1, 2].map((n) => Date.UTC(2026, 2, 1, 0, 0, n)),
    );
  });

  test('the same again is a duplicate: in the document, and in one of the same transaction', () => {
    const taken = new Taken(new Map());
    expect(verdicts(settle(submission([first, first]), taken, 1))).toBe('accepted duplicate');
    const again = settle(submission([first]), taken, 2);
    expect([verdicts(again), again.success, again.placed]).toEqual(['duplicate', true, []]);
  });

  test('other content under the eventID is refused, kept once, and told as a conflict', () => {
    const taken = new Taken(new Map());
    const outcome = settle(submission([first, other, other]), taken, 1);
    expect(verdicts(outcome)).toBe('accepted rejected rejected');
    expect(places(outcome)).toEqual([1, 2]);
    expect(outcome.placed[1]?.variant[0]).toBe(2);
    expect(outcome.errors.map(({ status, eventIndex }) => [status, eventIndex])).toEqual([
      [409, 1],
      [409, 2],
    ]);
  });

  test('a declaration stands beside its event, before or behind it; another declaration beside that one', () => {
    const why = declared(first, { reason: 'incorrect_data' });
    const outcome = settle(submission([declared(first), first, declared(first), why]), new Taken(new Map()), 1);
    expect(verdicts(outcome)).toBe('accepted accepted duplicate accepted');
    expect(outcome.success).toBe(true);
    expect(outcome.placed.map(({ variant }) => variant.length)).toEqual([33, 0, 33]);
  });

  test('the order of the members of a declaration makes no other one', () => {
    const declaration = { declarationTime: '2026-03-02T00:00:00Z', reason: 'did_not_occur' };
    const turned = { reason: 'did_not_occur', declarationTime: '2026-03-02T00:00:00Z' };
    const events = [declaration, turned].map((errorDeclaration) => ({ ...first, errorDeclaration }));
    expect(verdicts(settle(submission(events), new Taken(new Map()), 1))).toBe('accepted duplicate');
  });
});

describe('rollback', () => {
  const bad = objectEvent(9, { action: 'CREATE' });

  test('one bad event, and nothing is placed; the good ones say why', () => {
    const outcome = settle(submission([first, bad], 'rollback'), new Taken(new Map()), 1);
    expect([outcome.placed, outcome.success, verdicts(outcome)]).toEqual([[], false, 'rejected rejected']);
    expect(outcome.verdicts[0]?.reasons).toEqual(['Not stored, since the document was rolled back.']);
    expect(outcome.errors.map(({ eventIndex }) => eventIndex)).toEqual([1]);
  });

  test('what it would have taken is free for the next document of the transaction', () => {
    const taken = new Taken(new Map());
    settle(submission([first, bad], 'rollback'), taken, 1);
    const next = settle(submission([other], 'rollback'), taken, 1);
    expect([verdicts(next), places(next)]).toEqual(['accepted', [1]]);
  });

  test('a conflict rolls back too, and what stood before still stands', () => {
    const taken = new Taken(new Map());
    settle(submission([first]), taken, 1);
    const outcome = settle(submission([objectEvent(2), other], 'rollback'), taken, 2);
    expect([outcome.placed, outcome.errors[0]?.status]).toEqual([[], 409]);
    expect(verdicts(settle(submission([first]), taken, 2))).toBe('duplicate');
  });

  test('a fault outside of the events counts as one', () => {
    const faulty = {
      ...submission([first], 'rollback'),
      findings: [{ path: '/epcisHeader', rule: 'identifier', message: 'no' }],
    };
    expect(settle(faulty, new Taken(new Map()), 1)).toMatchObject({ success: false, placed: [] });
  });
});
