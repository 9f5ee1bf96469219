import { parseArgs } from 'node:util';
import { connect, type ConnectOptions, LLRP_PORT, LLRP_TLS_PORT, LlrpError, readerFacts } from 'node-llrp';
import { messageOf } from '../../error.ts';
import { type Io, UsageError } from '../command.ts';
import { LINK_OPTIONS, placeOf, tlsOf, whole } from './link.ts';

/** Addresses that are asked in one call: a /22 and a little. */
const HOSTS_MAX = 1024;
const AT_ONCE = 64;
const TIMEOUT_MS = 2_000;
const TIMEOUT_MS_MAX = 60_000;
const PORT_MAX = 65_535;
const PREFIX_MIN = 22;

/** What a host turned out to be. */
interface Found {
  host: string;
  port: number;
  reader: boolean;
  text: string;
  maker?: string;
  model?: number;
  firmware?: string;
  antennas?: number;
}
type Place = { host: string; port: number };

/** Addresses of an IPv4 network, without its first and last; undefined for what is none. */
function network(text: string): string[] | undefined {
  const [, a, b, c, d, bits] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text) ?? [];
  if (bits === undefined) return undefined;
  const parts = [a, b, c, d].map(Number);
  const prefix = Number(bits);
  if (parts.some((part) => part > 255) || prefix > 32) throw new UsageError(`"${text}" is no network`);
  if (prefix < PREFIX_MIN) throw new UsageError(`${text} has too many addresses: a /${PREFIX_MIN} is the largest`);
  const size = 2 ** (32 - prefix);
  const address = parts.reduce((sum, part) => sum * 256 + part, 0);
  const first = Math.floor(address / size) * size;
  const all = Array.from({ length: size }, (_, i) => first + i);
  const hosts = size > 2 ? all.slice(1, -1) : all;
  return hosts.map((host) => [24, 16, 8, 0].map((shift) => (host >>> shift) & 255).join('.'));
}

function placesOf(texts: string[], port: number): Place[] {
  const places = texts.flatMap((text): Place[] => {
    const hosts = network(text);
    return hosts ? hosts.map((host) => ({ host, port })) : [{ port, ...placeOf(text) }];
  });
  const all = [...new Map(places.map((place) => [`${place.host} ${place.port}`, place])).values()];
  if (all.length > HOSTS_MAX) throw new UsageError(`${all.length} hosts; at most ${HOSTS_MAX} are asked at once`);
  return all;
}

/** Greets one host as a client does, asks what it is, and hangs up. Nothing is changed on it. */
async function ask({ host, port }: Place, tls: ConnectOptions['tls'], timeoutMs: number): Promise<Found> {
  const deadlines = { connectMs: timeoutMs, greetingMs: timeoutMs, responseMs: timeoutMs, closeMs: timeoutMs };
  try {
    const client = await connect({ host, port, tls: tls ?? false, version: '1.0.1', deadlines });
    const request = { message: 'GET_READER_CAPABILITIES', RequestedData: 'General_Device_Capabilities' };
    try {
      const { maker, model, firmware, antennas } = readerFacts(await client.request(request));
      const text = `${maker} model ${model}, firmware ${firmware || 'not told'}, ${antennas} antennas`;
      return { host, port, reader: true, text, maker, model, firmware, antennas };
    } catch (error) {
      return { host, port, reader: true, text: messageOf(error) }; // it greeted: a reader, if an odd one
    } finally {
      await client.close();
    }
  } catch (error) {
    if (!(error instanceof LlrpError)) throw error;
    // only a reader refuses with a ConnectionAttemptEvent
    const text = error.message.replace(`${host}:${port}: `, '');
    return {
      host,
      port,
      reader: /holds|refuses the connection|reports another/.test(error.message),
      text,
    };
  }
}

/** The work of `places`, so many at a time, each told as soon as it is known. */
async function askAll(places: Place[], one: (place: Place) => Promise<void>): Promise<void> {
  const waiting = places.values();
  const lane = async (): Promise<void> => {
    for (const place of waiting) await one(place);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, places.length) }, lane));
}

/** `tagtrail reader list`. */
export async function list(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { ...LINK_OPTIONS, timeout: { type: 'string', default: String(TIMEOUT_MS) } },
  });
  const tls = tlsOf(values);
  const usual = tls === false ? LLRP_PORT : LLRP_TLS_PORT;
  const port = values.port === undefined ? usual : whole(values.port, '--port', 1, PORT_MAX);
  const timeoutMs = whole(values.timeout, '--timeout', 1, TIMEOUT_MS_MAX);
  const texts = values.host === undefined ? positionals : [values.host, ...positionals];
  if (texts.length === 0) throw new UsageError('tagtrail reader list HOST… or a network such as 192.168.1.0/24');
  const named = new Set(texts.filter((text) => !text.includes('/')).map((text) => placeOf(text).host));
  let readers = 0;
  await askAll(placesOf(texts, port), async (place) => {
    const found = await ask(place, tls, timeoutMs);
    if (found.reader) readers++;
    const { text, ...facts } = found;
    const shown = found.reader || named.has(found.host);
    if (values.json && shown) io.stdout.write(`${JSON.stringify({ ...facts, text })}\n`);
    else if (shown) (found.reader ? io.stdout : io.stderr).write(`${found.host}:${found.port}  ${text}\n`);
  });
  return readers > 0 ? 0 : 1;
}
