import { child, children, type Message, numberOf, type Parameter, textOf } from '../message.ts';
import { AccessSpecs } from './access.ts';
import {
  airProtocol,
  dbmOf,
  generalDevice,
  llrpCapabilities,
  type Model,
  MODELS,
  regulatory,
  type Vendor,
} from './capabilities.ts';
import { checkROSpec, checkVendors } from './check-rospec.ts';
import {
  changeConfiguration,
  type Configuration,
  factoryDefaults,
  readConfiguration,
  settingOf,
} from './configuration.ts';
import type { ReaderClock } from './clock.ts';
import { firesOn, Inventory } from './inventory.ts';
import { Refusal, SUCCESS, statusOf, statusOfRefusal } from './refusal.ts';
import type { Field, Read } from './scenario.ts';
import type { MemoryScript } from './tag-memory.ts';
import type { TruthLog } from './truth.ts';
import type { Edge } from './gpio.ts';

/** A message that the reader sends; the link adds version and, to what is no answer, the reader's own id. */
export type Outgoing = { message: string; parameters: Parameter[] } & { [field: string]: Message[string] };

/** Where reports and events go; the link decides when. */
export interface Outlet {
  report(tags: Parameter[]): void;
  event(event: Parameter): void;
  /** An ROSpec has stopped, its last reports are given. */
  ended(): void;
  /** The keepalive period or the holding of reports may have changed. */
  configured(): void;
}

type State = 'Disabled' | 'Inactive' | 'Active';

interface Held {
  spec: Parameter;
  state: State;
  /** When a periodic start is due next, in microseconds. */
  nextStartUs: number;
}

/** What a reader is made of. `now` gives the true time in microseconds since 1970. */
export interface ReaderParts {
  field: Field;
  vendor: Vendor;
  memory: MemoryScript;
  outlet: Outlet;
  clock: ReaderClock;
  truth: TruthLog;
  now: () => number;
}

/** ImpinjAdvancedGPOConfiguration's mode in which an output falls back after its time. */
const GPO_PULSED = 1;
const ROSPEC_EVENT = { start: 'Start_Of_ROSpec', end: 'End_Of_ROSpec', preempted: 'Preemption_Of_ROSpec' } as const;

const startTrigger = (spec: Parameter): Parameter | undefined =>
  child(child(spec, 'ROBoundarySpec'), 'ROSpecStartTrigger');

/**
 * The reader behind the link: configuration, ROSpecs and their life (LLRP 1.0.1 section 11.1), which outlive every
 * connection. It answers requests and sends what it hears in its field to the outlet.
 */
export class Reader {
  configuration: Configuration;
  readonly field: Field;
  readonly vendor: Vendor;
  readonly #model: Model;
  readonly #truth: TruthLog;
  /** IMPINJ_ENABLE_EXTENSIONS was said on this connection. */
  extensions = false;
  readonly access: AccessSpecs;
  readonly #outlet: Outlet;
  readonly #clock: ReaderClock;
  readonly #now: () => number;
  /** Antennas that are lost, and when they come back, in microseconds. */
  readonly #lost = new Map<number, number>();
  /** Inputs that have not settled yet, and outputs that fall back by themselves, with the time in microseconds. */
  readonly #bouncing = new Map<number, Edge>();
  readonly #pulses = new Map<number, number>();
  readonly #rospecs = new Map<number, Held>();
  #running: Inventory | undefined;

  constructor({ field, vendor, memory, outlet, clock, truth, now }: ReaderParts) {
    this.field = field;
    this.vendor = vendor;
    this.#model = MODELS[vendor];
    this.#truth = truth;
    this.configuration = factoryDefaults(field.antennas, this.#model);
    this.access = new AccessSpecs({
      model: this.#model,
      antennas: field.antennas,
      memory,
      truth,
      report: (tags) => outlet.report(tags),
    });
    this.#outlet = outlet;
    this.#clock = clock;
    this.#now = now;
  }

  /** The answers to one request; none for messages that have none. */
  handle(request: Message): Outgoing[] {
    const answer = ANSWERS[request.message];
    if (!answer) return [unsupported(request)];
    this.advance();
    try {
      return answer(this, request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return [{ message: `${request.message}_RESPONSE`, parameters: [statusOfRefusal(error, request.version)] }];
    }
  }

  /** Lets time pass: reads are gathered, triggers fire. Called often. */
  advance(): void {
    const nowUs = this.#now();
    const reads = this.field
      .due(nowUs, this.#running !== undefined)
      .filter(({ at, antenna }) => !(at < (this.#lost.get(antenna) ?? 0)));
    for (const [antenna, untilUs] of this.#lost) if (untilUs <= nowUs) this.#antennaBack(antenna);
    for (const [port, untilUs] of this.#pulses) if (untilUs <= nowUs) this.#pulseOver(port, untilUs);
    let next = 0;
    for (const edge of this.#settled(this.field.gpi.due(nowUs), nowUs)) {
      const end = reads.findIndex(({ at }) => at > edge.atUs);
      const until = end < 0 ? reads.length : Math.max(end, next);
      this.#gather(reads.slice(next, until), edge.atUs);
      this.#edge(edge);
      next = until;
    }
    this.#gather(reads.slice(next), nowUs);
  }

  #gather(reads: readonly Read[], nowUs: number): void {
    if (this.#running?.advance(reads, nowUs)) this.#stop(nowUs);
    for (const held of this.#rospecs.values()) {
      if (held.state !== 'Inactive' || held.nextStartUs > nowUs || this.#running) continue;
      const periodMs = numberOf(child(startTrigger(held.spec), 'PeriodicTriggerValue'), 'Period');
      held.nextStartUs = periodMs === 0 ? Infinity : held.nextStartUs + periodMs * 1000;
      this.#start(held, nowUs);
    }
  }

  /** Edges that have lasted as long as the port's debounce time wants; shorter ones are gone. */
  #settled(edges: readonly Edge[], nowUs: number): Edge[] {
    const told: Edge[] = [];
    const debounceUs = (port: number): number =>
      numberOf(settingOf(this.configuration, 'ImpinjGPIDebounceConfiguration', port), 'GPIDebounceTimerMSec') * 1000;
    const settle = (edge: Edge): void => void told.push({ ...edge, atUs: edge.atUs + debounceUs(edge.port) });
    for (const edge of edges) {
      const before = this.#bouncing.get(edge.port);
      this.#bouncing.delete(edge.port);
      if (before && edge.atUs - before.atUs < debounceUs(edge.port)) continue; // it fell back: neither happened
      if (before) settle(before);
      if (debounceUs(edge.port) === 0) told.push(edge);
      else this.#bouncing.set(edge.port, edge);
    }
    for (const edge of [...this.#bouncing.values()].filter(({ port, atUs }) => nowUs - atUs >= debounceUs(port))) {
      this.#bouncing.delete(edge.port);
      settle(edge);
    }
    return told.sort((a, b) => a.atUs - b.atUs);
  }

  #pulseOver(port: number, atUs: number): void {
    this.#pulses.delete(port);
    this.configuration.gpo.set(port, false);
    this.#truth.add('gpo', atUs / 1000, { port, high: false });
  }

  /** An input has changed: the client is told, ROSpecs start and stop by it. */
  #edge({ port, high, atUs }: Edge): void {
    this.#truth.add('gpi', atUs / 1000, { port, high });
    if (this.configuration.gpi.get(port) !== true) return;
    if (this.configuration.events.get('GPI_Event'))
      this.#outlet.event({ parameter: 'GPIEvent', GPIPortNumber: port, GPIEvent: high });
    if (this.#running?.edge(port, high, atUs)) this.#stop(atUs);
    for (const held of this.#rospecs.values()) {
      const trigger = startTrigger(held.spec);
      const fires = trigger?.['ROSpecStartTriggerType'] === 'GPI' && firesOn(trigger, port, high);
      if (fires && held.state === 'Inactive' && this.#yields(held)) this.#start(held, atUs);
    }
  }

  capabilities(request: Message): Outgoing {
    const wanted: Record<string, () => Parameter[]> = {
      General_Device_Capabilities: () => [generalDevice(this.field.antennas, this.#model, this.#clock.utc)],
      LLRP_Capabilities: () => [llrpCapabilities(this.#model)],
      Regulatory_Capabilities: () => [regulatory(this.#model)],
      LLRP_Air_Protocol_Capabilities: () => [airProtocol(this.#model, request.version)],
    };
    const name = textOf(request, 'RequestedData');
    if (name !== 'All' && !Object.hasOwn(wanted, name))
      throw new Refusal('A_OutOfRange', `RequestedData ${name} is not known`, [], 0);
    const parts = Object.entries(wanted).filter(([key]) => name === 'All' || key === name);
    return {
      message: 'GET_READER_CAPABILITIES_RESPONSE',
      parameters: [SUCCESS, ...parts.flatMap(([, part]) => part())],
    };
  }

  getConfiguration(request: Message): Outgoing {
    const around = {
      lostAntennas: new Set(this.#lost.keys()),
      isHigh: (port: number) => this.field.gpi.isHigh(port),
      extended: this.extensions,
    };
    return {
      message: 'GET_READER_CONFIG_RESPONSE',
      parameters: [SUCCESS, ...readConfiguration(this.configuration, request, around)],
    };
  }

  setConfiguration(request: Message): void {
    this.configuration = changeConfiguration(this.configuration, request, this.#model, this.extensions);
    for (const one of children(request, 'GPOWriteData')) {
      const [port, high] = [one['GPOPortNumber'], one['GPOData']];
      this.#truth.add('gpo', this.#now() / 1000, { port, high });
      const advanced = settingOf(this.configuration, 'ImpinjAdvancedGPOConfiguration', numberOf(one, 'GPOPortNumber'));
      const pulseUs = numberOf(advanced, 'GPOPulseDurationMSec') * 1000;
      if (high === true && advanced?.['GPOMode'] === GPO_PULSED)
        this.#pulses.set(numberOf(one, 'GPOPortNumber'), this.#now() + pulseUs);
    }
    this.#outlet.configured();
  }

  add(spec: Parameter): void {
    checkROSpec(spec, this.field.antennas, this.#model);
    checkVendors(spec, ['ROSpec'], this.vendor === 'impinj' && !this.extensions ? 'none' : this.vendor);
    const id = numberOf(spec, 'ROSpecID');
    if (this.#rospecs.has(id)) throw new Refusal('A_Invalid', `ROSpecID ${id} is in use`, ['ROSpec'], 0);
    if (this.#rospecs.size >= this.#model.rospecs)
      throw new Refusal('P_OverflowParameter', `more than ${this.#model.rospecs} ROSpecs`, ['ROSpec']);
    this.#rospecs.set(id, { spec, state: 'Disabled', nextStartUs: Infinity });
  }

  /** ROSpecID 0 means all of them, there may be none. */
  #meant(id: number): Held[] {
    if (id === 0) return [...this.#rospecs.values()];
    const held = this.#rospecs.get(id);
    if (!held) throw new Refusal('A_Invalid', `there is no ROSpec ${id}`, [], 0);
    return [held];
  }

  enable(id: number): void {
    for (const held of this.#meant(id).filter(({ state }) => state === 'Disabled')) {
      held.state = 'Inactive';
      const trigger = startTrigger(held.spec);
      const type = trigger?.['ROSpecStartTriggerType'];
      const offsetMs = numberOf(child(trigger, 'PeriodicTriggerValue'), 'Offset');
      if (type === 'Periodic') held.nextStartUs = this.#now() + offsetMs * 1000;
      if (type === 'Immediate' && this.#yields(held)) this.#start(held, this.#now());
    }
  }

  disable(id: number): void {
    for (const held of this.#meant(id)) {
      if (held.state === 'Active') this.#stop(this.#now());
      held.state = 'Disabled';
      held.nextStartUs = Infinity;
    }
  }

  start(id: number): void {
    const [held] = id === 0 ? [] : this.#meant(id);
    if (!held) throw new Refusal('A_Invalid', 'START_ROSPEC needs one ROSpecID', [], 0);
    if (held.state === 'Disabled') throw new Refusal('A_Invalid', `ROSpec ${id} is disabled`, [], 0);
    if (held.state === 'Inactive') this.#start(held, this.#now());
  }

  stop(id: number): void {
    const [held] = id === 0 ? [] : this.#meant(id);
    if (!held) throw new Refusal('A_Invalid', 'STOP_ROSPEC needs one ROSpecID', [], 0);
    if (held.state === 'Disabled') throw new Refusal('A_Invalid', `ROSpec ${id} is disabled`, [], 0);
    if (held.state === 'Active') this.#stop(this.#now());
  }

  delete(id: number): void {
    for (const held of this.#meant(id)) {
      if (held.state === 'Active') this.#stop(this.#now());
      this.#rospecs.delete(numberOf(held.spec, 'ROSpecID'));
    }
  }

  rospecs(): Parameter[] {
    return [...this.#rospecs.values()].map(({ spec, state }) => ({ ...spec, CurrentState: state }));
  }

  /** What waits for GET_REPORT. */
  takeReport(): Parameter[] {
    return this.#running?.take() ?? [];
  }

  /** Whether nothing runs, or only an ROSpec of lower priority (higher number). */
  #yields(held: Held): boolean {
    const current = this.#running && this.#rospecs.get(this.#running.id);
    return !current || numberOf(held.spec, 'Priority') < numberOf(current.spec, 'Priority');
  }

  /** One ROSpec runs at a time: a higher priority takes over, an equal or lower one is refused. */
  #start(held: Held, nowUs: number): void {
    const id = numberOf(held.spec, 'ROSpecID');
    if (!this.#yields(held)) {
      throw new Refusal('R_DeviceError', `ROSpec ${this.#running?.id} is active and not of a lower priority`, [], 0);
    }
    this.#stop(nowUs, id);
    held.state = 'Active';
    this.#running = new Inventory(held.spec, this.configuration.roReportSpec, nowUs, {
      clock: this.#clock,
      selected: (epc, filters) => this.access.selected(epc, filters),
      hear: (read, rospecId) => this.access.hear(read, rospecId, this.configuration.accessReportSpec),
      keep: (accessSpecId, tag) => this.access.keep(accessSpecId, tag),
      radio: this.field.radio,
      settings: (antenna) => this.configuration.antennas.get(antenna) ?? new Map(),
      dbmOf: (index) => dbmOf(this.#model, index),
      report: (tags) => this.#outlet.report(tags),
      extended: () => this.vendor === 'zebra' || this.extensions,
      aiSpecEnded: (rospecId, specIndex) => this.#aiSpecEnded(rospecId, specIndex),
    });
    this.#rospecEvent(ROSPEC_EVENT.start, id, 0);
  }

  /** Ends the run; what waits is reported. */
  #stop(nowUs: number, preemptedBy = 0): void {
    const running = this.#running;
    if (!running) return;
    running.end(nowUs);
    this.#outlet.ended();
    this.#running = undefined;
    const held = this.#rospecs.get(running.id);
    if (held) held.state = 'Inactive';
    this.#rospecEvent(preemptedBy === 0 ? ROSPEC_EVENT.end : ROSPEC_EVENT.preempted, running.id, preemptedBy);
  }

  /** Stops the ROSpec that runs, as a reader does on its own, and starts it again after a while. */
  restart(afterMs: number): void {
    const held = this.#running && this.#rospecs.get(this.#running.id);
    if (!held) return;
    const nowUs = this.#now();
    this.#stop(nowUs);
    held.nextStartUs = nowUs + afterMs * 1000;
  }

  /** An antenna falls off; there may be none of that number. */
  loseAntenna(antenna: number, ms: number): void {
    if (antenna > this.field.antennas) return;
    const known = this.#lost.has(antenna);
    this.#lost.set(antenna, this.#now() + ms * 1000);
    if (!known) this.#antennaEvent(antenna, 'Antenna_Disconnected');
  }

  #antennaBack(antenna: number): void {
    this.#lost.delete(antenna);
    this.#antennaEvent(antenna, 'Antenna_Connected');
  }

  #antennaEvent(AntennaID: number, EventType: string): void {
    if (!this.configuration.events.get('Antenna_Event')) return;
    this.#outlet.event({ parameter: 'AntennaEvent', EventType, AntennaID });
  }

  #rospecEvent(type: string, ROSpecID: number, PreemptingROSpecID: number): void {
    if (!this.configuration.events.get('ROSpec_Event')) return;
    this.#outlet.event({ parameter: 'ROSpecEvent', EventType: type, ROSpecID, PreemptingROSpecID });
  }

  #aiSpecEnded(ROSpecID: number, SpecIndex: number): void {
    const { events } = this.configuration;
    if (!events.get('AISpec_Event') && !events.get('AISpec_Event_With_Details')) return;
    this.#outlet.event({ parameter: 'AISpecEvent', EventType: 'End_Of_AISpec', ROSpecID, SpecIndex });
  }
}

function unsupported(request: Message): Outgoing {
  const what = request.message === 'UNKNOWN_MESSAGE' ? `message type ${numberOf(request, 'type')}` : request.message;
  return { message: 'ERROR_MESSAGE', parameters: [statusOf('M_UnsupportedMessage', `${what} is not supported`)] };
}

const done = (request: Message, parameters: Parameter[] = []): Outgoing[] => [
  { message: `${request.message}_RESPONSE`, parameters: [SUCCESS, ...parameters] },
];

/** A request about the ROSpec that it names. */
const about =
  (act: (reader: Reader, id: number) => void) =>
  (reader: Reader, request: Message): Outgoing[] => {
    act(reader, numberOf(request, 'ROSpecID'));
    return done(request);
  };

/** A request about the AccessSpec that it names. */
const accessing =
  (act: (reader: Reader, id: number) => void) =>
  (reader: Reader, request: Message): Outgoing[] => {
    act(reader, numberOf(request, 'AccessSpecID'));
    return done(request);
  };

/** One function per request that this reader knows. */
const ANSWERS: Record<string, (reader: Reader, request: Message) => Outgoing[]> = {
  GET_READER_CAPABILITIES: (reader, request) => [reader.capabilities(request)],
  GET_READER_CONFIG: (reader, request) => [reader.getConfiguration(request)],
  SET_READER_CONFIG: (reader, request) => {
    reader.setConfiguration(request);
    return done(request);
  },
  ADD_ROSPEC: (reader, request) => {
    reader.add(child(request, 'ROSpec') as Parameter);
    return done(request);
  },
  DELETE_ROSPEC: about((reader, id) => reader.delete(id)),
  START_ROSPEC: about((reader, id) => reader.start(id)),
  STOP_ROSPEC: about((reader, id) => reader.stop(id)),
  ENABLE_ROSPEC: about((reader, id) => reader.enable(id)),
  DISABLE_ROSPEC: about((reader, id) => reader.disable(id)),
  GET_ROSPECS: (reader, request) => done(request, reader.rospecs()),
  ADD_ACCESSSPEC: (reader, request) => {
    reader.access.add(child(request, 'AccessSpec') as Parameter);
    return done(request);
  },
  DELETE_ACCESSSPEC: accessing((reader, id) => reader.access.delete(id)),
  ENABLE_ACCESSSPEC: accessing((reader, id) => reader.access.enable(id)),
  DISABLE_ACCESSSPEC: accessing((reader, id) => reader.access.disable(id)),
  GET_ACCESSSPECS: (reader, request) => done(request, reader.access.list()),
  GET_REPORT: (reader) => [{ message: 'RO_ACCESS_REPORT', parameters: reader.takeReport() }],
  IMPINJ_ENABLE_EXTENSIONS: (reader, request) => {
    if (reader.vendor !== 'impinj') return [unsupported(request)];
    reader.extensions = true;
    return done(request);
  },
};
