import { LlrpError } from '../error.ts';
import type { Passage } from './scenario.ts';

/** Inputs of the reader: edges by time, and photo-eyes that are high while a group is in a zone. */
export interface GpiScript {
  edges?: readonly { port: number; high: boolean; atMs: number }[];
  eyes?: readonly { port: number; zone: string }[];
}

/** A change of an input, in microseconds of true time. */
export interface Edge {
  port: number;
  high: boolean;
  atUs: number;
}

const EDGES_MAX = 100_000;

/** The inputs and what is going to happen at them. */
export class GpiPorts {
  readonly #script: GpiScript;
  readonly #ports: number;
  #coming: (Edge & { eye: boolean })[] = [];
  readonly #high = new Set<number>();
  /** Groups before each eye. */
  readonly #before = new Map<number, number>();

  constructor(script: GpiScript, zones: readonly string[], ports: number, startUs: number) {
    this.#script = script;
    this.#ports = ports;
    const lost = script.eyes?.find(({ zone }) => !zones.includes(zone));
    if (lost) throw new LlrpError('ENCODE', `the eye at GPI ${lost.port} looks at zone "${lost.zone}", which is none`);
    for (const { port } of script.eyes ?? []) this.#check(port);
    this.repeat(startUs);
  }

  /** The edges of the scenario, counted from `fromUs`. */
  repeat(fromUs: number): void {
    for (const { port, high, atMs } of this.#script.edges ?? [])
      this.#add({ port, high, atUs: fromUs + atMs * 1000, eye: false });
  }

  set(port: number, high: boolean, atUs: number): void {
    this.#add({ port, high, atUs, eye: false });
  }

  /** The eyes will see this group. */
  follow({ zones = [] }: Passage): void {
    for (const { port, zone } of this.#script.eyes ?? []) {
      for (const stay of zones.filter((one) => one.zone === zone)) {
        this.#add({ port, high: true, atUs: stay.enteredAt * 1000, eye: true });
        if (stay.leftAt !== undefined) this.#add({ port, high: false, atUs: stay.leftAt * 1000, eye: true });
      }
    }
  }

  isHigh(port: number): boolean {
    return this.#high.has(port);
  }

  /** What has changed up to now and was not told before, in order. */
  due(nowUs: number): Edge[] {
    const end = this.#coming.findIndex(({ atUs }) => atUs > nowUs);
    const found: Edge[] = [];
    for (const { port, high, atUs, eye } of this.#coming.splice(0, end < 0 ? this.#coming.length : end)) {
      const before = (this.#before.get(port) ?? 0) + (eye ? (high ? 1 : -1) : 0);
      this.#before.set(port, before);
      const now = eye ? before > 0 : high;
      if (now === this.#high.has(port)) continue;
      if (now) this.#high.add(port);
      else this.#high.delete(port);
      found.push({ port, high: now, atUs });
    }
    return found;
  }

  #check(port: number): void {
    if (!(Number.isInteger(port) && port >= 1 && port <= this.#ports))
      throw new LlrpError('ENCODE', `GPI ports are 1 to ${this.#ports}, not ${port}`);
  }

  #add(edge: Edge & { eye: boolean }): void {
    this.#check(edge.port);
    if (this.#coming.length >= EDGES_MAX) throw new LlrpError('TOO_LONG', `more than ${EDGES_MAX} edges to come`);
    const at = this.#coming.findLastIndex(({ atUs }) => atUs <= edge.atUs) + 1;
    this.#coming.splice(at, 0, edge);
  }
}
