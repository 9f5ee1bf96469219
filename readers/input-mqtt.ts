import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import mqtt, { type IClientOptions, MqttClient } from 'mqtt';
import { messageOf } from '../src/error.ts';
import type { MqttConfig } from './config.ts';
import { type Input, INPUT_BYTES_MAX } from './input.ts';
import { type InputLink, InputSource } from './input-source.ts';
import { PacketGuard } from './mqtt-guard.ts';
import type { Source, SourceParts } from './source.ts';
import type { Certificates } from './tls.ts';

const MQTT_PORT = 1883;
const MQTT_TLS_PORT = 8883;
const CONNECT_MS_MAX = 10_000;
const KEEPALIVE_S = 10;
const SUBACK_REFUSED = 128;
const TOPIC_BYTES_MAX = 65_535;
/** A packet is a message with its topic and a few bytes around. */
const PACKET_BYTES_MAX = INPUT_BYTES_MAX + TOPIC_BYTES_MAX + 16;

/** A socket to the broker; `onFault` is told why, when it is this end that breaks the link. */
function dial(url: string, tls: Certificates, onFault: (reason: string) => void): Socket {
  const { hostname, port, protocol } = new URL(url);
  const { serverName, ...certificates } = tls;
  const secure = protocol === 'mqtts:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const to = { host, port: Number(port) || (secure ? MQTT_TLS_PORT : MQTT_PORT) };
  const name = serverName === undefined ? {} : { servername: serverName };
  const socket = secure ? connectTls({ ...to, ...certificates, ...name }) : connectTcp(to);
  const guard = new PacketGuard(PACKET_BYTES_MAX);
  socket.on('data', (chunk: Uint8Array) => {
    if (guard.take(chunk)) return;
    onFault(`the broker sends a packet of more than ${PACKET_BYTES_MAX} bytes`);
    socket.destroy();
  });
  return socket;
}

/** What is done on a connection. */
interface Uses {
  /** false: the broker keeps what comes while the client is away. */
  clean: boolean;
  clientId: string;
  signal: AbortSignal;
  /** Once, when the broker has accepted; a rejection ends the connection with its message. */
  onConnect: (client: MqttClient, sessionPresent: boolean) => Promise<void>;
  /** Each message, one after the other; one of QoS 1 is acknowledged when it resolves true. */
  onMessage?: (payload: Uint8Array) => Promise<boolean>;
}

/** One connection (MQTT 3.1.1) from dialling to its end; why it ended. */
export async function brokerLink(config: MqttConfig, certificates: Certificates, uses: Uses): Promise<string> {
  const { url, username, password } = config;
  const options: IClientOptions = {
    clientId: uses.clientId,
    clean: uses.clean,
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_MS_MAX,
    keepalive: KEEPALIVE_S,
    resubscribe: false,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  let reason = 'the broker closed the link';
  const client = new mqtt.MqttClient(() => dial(url, certificates, (fault) => void (reason = fault)), options);
  const { onMessage } = uses;
  const handle = async (payload: string | Uint8Array, done: () => void): Promise<void> => {
    if (await onMessage?.(Buffer.from(payload))) done();
  };
  client.handleMessage = ({ payload }, done) => void handle(payload, done);
  const end = (): void => void client.end(true);
  const failed = (error: unknown): void => {
    reason = messageOf(error);
    end();
  };
  uses.signal.addEventListener('abort', end);
  try {
    return await new Promise<string>((resolve) => {
      client.on('error', failed);
      client.on('connect', ({ sessionPresent }) => void uses.onConnect(client, sessionPresent).catch(failed));
      client.on('close', () => {
        end();
        resolve(reason);
      });
    });
  } finally {
    uses.signal.removeEventListener('abort', end);
  }
}

/** Subscribes with QoS 1. Throws for topics that the broker refuses. */
export async function subscribe(client: MqttClient, topics: string[]): Promise<void> {
  try {
    await client.subscribeAsync(topics, { qos: 1 });
  } catch (error) {
    // A SUBACK answers topic by topic, 128 or more for a refusal.
    const { granted = [] } = (error as { packet?: { granted?: (number | { qos: number })[] } }).packet ?? {};
    const codes = granted.map((one) => (typeof one === 'number' ? one : one.qos));
    const refused = topics.filter((_topic, i) => (codes[i] ?? 0) >= SUBACK_REFUSED);
    throw refused.length ? new Error(`the broker refuses ${refused.join(', ')}`) : error;
  }
}

function attempt(config: MqttConfig, certificates: Certificates, link: InputLink): Promise<string> {
  const { input, signal, running } = link;
  return brokerLink(config, certificates, {
    clean: false,
    clientId: config.clientId ?? `tagtrail-${config.name}`,
    signal,
    onConnect: async (client, sessionPresent) => {
      await subscribe(client, config.topics);
      running(sessionPresent);
    },
    onMessage: (payload) => take(payload, input, signal),
  });
}

async function take(payload: Uint8Array, input: Input, signal: AbortSignal): Promise<boolean> {
  await input.room();
  // Not acknowledged: the broker delivers it again.
  if (signal.aborted) return false;
  // What is malformed will not get better: it is counted, logged and acknowledged.
  await input.take(Buffer.from(payload).toString('utf8'));
  return true;
}

/**
 * A reader that publishes to an MQTT broker (3.1.1). The session at the broker outlives the connection, and each
 * message of QoS 1 is acknowledged when it is in the spool: what comes while we are away is delivered afterwards.
 */
export const mqttInput = (config: MqttConfig, certificates: Certificates, parts: SourceParts): Source =>
  new InputSource(config, parts, (link) => attempt(config, certificates, link));
