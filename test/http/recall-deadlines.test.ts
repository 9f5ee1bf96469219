// Every duty of the table of clocks, asked of a case over REST: its deadline worked out by hand, met and missed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOCKS } from '../../src/rules/recall-clock-table.ts';
import { opening, type RecallServer, startRecalls } from './recall-server.ts';
import { DATABASES } from './server.ts';

/** A Thursday. China has 19 June 2026 off (Dragon Boat), the United States too (Juneteenth). */
const START = '2026-06-04T10:00:00+08:00';

/** What starts it, at START; the deadline in zone +08:00 with the holidays of the jurisdiction; what meets it. */
const DUTIES: Record<string, [startsFrom: string, due: string, metBy: string]> = {
  'cn-food/1/start': ['known', '2026-06-05T10:00:00+08:00', 'notice'],
  'cn-food/2/start': ['known', '2026-06-06T10:00:00+08:00', 'notice'],
  'cn-food/3/start': ['known', '2026-06-07T10:00:00+08:00', 'notice'],
  // 5, 8 to 12, 15 to 18 June
  'cn-food/1/finish': ['notice', '2026-06-19T00:00:00+08:00', 'completion'],
  // and 22 to 26, 29 June to 3 July
  'cn-food/2/finish': ['notice', '2026-07-04T00:00:00+08:00', 'completion'],
  // and 6 to 10, 13 to 17 July
  'cn-food/3/finish': ['notice', '2026-07-18T00:00:00+08:00', 'completion'],
  'cn-drug/1/notify': ['decision', '2026-06-06T00:00:00+08:00', 'notice'],
  'cn-drug/2/notify': ['decision', '2026-06-08T00:00:00+08:00', 'notice'],
  'cn-drug/3/notify': ['decision', '2026-06-12T00:00:00+08:00', 'notice'],
  'cn-drug/1/progress/1': ['notice', '2026-06-06T00:00:00+08:00', 'progressReport'],
  'cn-drug/2/progress/1': ['notice', '2026-06-08T00:00:00+08:00', 'progressReport'],
  'cn-drug/3/progress/1': ['notice', '2026-06-12T00:00:00+08:00', 'progressReport'],
  'cn-drug/*/finalReport': ['completion', '2026-06-19T00:00:00+08:00', 'finalReport'],
  'us-food/*/records': ['request', '2026-06-05T10:00:00+08:00', 'recordsGiven'],
  'us-food/*/reportableFood': ['decision', '2026-06-05T10:00:00+08:00', 'authorityReport'],
  // the end of Friday comes before the 48 hours
  'us-drug/*/transactionInformation': ['request', '2026-06-06T00:00:00+08:00', 'transactionInformation'],
  'us-drug/*/verification': ['request', '2026-06-05T10:00:00+08:00', 'verificationAnswer'],
  'us-drug/*/illegitimate': ['decision', '2026-06-05T10:00:00+08:00', 'partnersNotified'],
  'us-drug/*/fieldAlert': ['known', '2026-06-10T00:00:00+08:00', 'fieldAlert'],
  'us-device/*/correctionReport': ['decision', '2026-06-19T00:00:00+08:00', 'correctionReport'],
  'us/*/progress/1': ['notice', '2026-06-19T00:00:00+08:00', 'progressReport'],
  // at once: no number of the law, never late
  'us/*/notice': ['decision', START, 'notice'],
  'eu-food/*/withdraw': ['known', START, 'authorityReport'],
  'eu-drug/1/rapidAlert': ['known', '2026-06-05T10:00:00+08:00', 'authorityReport'],
  'audit/*/trace': ['request', '2026-06-04T14:00:00+08:00', 'traceDone'],
};

it('names every row of the table', () => {
  const rows = CLOCKS.map((row) => `${row.jurisdiction}/${row.class}/${row.duty}${row.repeats ? '/1' : ''}`);
  expect(Object.keys(DUTIES)).toEqual(
    rows.toSorted((a, b) => Object.keys(DUTIES).indexOf(a) - Object.keys(DUTIES).indexOf(b)),
  );
});

describe.each(DATABASES)('the deadlines of a case on %s', (database) => {
  let server: RecallServer;
  beforeAll(async () => {
    server = await startRecalls(database);
  });
  afterAll(() => server.stop());

  it.each(Object.entries(DUTIES))('%s: %j', async (id, [startsFrom, due, metBy]) => {
    const [jurisdiction, grade] = id.split('/') as [string, string];
    const as = server.as('coordinator');
    const now = Date.parse(due);
    server.at(START);
    const made = await as(
      'POST',
      '/api/recalls',
      opening([{ id: 'urn:epc:class:lgtin:9521141.012345.CLOCK' }], {
        jurisdiction,
        class: grade === '*' ? '3' : grade,
        calendar: 'jurisdiction',
        knownAt: START,
      }),
    );
    expect(made.status, made.text).toBe(201);
    const path = `/api/recalls/${made.json.caseID}`;
    const done = async (act: string): Promise<void> => {
      const { status, text } = await as('POST', `${path}/acts`, { act });
      expect(status, text).toBe(201);
    };
    const asked = async () => {
      const { json } = await server.as('reader')('GET', `${path}/deadlines`);
      return json.find((one: { id: string }) => one.id === id);
    };
    if (startsFrom !== 'known') {
      // nothing runs before what starts it
      expect(await asked()).toMatchObject({ due: null, state: 'open' });
      await done(startsFrom);
    }
    const leftSeconds = (now - Date.parse(START)) / 1000;
    const isAtOnce = leftSeconds === 0;
    expect(await asked()).toMatchObject({ startsFrom, startsAt: START, due, metBy, state: 'open', leftSeconds });
    server.at(now + 1);
    expect((await asked()).state).toBe(isAtOnce ? 'open' : 'late');
    server.at(now);
    expect((await asked()).state).toBe('open');
    await done(metBy);
    expect(await asked()).toMatchObject({
      due,
      metAt: due,
      state: 'met',
      mandatory: !isAtOnce && jurisdiction !== 'audit',
    });
  });
});
