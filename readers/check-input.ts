import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { messageOf } from '../src/error.ts';
import type { CheckResult } from './check.ts';
import type { HttpConfig, InputConfig, MqttConfig, ReaderConfig } from './config.ts';
import { openStream } from './input-http.ts';
import { brokerLink, subscribe } from './input-mqtt.ts';
import { certificatesOf } from './tls.ts';

/** A broker or reader that has not answered by then is not there. */
const ANSWER_MS_MAX = 10_000;

/** Connects with a name of its own: the queue that the broker keeps for the collector is not touched. */
async function checkBroker(config: MqttConfig): Promise<string> {
  let granted = false;
  const leave = new AbortController();
  const reason = await brokerLink(config, certificatesOf(config.name, config.tls ?? {}), {
    clean: true,
    clientId: `tagtrail-check-${randomUUID().slice(0, 8)}`,
    signal: AbortSignal.any([leave.signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
    onConnect: async (client) => {
      await subscribe(client, config.topics);
      granted = true;
      leave.abort();
    },
  });
  if (!granted) throw new Error(reason);
  return `mqtt, the broker grants ${config.topics.join(', ')}`;
}

/** Asks for the stream and hangs up when it begins. */
async function checkStream(config: HttpConfig): Promise<string> {
  const leave = new AbortController();
  try {
    await openStream(config, AbortSignal.any([leave.signal, AbortSignal.timeout(ANSWER_MS_MAX)]));
    return 'http, the reader streams';
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    throw cause instanceof Error ? cause : error;
  } finally {
    leave.abort();
  }
}

/** Rejects when the port cannot be had. */
async function tryPort(at: HttpConfig['listen']): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at!.port, at!.host, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}

async function tryIt(config: InputConfig | ReaderConfig): Promise<string> {
  if ('url' in config && config.type === 'mqtt') return await checkBroker(config);
  if ('url' in config && config.url !== undefined) return await checkStream(config);
  const { listen: at } = config;
  await tryPort(at);
  if (!('type' in config)) return `LLRP, the port is free: let the reader call ${at!.host}:${at!.port}`;
  return `http, the port is free: let the reader post to http://${at!.host}:${at!.port}/ with the secret`;
}

/**
 * Tries what is not a reader to be called, without changing or taking anything: a broker, a stream, a port that
 * readers call. `holder`: who uses the spool.
 */
export async function checkInput(config: InputConfig | ReaderConfig, holder: string | undefined): Promise<CheckResult> {
  const { name } = config;
  try {
    return { name, ok: true, text: await tryIt(config), findings: [] };
  } catch (error) {
    const text = messageOf(error);
    const taken = holder !== undefined && /EADDRINUSE/.test(text);
    const findings = taken ? [`the collector on this spool runs, ${holder}: it is likely the one that listens`] : [];
    return { name, ok: false, text: `${'type' in config ? config.type : 'LLRP'}, ${text}`, findings };
  }
}
