import { children, type Message, type Parameter, textOf } from './message.ts';
import { LlrpError } from './error.ts';
import type { LlrpClient } from './session.ts';

/** What SET_READER_CONFIG takes of what GET_READER_CONFIG gives, and the field that tells equal ones apart. */
const SETTABLE: Readonly<Record<string, string>> = {
  ReaderEventNotificationSpec: '',
  AntennaConfiguration: 'AntennaID',
  ROReportSpec: '',
  AccessReportSpec: '',
  KeepaliveSpec: '',
  GPIPortCurrentState: 'GPIPortNum',
  GPOWriteData: 'GPOPortNumber',
  EventsAndReports: '',
};

/** A reader's settings at one moment, to be put back later; plain data that may be kept as JSON. */
export interface ConfigurationSnapshot {
  /** Parameters as GET_READER_CONFIG gave them, without what cannot be set. */
  parameters: Parameter[];
}

/** What putting a snapshot back did, by parameter ("AntennaConfiguration 2"). */
export interface Restored {
  changed: string[];
  /** Settings that the reader would not take back, with its reason. */
  refused: { setting: string; reason: string }[];
}

/** The state of an input is the world's, not a setting. */
function settingOf(parameter: Parameter): Parameter {
  return parameter.parameter === 'GPIPortCurrentState' ? { ...parameter, State: 'Unknown' } : parameter;
}

/** Names of a setting; vendors' parameters count by their place among their like. */
function keyed(parameters: readonly Parameter[]): Map<string, Parameter> {
  const settings = new Map<string, Parameter>();
  for (const one of parameters) {
    const field = SETTABLE[one.parameter];
    const id = field ? ` ${textOf(one, field)}` : '';
    let name = `${one.parameter}${id}`;
    for (let n = 2; settings.has(name); n++) name = `${one.parameter}${id} (${n})`;
    settings.set(name, settingOf(one));
  }
  return settings;
}

/** Identity, antenna properties and the state value are the reader's own; what is no core parameter is a vendor's. */
const READ_ONLY = new Set(['LLRPStatus', 'Identification', 'AntennaProperties', 'LLRPConfigurationStateValue']);

/** GET_READER_CONFIG of everything (LLRP 1.0.1 section 13.2.1). */
export async function snapshotConfiguration(client: LlrpClient): Promise<ConfigurationSnapshot> {
  const request = { message: 'GET_READER_CONFIG', AntennaID: 0, RequestedData: 'All', GPIPortNum: 0, GPOPortNum: 0 };
  const answer: Message = await client.request(request);
  return { parameters: (answer.parameters ?? []).filter((one) => !READ_ONLY.has(one.parameter)) };
}

/**
 * Puts back what differs from the snapshot, setting by setting, so that one that the reader refuses (a vendor's that
 * only it may set, say) does not stand in the way of the others. ROSpecs and AccessSpecs are no part of it.
 */
export async function restoreConfiguration(client: LlrpClient, snapshot: ConfigurationSnapshot): Promise<Restored> {
  const now = keyed((await snapshotConfiguration(client)).parameters);
  const restored: Restored = { changed: [], refused: [] };
  for (const [setting, parameter] of keyed(snapshot.parameters)) {
    if (JSON.stringify(now.get(setting)) === JSON.stringify(parameter)) continue;
    const request = { message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters: [parameter] };
    try {
      await client.request(request);
      restored.changed.push(setting);
    } catch (error) {
      if (!(error instanceof LlrpError) || error.code !== 'STATUS') throw error;
      restored.refused.push({ setting, reason: error.message });
    }
  }
  return restored;
}

/** One section of the reader's configuration, such as KeepaliveSpec. */
export async function configurationOf(client: LlrpClient, section: string): Promise<Parameter[]> {
  const request = { message: 'GET_READER_CONFIG', AntennaID: 0, RequestedData: section, GPIPortNum: 0, GPOPortNum: 0 };
  return children(await client.request(request), section);
}
