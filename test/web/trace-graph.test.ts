import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BOXES_MAX, type Link, type Thing, summarise } from '../../src/web/trace-graph.ts';

const thing = (id: string, level: number, kind = 'sgtin', more: Partial<Thing> = {}): Thing => ({
  id,
  kind,
  confidence: 'definite',
  level,
  sort: kind === 'lgtin' ? id : 'product',
  ...more,
});
const link = (from: string, to: string, confidence: Link['confidence'] = 'definite'): Link => ({
  from,
  to,
  confidence,
});
const many = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('the picture', () => {
  it('puts like things from one source at one place into one box', () => {
    const items = many(40, 'item');
    const things = [
      thing('lot', 0, 'lgtin'),
      ...items.map((id, n) => thing(id, 1, 'sgtin', { place: n < 30 ? 'shop 1' : 'shop 2' })),
    ];
    const { boxes, links, shortened } = summarise(
      things,
      items.map((id) => link('lot', id)),
    );
    expect(boxes.map((box) => box.things.length)).toEqual([1, 30, 10]);
    expect(links).toHaveLength(2);
    expect(shortened).toBe(false);
  });

  it('never puts definite and possible things into one box', () => {
    const things = [thing('lot', 0, 'lgtin'), thing('a', 1), thing('b', 1, 'sgtin', { confidence: 'possible' })];
    const { boxes } = summarise(things, [link('lot', 'a'), link('lot', 'b', 'possible')]);
    expect(boxes).toHaveLength(3);
  });

  it('leaves out a line that goes the same way through a box between, if that way is as sure', () => {
    const things = [thing('raw', 0, 'lgtin'), thing('lot', 1, 'lgtin'), thing('item', 2)];
    const around = [link('raw', 'lot'), link('lot', 'item'), link('raw', 'item')];
    expect(summarise(things, around).links).toHaveLength(2);
    const unsure = [link('raw', 'lot'), link('lot', 'item', 'possible'), link('raw', 'item')];
    expect(summarise(things, unsure).links).toHaveLength(3);
  });

  it('keeps the thing asked for alone in its box', () => {
    const things = [thing('a', 0), thing('b', 1), thing('c', 1)];
    const { boxes } = summarise(things, [link('a', 'b'), link('a', 'c')]);
    expect(boxes[0]!.things.map(({ id }) => id)).toEqual(['a']);
  });

  it('shows 10,000 lots and a chain of 3,000 within its limit, and says that it shortened', () => {
    const lots = many(10_000, 'lot').map((id) => thing(id, 1, 'lgtin'));
    const wide = summarise(
      [thing('raw', 0, 'lgtin'), ...lots],
      lots.map(({ id }) => link('raw', id)),
    );
    expect(wide.boxes.length).toBeLessThanOrEqual(BOXES_MAX);
    expect(wide.shortened).toBe(true);
    const chain = many(3_000, 'lot').map((id, n) => thing(id, n, 'lgtin'));
    const long = summarise(
      chain,
      chain.slice(1).map(({ id }, n) => link(`lot${n}`, id)),
    );
    expect(long.boxes.length).toBeLessThanOrEqual(BOXES_MAX);
  });

  it('holds every thing once and at most 300 boxes, whatever the answer', () => {
    const things = fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 0, max: 5000 }).map(String),
        level: fc.integer({ min: -40, max: 40 }),
        kind: fc.constantFrom('sgtin', 'lgtin', 'sscc', 'other'),
        sort: fc.constantFrom('p', 'q', 'r'),
        confidence: fc.constantFrom('definite' as const, 'possible' as const),
        place: fc.constantFrom('x', 'y', 'z'),
      }),
      { selector: ({ id }) => id, maxLength: 900, minLength: 1 },
    );
    fc.assert(
      fc.property(things, fc.array(fc.tuple(fc.nat(5000), fc.nat(5000)), { maxLength: 2000 }), (list, pairs) => {
        const picture = summarise(
          list,
          pairs.map(([from, to]) => link(String(from), String(to))),
        );
        const roots = list.filter(({ level }) => level === 0).length;
        expect(picture.boxes.length).toBeLessThanOrEqual(BOXES_MAX + roots);
        expect(picture.boxes.flatMap((box) => box.things.map(({ id }) => id)).sort()).toEqual(
          list.map(({ id }) => id).sort(),
        );
        for (const { from, to } of picture.links) expect(picture.boxes[from] && picture.boxes[to]).toBeTruthy();
      }),
      { numRuns: 60 },
    );
  });
});
