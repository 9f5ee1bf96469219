// From what truly happened to what is told of it: a table of faults, each with its usual rate, over the deeds of a world.
import type { Dice } from './dice.ts';
import { type Amount, type Deed, partsOf } from './true-world.ts';

const HOUR_MINUTES = 60;

/** One report of a deed, or of something that never was. */
interface Report {
  id: string;
  deed: Deed;
  /** What its clock said. */
  minute: number;
  /** When it was uploaded. */
  record: number;
  /** Its declaration, told at `record`. */
  declares?: { reason: string; corrective?: string };
}

/** What the reporting of one world draws on. */
interface Reporting {
  dice: Dice;
  /** Lots by product, items, parties: to be mistaken for one another. */
  lots: Map<string, string[]>;
  parties: string[];
  /** Minutes by which a party's clock is wrong, and the full minutes that it tells. */
  clocks: Map<string, { ahead: number; coarse: number }>;
  /** Share of tags that a party's readers miss. */
  misses: Map<string, number>;
  /** Minutes between the uploads of a party. */
  intervals: Map<string, number>;
  nextID: () => string;
}

/** Share of the deeds (of the tags, of the parties) that a fault befalls at its usual rate. */
interface Fault {
  rate: number;
  /** Reports of one deed under this fault. */
  befall?: (reports: Report[], about: Reporting) => Report[];
  /** How many times it may befall a deed; once where nothing is said. */
  times?: (deed: Deed) => number;
}

const delay = (dice: Dice, least: number, most: number): number => dice.between(least, most);

const namesLot = ({ list, outputs = [], lot }: Deed): boolean =>
  lot !== undefined || [...list, ...outputs].some(({ id }) => id.startsWith('l:'));

/** Another lot of the same product, or a typing error where there is none. */
function otherLot({ dice, lots }: Reporting, id: string): string {
  const [product] = partsOf(id);
  const others = (lots.get(product) ?? []).filter((lot) => lot !== id);
  return others.length > 0 ? dice.pick(others) : `${id}x`;
}

/** The same deed with another lot in one place. */
function withWrongLot(about: Reporting, deed: Deed): Deed {
  if (deed.lot !== undefined) {
    const made = (deed.outputs ?? deed.list)[0]?.id;
    return made ? { ...deed, lot: partsOf(otherLot(about, `l:${partsOf(made)[0]}.${deed.lot}`))[1] } : deed;
  }
  const all = [...deed.list, ...(deed.outputs ?? [])].filter(({ id }) => id.startsWith('l:'));
  const wrong = about.dice.pick(all);
  const changed = (one: Amount): Amount => (one === wrong ? { ...one, id: otherLot(about, one.id) } : one);
  return { ...deed, list: deed.list.map(changed), ...(deed.outputs && { outputs: deed.outputs.map(changed) }) };
}

/** Told wrong, then declared so; half of the time nobody tells it again. */
function declared([report, ...rest]: Report[], about: Reporting): Report[] {
  if (!report) return rest;
  const { dice, parties } = about;
  const { deed } = report;
  const wrong = namesLot(deed) ? withWrongLot(about, deed) : { ...deed, ...(deed.loc && { loc: dice.pick(parties) }) };
  const record = report.record + delay(dice, 1, 12 * HOUR_MINUTES);
  const first = { ...report, deed: wrong };
  const corrected = dice.once(2);
  const reason = dice.pick(['incorrect_data', 'did_not_occur']);
  if (!corrected) return [first, { ...first, record, declares: { reason } }, ...rest];
  const again = { ...report, id: about.nextID(), record: record + (dice.once(4) ? delay(dice, 1, HOUR_MINUTES) : 0) };
  return [first, { ...first, record, declares: { reason, corrective: again.id } }, again, ...rest];
}

/** A copied tag turns up elsewhere, or a second thing is given the same serial. */
function cloned(reports: Report[], about: Reporting): Report[] {
  const [report] = reports;
  const items = report?.deed.outputs?.filter(({ id }) => id.startsWith('i:')) ?? [];
  if (!report || items.length === 0) return reports;
  const { dice, parties, nextID } = about;
  const item = dice.pick(items);
  const party = dice.pick(parties);
  const minute = report.minute + delay(dice, 1, 72 * HOUR_MINUTES);
  const [product] = partsOf(item.id);
  const seen: Omit<Deed, 'head'> = { what: 'copy', minute, party, list: [{ id: item.id }], loc: party };
  const deed: Deed = dice.once(2)
    ? { ...seen, head: 'O OBSERVE', step: 'receiving' }
    : { ...seen, head: 'O ADD', lot: partsOf(otherLot(about, `l:${product}.1`))[1] };
  return [...reports, { id: nextID(), deed, minute, record: minute }];
}

/** What tags a reader reads; what is made is written and verified, quantities are typed in. */
const READ = new Set<Deed['what']>(['pack', 'unpack', 'ship', 'receive', 'gate', 'end']);

function missed(reports: Report[], { dice, misses }: Reporting, rate: number): Report[] {
  return reports.flatMap((report) => {
    const { deed } = report;
    if (!READ.has(deed.what) && deed.what !== 'transform') return [report];
    const miss = (misses.get(deed.party) ?? 0) * rate;
    const list = deed.list.filter(({ quantity }) => quantity !== undefined || !dice.chance(miss));
    if (list.length === deed.list.length) return [report];
    if (list.length > 0) return [{ ...report, deed: { ...deed, list } }];
    // an empty list would say something else: nothing was read, nothing is told; but what came out of a line is told
    return deed.outputs?.length ? [{ ...report, deed: { ...deed, list, run: deed.run ?? report.id } }] : [];
  });
}

/** In the order in which they befall a deed; rates as issue and docs/trace.md name them. */
export const FAULTS = {
  'missing unpack': { rate: 0.02, times: ({ what }) => Number(what === 'unpack'), befall: () => [] },
  'missing receive': { rate: 0.01, times: ({ what }) => Number(what === 'receive'), befall: () => [] },
  /** Of the mean rate of a party's readers, which lies between a half and twice of it. */
  'missed reads': { rate: 0.01 },
  'wrong lot': {
    rate: 0.001,
    times: (deed) => Number(namesLot(deed)),
    befall: (reports, about) => reports.map((report) => ({ ...report, deed: withWrongLot(about, report.deed) })),
  },
  'error declaration': { rate: 0.003, befall: declared },
  late: {
    rate: 0.05,
    befall: (reports, { dice }) => {
      const hours = delay(dice, 1, 96);
      return reports.map((report) => ({ ...report, record: report.record + hours * HOUR_MINUTES }));
    },
  },
  duplicate: {
    rate: 0.01,
    befall: (reports, { dice }) => [
      ...reports,
      ...reports
        .slice(0, 1)
        .map((report) => ({ ...report, record: report.record + delay(dice, 0, 24) * HOUR_MINUTES })),
    ],
  },
  /** Of the items made. */
  clone: {
    rate: 0.001,
    times: ({ outputs = [] }) => outputs.filter(({ id }) => id.startsWith('i:')).length,
    befall: cloned,
  },
  /** Of the parties. */
  'clock skew': { rate: 0.02 },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** How many times its usual rate each fault has. */
export type Factors = Readonly<Record<FaultName, number>>;

export const allAt = (factor: number): Factors =>
  Object.fromEntries(FAULT_NAMES.map((name) => [name, factor])) as Record<FaultName, number>;

const INTERVALS_MINUTES = [1, 15, 60, 240];
const SKEW_MINUTES_MAX = 180;
const COARSE_MINUTES = 60;

function reportingOf(dice: Dice, deeds: readonly Deed[], factors: Factors): Reporting {
  const lots = new Map<string, string[]>();
  const parties = [...new Set(deeds.map(({ party }) => party))];
  const named = deeds.flatMap(({ list, outputs = [], lot }) => [
    ...[...list, ...outputs].flatMap(({ id }) => (id.startsWith('l:') ? [id] : [])),
    ...(lot && outputs[0] ? [`l:${partsOf(outputs[0].id)[0]}.${lot}`] : []),
  ]);
  for (const id of new Set(named)) lots.set(partsOf(id)[0], [...(lots.get(partsOf(id)[0]) ?? []), id]);
  const skewed = parties.filter(() => dice.chance(FAULTS['clock skew'].rate * factors['clock skew']));
  let events = 0;
  return {
    dice,
    lots,
    parties,
    clocks: new Map(
      skewed.map((party) => [
        party,
        dice.once(3)
          ? { ahead: 0, coarse: COARSE_MINUTES }
          : { ahead: dice.between(-SKEW_MINUTES_MAX, SKEW_MINUTES_MAX), coarse: 0 },
      ]),
    ),
    misses: new Map(parties.map((party) => [party, (FAULTS['missed reads'].rate * dice.between(50, 200)) / 100])),
    intervals: new Map(parties.map((party) => [party, dice.pick(INTERVALS_MINUTES)])),
    nextID: () => `e${++events}`,
  };
}

function toldMinute({ clocks }: Reporting, { party, minute }: Deed): number {
  const { ahead, coarse } = clocks.get(party) ?? { ahead: 0, coarse: 0 };
  return coarse > 0 ? Math.floor(minute / coarse) * coarse : minute + ahead;
}

/** All reports of one deed. */
function reportsOf(about: Reporting, deed: Deed, factors: Factors): Report[] {
  const interval = about.intervals.get(deed.party) ?? 1;
  const record = (Math.floor(deed.minute / interval) + 1) * interval;
  let reports: Report[] = [{ id: about.nextID(), deed, minute: toldMinute(about, deed), record }];
  for (const [name, fault] of Object.entries(FAULTS) as [FaultName, Fault][]) {
    if (name === 'missed reads') reports = missed(reports, about, factors[name]);
    if (!fault.befall) continue;
    const times = fault.times?.(deed) ?? 1;
    if (about.dice.chance(fault.rate * factors[name] * times)) reports = fault.befall(reports, about);
  }
  return reports;
}

const word = ({ id, quantity, uom }: Amount): string =>
  quantity === undefined ? id : `${id}=${quantity}${uom === undefined || uom === 'EA' ? '' : uom}`;

/** One report in the notation of scenario.ts. */
function lineOf({ id, deed, minute, record, declares }: Report): string {
  if (declares) return `${id}!${record} ${declares.reason}${declares.corrective ? ` +${declares.corrective}` : ''}`;
  const { head, parent, list, outputs, step, loc, rp, lot, run } = deed;
  const side = parent !== undefined ? `${parent} < ` : '';
  const other = outputs ? ` > ${outputs.map(word).join(' ')}` : '';
  const options = Object.entries({ step, loc, rp, lot, xid: run, r: record })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
  return `${id}@${minute} ${head} ${side}${list.map(word).join(' ')}${other} ${options.join(' ')}`.replace(
    / {2,}/g,
    ' ',
  );
}

/** What is told of the deeds, in the order of arrival; what one upload brings has no order. */
export function toldOf(dice: Dice, deeds: readonly Deed[], factors: Factors): string[] {
  const about = reportingOf(dice, deeds, factors);
  const reports = deeds.flatMap((deed) => reportsOf(about, deed, factors));
  return dice
    .shuffled(reports)
    .sort((a, b) => a.record - b.record)
    .map(lineOf);
}
