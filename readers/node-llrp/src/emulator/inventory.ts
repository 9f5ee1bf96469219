import { child, children, numberOf, type Parameter, textOf } from '../message.ts';
import type { Heard } from './access.ts';
import { ask, type Asking } from './air.ts';
import type { ReaderClock } from './clock.ts';
import type { Radio } from './physics.ts';
import type { Read } from './scenario.ts';
import { addTo, entryKey, newEntry, type Seen, tagReportData } from './tag-report.ts';

/** TagReportData in one RO_ACCESS_REPORT at most. */
const TAGS_PER_REPORT_MAX = 1000;
/** Tags that wait for their trigger at most; beyond it a report goes out early. */
const WAITING_MAX = 10_000;

/** What a run of an ROSpec tells the reader. */
export interface Sink {
  report(tags: Parameter[]): void;
  readonly clock: ReaderClock;
  /** Whether the client has switched on what the vendor adds to a tag. */
  extended(): boolean;
  readonly radio: Radio;
  /** The reader's settings for an antenna, where the ROSpec says nothing. */
  settings(antenna: number): ReadonlyMap<string, Parameter>;
  /** Power of an index of the table, in dBm. */
  dbmOf(transmitPower: number): number;
  /** Whether the tag takes part in an inventory with these C1G2Filters. */
  selected(epc: string, filters: readonly Parameter[]): boolean;
  /** The tag as it is heard, operations done; undefined of one that is killed. */
  hear(read: Read, rospecId: number): Heard | undefined;
  /** A tag's report for the end of its AccessSpec. */
  keep(accessSpecId: number, tag: Parameter): void;
  aiSpecEnded(rospecId: number, specIndex: number): void;
}

interface Selecting {
  /** C1G2Filters, in order. */
  filters: readonly Parameter[];
}

/** How often ROReportTrigger wants a report, beside the end of the ROSpec or AISpec (LLRP 1.1 section 14.2.1). */
interface Trigger {
  /** Entries per report; Infinity = not by number. */
  tags: number;
  everyUs: number;
  atEndOfAISpec: boolean;
  /** Only GET_REPORT brings anything. */
  onRequest: boolean;
}

function triggerOf(spec: Parameter): Trigger {
  const name = textOf(spec, 'ROReportTrigger');
  const n = numberOf(spec, 'N');
  const unitUs = name.includes('_Milliseconds_') ? 1000 : name.includes('_Seconds_') ? 1e6 : 0;
  return {
    tags: unitUs > 0 || n === 0 ? Infinity : n,
    everyUs: unitUs > 0 && n > 0 ? unitUs * n : Infinity,
    atEndOfAISpec: name.includes('End_Of_AISpec'),
    onRequest: name === 'None',
  };
}

/** Whether a trigger with a GPITriggerValue waits for this edge. */
export function firesOn(trigger: Parameter | undefined, port: number, high: boolean): boolean {
  const value = child(trigger, 'GPITriggerValue');
  return value !== undefined && value['GPIPortNum'] === port && value['GPIEvent'] === high;
}

/** An active ROSpec: walks its AISpecs in order, gathers reads and reports them as the ROReportSpec says. */
export class Inventory {
  readonly id: number;
  readonly #spec: Parameter;
  readonly #aiSpecs: Parameter[];
  readonly #reportSpec: Parameter;
  readonly #trigger: Trigger;
  readonly #sink: Sink;
  readonly #startUs: number;
  #aiIndex = 0;
  #aiStartUs: number;
  #aiTags = new Set<string>();
  #aiNewUs: number;
  /** When an input ended the AISpec. */
  #aiGpiUs = Infinity;
  #reportUs: number;
  /** By antenna, for the AISpec that runs. */
  readonly #askings = new Map<number, Asking & Selecting>();
  #waiting = new Map<string, Seen>();

  constructor(spec: Parameter, defaultReport: Parameter, nowUs: number, sink: Sink) {
    this.id = numberOf(spec, 'ROSpecID');
    this.#spec = spec;
    this.#aiSpecs = children(spec, 'AISpec');
    this.#reportSpec = child(spec, 'ROReportSpec') ?? defaultReport;
    this.#trigger = triggerOf(this.#reportSpec);
    this.#sink = sink;
    this.#startUs = this.#aiStartUs = this.#aiNewUs = this.#reportUs = nowUs;
  }

  /** Takes what was heard up to `nowUs`; true when the ROSpec has come to its end. */
  advance(reads: readonly Read[], nowUs: number): boolean {
    for (const read of reads) {
      if (this.#stopped(read.at)) return true;
      this.#hear(read);
    }
    if (this.#stopped(nowUs)) return true;
    if (nowUs - this.#reportUs >= this.#trigger.everyUs) this.#flush(nowUs);
    return false;
  }

  /** An input has changed; true when that ends the ROSpec. */
  edge(port: number, high: boolean, atUs: number): boolean {
    const stop = child(child(this.#spec, 'ROBoundarySpec'), 'ROSpecStopTrigger');
    if (stop?.['ROSpecStopTriggerType'] === 'GPI_With_Timeout' && firesOn(stop, port, high)) return true;
    const ai = child(this.#aiSpecs[this.#aiIndex], 'AISpecStopTrigger');
    if (ai?.['AISpecStopTriggerType'] === 'GPI_With_Timeout' && firesOn(ai, port, high)) this.#aiGpiUs = atUs;
    return this.#stopped(atUs);
  }

  /** The entries that wait, for GET_REPORT. */
  take(): Parameter[] {
    const tags = [...this.#waiting.values()].map((seen) => this.#tag(seen));
    this.#waiting.clear();
    return tags;
  }

  #tag(seen: Seen): Parameter {
    return tagReportData(seen, this.id, this.#reportSpec, { clock: this.#sink.clock, extended: this.#sink.extended() });
  }

  /** The ROSpec stops, for whatever reason: what waits goes out. */
  end(nowUs: number): void {
    if (!this.#trigger.onRequest) this.#flush(nowUs);
  }

  /** Moves on past every AISpec that is over at `atUs`; true when there is none left or the ROSpec's time is up. */
  #stopped(atUs: number): boolean {
    const stop = child(child(this.#spec, 'ROBoundarySpec'), 'ROSpecStopTrigger');
    const durationUs = numberOf(stop, 'DurationTriggerValue') * 1000;
    if (stop?.['ROSpecStopTriggerType'] === 'Duration' && atUs - this.#startUs >= durationUs) return true;
    const timeoutUs = numberOf(child(stop, 'GPITriggerValue'), 'Timeout') * 1000;
    const late = timeoutUs > 0 && atUs - this.#startUs >= timeoutUs;
    if (stop?.['ROSpecStopTriggerType'] === 'GPI_With_Timeout' && late) return true;
    for (;;) {
      const spec = this.#aiSpecs[this.#aiIndex];
      if (!spec) return true;
      const endUs = this.#aiSpecEnd(spec);
      if (endUs > atUs) return false;
      if (this.#trigger.atEndOfAISpec) this.#flush(atUs);
      this.#sink.aiSpecEnded(this.id, this.#aiIndex + 1);
      this.#aiIndex++;
      this.#aiStartUs = this.#aiNewUs = Math.max(endUs, this.#aiStartUs);
      this.#aiGpiUs = Infinity;
      this.#aiTags.clear();
      this.#askings.clear();
    }
  }

  /** When the AISpec ends, as far as that is known now. */
  #aiSpecEnd(spec: Parameter): number {
    const stop = child(spec, 'AISpecStopTrigger');
    const kind = textOf(stop, 'AISpecStopTriggerType');
    if (kind === 'Duration') return this.#aiStartUs + numberOf(stop, 'DurationTrigger') * 1000;
    if (kind === 'GPI_With_Timeout') {
      const gpiTimeoutMs = numberOf(child(stop, 'GPITriggerValue'), 'Timeout');
      return Math.min(this.#aiGpiUs, gpiTimeoutMs === 0 ? Infinity : this.#aiStartUs + gpiTimeoutMs * 1000);
    }
    if (kind !== 'Tag_Observation') return Infinity;
    const trigger = child(stop, 'TagObservationTrigger');
    const timeoutMs = numberOf(trigger, 'Timeout');
    const timeoutUs = timeoutMs === 0 ? Infinity : this.#aiStartUs + timeoutMs * 1000;
    if (textOf(trigger, 'TriggerType').includes('_N_')) {
      return this.#aiTags.size >= numberOf(trigger, 'NumberOfTags') ? this.#aiNewUs : timeoutUs;
    }
    return Math.min(timeoutUs, this.#aiNewUs + numberOf(trigger, 'T') * 1000);
  }

  #askingOn(spec: Parameter, antenna: number): Asking & Selecting {
    let asking = this.#askings.get(antenna);
    if (!asking) this.#askings.set(antenna, (asking = this.#asking(spec, antenna)));
    return asking;
  }

  /** How the AISpec asks on an antenna: its own AntennaConfiguration, the one for all, or the reader's settings. */
  #asking(spec: Parameter, antenna: number): Asking & Selecting {
    const own = children(child(spec, 'InventoryParameterSpec'), 'AntennaConfiguration');
    const sets = [antenna, 0].flatMap((id) => own.filter((one) => one['AntennaID'] === id));
    const settings = this.#sink.settings(antenna);
    const find = (name: string): Parameter | undefined =>
      sets.map((one) => child(one, name)).find((one) => one !== undefined) ?? settings.get(name);
    const command = find('C1G2InventoryCommand');
    const control =
      child(command, 'C1G2SingulationControl') ?? child(settings.get('C1G2InventoryCommand'), 'C1G2SingulationControl');
    return {
      filters: children(command, 'C1G2Filter'),
      session: numberOf(control, 'Session'),
      search: textOf(child(command, 'ImpinjInventorySearchMode'), 'InventorySearchMode'),
      powerDbm: this.#sink.dbmOf(numberOf(find('RFTransmitter'), 'TransmitPower')),
    };
  }

  #hear(possible: Read): void {
    const spec = this.#aiSpecs[this.#aiIndex];
    const antennas = spec?.['AntennaIDs'] as number[] | undefined;
    if (!spec || !(antennas?.includes(0) || antennas?.includes(possible.antenna))) return;
    const asking = this.#askingOn(spec, possible.antenna);
    if (asking.filters.length > 0 && !this.#sink.selected(possible.epc, asking.filters)) return;
    const { chance } = possible;
    const read = chance ? ask(possible, chance, asking, this.#sink.radio) : possible;
    if (!read) return;
    const heard = this.#sink.hear(read, this.id);
    if (!heard) return;
    if (!this.#aiTags.has(read.epc)) {
      this.#aiTags.add(read.epc);
      this.#aiNewUs = read.at;
    }
    const inventorySpec = numberOf(child(spec, 'InventoryParameterSpec'), 'InventoryParameterSpecID');
    const entry = (what: Heard): Seen => newEntry(read, what, this.#aiIndex + 1, inventorySpec);
    const { epc, access } = heard;
    const now: Heard = access?.atEnd ? { epc } : heard;
    if (access?.atEnd) this.#sink.keep(access.accessSpecId, this.#tag(entry(heard)));
    const key = entryKey(read, now, child(this.#reportSpec, 'TagReportContentSelector') as Parameter);
    const seen = this.#waiting.get(key);
    if (seen) addTo(seen, read);
    else this.#waiting.set(key, entry(now));
    const full = this.#waiting.size >= Math.min(this.#trigger.tags, WAITING_MAX);
    if (full && !this.#trigger.onRequest) this.#flush(read.at);
    else if (this.#waiting.size > WAITING_MAX) this.#waiting.delete(this.#waiting.keys().next().value ?? '');
  }

  #flush(nowUs: number): void {
    this.#reportUs = nowUs;
    const tags = this.take();
    for (let at = 0; at < tags.length; at += TAGS_PER_REPORT_MAX)
      this.#sink.report(tags.slice(at, at + TAGS_PER_REPORT_MAX));
  }
}
