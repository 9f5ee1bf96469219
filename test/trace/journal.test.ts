import { describe, expect, it } from 'vitest';
import { journalOf } from '../../src/trace/index.ts';
import { consigneesOf, partiesOf } from '../../src/rules/index.ts';
import { minute, story } from './scenario.ts';

/** Lines of the journal as `event what id via=… quantity`, in order. */
async function lines(text: string, ids: string[], asOf = Infinity): Promise<string[]> {
  const { names, known } = story(text);
  const entries = await journalOf(
    known(asOf === Infinity ? asOf : minute(asOf)),
    ids.map((id) => names.uri(id)),
  );
  return entries.map(({ eventID, what, id, via, quantity, uom }) => {
    const short = (one: string): string => String(names.back(one));
    const through = via === null ? '' : ` via ${short(via)}`;
    return `${short(eventID)} ${what} ${short(id)}${through} ${quantity}${uom ?? ''}`;
  });
}

describe('the journal', () => {
  const PALLET = `e1@1 O ADD i:A.1 i:A.2 loc=PLANT lot=L
    e2@2 A ADD s:CASE < i:A.1
    e3@3 A ADD s:PALLET < s:CASE
    e4@4 O OBSERVE s:PALLET step=shipping loc=PLANT
    e5@5 O OBSERVE s:PALLET step=receiving loc=SHOP
    e6@6 A DELETE s:PALLET <
    e7@7 T i:A.1 > i:B.1
    e8@8 O DELETE i:A.2`;

  it('follows things through the containers that events name', async () => {
    expect(await lines(PALLET, ['i:A.1'])).toEqual([
      'e1 made i:A.1 1EA',
      'e2 other i:A.1 1EA',
      'e3 other i:A.1 via s:CASE 1EA',
      'e4 leaving i:A.1 via s:PALLET 1EA',
      'e5 coming i:A.1 via s:PALLET 1EA',
      'e7 consumed i:A.1 1EA',
    ]);
    expect(await lines(PALLET, ['i:A.2'])).toEqual(['e1 made i:A.2 1EA', 'e8 destroyed i:A.2 1EA']);
  });

  it('tells the lot of an item, the place and the step', async () => {
    const { names, known } = story(PALLET);
    const [first, ...others] = await journalOf(known(Infinity), [names.uri('i:A.1')]);
    expect(first).toMatchObject({
      lot: names.uri('l:A.L'),
      kind: 'item',
      location: names.uri('p:PLANT'),
      bizStep: null,
    });
    expect(others[2]).toMatchObject({ bizStep: 'shipping', eventTime: new Date(minute(4)).toISOString() });
  });

  it('takes of a lot what was in the container at that moment', async () => {
    const text = `e1@1 O ADD l:A.L=100KGM loc=PLANT
      e2@2 A ADD s:P < l:A.L=40KGM
      e3@3 A ADD s:Q < s:P
      e4@4 A DELETE s:P < l:A.L=5KGM
      e5@5 O OBSERVE s:Q step=shipping loc=PLANT
      e6@6 O OBSERVE l:A.L=7500GRM step=shipping loc=PLANT
      e7@7 A ADD s:R < l:A.L
      e8@8 O OBSERVE s:R step=shipping loc=PLANT`;
    expect((await lines(text, ['l:A.L'])).filter((line) => /made|leaving/.test(line))).toEqual([
      'e1 made l:A.L 100KGM',
      'e5 leaving l:A.L via s:Q 35KGM',
      'e6 leaving l:A.L 7500GRM',
      'e8 leaving l:A.L via s:R null',
    ]);
  });

  it('knows no voided event, and at an earlier time what was known then', async () => {
    const text = `e1@1 O ADD i:A.1 loc=PLANT
      e2@2 O OBSERVE i:A.1 step=shipping loc=PLANT
      e2!9 did_not_occur`;
    expect(await lines(text, ['i:A.1'])).toEqual(['e1 made i:A.1 1EA']);
    expect(await lines(text, ['i:A.1'], 5)).toHaveLength(2);
  });

  it('passes over carriers and classes, has each thing once, and nothing of the unknown', async () => {
    expect(await lines(PALLET, ['s:PALLET', 'c:A', 'i:A.2', 'i:A.2', 'i:Z.9'])).toHaveLength(2);
  });

  it('is what consignees are computed from', async () => {
    const { names, known, events } = story(PALLET);
    const parties = new Map(events.map((event) => [String(event['eventID']), partiesOf(event)] as const));
    const journal = await journalOf(known(Infinity), [names.uri('i:A.1'), names.uri('i:A.2')]);
    const { consignees, books, findings } = consigneesOf({ journal, parties, us: [names.uri('p:PLANT')] });
    expect(consignees).toMatchObject([
      { party: names.uri('p:SHOP'), tier: 1, isPlace: true, goods: [{ id: names.uri('i:A.1'), quantity: '1' }] },
    ]);
    expect(books).toMatchObject([{ lot: names.uri('l:A.L'), made: '2', tier1: '1', destroyed: '1', gap: '0' }]);
    expect(findings).toEqual([]);
  });
});
