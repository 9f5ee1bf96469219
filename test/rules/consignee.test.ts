import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Consignees, consigneesOf, type EventParties, partiesOf } from '../../src/rules/index.ts';
import { returnsOf } from '../../src/rules/consignee.ts';
import type { JournalLine } from '../../src/rules/movement.ts';

const place = (n: number): string => `urn:epc:id:sgln:9521${n}11.0000${n}.0`;
const party = (n: number): string => `urn:epc:id:pgln:9521${n}11.99999`;
const LOT = 'urn:epc:class:lgtin:9521111.000001.L';
const item = (n: number): string => `urn:epc:id:sgtin:9521111.000002.${n}`;

/*
 * A line: WORD [step] thing amount @place (from>to). Thing L is the lot, i1 an item of it. Places and parties are numbers,
 * 1 is ours. Without place `@-`.
 */
function ask(text: string, options: { us?: string[]; partyOfPlace?: [string, string][] } = {}): Consignees {
  const parties = new Map<string, EventParties>();
  const journal = text
    .trim()
    .split('\n')
    .map((line, i): JournalLine => {
      const [, what = '', step, thing = '', amount, at = '', from, to] =
        /^\s*(\w+)(?:\/(\w+))? (L|i\d+)(?:=(\S+))? @(\S+)(?: \((\d?)>(\d?)\))?/.exec(line) ?? [];
      const eventID = `e${i}`;
      const list = (n: string | undefined, member: string) =>
        n ? [{ type: 'owning_party', [member]: party(Number(n)) }] : [];
      if (from || to)
        parties.set(eventID, partiesOf({ sourceList: list(from, 'source'), destinationList: list(to, 'destination') }));
      const isItem = thing !== 'L';
      return {
        eventID,
        what: what as JournalLine['what'],
        bizStep: step ?? ({ leaving: 'shipping', coming: 'receiving' } as Record<string, string>)[what] ?? null,
        id: isItem ? item(Number(thing.slice(1))) : LOT,
        kind: isItem ? 'item' : 'lot',
        lot: isItem ? LOT : null,
        location: at === '-' ? null : place(Number(at)),
        quantity: isItem ? 1 : amount === undefined ? null : Number(amount),
        uom: isItem ? 'EA' : 'KGM',
      };
    });
  const partyOfPlace = new Map(options.partyOfPlace ?? [1, 2, 3, 4, 5].map((n) => [place(n), party(n)] as const));
  return consigneesOf({ journal, parties, us: options.us ?? [party(1), place(1)], partyOfPlace });
}

/** party: tier shipped/received, of all goods. */
const told = ({ consignees }: Consignees): string[] =>
  consignees.map(
    ({ party: uri, tier, goods }) =>
      `${uri.slice(20, 21)} tier ${tier}: ${goods.map(({ shipped, received, quantity }) => `${shipped}/${received}=${quantity}`).join(' ')}`,
  );
const book = ({ books }: Consignees) => books[0];
const codes = ({ findings }: Consignees): string[] => findings.map(({ code }) => code);

describe('consignees of a lot', () => {
  it('received what was shipped to them, and their customers are tier 2', () => {
    const answer = ask(`
      made L=100 @1
      leaving L=40 @1 (1>2)
      coming L=40 @2
      leaving L=15.5 @2 (2>3)
      destroyed L=10 @1`);
    expect(told(answer)).toEqual(['2 tier 1: 40/40=40', '3 tier 2: 15.5/0=15.5']);
    expect(answer.consignees[0]?.goods[0]).toMatchObject({ forwarded: '15.5', returned: '0', uom: 'KGM' });
    expect(answer.consignees.map(({ onlyNamed }) => onlyNamed)).toEqual([false, true]);
    expect(answer.consignees[1]?.from).toEqual([party(2)]);
    expect(book(answer)).toEqual({
      lot: LOT,
      of: 'quantity',
      uom: 'KGM',
      made: '100',
      tier1: '40',
      onHand: '50',
      returned: '0',
      destroyed: '10',
      consumed: '0',
      gap: '0',
    });
    expect(answer.findings).toEqual([]);
  });

  it('are found by their receipt alone, by the place where the record names nobody', () => {
    const answer = ask(
      `made L=100 @1
       leaving L=30 @1
       coming L=30 @4`,
      { partyOfPlace: [], us: [place(1)] },
    );
    expect(answer.consignees).toMatchObject([{ party: place(4), isPlace: true, tier: 1, locations: [place(4)] }]);
    expect(told(answer)[0]).toContain('30/30=30');
    expect(codes(answer)).toEqual([]);
  });

  it('what left for nobody knows where is a gap, and told', () => {
    const answer = ask(`
      made L=100 @1
      leaving L=30 @1`);
    expect(answer.consignees).toEqual([]);
    expect(codes(answer)).toEqual(['DESTINATION_UNKNOWN', 'QTY_GAP']);
    expect(book(answer)).toMatchObject({ onHand: '70', tier1: '0', gap: '30' });
  });

  it('more received than shipped counts, and the books say so', () => {
    const answer = ask(`
      made L=100 @1
      leaving L=60 @1 (1>2)
      coming L=50 @2
      coming L=50 @2 (1>)`);
    expect(told(answer)).toEqual(['2 tier 1: 60/100=100']);
    expect(book(answer)).toMatchObject({ onHand: '0', tier1: '100', gap: '0' });
  });

  it('departing after shipping, receiving after arriving say nothing new', () => {
    const answer = ask(`
      made L=100 @1
      leaving/shipping L=40 @1 (1>2)
      leaving/departing L=40 @1 (1>2)
      coming/arriving L=40 @2
      coming/receiving L=40 @2
      leaving/shipping L=40 @1 (1>2)`);
    expect(told(answer)).toEqual(['2 tier 1: 80/40=80']);
    expect(book(answer)).toMatchObject({ onHand: '20', gap: '0' });
  });

  it('what comes back is no longer theirs; what another made and we bought is ours', () => {
    const returned = ask(`
      made L=100 @1
      leaving L=40 @1 (1>2)
      coming L=40 @2
      leaving L=10 @2 (2>1)
      coming L=10 @1`);
    expect(book(returned)).toMatchObject({ tier1: '30', onHand: '70', returned: '10', gap: '0' });
    expect(returned.consignees[0]?.goods[0]).toMatchObject({ quantity: '40', returned: '10', forwarded: '0' });
    const bought = ask(`
      made L=100 @5
      leaving L=60 @5 (5>1)
      coming L=60 @1
      consumed L=20 @1
      leaving L=25 @1 (1>2)`);
    expect(book(bought)).toMatchObject({
      made: '60',
      returned: '0',
      tier1: '25',
      onHand: '15',
      consumed: '20',
      gap: '0',
    });
    expect(bought.consignees.map(({ tier }) => tier)).toEqual([1]);
  });

  it('what consignees say they returned is not counted twice', () => {
    const [kept] = ask(`
      made L=100 @1
      leaving L=40 @1 (1>2)
      coming L=40 @2
      leaving L=10 @2 (2>1)
      coming L=10 @1`).books;
    expect(returnsOf(kept!, '0')).toEqual({ onHand: '60', returned: '10' });
    expect(returnsOf(kept!, '10')).toEqual({ onHand: '60', returned: '10' });
    expect(returnsOf(kept!, '12.5')).toEqual({ onHand: '60', returned: '12.5' });
    // sent back, and destroyed with the rest of our stock
    expect(returnsOf({ ...kept!, onHand: '0', destroyed: '70' }, '10')).toEqual({ onHand: '0', returned: '0' });
  });

  it('moves between our own places are none', () => {
    const answer = ask(
      `made L=100 @1
       leaving L=100 @1
       coming L=100 @2
       coming L=100 @1
       leaving L=5 @2 (>3)`,
      { us: [party(1), party(2)] },
    );
    expect(told(answer)).toEqual(['3 tier 1: 5/0=5']);
    expect(book(answer)).toMatchObject({ made: '100', onHand: '95', gap: '0' });
  });

  it('of unknown quantity are listed, and the quantity is not guessed', () => {
    const answer = ask(`
      made L=100 @1
      leaving L @1 (1>2)
      leaving L=5 @1 (1>3)`);
    expect(told(answer)).toEqual(['2 tier 1: 0/0=null', '3 tier 1: 5/0=5']);
  });

  it('a receipt without quantity confirms what was on its way', () => {
    const answer = ask(`
      made L=100 @1
      leaving L=40 @1 (1>2)
      coming L @2
      coming L @3`);
    expect(answer.consignees.map(({ onlyNamed, tier }) => [onlyNamed, tier])).toEqual([
      [false, 1],
      [false, null],
    ]);
    expect(told(answer)).toEqual(['2 tier 1: 40/0=40', '3 tier null: 0/0=null']);
  });

  it('a third step is another shipment', () => {
    const answer = ask(`
      made L=100 @1
      leaving/shipping L=40 @1 (1>2)
      leaving/departing L=40 @1
      leaving/departing L=40 @1 (1>2)`);
    expect(told(answer)).toEqual(['2 tier 1: 80/0=80']);
  });

  it('thousands of them, all shipped before any is received, take a moment', () => {
    const count = 5_000;
    const line = { id: LOT, kind: 'lot', lot: null, quantity: 2, uom: 'KGM' } as const;
    const store = (i: number): string => `https://store.example/${i}`;
    const parties = new Map<string, EventParties>();
    const journal: JournalLine[] = [
      { ...line, eventID: 'm', what: 'made', bizStep: null, location: place(1), quantity: 2 * count },
    ];
    for (let i = 0; i < count; i++) {
      parties.set(`s${i}`, partiesOf({ destinationList: [{ type: 'location', destination: store(i) }] }));
      journal.push({ ...line, eventID: `s${i}`, what: 'leaving', bizStep: 'shipping', location: place(1) });
    }
    for (let i = count - 1; i >= 0; i--)
      journal.push({ ...line, eventID: `r${i}`, what: 'coming', bizStep: 'receiving', location: store(i) });
    const started = performance.now();
    const { consignees, books } = consigneesOf({ journal, parties, us: [place(1)] });
    expect(consignees).toHaveLength(count);
    expect(consignees.every(({ goods: [one] }) => one?.shipped === '2' && one.received === '2')).toBe(true);
    expect(books[0]).toMatchObject({ tier1: String(2 * count), gap: '0' });
    // about a second; what is not linear would take minutes
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('named by an event that moves nothing are listed too', () => {
    expect(told(ask('made L=100 @1\nother L=3 @1 (1>4)'))).toEqual(['4 tier 1: 0/0=0']);
  });

  it('count in the unit of the lot; what cannot be is told', () => {
    const answer = ask('made L=100 @1\nleaving L=40 @1 (1>2)');
    expect(answer.books[0]?.uom).toBe('KGM');
    const journal: JournalLine[] = [
      {
        eventID: 'a',
        what: 'made',
        bizStep: null,
        id: LOT,
        kind: 'lot',
        lot: null,
        location: place(1),
        quantity: 1,
        uom: 'KGM',
      },
      {
        eventID: 'b',
        what: 'leaving',
        bizStep: 'shipping',
        id: LOT,
        kind: 'lot',
        lot: null,
        location: place(1),
        quantity: 250,
        uom: 'GRM',
      },
      {
        eventID: 'c',
        what: 'leaving',
        bizStep: 'shipping',
        id: LOT,
        kind: 'lot',
        lot: null,
        location: place(1),
        quantity: 2,
        uom: 'EA',
      },
    ];
    const parties = new Map(
      ['b', 'c'].map(
        (id) =>
          [
            id,
            partiesOf({ destinationList: [{ type: 'urn:epcglobal:cbv:sdt:possessing_party', destination: party(2) }] }),
          ] as const,
      ),
    );
    const mixed = consigneesOf({ journal, parties, us: [] });
    expect(mixed.consignees[0]?.goods[0]).toMatchObject({ uom: 'KGM', quantity: null, shipped: '0.25' });
    expect(codes(mixed)).toEqual(['UOM_MISMATCH']);
  });
});

describe('consignees of items', () => {
  it('each item is in one place of the books', () => {
    const answer = ask(`
      made i1 @1
      made i2 @1
      made i3 @1
      made i4 @1
      leaving i1 @1 (1>2)
      leaving i2 @1 (1>2)
      coming i1 @2
      leaving i1 @2
      coming i1 @3
      destroyed i3 @1
      consumed i1 @3`);
    expect(told(answer)).toEqual(['2 tier 1: 1/1=1 1/0=1', '3 tier 2: 1/1=1']);
    expect(book(answer)).toEqual({
      lot: LOT,
      of: 'items',
      uom: 'EA',
      made: '4',
      tier1: '2',
      onHand: '1',
      returned: '0',
      destroyed: '1',
      consumed: '0',
      gap: '0',
    });
  });

  it('read again on their way are the same shipment', () => {
    const answer = ask(`
      made i1 @1
      leaving/shipping i1 @1
      leaving/departing i1 @1 (1>2)
      coming/arriving i1 @2
      coming/receiving i1 @2
      coming/receiving i1 @2`);
    expect(told(answer)).toEqual(['2 tier 1: 1/1=1']);
    expect(book(answer)).toMatchObject({ gap: '0' });
  });

  it('that turn up elsewhere came from whoever had them', () => {
    const answer = ask(`
      made i1 @1
      coming i1 @2
      coming i1 @3
      coming i1 @1`);
    expect(told(answer)).toEqual(['2 tier 1: 0/1=1', '3 tier 2: 0/1=1']);
    expect(book(answer)).toMatchObject({ made: '1', gap: '0', onHand: '1' });
  });

  it('without a party of ours belong to whoever made the first', () => {
    expect(told(ask('made i1 @4\nleaving i1 @4 (4>2)', { us: [] }))).toEqual(['2 tier 1: 1/0=1']);
  });
});

describe('parties', () => {
  it('read CBV words and their URIs, and nothing else', () => {
    expect(
      partiesOf({
        sourceList: [{ type: 'https://ns.gs1.org/cbv/SDT-owning_party', source: party(1) }, 7, { type: 'location' }],
        destinationList: 'none',
      }),
    ).toEqual({ source: { owning_party: party(1) }, destination: {} });
  });

  it('a place belongs to the party that an event names with it, in whatever form', () => {
    const journal = (eventID: string, what: JournalLine['what'], location: string | null): JournalLine => ({
      eventID,
      what,
      bizStep: what === 'leaving' ? 'shipping' : 'receiving',
      id: LOT,
      kind: 'lot',
      lot: null,
      location,
      quantity: 5,
      uom: 'KGM',
    });
    const destinationList = [
      { type: 'owning_party', destination: party(2) },
      { type: 'location', destination: 'urn:epc:id:sgln:9521211.00007.5' },
    ];
    const answer = consigneesOf({
      journal: [
        journal('a', 'made', place(1)),
        journal('b', 'leaving', place(1)),
        journal('c', 'coming', 'https://id.gs1.org/414/9521211000074/254/9'),
      ],
      parties: new Map([['b', partiesOf({ destinationList })]]),
      us: [place(1)],
    });
    expect(answer.consignees).toMatchObject([
      { party: party(2), isPlace: false, tier: 1, onlyNamed: false, goods: [{ shipped: '5', received: '5' }] },
    ]);
  });
});

describe('in a world that is reported in full', () => {
  /** Shipments of a lot among five parties, 1 is ours; each is shipped and received, as much as its sender has. */
  const move = fc.record({
    from: fc.integer({ min: 1, max: 5 }),
    to: fc.integer({ min: 1, max: 5 }),
    share: fc.integer({ min: 1, max: 4 }),
  });

  it('the books close, and each party’s account is what it should have', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 30 }), fc.boolean(), fc.boolean(), (moves, namesReceiver, receives) => {
        const stock = new Map([[1, 4096]]);
        const lines = ['made L=4096 @1'];
        for (const { from, to, share } of moves) {
          const amount = (stock.get(from) ?? 0) / 2 ** share;
          if (from === to || amount === 0) continue;
          stock.set(from, (stock.get(from) ?? 0) - amount);
          stock.set(to, (stock.get(to) ?? 0) + amount);
          lines.push(`leaving L=${amount} @${from}${namesReceiver || !receives ? ` (${from}>${to})` : ''}`);
          if (receives) lines.push(`coming L=${amount} @${to}`);
        }
        // goods that came back to us are ours again only where the record says that they arrived
        if (!receives && moves.some(({ to }) => to === 1)) return;
        const answer = ask(lines.join('\n'));
        expect(answer.books[0]).toMatchObject({ made: '4096', onHand: String(stock.get(1)), gap: '0' });
        expect(codes(answer)).toEqual([]);
        for (const { party: uri, goods, tier } of answer.consignees) {
          const [{ quantity, forwarded, returned } = { quantity: null, forwarded: '', returned: '' }] = goods;
          expect(tier).not.toBeNull();
          expect(Number(quantity) - Number(forwarded) - Number(returned)).toBe(stock.get(Number(uri.slice(20, 21))));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('whatever the record says, made is accounted for, gap and all', () => {
    const line = fc.record({
      what: fc.constantFrom('made', 'leaving', 'coming', 'consumed', 'destroyed', 'other'),
      thing: fc.constantFrom('L', 'i1', 'i2'),
      amount: fc.constantFrom('', '=1', '=2.5', '=0.1'),
      at: fc.constantFrom('1', '2', '3', '-'),
      names: fc.constantFrom('', ' (1>2)', ' (>3)', ' (2>)', ' (2>1)'),
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 25 }), (lines) => {
        const { books, consignees } = ask(
          lines
            .map(
              ({ what, thing, amount, at, names }) => `${what} ${thing}${thing === 'L' ? amount : ''} @${at}${names}`,
            )
            .join('\n'),
        );
        for (const { made, tier1, onHand, destroyed, consumed, gap } of books) {
          const tenths = [tier1, onHand, destroyed, consumed, gap].map((text) => Math.round(Number(text) * 10));
          expect(tenths.reduce((a, b) => a + b)).toBe(Math.round(Number(made) * 10));
        }
        expect(consignees.map(({ party: uri }) => uri)).not.toContain(party(1));
      }),
      { numRuns: 500 },
    );
  });
});
