import { LlrpError, type Message, powerStepFor, readerFacts, type ReaderFacts, transmitter } from 'node-llrp';
import { messageOf } from '../src/error.ts';
import type { ReaderConfig } from './config.ts';

/** Something configured that the reader does not have. */
export interface Misfit {
  /** What is wrong and what to do about it, in a sentence. */
  text: string;
  /** The reader cannot be run as configured; else it is run, and the sentence is an alarm. */
  fatal: boolean;
}

type Check = (config: ReaderConfig, facts: ReaderFacts, capabilities: Message) => Misfit[];

const listed = (values: readonly (number | string)[]): string => values.join(', ') || 'none';

function antennas({ rospec, antennas: named }: ReaderConfig, facts: ReaderFacts): Misfit[] {
  if (facts.antennas === 0) return []; // not told
  const asked = rospec.antennas ?? [];
  const beyond = [...new Set([...asked, ...Object.keys(named).map(Number)])].filter((one) => one > facts.antennas);
  return beyond.map((one) => ({
    text: `antenna ${one} is configured, but the reader has ${facts.antennas}: take it out of "antennas" and "rospec.antennas", or name another reader`,
    fatal: asked.includes(one) || named[one]?.powerDbm !== undefined,
  }));
}

/** Antennas with a power of their own, and 0 for the power of all others. */
function powers({ rospec, antennas: named }: ReaderConfig): [antenna: number, powerDbm: number][] {
  const own = Object.entries(named).map(([antenna, one]): [number, number | undefined] => [
    Number(antenna),
    one.powerDbm,
  ]);
  return [[0, rospec.powerDbm] as const, ...own].flatMap(([antenna, dbm]): [number, number][] =>
    dbm === undefined ? [] : [[antenna, dbm]],
  );
}

/** Runs `make`; what it finds missing in the reader's tables, or undefined. */
function lackOf(make: () => unknown): string | undefined {
  try {
    make();
    return undefined;
  } catch (error) {
    if (error instanceof LlrpError && error.code === 'CAPABILITY') return messageOf(error);
    throw error;
  }
}

function power(config: ReaderConfig, facts: ReaderFacts, capabilities: Message): Misfit[] {
  const weakest = facts.powers[0]?.dbm;
  return powers(config).flatMap(([antenna, dbm]) => {
    const lack = lackOf(() => powerStepFor(capabilities, dbm));
    if (lack === undefined) return [];
    const advice = weakest === undefined ? 'leave powerDbm out' : `set powerDbm to ${weakest} or more, or leave it out`;
    const where = antenna === 0 ? '"rospec.powerDbm"' : `antenna ${antenna}`;
    return [{ text: `${where}: ${lack}: ${advice}`, fatal: true }];
  });
}

function frequencies({ rospec }: ReaderConfig, { powers: steps }: ReaderFacts, capabilities: Message): Misfit[] {
  const { hopTable, channelKhz } = rospec;
  const strongest = steps.at(-1);
  if (!strongest || (hopTable === undefined && channelKhz === undefined)) return [];
  const lack = lackOf(() => transmitter(capabilities, { powerDbm: strongest.dbm, ...place(rospec) }));
  if (lack === undefined) return [];
  const option = hopTable === undefined ? 'rospec.channelKhz' : 'rospec.hopTable';
  return [{ text: `${lack}: choose one of those, or leave "${option}" out`, fatal: true }];
}

function modes({ rospec: { mode } }: ReaderConfig, facts: ReaderFacts): Misfit[] {
  if (mode === undefined || facts.modes.includes(mode)) return [];
  const text = `the reader has no RF mode ${mode}; it lists ${listed(facts.modes)}: choose one of those, or leave "rospec.mode" out`;
  return [{ text, fatal: true }];
}

function inputs(config: ReaderConfig, facts: ReaderFacts): Misfit[] {
  if (facts.antennas === 0) return []; // nothing is told
  const beyond = inputsOf(config).filter((port) => port > facts.gpis);
  return beyond.map((port) => ({
    text: `input ${port} is configured, but the reader has ${facts.gpis}: name another in "window" or "cycle"`,
    fatal: false,
  }));
}

const CHECKS: readonly Check[] = [antennas, power, frequencies, modes, inputs];

/** Hop table or channel as configured, for `transmitter`. */
export function place({ hopTable, channelKhz }: ReaderConfig['rospec']): { hopTable?: number; channelKhz?: number } {
  return { ...(hopTable === undefined ? {} : { hopTable }), ...(channelKhz === undefined ? {} : { channelKhz }) };
}

/** The general purpose inputs that the filter waits for. */
export function inputsOf({ filter: { window, cycle } }: ReaderConfig): number[] {
  const eyes = [window?.open, window?.close, window?.second, cycle?.start, cycle?.stop];
  return [...new Set(eyes.flatMap((eye) => (eye ? [eye.gpi] : [])))];
}

/**
 * What is configured and not among the reader's capabilities: antennas, powers, hop table or channel, RF mode, inputs.
 * Tables differ by region and model, so that a constant of another region is refused, or means something else.
 */
export function misfits(config: ReaderConfig, capabilities: Message): Misfit[] {
  const facts = readerFacts(capabilities);
  return CHECKS.flatMap((check) => check(config, facts, capabilities));
}
