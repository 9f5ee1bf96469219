import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  child,
  type ConfigurationSnapshot,
  enableImpinjExtensions,
  keepaliveSpec,
  type LlrpClient,
  LlrpError,
  numberOf,
  type Parameter,
  powerStepFor,
  pulseGpo,
  readCapabilities,
  readerFacts,
  restoreConfiguration,
  setGpo,
  snapshotConfiguration,
  transmitter,
} from 'node-llrp';
import { AppError, messageOf } from '../../error.ts';
import { type Io, UsageError } from '../command.ts';
import { decimal, LINK_OPTIONS, whole, withReader } from './link.ts';

const ANTENNA_MAX = 65_535;
const PORT_MAX = 65_535;
const PULSE_MS_MAX = 600_000;
const MODE_MAX = 65_535;
const SESSION_MAX = 3;
const KEEPALIVE_MS_MAX = 3_600_000;
const SNAPSHOT_BYTES_MAX = 1024 * 1024;
/** Readers restart part of themselves for it. */
const FACTORY_RESET_MS = 30_000;

interface Values {
  antenna: string;
  'hop-table'?: string | undefined;
  'channel-khz'?: string | undefined;
  yes: boolean;
}

/** Does it, and says what was done in one line. */
type Setting = (client: LlrpClient) => Promise<string>;

const words = (rest: string[], count: number, usage: string): void => {
  if (rest.length !== count) throw new UsageError(`tagtrail reader set ${usage}`);
};

function power(rest: string[], values: Values): Setting {
  words(rest, 1, 'power DBM');
  const powerDbm = decimal((rest[0] as string).replace(/dbm$/i, ''), 'the power');
  const AntennaID = whole(values.antenna, '--antenna', 0, ANTENNA_MAX);
  const hopTable = values['hop-table'];
  const channel = values['channel-khz'];
  const options = {
    powerDbm,
    ...(hopTable === undefined ? {} : { hopTable: whole(hopTable, '--hop-table', 0, ANTENNA_MAX) }),
    ...(channel === undefined ? {} : { channelKhz: whole(channel, '--channel-khz', 1, 0xffffffff) }),
  };
  return async (client) => {
    const capabilities = await readCapabilities(client);
    const { antennas } = readerFacts(capabilities);
    if (AntennaID > antennas) throw new UsageError(`--antenna ${AntennaID}: the reader has ${antennas}`);
    const parameters = [transmitter(capabilities, options)];
    const antenna = { parameter: 'AntennaConfiguration', AntennaID, parameters };
    await client.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters: [antenna] });
    const { dbm } = powerStepFor(capabilities, powerDbm);
    const note = dbm === powerDbm ? '' : `, the reader's nearest step not above ${powerDbm}`;
    return `power of ${ofAntennas(AntennaID)}: ${dbm} dBm${note}`;
  };
}

/** Timed by an Impinj itself where it will; elsewhere we wait for the end of the pulse. */
async function pulse(client: LlrpClient, port: number, ms: number): Promise<string> {
  const done = `output ${port}: on for ${ms} ms`;
  if (readerFacts(await readCapabilities(client)).maker === 'Impinj') {
    try {
      await enableImpinjExtensions(client);
      await pulseGpo(client, port, ms, { timedBy: 'impinj' });
      return done;
    } catch (error) {
      if (!(error instanceof LlrpError) || error.code !== 'STATUS') throw error; // older firmware cannot
    }
  }
  await pulseGpo(client, port, ms);
  return done;
}

function gpo(rest: string[]): Setting {
  const usage = 'gpo PORT on|off|MILLISECONDS';
  words(rest, 2, usage);
  const port = whole(rest[0] as string, 'the output', 1, PORT_MAX);
  const how = (rest[1] as string).toLowerCase();
  if (how !== 'on' && how !== 'off') {
    const ms = whole(how.replace(/ms$/, ''), `"on", "off" or a pulse's milliseconds`, 1, PULSE_MS_MAX);
    return (client) => pulse(client, port, ms);
  }
  return async (client) => {
    await setGpo(client, port, how === 'on');
    return `output ${port}: ${how}`;
  };
}

const ofAntennas = (antenna: number): string => (antenna === 0 ? 'all antennas' : `antenna ${antenna}`);

/**
 * Puts one parameter into the C1G2InventoryCommand of an antenna, or of all: the others in it stay as they are, which
 * a reader that is told only the new one would forget.
 */
async function air(client: LlrpClient, antenna: number, changed: Parameter): Promise<void> {
  const { parameters: now } = await snapshotConfiguration(client);
  const meant = now.filter(
    (one) => one.parameter === 'AntennaConfiguration' && (antenna === 0 || numberOf(one, 'AntennaID') === antenna),
  );
  if (meant.length === 0) throw new AppError('invalid', `the reader tells no settings of ${ofAntennas(antenna)}`);
  const parameters = meant.map((one): Parameter => {
    const command = child(one, 'C1G2InventoryCommand');
    const before = (command?.parameters ?? []).filter(({ parameter }) => parameter !== changed.parameter);
    // in the order of the standard: filters, RF control, singulation control, vendors'
    const at = before.findIndex(({ parameter }) => !/^C1G2(Filter|RFControl)$/.test(parameter));
    const inside = at < 0 ? [...before, changed] : before.toSpliced(at, 0, changed);
    const whole = { parameter: 'C1G2InventoryCommand', TagInventoryStateAware: false, ...command, parameters: inside };
    return { parameter: 'AntennaConfiguration', AntennaID: numberOf(one, 'AntennaID'), parameters: [whole] };
  });
  await client.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters });
}

function mode(rest: string[], values: Values): Setting {
  words(rest, 1, 'mode N');
  const ModeIndex = whole(rest[0] as string, 'the mode', 0, MODE_MAX);
  const antenna = whole(values.antenna, '--antenna', 0, ANTENNA_MAX);
  return async (client) => {
    const { modes } = readerFacts(await readCapabilities(client));
    if (!modes.includes(ModeIndex))
      throw new AppError('invalid', `the reader has no RF mode ${ModeIndex}; it lists ${modes.join(', ') || 'none'}`);
    await air(client, antenna, { parameter: 'C1G2RFControl', ModeIndex, Tari: 0 });
    return `RF mode of ${ofAntennas(antenna)}: ${ModeIndex}`;
  };
}

function session(rest: string[], values: Values): Setting {
  words(rest, 1, 'session 0..3');
  const Session = whole(rest[0] as string, 'the session', 0, SESSION_MAX);
  const antenna = whole(values.antenna, '--antenna', 0, ANTENNA_MAX);
  const control = { parameter: 'C1G2SingulationControl', Session, TagPopulation: 32, TagTransitTime: 0 };
  return async (client) => {
    await air(client, antenna, control);
    return `session of ${ofAntennas(antenna)}: ${Session}, where an ROSpec names none`;
  };
}

function keepalive(rest: string[]): Setting {
  words(rest, 1, 'keepalive MILLISECONDS|off');
  const [text = ''] = rest;
  const ms = text === 'off' ? 0 : whole(text.replace(/ms$/, ''), 'the period in milliseconds', 1, KEEPALIVE_MS_MAX);
  return async (client) => {
    const parameters = [keepaliveSpec(ms)];
    await client.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters });
    return ms === 0 ? 'keepalives: off' : `keepalives: every ${ms} ms`;
  };
}

/** A file that `tagtrail reader save` wrote. */
function snapshotOf(file: string): ConfigurationSnapshot {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > SNAPSHOT_BYTES_MAX) throw new Error(`more than ${SNAPSHOT_BYTES_MAX} bytes`);
    const { parameters } = JSON.parse(text) as Partial<ConfigurationSnapshot>;
    if (Array.isArray(parameters) && parameters.every((one) => typeof one?.parameter === 'string'))
      return { parameters };
    throw new Error('not what tagtrail reader save writes');
  } catch (error) {
    throw new UsageError(`${file}: ${messageOf(error)}`);
  }
}

function restore(rest: string[], values: Values): Setting {
  words(rest, 1, 'restore FILE --yes');
  const snapshot = snapshotOf(rest[0] as string);
  surely(values, "puts the reader's settings back for everyone who uses it");
  return async (client) => {
    const { changed, refused } = await restoreConfiguration(client, snapshot);
    if (refused.length > 0) {
      const reasons = refused.map((one) => `${one.setting}: ${one.reason}`).join('; ');
      throw new AppError('conflict', `the reader would not take back ${reasons}`);
    }
    return changed.length > 0 ? `put back: ${changed.join(', ')}` : 'nothing had changed';
  };
}

/** What is dangerous happens only with --yes; without it the command says what it would do. */
function surely({ yes }: Values, what: string): void {
  if (!yes) throw new UsageError(`this ${what}; say --yes if that is meant`);
}

function factory(rest: string[], values: Values): Setting {
  words(rest, 0, 'factory-defaults --yes');
  surely(values, 'resets the whole reader for everyone who uses it');
  return async (client) => {
    const request = { message: 'SET_READER_CONFIG', ResetToFactoryDefault: true };
    await client.request(request, { deadlineMs: FACTORY_RESET_MS });
    return 'factory defaults are back';
  };
}

function idle(rest: string[], values: Values): Setting {
  words(rest, 0, 'idle --yes');
  surely(values, "deletes every ROSpec and AccessSpec on the reader, other programs' too");
  return async (client) => {
    const rospecs = (await client.request({ message: 'GET_ROSPECS' })).parameters ?? [];
    await client.request({ message: 'DELETE_ACCESSSPEC', AccessSpecID: 0 });
    await client.request({ message: 'DELETE_ROSPEC', ROSpecID: 0 });
    const count = rospecs.filter((one) => one !== child({ parameters: rospecs }, 'LLRPStatus')).length;
    return `the reader is idle: ${count} ROSpecs deleted`;
  };
}

const SETTINGS: Record<string, (rest: string[], values: Values) => Setting> = {
  power,
  gpo,
  mode,
  session,
  keepalive,
  restore,
  'factory-defaults': factory,
  idle,
};

/** `tagtrail reader set`. */
export async function set(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...LINK_OPTIONS,
      antenna: { type: 'string', default: '0' },
      'hop-table': { type: 'string' },
      'channel-khz': { type: 'string' },
      yes: { type: 'boolean', default: false },
    },
  });
  const [name = '', ...rest] = positionals;
  const made = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
  if (!made) throw new UsageError(`tagtrail reader set ${Object.keys(SETTINGS).join('|')}, not "${name}"`);
  const setting = made(rest, values);
  const done = await withReader(values, {}, setting);
  io.stdout.write(values.json ? `${JSON.stringify({ host: values.host, set: name, done })}\n` : `${done}\n`);
  return 0;
}
