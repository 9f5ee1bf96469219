// A TCP relay between reader and collector that writes down what the reader was promised: every EPC it sent before a
// KEEPALIVE that the collector has acknowledged on the same connection. It shares no state with either side.
import { type AddressInfo, connect, createServer } from 'node:net';
import { decode, FrameSplitter, headerOf } from 'node-llrp';

const RO_ACCESS_REPORT = 61;
const KEEPALIVE = 62;
const KEEPALIVE_ACK = 72;

export interface Witness {
  port: number;
  /** EPCs in hex that went by, and those of them that were acknowledged. */
  sent: ReadonlySet<string>;
  acknowledged: ReadonlySet<string>;
  connections(): number;
  stop(): Promise<void>;
}

function epcsIn(frame: Uint8Array): string[] {
  const epcs: string[] = [];
  for (const report of decode(frame).parameters ?? []) {
    const epc = report.parameters?.find((p) => p.parameter === 'EPC_96')?.['EPC'];
    if (typeof epc === 'string') epcs.push(epc);
  }
  return epcs;
}

export async function startWitness(readerPort: number): Promise<Witness> {
  const sent = new Set<string>();
  const acknowledged = new Set<string>();
  let connections = 0;
  const server = createServer({ noDelay: true }, (client) => {
    connections++;
    const reader = connect(readerPort, '127.0.0.1');
    /** EPCs since the last KEEPALIVE, and by the KEEPALIVE that followed them. */
    let open: string[] = [];
    const pending = new Map<number, string[]>();
    const fromReader = new FrameSplitter();
    const fromClient = new FrameSplitter();
    reader.on('data', (chunk) => {
      for (const frame of fromReader.push(chunk)) {
        const { type, id } = headerOf(frame);
        if (type === RO_ACCESS_REPORT) {
          for (const epc of epcsIn(frame)) {
            sent.add(epc);
            open.push(epc);
          }
        } else if (type === KEEPALIVE) {
          pending.set(id, open);
          open = [];
        }
      }
      client.write(chunk);
    });
    client.on('data', (chunk) => {
      for (const frame of fromClient.push(chunk)) {
        const { type, id } = headerOf(frame);
        if (type !== KEEPALIVE_ACK) continue;
        // an acknowledgement covers everything before its KEEPALIVE
        for (const [earlier, epcs] of pending) {
          for (const epc of epcs) acknowledged.add(epc);
          pending.delete(earlier);
          if (earlier === id) break;
        }
      }
      reader.write(chunk);
    });
    for (const [one, other] of [
      [client, reader],
      [reader, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    sent,
    acknowledged,
    connections: () => connections,
    stop: () => new Promise((closed) => server.close(() => closed())),
  };
}
