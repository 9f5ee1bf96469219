import { child, children, connect, type Message, numberOf, powerStepFor } from 'node-llrp';
import { messageOf } from '../src/error.ts';
import type { ReaderConfig } from './config.ts';
import { stampOf } from './session.ts';
import { tlsOf } from './tls.ts';

/** What `collect --check` says about a reader, in one line. */
export interface CheckResult {
  name: string;
  ok: boolean;
  text: string;
}

function faultsOf(config: ReaderConfig, capabilities: Message): string[] {
  const general = child(capabilities, 'GeneralDeviceCapabilities');
  const antennas = numberOf(general, 'MaxNumberOfAntennaSupported');
  const wanted = [...(config.rospec.antennas ?? []), ...Object.keys(config.antennas).map(Number)];
  const beyond = [...new Set(wanted.filter((antenna) => antennas > 0 && antenna > antennas))];
  const weak = Object.entries(config.antennas).flatMap(([antenna, { powerDbm }]) => {
    try {
      if (powerDbm !== undefined) powerStepFor(capabilities, powerDbm);
      return [];
    } catch (error) {
      return [`antenna ${antenna}: ${messageOf(error)}`];
    }
  });
  const missing = beyond.map((antenna) => `antenna ${antenna} is configured, the reader has ${antennas}`);
  return [...missing, ...weak];
}

/** Connects, asks, changes nothing, and closes. */
export async function checkReader(config: ReaderConfig): Promise<CheckResult> {
  const { name, host, port, version } = config;
  try {
    const client = await connect({ host, port, version, tls: tlsOf(config) });
    try {
      const capabilities = await client.request({ message: 'GET_READER_CAPABILITIES', RequestedData: 'All' });
      const rospecs = children(await client.request({ message: 'GET_ROSPECS' }), 'ROSpec').length;
      const faults = faultsOf(config, capabilities);
      const stamp = stampOf(client.greeting);
      const clock =
        stamp?.kind === 'utc' ? `clock off by ${Math.round(client.greetedAt - stamp.ms)} ms` : 'no UTC clock';
      const antennas = numberOf(child(capabilities, 'GeneralDeviceCapabilities'), 'MaxNumberOfAntennaSupported');
      const spoken = client.version === 1 ? '1.0.1' : '1.1';
      const text = `LLRP ${spoken}, ${antennas} antennas, ${rospecs} ROSpecs, ${clock}`;
      return { name, ok: faults.length === 0, text: [...faults, text].join('; ') };
    } finally {
      await client.close();
    }
  } catch (error) {
    return { name, ok: false, text: messageOf(error) };
  }
}
