import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Vendor } from './capabilities.ts';
import { selfMadeCertificate } from './certificate.ts';
import { type FaultName, type FaultNumbers, numbersOf } from './faults.ts';
import type { Group } from './groups.ts';
import { Link } from './link.ts';
import type { Population } from './population.ts';
import { DEFAULT_SCENARIO, type Passage, type Passing, type Scenario, type Standing } from './scenario.ts';
import { type TruthLine, TruthLog } from './truth.ts';

export interface EmulatorOptions {
  /** 0 takes a free port. */
  port?: number;
  host?: string;
  scenario?: Scenario;
  seed?: number;
  vendor?: Vendor;
  /** The highest version it speaks. */
  llrp?: '1.0.1' | '1.1';
  /** True: with a certificate of its own making. With `ca` a client has to show a certificate that this one signed. */
  tls?: boolean | Certificates;
}

/** PEM texts, as Node's tls takes them. */
export interface Certificates {
  cert: string;
  key: string;
  ca?: string;
}

/** What really happened and what was sent of it. */
export interface Truth {
  passages: readonly Passage[];
  /** Reads sent or waiting in a report, by EPC. */
  reported: ReadonlyMap<string, number>;
  /** Reports lost because nobody took them, or by a fault. */
  reportsLost: number;
  /** Everything worth scoring against, by time; see docs/llrp.md for the lines. */
  lines(): Iterable<TruthLine>;
}

/** A reader to talk to, on a port of its own. */
export interface Emulator {
  readonly port: number;
  readonly host: string;
  /** The certificate that it shows, in PEM; undefined without TLS. */
  readonly certificate: string | undefined;
  /** Moves tags past antennas, beginning now or after startMs. */
  pass(tags: Population, how?: Omit<Passing, 'tags'>): Passage;
  /** Puts tags into the field until they are removed. */
  put(tags: Population, how?: Omit<Standing, 'tags'>): void;
  remove(tags: Population): void;
  /** Sets a group on its way past the antennas; one of the same name disappears. */
  move(group: Group): Passage;
  /** Sets an input. Throws LlrpError for a port that is not there. */
  gpi(port: number, high: boolean): void;
  /** Lets a fault happen now. Throws LlrpError for numbers that it does not have. */
  fault(name: FaultName, numbers?: FaultNumbers): void;
  truth(): Truth;
  /** Says ConnectionCloseEvent to the client and frees the port. */
  stop(): Promise<void>;
}

/** How long a TLS handshake may take. */
const HANDSHAKE_MS = 10_000;
/** What is still open so long after stop is cut. */
const LEFT_OPEN_MS = 1500;

const nowUs = (): number => Date.now() * 1000;

/** A server that hands connections to the link, secured or not. */
function serverOf(certificates: Certificates | undefined, accept: (socket: Socket) => void): Server {
  if (!certificates) return createServer({ noDelay: true }, accept);
  const { cert, key, ca } = certificates;
  const clients = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
  const server = createTlsServer({ cert, key, ...clients, noDelay: true, handshakeTimeout: HANDSHAKE_MS }, accept);
  server.on('tlsClientError', (_, socket) => socket.destroy());
  return server;
}

/**
 * Starts a reader that serves a scripted field to any LLRP client, strictly by the standard.
 * Its field may be changed while it runs: `pass` pushes a pallet through the gate.
 *
 * @throws LlrpError for a scenario that cannot be, or the system's error when the port is taken
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { host = '127.0.0.1', seed = 1, vendor = 'none', scenario = DEFAULT_SCENARIO, tls = false } = options;
  const truth = new TruthLog();
  const link = new Link({ scenario, seed, vendor, versionMax: options.llrp === '1.0.1' ? 1 : 2, truth });
  const certificates = tls === true ? selfMadeCertificate(host) : tls === false ? undefined : tls;
  const open = new Set<Socket>();
  const server = serverOf(certificates, (socket) => link.accept(socket));
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', (error) => {
      link.stop();
      reject(error);
    });
    server.listen(options.port ?? 0, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  const { field } = link.reader;
  return {
    port,
    host,
    certificate: certificates?.cert,
    pass: (tags, how = {}) => field.pass({ ...how, tags }, nowUs()),
    put: (tags, how = {}) => field.put({ ...how, tags }, nowUs()),
    move: (group) => field.move(group, nowUs()),
    remove: (tags) => field.remove(tags),
    gpi: (port, high) => {
      field.gpi.set(port, high, nowUs());
      link.reader.advance();
    },
    fault: (name, numbers) => link.inject(name, numbersOf(name, numbers)),
    truth: () => ({
      passages: field.passages,
      reported: truth.reported,
      reportsLost: link.reportsLost,
      lines: () => truth.all(field.passages),
    }),
    stop: () => {
      link.stop();
      const cut = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, LEFT_OPEN_MS);
      return new Promise((resolve) => {
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
      });
    },
  };
}
