import { describe, expect, it } from 'vitest';
import { factsOfDocument } from '../../src/trace/document-facts.ts';
import { story } from '../trace/scenario.ts';
import { allAt, FAULT_NAMES, FAULTS, type FaultName } from './faults.ts';
import { PARTIES, SECTORS, SIZES } from './sectors.ts';
import { simulate } from './simulate.ts';
import { partsOf } from './true-world.ts';

/** A whole world is thousands of events. */
const TIMEOUT_MS = 120_000;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const alone = (name: FaultName, factor: number) => ({ ...allAt(0), [name]: factor });
const isTold = (line: string): boolean => !/^\w+!/.test(line);

describe('the true world', { timeout: TIMEOUT_MS }, () => {
  it('has 200 parties in its cast, three sectors, and nearly all of them at work in a full world', () => {
    expect(Object.values(PARTIES).reduce((sum, count) => sum + count, 0)).toBe(200);
    expect(SECTORS.map(({ name }) => name)).toEqual(['food', 'drugs', 'chemicals']);
    const { deeds } = simulate(1, 'full', allAt(0));
    expect(new Set(deeds.map(({ party }) => party)).size).toBeGreaterThan(180);
    const products = new Set(deeds.flatMap(({ outputs = [] }) => outputs.map(({ id }) => id.split('.')[0])));
    for (const { product } of SECTORS) expect(products).toContain(`i:${product}`);
  });

  it('has heels, rework, campaigns, carriers dumped unopened, lots as quantities, pallets in containers', () => {
    const deeds = SEEDS.flatMap((seed) => simulate(seed, 'middle', allAt(0)).deeds);
    const made = deeds.filter(({ what }) => what === 'transform');
    const has = (form: RegExp, list: { id: string }[]): boolean => list.some(({ id }) => form.test(id));
    expect(made.some(({ list, outputs = [] }) => has(/MIX\./, list) && has(/MIX\./, outputs))).toBe(true);
    expect(made.some(({ list }) => has(/REWORK\./, list))).toBe(true);
    expect(made.some(({ run }) => run !== undefined)).toBe(true);
    expect(made.some(({ list }) => has(/^g:/, list))).toBe(true);
    const packed = deeds.filter(({ what }) => what === 'pack');
    expect(packed.some(({ list }) => has(/^l:/, list))).toBe(true);
    expect(packed.some(({ parent, list }) => parent?.startsWith('g:') && has(/^s:pallet/, list))).toBe(true);
  });

  it('is the same for the same seed, whatever is told of it', () => {
    const [one, other] = [simulate(7, 'middle', allAt(0)), simulate(7, 'middle', allAt(4))];
    expect(other.truth).toEqual(one.truth);
    expect(simulate(7, 'middle', allAt(4)).lines).toEqual(other.lines);
    expect(simulate(8, 'middle', allAt(0)).deeds).not.toEqual(one.deeds);
  });

  it('counts no matter twice: nothing holds what was made later than itself', () => {
    const { deeds, truth } = simulate(3, 'full', allAt(0));
    const named = deeds.map(({ list, outputs = [], lot, minute }) => {
      const made = outputs.flatMap(({ id }) => [id, ...(lot ? [`l:${partsOf(id)[0]}.${lot}`] : [])]);
      return { made, all: [...list.map(({ id }) => id), ...made], minute };
    });
    const firstTold = new Map(named.toReversed().flatMap(({ all, minute }) => all.map((id) => [id, minute])));
    const lastMade = new Map(named.flatMap(({ made, minute }) => made.map((id) => [id, minute])));
    const late = [...lastMade].filter(([id, minute]) =>
      [...(truth.matterIn.get(id) ?? [])].some((of) => (firstTold.get(of) ?? -1) > minute),
    );
    expect(late.slice(0, 3)).toEqual([]);
  });
});

describe('what is told of it', { timeout: TIMEOUT_MS }, () => {
  const good = simulate(2, 'full', allAt(0));
  it('is each deed once, on time, where there are no faults', () => {
    const { lines, deeds } = simulate(5, 'middle', allAt(0));
    expect(lines).toHaveLength(deeds.length);
    expect(new Set(lines.map((line) => line.split(' ')[0])).size).toBe(deeds.length);
  });

  it.each(Object.keys(SIZES))('is valid EPCIS in a world of size %s', (size) => {
    const { lines } = simulate(4, size as keyof typeof SIZES, allAt(4));
    const { events, facts } = story(lines.join('\n'));
    expect(facts).toHaveLength(lines.length);
    const document = {
      '@context': 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
      type: 'EPCISDocument',
      schemaVersion: '2.0',
      creationDate: '2030-01-01T00:00:00Z',
      epcisBody: { eventList: events },
    };
    expect(factsOfDocument(document)).toEqual(facts);
  });

  it.each(FAULT_NAMES)('shows %s where only that goes wrong, about as often as its rate says', (name) => {
    const FACTOR = 4;
    const { lines } = simulate(2, 'full', alone(name, FACTOR));
    const deedOf = (line: string): string => line.replace(/^\w+/, '').replace(/ r=.*/, '');
    const [before, after] = [good.lines, lines].map((list) => new Set(list.filter(isTold).map(deedOf)));
    const changed = [...before!].filter((line) => !after!.has(line)).length;
    const declared = lines.filter((line) => !isTold(line)).length;
    const twice = lines.length - declared - new Set(lines.map((line) => line.split(/[ !]/)[0])).size;
    const day = (line: string): number => Number(/ r=([\d.]+)/.exec(line)?.[1]) - Number(/@(-?[\d.]+)/.exec(line)?.[1]);
    const late = lines.filter((line) => isTold(line) && day(line) > 300).length;
    const copies = lines.filter((line) => isTold(line) && !before!.has(deedOf(line))).length;
    const deedsOf = (what: string): number => good.deeds.filter((deed) => deed.what === what).length;
    // [how often it is seen, among how many]
    const SEEN: Record<FaultName, [seen: number, among: number]> = {
      'missing unpack': [changed, deedsOf('unpack')],
      'missing receive': [changed, deedsOf('receive')],
      'missed reads': [changed, good.deeds.length],
      'wrong lot': [changed, good.deeds.filter(({ list }) => list.some(({ id }) => id.startsWith('l:'))).length],
      'error declaration': [declared, good.deeds.length],
      late: [late, good.deeds.length],
      duplicate: [twice, good.deeds.length],
      clone: [copies, good.deeds.flatMap(({ outputs = [] }) => outputs).length],
      'clock skew': [changed, good.deeds.length],
    };
    const [seen, among] = SEEN[name];
    const rate = FAULTS[name].rate * FACTOR;
    expect(seen, `${seen} of ${among}`).toBeGreaterThan(0);
    expect(seen / among, `${seen} of ${among}`).toBeLessThan(3 * rate + 0.01);
  });
});
