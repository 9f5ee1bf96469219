import { parseArgs } from 'node:util';
import {
  child,
  enableImpinjExtensions,
  type LlrpClient,
  LlrpError,
  powerStepFor,
  pulseGpo,
  readCapabilities,
  readerFacts,
  setGpo,
  transmitter,
} from 'node-llrp';
import { type Io, UsageError } from '../command.ts';
import { decimal, LINK_OPTIONS, whole, withReader } from './link.ts';

const ANTENNA_MAX = 65_535;
const PORT_MAX = 65_535;
const PULSE_MS_MAX = 600_000;
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
    return `power of ${AntennaID === 0 ? 'all antennas' : `antenna ${AntennaID}`}: ${dbm} dBm${note}`;
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
