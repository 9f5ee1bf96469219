import { createWriteStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import {
  type Certificates,
  type Emulator,
  FAULTS,
  LLRP_PORT,
  LLRP_TLS_PORT,
  LlrpError,
  parseScenario,
  type Scenario,
  startEmulator,
  type Vendor,
} from 'node-llrp';
import { messageOf } from '../../error.ts';
import { type Command, UsageError } from '../command.ts';

const PORT_MAX = 65_535;
const VENDORS: readonly Vendor[] = ['none', 'impinj', 'zebra'];
const VERSIONS = ['1.0.1', '1.1'] as const;

/** One line a fault: its name and its numbers with what they are unless said. */
const faultLines = (): string =>
  Object.entries(FAULTS)
    .map(([name, ranges]) => {
      const numbers = Object.entries(ranges as Record<string, readonly number[]>).map(
        ([n, [usual]]) => `${n} ${usual}`,
      );
      return `  ${name}${numbers.length > 0 ? ` (${numbers.join(', ')})` : ''}`;
    })
    .join('\n');

interface TlsOptions {
  tls: boolean;
  cert?: string | undefined;
  key?: string | undefined;
  'client-ca'?: string | undefined;
}

const help = `
tagtrail emulate [--port N] [--host H] [--scenario FILE] [--seed N] [--llrp 1.0.1|1.1] [--vendor none|impinj|zebra]
                 [--truth FILE] [--tls [--cert FILE --key FILE] [--client-ca FILE]]

A UHF reader that speaks LLRP to any client: strict about the standard, with a scripted field in front of its antennas.
The first line on standard output is {"listening": PORT}. It ends on SIGTERM or SIGINT.

  --port N        port to listen on (default 5084, 5085 with TLS; 0 takes a free one)
  --host H        address to listen on (default 127.0.0.1)
  --scenario FILE what passes the antennas, as JSON; without it 20 SGTIN-96 tags stand in the field
  --seed N        the same seed gives the same reads (default 1)
  --llrp V        highest version spoken (default 1.1)
  --vendor V      whose extensions it knows (default none)
  --tls           TLS; without --cert it makes a certificate and prints it as "certificate" in the first line
  --cert, --key   PEM files of its certificate and key
  --client-ca     PEM file: clients have to show a certificate signed by it
  --truth FILE    what really happened, as JSON Lines, written at the end: passages with their way, what was sent of
                  each EPC, what was lost, faults and what they hit, connections; times are true milliseconds

A scenario, all of it optional: {"antennas": 4, "loopMs": 60000,
  "standing": [{"tags": ["3034257bf7194e4000000001"], "antennas": [3], "readsPerSecond": 5, "rssiDbm": -55}],
  "passing": [{"tags": {"companyPrefix": "0614141", "item": "112345", "firstSerial": 1, "count": 40},
               "antennas": [1, 2], "startMs": 2000, "durationMs": 3000, "readsPerSecond": 20, "peakDbm": -45}],
  "clock": {"utc": true, "offsetMs": 0, "driftPpm": 0, "jumps": [{"atMs": 60000, "byMs": -3600000}]},
  "faults": [{"fault": "silence", "atMs": 30000, "with": {"ms": 8000}},
             {"fault": "half-frame", "chancePerSecond": 0.02, "repeat": 10}]}

Instead of a number, "antennas" may be a list of places, in metres and degrees; groups move past them, and what is heard
comes from distance, gain and angle, fading, the session asked for and what a chip remembers of it:
  "antennas": [{"position": [0, 2, 2], "facing": [0, -1, -0.5], "gainDbi": 6, "beamwidthDeg": 70}, …],
  "zones": [{"name": "hall", "from": [4, -5], "to": [20, 5], "inside": true}],
  "groups": [{"name": "pallet", "tags": …, "path": [[-6, 0, 1], [8, 0, 1]], "speedMps": 1.2, "startMs": 2000,
              "pauses": [{"point": 1, "ms": 500}], "spreadM": 0.5, "stays": false}],
  "radio": {"fadingDb": 2, "floorDbm": -80, "halfDbm": -72, "roundsPerSecond": 5}
  "gpi": {"edges": [{"port": 1, "high": true, "atMs": 3000}], "eyes": [{"port": 2, "zone": "hall"}]}
  "memory": {"userWords": 32, "user": "c0ffee00", "accessPassword": "00000000", "killPassword": "00000000"}
An eye is high while a group is in its zone.

Faults come at "atMs", every "everyMs" or by "chancePerSecond", "repeat" times at most; numbers are those in brackets:
${faultLines()}

Example:
  tagtrail emulate --port 5084 --vendor impinj
`;

/** A whole number from an option, within limits. */
function whole(text: string, name: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max)
    throw new UsageError(`--${name} is a whole number up to ${max}, not "${text}"`);
  return value;
}

function oneOf<T extends string>(text: string, name: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found === undefined) throw new UsageError(`--${name} is one of ${known.join(', ')}, not "${text}"`);
  return found;
}

async function scenarioOf(file: string): Promise<Scenario> {
  try {
    return parseScenario(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new UsageError(`${file}: ${messageOf(error)}`);
  }
}

async function pem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: ${messageOf(error)}`);
  }
}

/** Certificates from the options: none, of its own making, or from files. */
async function tlsOf(values: TlsOptions): Promise<boolean | Certificates> {
  const { tls, cert, key, 'client-ca': clientCa } = values;
  const given = [cert, key, clientCa].some((one) => one !== undefined);
  if (given && !tls) throw new UsageError('--cert, --key and --client-ca need --tls');
  if (!given) return tls;
  if (cert === undefined || key === undefined) throw new UsageError('--cert and --key go together');
  const [certificate, privateKey] = [await pem(cert), await pem(key)];
  return { cert: certificate, key: privateKey, ...(clientCa === undefined ? {} : { ca: await pem(clientCa) }) };
}

/** Makes sure that the file can be written before anything happens. */
async function claim(file: string): Promise<void> {
  try {
    await (await open(file, 'w')).close();
  } catch (error) {
    throw new UsageError(`${file}: ${messageOf(error)}`);
  }
}

function* linesOf(emulator: Emulator): Generator<string> {
  for (const line of emulator.truth().lines()) yield `${JSON.stringify(line)}\n`;
}

export const command: Command = {
  summary: 'a reader to talk to: LLRP over TCP with a scripted field',
  help,
  async run(args, io) {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string' },
        host: { type: 'string', default: '127.0.0.1' },
        scenario: { type: 'string' },
        seed: { type: 'string', default: '1' },
        llrp: { type: 'string', default: '1.1' },
        vendor: { type: 'string', default: 'none' },
        truth: { type: 'string' },
        tls: { type: 'boolean', default: false },
        cert: { type: 'string' },
        key: { type: 'string' },
        'client-ca': { type: 'string' },
      },
    });
    const options = {
      port: whole(values.port ?? String(values.tls ? LLRP_TLS_PORT : LLRP_PORT), 'port', PORT_MAX),
      host: values.host,
      seed: whole(values.seed, 'seed', 0xffffffff),
      llrp: oneOf(values.llrp, 'llrp', VERSIONS),
      vendor: oneOf(values.vendor, 'vendor', VENDORS),
      tls: await tlsOf(values),
      ...(values.scenario === undefined ? {} : { scenario: await scenarioOf(values.scenario) }),
    };
    if (values.truth !== undefined) await claim(values.truth);
    const emulator = await startEmulator(options).catch((error: unknown) => {
      const what = error instanceof LlrpError ? (values.scenario ?? 'scenario') : `${options.host}:${options.port}`;
      throw new UsageError(`${what}: ${messageOf(error)}`);
    });
    const own = values.tls && values.cert === undefined ? { certificate: emulator.certificate } : {};
    io.stdout.write(`${JSON.stringify({ listening: emulator.port, ...own })}\n`);
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    });
    await emulator.stop();
    if (values.truth !== undefined) await pipeline(Readable.from(linesOf(emulator)), createWriteStream(values.truth));
    return 0;
  },
};
