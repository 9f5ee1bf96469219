import { beforeAll, describe, expect, it } from 'vitest';
import { parseDocument, validateEvent } from '../../src/epcis/index.ts';
import { type DemoEvent, downstream, trueOrigins } from '../../src/entry/demo-ledger.ts';
import { type DemoWorld, demoWorld } from '../../src/entry/demo-world.ts';
import { factsOfDocument } from '../../src/trace/document-facts.ts';
import { ask, factsInMemory, type Op } from '../../src/trace/index.ts';

const START = Date.UTC(2026, 4, 1);
const SEEDS = [1, 7, 42, 1234, 20_260_501];
const ITEMS_ASKED = 40;

/** A repeatable choice of `count` of a list. */
const some = <T>(list: readonly T[], count: number): T[] =>
  list.filter((_, n) => n % Math.max(1, Math.floor(list.length / count)) === 0).slice(0, count);

describe.each(SEEDS)('the world of seed %i', (seed) => {
  let world: DemoWorld;
  let askWorld: (op: Op, of: string) => ReturnType<typeof ask>;

  beforeAll(() => {
    world = demoWorld(seed, START);
    let sequence = 0;
    const factsAt = factsInMemory(
      world.documents.flatMap((document) => {
        const facts = factsOfDocument(document, sequence);
        sequence += facts.length;
        return facts;
      }),
    );
    askWorld = (op, of) => ask(factsAt(), { op, of });
  });

  it('is the same each time', () => {
    expect(demoWorld(seed, START).documents).toEqual(world.documents);
    expect(demoWorld(seed + 1, START).documents).not.toEqual(world.documents);
  });

  it('is told in valid EPCIS events', () => {
    for (const document of world.documents) {
      const { events, findings } = parseDocument(document);
      expect(findings).toEqual([]);
      expect(events.flatMap((event) => validateEvent(event))).toEqual([]);
    }
  });

  it('has its recall answered by exactly what truly holds some of the bad lot', async () => {
    const truth = downstream(world.truth, world.badLot);
    const { affected = [], possible = [] } = await askWorld('forward', world.badLot);
    expect(affected.toSorted()).toEqual([...truth].sort());
    expect(possible.length).toBeGreaterThan(0);
    // merely possible: the cases of a lot of which only a part holds it, and nothing else
    const lots = new Set([...truth].map((id) => world.truth.lotOf.get(id)));
    expect(possible.filter((id) => truth.has(id) || !lots.has(world.truth.lotOf.get(id)))).toEqual([]);
  });

  it('has every lot traced forward without missing or inventing anything', async () => {
    for (const lot of world.truth.madeFrom.keys()) {
      if (world.truth.lotOf.has(lot)) continue;
      const truth = downstream(world.truth, lot);
      const members = [...world.truth.lotOf].filter(([, of]) => of === lot).map(([item]) => item);
      const { affected = [], possible = [] } = await askWorld('forward', lot);
      const told = new Set([...affected, ...possible]);
      expect(
        [...truth].filter((id) => !told.has(id)),
        lot,
      ).toEqual([]);
      expect(
        affected.filter((id) => !truth.has(id) && !members.includes(id)),
        lot,
      ).toEqual([]);
    }
  });

  it('has items traced back to every lot that truly went into them', async () => {
    for (const item of some([...world.truth.lotOf.keys()], ITEMS_ASKED)) {
      const { origins = [] } = await askWorld('back', item);
      const truth = trueOrigins(world.truth, item);
      expect(
        [...truth].filter((id) => !origins.includes(id)),
        item,
      ).toEqual([]);
    }
  });

  it('knows where every item is that has not come to its end', async () => {
    for (const item of some([...world.truth.lotOf.keys()], ITEMS_ASKED)) {
      const { location, state } = await askWorld('where', item);
      const place = world.truth.placeOf.get(item);
      if (place === undefined) expect(state, item).toBe('decommissioned');
      else expect([location, state], item).toEqual([place, 'at_rest']);
    }
  });

  it('reports the gaps that were made, and leaves out what was declared wrong', async () => {
    const { gaps = [] } = await askWorld('forward', world.badLot);
    expect(gaps.map(({ code }) => code)).toContain('IMPLICIT_DISAGG');
    const { excluded = [] } = await askWorld('audit', '*');
    const events = world.documents.flatMap(
      (document) => (document['epcisBody'] as { eventList: DemoEvent[] }).eventList,
    );
    const declared = events.filter((event) => event['errorDeclaration'] !== undefined).map(({ eventID }) => eventID);
    expect(declared).toHaveLength(1);
    expect(excluded).toEqual(declared);
  });
});
