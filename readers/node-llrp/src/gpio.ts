import { configurationOf } from './configuration.ts';
import { LlrpError } from './error.ts';
import { numberOf, type Parameter, textOf } from './message.ts';
import type { LlrpClient } from './session.ts';

/** Longest pulse, in milliseconds. */
const PULSE_MS_MAX = 600_000;
/** ImpinjAdvancedGPOConfiguration modes: as it is written, or back again by itself after the pulse's duration. */
const IMPINJ_GPO_MODE = { normal: 0, pulsed: 1 } as const;

export interface GpiState {
  port: number;
  enabled: boolean;
  /** `Unknown` also where the reader says something else. */
  state: 'High' | 'Low' | 'Unknown';
}

/** The inputs as they are now; changes come as GPIEvents (LLRP 1.0.1 section 13.2.6.9). */
export async function gpiStates(client: LlrpClient): Promise<GpiState[]> {
  return (await configurationOf(client, 'GPIPortCurrentState')).map((one) => {
    const state = textOf(one, 'State');
    return {
      port: numberOf(one, 'GPIPortNum'),
      enabled: one['Config'] === true,
      state: state === 'High' || state === 'Low' ? state : 'Unknown',
    };
  });
}

const set = async (client: LlrpClient, ...parameters: Parameter[]): Promise<void> => {
  await client.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters });
};

/** Watches an input, or no more. */
export const enableGpi = (client: LlrpClient, port: number, enabled: boolean): Promise<void> =>
  set(client, { parameter: 'GPIPortCurrentState', GPIPortNum: port, Config: enabled, State: 'Unknown' });

/** The outputs as they were last written. */
export async function gpoStates(client: LlrpClient): Promise<{ port: number; on: boolean }[]> {
  return (await configurationOf(client, 'GPOWriteData')).map((one) => ({
    port: numberOf(one, 'GPOPortNumber'),
    on: one['GPOData'] === true,
  }));
}

const gpo = (GPOPortNumber: number, GPOData: boolean): Parameter => ({
  parameter: 'GPOWriteData',
  GPOPortNumber,
  GPOData,
});

/** Switches an output: a lamp, a buzzer, a barrier. */
export const setGpo = (client: LlrpClient, port: number, on: boolean): Promise<void> => set(client, gpo(port, on));

export interface PulseOptions {
  /** `impinj`: the reader times the pulse itself, so that it ends even if we do not live to see it. */
  timedBy?: 'us' | 'impinj';
  /** Ends the pulse early. */
  signal?: AbortSignal;
}

/**
 * An output on for `ms` milliseconds, then off; resolves when it is off again, or with `timedBy: 'impinj'` when the
 * reader has taken it.
 *
 * @throws LlrpError ENCODE for a duration beyond limits; LlrpStatusError when the reader refuses; CLOSED when the
 *   link is lost, and then the output stays as it is
 */
export async function pulseGpo(
  client: LlrpClient,
  port: number,
  ms: number,
  { timedBy = 'us', signal }: PulseOptions = {},
): Promise<void> {
  if (!Number.isInteger(ms) || ms < 1 || ms > PULSE_MS_MAX)
    throw new LlrpError('ENCODE', `a pulse of ${ms} ms; 1 to ${PULSE_MS_MAX} can be had`);
  if (timedBy === 'impinj') {
    const timed = {
      parameter: 'ImpinjAdvancedGPOConfiguration',
      GPOPortNum: port,
      GPOMode: IMPINJ_GPO_MODE.pulsed,
      GPOPulseDurationMSec: ms,
    };
    await set(client, timed);
    return setGpo(client, port, true);
  }
  await setGpo(client, port, true);
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
    void client.closed.then(end);
    if (signal?.aborted) end();
  });
  await setGpo(client, port, false);
}
