import { dopplerHz, phaseOf, type Radio, readChance, REFERENCE_DBM, wakes } from './physics.ts';
import type { Read } from './scenario.ts';

/** How the reader asks on an antenna: the singulation's session, what it does with tags read before, and its power. */
export interface Asking {
  session: number;
  /** ImpinjInventorySearchMode, or empty: a single target. */
  search: string;
  powerDbm: number;
}

/** A tag of a moving group: what its chip remembers (Gen2 section 6.3.2.2). */
export interface Chip {
  /** How long it remembers being read in session 1, whatever the power. */
  session1Us: number;
  /** How long it remembers in sessions 2 and 3 without power. */
  session2Us: number;
  flaggedUs: [number, number, number, number];
  poweredUs: number;
}

/** One question to one tag, before it is known how it is asked. */
export interface Chance {
  chip: Chip;
  tagDbm: number;
  rssiDbm: number;
  metres: number;
  nearingMps: number;
  khz: number;
  /** 0 to 1. */
  luck: number;
  phaseOffset: number;
}

/** Whether the chip still thinks that it was read in this session. */
function remembers(chip: Chip, { session, search }: Asking, atUs: number): boolean {
  if (session === 0 || search === 'Dual_Target') return false;
  const flagged = chip.flaggedUs[session as 1 | 2 | 3];
  if (flagged === -Infinity) return false;
  if (session >= 2) return atUs - chip.poweredUs < chip.session2Us;
  // tag focus: the question itself keeps the flag alive
  const since = search === 'Single_Target_With_Suppression' ? Math.max(flagged, chip.poweredUs) : flagged;
  return atUs - since < chip.session1Us;
}

/** What comes of a question: the read, or nothing. The chip remembers it. */
export function ask(read: Read, chance: Chance, asking: Asking, radio: Radio): Read | undefined {
  const more = asking.powerDbm - REFERENCE_DBM;
  if (!wakes(chance.tagDbm + more)) return undefined;
  const { chip, khz } = chance;
  const silent = remembers(chip, asking, read.at);
  if (!silent) chip.flaggedUs[asking.session as 0 | 1 | 2 | 3] = -Infinity;
  chip.poweredUs = read.at;
  const rssiDbm = chance.rssiDbm + more;
  if (silent || chance.luck >= readChance(rssiDbm, radio)) return undefined;
  chip.flaggedUs[asking.session as 0 | 1 | 2 | 3] = read.at;
  return {
    ...read,
    rssi: Math.round(rssiDbm * 100),
    phase: phaseOf(chance.metres, khz, chance.phaseOffset),
    doppler: Math.round(dopplerHz(chance.nearingMps, khz) * 16),
  };
}
