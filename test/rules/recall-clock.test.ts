import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/error.ts';
import { type Act, answerRecallClock, type Deadline, deadlinesOf, JURISDICTIONS } from '../../src/rules/index.ts';
import { readZone } from '../../src/rules/local-day.ts';
import { CLOCKS } from '../../src/rules/recall-clock-table.ts';

type Acts = Partial<Record<Act, string | string[]>>;

/** The deadlines of a case in China of one class, or of the classes by the hour they came to hold. */
function ask(
  jurisdiction: string,
  classes: string | Record<string, string>,
  acts: Acts,
  now: string,
  options: { zone?: string; calendar?: 'jurisdiction' | 'weekdays' } = {},
): Record<string, Deadline> {
  const list = Object.entries(acts).flatMap(([act, at]) => [at].flat().map((time) => ({ act: act as Act, at: time })));
  const opening = list.map(({ at }) => at).sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? now;
  const grades =
    typeof classes === 'string'
      ? [{ class: classes, at: opening }]
      : Object.entries(classes).map(([at, grade]) => ({ class: grade, at }));
  const deadlines = deadlinesOf(
    { jurisdiction, classes: grades, zone: '+08:00', acts: list, calendar: 'weekdays', ...options },
    now,
  );
  expect(new Set(deadlines.map(({ id }) => id)).size).toBe(deadlines.length);
  return Object.fromEntries(deadlines.map((one) => [one.id, one]));
}

describe('the examples of the specification', () => {
  it('1: food, class 1: a day to start, ten working days from the notice to finish', () => {
    const acts = { known: '2026-06-04T10:00:00+08:00', notice: '2026-06-05T09:00:00+08:00' };
    const deadlines = ask('cn-food', '1', acts, '2026-06-05T12:00:00+08:00');
    expect(deadlines['cn-food/1/start']).toMatchObject({ due: '2026-06-05T10:00:00+08:00', state: 'met' });
    expect(deadlines['cn-food/1/finish']).toMatchObject({
      due: '2026-06-20T00:00:00+08:00',
      startsFrom: 'notice',
      unit: 'workingDay',
      state: 'open',
      basis: { rule: '食品召回管理办法', article: null },
      notVerified: null,
    });
  });

  it('2: food, class 3: 72 hours run through the week-end', () => {
    const deadlines = ask('cn-food', '3', { known: '2026-06-05T18:00:00+08:00' }, '2026-06-06T00:00:00+08:00');
    expect(deadlines['cn-food/3/start']?.due).toBe('2026-06-08T18:00:00+08:00');
    expect(deadlines['cn-food/3/finish']).toMatchObject({ due: null, startsAt: null, state: 'open' });
  });

  it('3: drug, class 2: the end of the third day, then a report every three days', () => {
    const acts = { decision: '2026-06-01T09:00:00+08:00', notice: '2026-06-02T15:00:00+08:00' };
    const deadlines = ask('cn-drug', '2', acts, '2026-06-08T09:00:00+08:00');
    expect(deadlines['cn-drug/2/notify']).toMatchObject({ due: '2026-06-05T00:00:00+08:00', state: 'met' });
    expect(deadlines['cn-drug/2/progress/1']?.due).toBe('2026-06-06T00:00:00+08:00');
    expect(deadlines['cn-drug/2/progress/2']?.due).toBe('2026-06-09T00:00:00+08:00');
    expect(deadlines['cn-drug/2/progress/3']).toBeUndefined();
    expect(deadlines['cn-drug/2/notify']?.notVerified).toEqual({
      en: 'not yet verified with NMPA notice 92 of 2022',
      zh: '尚未与国家药监局2022年第92号公告核对',
    });
  });

  it('4: a raised class counts from the same moment; the old deadline stays in the record', () => {
    const raised = (hour: number) => new Date(Date.parse('2026-06-01T00:00:00Z') + hour * 3_600_000).toISOString();
    const classes = (hour: number) => ({ [raised(0)]: '3', [raised(hour)]: '1' });
    const at20 = ask('cn-food', classes(20), { known: raised(0) }, raised(21), { zone: 'Z' });
    expect(at20['cn-food/1/start']).toMatchObject({
      due: '2026-06-02T00:00:00+00:00',
      state: 'open',
      supersededAt: null,
    });
    expect(at20['cn-food/3/start']).toMatchObject({
      due: '2026-06-04T00:00:00+00:00',
      state: 'open',
      supersededAt: '2026-06-01T20:00:00+00:00',
    });
    const at30 = ask('cn-food', classes(30), { known: raised(0) }, raised(30), { zone: 'Z' });
    expect(at30['cn-food/1/start']?.state).toBe('late');
    const before = ask('cn-food', classes(30), { known: raised(0) }, raised(29), { zone: 'Z' });
    expect(Object.keys(before)).toEqual(['cn-food/3/start', 'cn-food/3/finish']);
  });
});

describe('state', () => {
  it('is met up to the due moment and late a millisecond after it', () => {
    const notice = (at: string) =>
      ask('cn-food', '1', { known: '2026-06-04T10:00:00+08:00', notice: at }, '2026-06-30T00:00:00Z')[
        'cn-food/1/start'
      ];
    expect(notice('2026-06-05T10:00:00+08:00')).toMatchObject({ state: 'met', elapsedSeconds: 86_400 });
    expect(notice('2026-06-05T10:00:00.001+08:00')).toMatchObject({
      state: 'late',
      metAt: '2026-06-05T10:00:00.001+08:00',
    });
  });

  it('sees nothing that happened after now', () => {
    const acts = { known: '2026-06-04T10:00:00+08:00', notice: '2026-06-05T09:00:00+08:00' };
    expect(ask('cn-food', '1', acts, '2026-06-05T08:59:59+08:00')['cn-food/1/start']).toMatchObject({
      state: 'open',
      metAt: null,
    });
    expect(ask('cn-food', '1', { known: acts.known }, '2026-06-05T10:00:01+08:00')['cn-food/1/start']?.state).toBe(
      'late',
    );
  });

  it('is never late where the law has no number: elapsed time is shown', () => {
    const deadlines = ask('us-food', '1', { decision: '2026-06-01T00:00:00Z' }, '2026-06-03T00:00:00Z', { zone: 'Z' });
    expect(deadlines['us/*/notice']).toMatchObject({ state: 'open', mandatory: false, elapsedSeconds: 172_800 });
    expect(deadlines['us-food/*/reportableFood']).toMatchObject({ state: 'late', mandatory: true });
  });

  it('answers each request by the first answer after it', () => {
    const acts = {
      request: ['2026-06-01T00:00:00Z', '2026-06-10T00:00:00Z'],
      recordsGiven: ['2026-06-01T20:00:00Z', '2026-06-12T00:00:00Z'],
    };
    const deadlines = ask('us-food', '2', acts, '2026-06-13T00:00:00Z', { zone: 'Z' });
    expect(deadlines['us-food/*/records']).toMatchObject({ state: 'met', metAt: '2026-06-01T20:00:00+00:00' });
    expect(deadlines['us-food/*/records/2']).toMatchObject({ state: 'late', due: '2026-06-11T00:00:00+00:00' });
  });
});

describe('repeated reports', () => {
  const notice = '2026-06-01T12:00:00+08:00';
  const states = (acts: Acts, now: string, classes: string | Record<string, string> = '1') =>
    Object.fromEntries(
      Object.entries(ask('cn-drug', classes, { notice, ...acts }, now))
        .filter(([id]) => id.includes('progress'))
        .map(([id, { state, metAt }]) => [id.slice(8), metAt === null ? state : `${state} ${metAt.slice(8, 13)}`]),
    );

  it('each period wants its own; a spare one makes up for a missed period', () => {
    const progressReport = ['2026-06-02T10:00:00+08:00', '2026-06-04T08:00:00+08:00', '2026-06-04T20:00:00+08:00'];
    expect(states({ progressReport }, '2026-06-05T09:00:00+08:00')).toEqual({
      '1/progress/1': 'met 02T10',
      '1/progress/2': 'late 04T20',
      '1/progress/3': 'met 04T08',
      '1/progress/4': 'open',
    });
  });

  it('ends with completion', () => {
    const acts = { progressReport: '2026-06-02T10:00:00+08:00', completion: '2026-06-02T18:00:00+08:00' };
    expect(states(acts, '2026-06-20T00:00:00+08:00')).toEqual({ '1/progress/1': 'met 02T10' });
  });

  it('asks nothing of the time before the class was raised', () => {
    const classes = { [notice]: '3', '2026-06-05T12:00:00+08:00': '1' };
    expect(Object.keys(states({}, '2026-06-06T09:00:00+08:00', classes))).toEqual([
      '1/progress/4',
      '1/progress/5',
      '3/progress/1',
    ]);
  });

  it('lists a bounded number, however long the case', () => {
    const many = Object.keys(states({}, '2226-06-01T00:00:00+08:00'));
    expect(many.length).toBeLessThan(410);
    expect(many.length).toBeGreaterThan(395);
  });
});

describe('working days', () => {
  const finish = (notice: string, options: { zone?: string; calendar?: 'jurisdiction' | 'weekdays' } = {}) =>
    ask('cn-food', '1', { notice }, notice, { calendar: 'jurisdiction', ...options })['cn-food/1/finish'];

  it('skip the holidays of China and count its shifted working days', () => {
    // 19 June 2026 is the Dragon Boat holiday
    expect(finish('2026-06-05T09:00:00+08:00')?.due).toBe('2026-06-23T00:00:00+08:00');
    // 1 to 5 May off, Saturday 9 May worked: 30 April, 6 to 9, 11 to 15 May
    expect(finish('2026-04-29T09:00:00+08:00')).toMatchObject({
      due: '2026-05-16T00:00:00+08:00',
      calendar: { name: 'CN', unknownYears: [] },
    });
  });

  it('say of which years the holidays are not known', () => {
    expect(finish('2026-12-25T09:00:00+08:00')).toMatchObject({
      due: '2027-01-09T00:00:00+08:00',
      calendar: { name: 'CN', unknownYears: [2027] },
    });
    expect(finish('2026-12-25T09:00:00+08:00', { calendar: 'weekdays' })?.calendar).toEqual({
      name: 'weekdays',
      unknownYears: [],
    });
  });

  it('skip the federal holidays of the United States, observed on the nearest weekday', () => {
    const due = (known: string) =>
      ask('us-drug', '1', { known }, known, { zone: 'America/New_York', calendar: 'jurisdiction' })[
        'us-drug/*/fieldAlert'
      ]?.due;
    // 4 July 2026 is a Saturday, observed on Friday the 3rd
    expect(due('2026-06-30T12:00:00-04:00')).toBe('2026-07-07T00:00:00-04:00');
    // Thanksgiving
    expect(due('2026-11-24T12:00:00-05:00')).toBe('2026-12-01T00:00:00-05:00');
    // 1 January 2028 is a Saturday, observed on 31 December 2027
    expect(due('2027-12-29T12:00:00-05:00')).toBe('2028-01-05T00:00:00-05:00');
    // Memorial Day, the last Monday of May
    expect(due('2026-05-21T12:00:00-04:00')).toBe('2026-05-28T00:00:00-04:00');
  });

  it('never go beyond a hard limit of hours', () => {
    const due = (request: string) =>
      ask('us-drug', '1', { request }, request, { zone: 'America/New_York', calendar: 'jurisdiction' })[
        'us-drug/*/transactionInformation'
      ]?.due;
    expect(due('2026-06-01T09:00:00-04:00')).toBe('2026-06-03T00:00:00-04:00');
    expect(due('2026-06-05T09:00:00-04:00')).toBe('2026-06-07T09:00:00-04:00');
  });
});

describe('zones', () => {
  it('a day ends at the case’s midnight, not at UTC’s', () => {
    const acts = { decision: '2026-06-01T23:30:00Z' };
    const due = (zone: string) => ask('cn-drug', '1', acts, acts.decision, { zone })['cn-drug/1/notify']?.due;
    expect(due('+08:00')).toBe('2026-06-04T00:00:00+08:00');
    expect(due('Asia/Shanghai')).toBe('2026-06-04T00:00:00+08:00');
    expect(due('America/New_York')).toBe('2026-06-03T00:00:00-04:00');
  });

  it('hours are hours and days are days where clocks change', () => {
    const known = '2026-03-07T12:00:00-05:00';
    expect(ask('eu-drug', '1', { known }, known, { zone: 'America/New_York' })['eu-drug/1/rapidAlert']?.due).toBe(
      '2026-03-08T13:00:00-04:00',
    );
    const acts = { decision: known };
    expect(ask('cn-drug', '1', acts, known, { zone: 'America/New_York' })['cn-drug/1/notify']?.due).toBe(
      '2026-03-09T00:00:00-04:00',
    );
  });

  it('years end like months', () => {
    const acts = { decision: '2027-12-31T23:59:59+08:00' };
    expect(ask('cn-drug', '1', acts, acts.decision)['cn-drug/1/notify']?.due).toBe('2028-01-02T00:00:00+08:00');
  });

  it('a day begins at its first instant, also where clocks jump at midnight', () => {
    const zones = [
      'Africa/Cairo',
      'Asia/Beirut',
      'America/Havana',
      'America/Asuncion',
      'Asia/Shanghai',
      'Pacific/Apia',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 14_600, max: 25_000 }), (name, day) => {
        const zone = readZone(name);
        const start = zone.startOf(day);
        expect(zone.dayOf(start)).toBeGreaterThanOrEqual(day);
        expect(zone.dayOf(start - 1)).toBeLessThan(day);
        expect(Date.parse(zone.text(start))).toBe(start);
      }),
      { numRuns: 2000 },
    );
  });

  it('are refused by name where they are none', () => {
    const clocks = { jurisdiction: 'cn-food', classes: [], zone: 'Mars', acts: [] };
    expect(() => deadlinesOf(clocks, '2026-06-01T00:00:00Z')).toThrow('zone must be');
    expect(() => deadlinesOf({ ...clocks, jurisdiction: 'x' }, '2026-06-01T00:00:00Z')).toThrow('jurisdiction must be');
    expect(() => deadlinesOf({ ...clocks, zone: 'Z' }, 'tomorrow')).toThrow('now must be');
  });
});

describe('properties', () => {
  const instant = fc
    .integer({ min: Date.UTC(2023, 0, 1), max: Date.UTC(2030, 0, 1) })
    .map((ms) => new Date(ms).toISOString());
  const everything = fc.record({
    jurisdiction: fc.constantFrom(...JURISDICTIONS),
    grade: fc.constantFrom('1', '2', '3'),
    zone: fc.constantFrom('+08:00', 'America/New_York', 'Europe/Berlin', 'Pacific/Chatham'),
    start: instant,
    later: fc.integer({ min: 0, max: 400 * 24 * 3_600_000 }),
  });

  it('a deadline comes after its start, and as time goes on an open one turns late and never back', () => {
    fc.assert(
      fc.property(everything, ({ jurisdiction, grade, zone, start, later }) => {
        const acts = { known: start, decision: start, notice: start, request: start };
        const now = new Date(Date.parse(start) + later).toISOString();
        const early = ask(jurisdiction, grade, acts, start, { zone, calendar: 'jurisdiction' });
        const late = ask(jurisdiction, grade, acts, now, { zone, calendar: 'jurisdiction' });
        for (const [id, one] of Object.entries(early)) {
          if (one.due === null) continue;
          expect(Date.parse(one.due)).toBeGreaterThanOrEqual(Date.parse(start));
          const then = late[id];
          if (!then) continue;
          expect(then.due).toBe(one.due);
          const isOver = Date.parse(now) > Date.parse(one.due);
          if (then.metAt === null) expect(then.state).toBe(isOver && then.within > 0 ? 'late' : 'open');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a more serious class is never due later', () => {
    fc.assert(
      fc.property(everything, ({ zone, start }) => {
        for (const jurisdiction of ['cn-food', 'cn-drug'] as const) {
          const due = ['1', '2', '3'].map((grade) => {
            const acts = { known: start, decision: start, notice: start };
            const first = Object.values(ask(jurisdiction, grade, acts, start, { zone, calendar: 'jurisdiction' }))[0];
            return Date.parse(first?.due ?? '');
          });
          expect(due).toEqual(due.toSorted((a, b) => a - b));
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the table', () => {
  it('says with whom each row from knowledge is to be verified, and names each duty once', () => {
    for (const row of CLOCKS) {
      if (row.certainty === 'K') expect(row.verifyWith?.zh).toBeTruthy();
      expect(row.label.zh).not.toBe('');
    }
    const names = CLOCKS.map((row) => `${row.jurisdiction}/${row.class}/${row.duty}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('docs/recall.md', () => {
  it('has every row of the table', () => {
    const doc = readFileSync(new URL('../../docs/recall.md', import.meta.url), 'utf8');
    const rows = CLOCKS.map((row) => {
      const time = row.within === 0 ? 'at once' : `${row.within} ${row.unit}`;
      const within = `${row.repeats ? 'every ' : ''}${time}${row.hardLimitHours ? `, at most ${row.hardLimitHours} hour` : ''}`;
      const basis = row.article === null ? row.rule : `${row.rule} ${row.article}`;
      return `| ${row.jurisdiction} | ${row.class} | ${row.duty} | ${within} | ${row.startsFrom} | ${row.metBy} | ${basis} | ${row.certainty} |`;
    });
    expect(doc).toContain(rows.join('\n'));
  });
});

describe('tagtrail rule recall-clock', () => {
  const QUESTIONS: [question: Record<string, string>, answer: Record<string, string>][] = [
    [
      { jurisdiction: 'cn-food', class: '1', known: '2026-06-04T10:00:00+08:00' },
      { startDue: '2026-06-05T10:00:00+08:00' },
    ],
    [
      { jurisdiction: 'cn-food', class: '1', notice: '2026-06-05T09:00:00+08:00', note: 'without holidays' },
      { finishDue: '2026-06-20T00:00:00+08:00' },
    ],
    [
      { jurisdiction: 'cn-food', class: '1', notice: '2026-06-05T09:00:00+08:00', calendar: 'jurisdiction' },
      { finishDue: '2026-06-23T00:00:00+08:00' },
    ],
    [
      { jurisdiction: 'cn-drug', class: '二级', decision: '2026-06-01T09:00:00+08:00' },
      { notifyDue: '2026-06-05T00:00:00+08:00' },
    ],
    [
      { jurisdiction: 'cn-drug', completed: '2026-06-01T09:00:00+08:00' },
      { finalReportDue: '2026-06-16T00:00:00+08:00' },
    ],
  ];
  it.each(QUESTIONS)('%j', (question, answer) => {
    expect(answerRecallClock(question)).toMatchObject({ ...question, ...answer });
  });

  it.each([
    [{ class: '1', known: '2026-06-04T10:00:00+08:00' }, 'jurisdiction'],
    [{ jurisdiction: 'cn-food', known: '2026-06-04T10:00:00' }, 'known'],
    [{ jurisdiction: 'cn-food', class: '4', known: '2026-06-04T10:00:00Z' }, 'class'],
    [{ jurisdiction: 'cn-food' }, 'known'],
    [{ jurisdiction: 'cn-food', knwon: '2026-06-04T10:00:00Z' }, 'knwon'],
    [{ jurisdiction: 'cn-food', known: '2026-06-04T10:00:00Z', calendar: 'none' }, 'calendar'],
    [{ jurisdiction: 'cn-food', known: '2026-06-04T10:00:00Z', zone: 8 }, 'zone'],
    [{ jurisdiction: 'cn-food', known: '9999-12-31T10:00:00Z' }, 'known'],
    [{ jurisdiction: 'cn-food', known: '2026-06-04T10:00:00Z', now: '' }, 'now'],
  ])('%j names the member', (question, member) => {
    expect(() => answerRecallClock(question)).toThrow(member);
  });

  it('answers anything, or refuses it in a sentence', () => {
    const time = fc.date({ min: new Date('1890-01-01Z'), max: new Date('9999-12-31Z'), noInvalidDate: true });
    const value = fc.oneof(
      fc.jsonValue(),
      time.map((date) => date.toISOString()),
      fc.constantFrom('1', '+08:00'),
    );
    const name = fc.constantFrom(
      'known',
      'notice',
      'completion',
      'progressReport',
      'request',
      'class',
      'zone',
      'now',
      'x',
    );
    fc.assert(
      fc.property(fc.constantFrom(...JURISDICTIONS), fc.dictionary(name, value), (jurisdiction, rest) => {
        try {
          expect(answerRecallClock({ jurisdiction, ...rest })).toHaveProperty('deadlines');
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
