import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reconcile } from '../../src/rules/index.ts';
import { add, compare, divide, exactText, multiply, readExact, subtract } from '../../src/rules/exact.ts';

const codes = (account: Parameters<typeof reconcile>[0][number]): string[] =>
  reconcile([account]).lots.flatMap(({ findings }) => findings.map(({ code }) => code));

describe('reconciliation', () => {
  it('shows what is missing, exactly', () => {
    const { lots, balanced } = reconcile([
      { lot: 'L1', uom: 'KGM', made: '0.3', returned: 0.1, destroyed: '0.2' },
      { lot: 'L2', uom: 'KGM', made: 100, returned: '60.25', atConsignees: 39, dispensed: 0.5 },
    ]);
    expect(balanced).toBe(false);
    expect(lots[0]).toEqual({
      lot: 'L1',
      uom: 'KGM',
      made: '0.3',
      returned: '0.1',
      destroyed: '0.2',
      consumed: '0',
      dispensed: '0',
      onHand: '0',
      atConsignees: '0',
      missing: '0',
      findings: [],
    });
    expect(lots[1]).toMatchObject({ missing: '0.25', findings: [{ code: 'MISSING', subject: 'L2' }] });
    expect(lots[1]?.findings[0]?.message).toEqual({
      en: '0.25 KGM are not accounted for.',
      zh: '0.25 KGM 去向不明。',
    });
  });

  it('says when there is more than was made', () => {
    const [lot] = reconcile([{ lot: 'L', uom: 'EA', made: 10, onHand: 12 }]).lots;
    expect(lot).toMatchObject({ missing: '-2', findings: [{ code: 'MORE_THAN_MADE' }] });
  });

  it('counts other units of the dimension, in its first unit where the lot’s has no finite decimal', () => {
    expect(
      reconcile([{ lot: 'L', uom: 'KGM', made: 1, returned: { value: 250, uom: 'GRM' }, onHand: '0.75' }]).lots[0],
    ).toMatchObject({ uom: 'KGM', returned: '0.25', missing: '0' });
    expect(
      reconcile([{ lot: 'L', uom: 'LBR', made: 10, returned: { value: '4.5359237', uom: 'KGM' } }]).lots[0],
    ).toMatchObject({ uom: 'LBR', returned: '10', missing: '0' });
    expect(reconcile([{ lot: 'L', uom: 'LBR', made: 10, returned: { value: 1, uom: 'KGM' } }]).lots[0]).toMatchObject({
      uom: 'KGM',
      made: '4.5359237',
      returned: '1',
      missing: '3.5359237',
    });
  });

  it('leaves out what measures something else, and tells it', () => {
    expect(codes({ lot: 'L', uom: 'KGM', made: 1, onHand: 1, returned: { value: 2, uom: 'EA' } })).toEqual([
      'UOM_MISMATCH',
    ]);
    expect(reconcile([{ lot: 'L', uom: 'KGM', made: 1, onHand: 1, returned: { value: 2, uom: 'EA' } }]).balanced).toBe(
      false,
    );
  });

  it('refuses what is no decimal, by name', () => {
    expect(() => reconcile([{ lot: 'L', uom: 'EA', made: '1,5' }])).toThrow('made must be a decimal');
    expect(() => reconcile([{ lot: 'L', uom: 'EA', made: 1, onHand: Number.NaN }])).toThrow('onHand');
    expect(() => reconcile([{ lot: 'L', uom: 'EA', made: '1'.repeat(100) }])).toThrow('made');
  });
});

describe('exact decimals', () => {
  const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 12 }));
  it('add, multiply and divide as whole numbers do', () => {
    fc.assert(
      fc.property(decimal, decimal, ([a, m], [b, n]) => {
        const [x, y] = [
          readExact(exactText({ digits: a, scale: m }), 'x'),
          readExact(exactText({ digits: b, scale: n }), 'y'),
        ];
        expect(compare(subtract(add(x, y), y), x)).toBe(0);
        const quotient = divide(multiply(x, y), y);
        if (b !== 0n) expect(quotient && compare(quotient, x)).toBe(0);
        expect(exactText(readExact(exactText(x), 'x'))).toBe(exactText(x));
      }),
    );
  });

  it.each([
    [0.1, '0.1'],
    [1e-7, '0.0000001'],
    [1e21, '1000000000000000000000'],
    ['-0.0', '0'],
    ['+012.500', '12.5'],
    ['.5', undefined],
    ['1e999', undefined],
    [Infinity, undefined],
  ])('%s', (value, text) => {
    if (text === undefined) expect(() => readExact(value, 'x')).toThrow('x must be a decimal');
    else expect(exactText(readExact(value, 'x'))).toBe(text);
  });

  it('has no third', () => {
    expect(divide(readExact(1, 'a'), readExact(3, 'b'))).toBeUndefined();
    expect(divide(readExact(1, 'a'), readExact(0, 'b'))).toBeUndefined();
  });
});
