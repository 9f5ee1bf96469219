import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import mqtt, { type IClientOptions, type IConnackPacket, MqttClient } from 'mqtt';
import { messageOf } from '../src/error.ts';
import { Backoff, pause } from './backoff.ts';
import type { MqttConfig } from './config.ts';
import { Input, INPUT_BYTES_MAX } from './input.ts';
import { PacketGuard } from './mqtt-guard.ts';
import type { Source, SourceParts } from './source.ts';
import type { Certificates } from './tls.ts';

const MQTT_PORT = 1883;
const MQTT_TLS_PORT = 8883;
const CONNECT_MS_MAX = 10_000;
const KEEPALIVE_S = 10;
const RETRY_FIRST_MS = 250;
const RETRY_MS_MAX = 30_000;
const STEADY_MS = 60_000;
const TOPIC_BYTES_MAX = 65_535;
/** A packet is a message with its topic and a few bytes around. */
const PACKET_BYTES_MAX = INPUT_BYTES_MAX + TOPIC_BYTES_MAX + 16;

/**
 * A reader that publishes to an MQTT broker (3.1.1). The session at the broker outlives the connection, and each
 * message of QoS 1 is acknowledged when it is in the spool: what comes while we are away is delivered afterwards.
 */
export class MqttInput implements Source {
  readonly #config: MqttConfig;
  readonly #certificates: Certificates;
  readonly #input: Input;
  readonly #stop = new AbortController();
  readonly #backoff = new Backoff(RETRY_FIRST_MS, RETRY_MS_MAX);
  #client: MqttClient | undefined;
  #running: Promise<void> = Promise.resolve();
  #state: Source['state'] = 'idle';
  readonly clockOffsetMs = 0;

  constructor(config: MqttConfig, certificates: Certificates, parts: SourceParts) {
    this.#config = config;
    this.#certificates = certificates;
    this.#input = new Input(config, parts);
  }

  get counts(): Source['counts'] {
    return this.#input.counts;
  }
  get state(): Source['state'] {
    return this.#state === 'running' && this.#input.parts.intake.blocked ? 'full' : this.#state;
  }

  start(): void {
    this.#running = this.#run();
  }

  block(blocked: boolean): void {
    this.#input.block(blocked);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#client?.end(true);
    this.#input.end();
    await this.#running;
    this.#state = 'stopped';
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const from = Date.now();
      const reason = await this.#once().catch(messageOf);
      if (this.#stop.signal.aborted) break;
      this.#input.lost(reason);
      if (Date.now() - from >= STEADY_MS) this.#backoff.reset();
      this.#state = 'backoff';
      await pause(this.#backoff.next(), this.#stop.signal);
    }
  }

  /** `onFault` is told why, when it is this end that breaks the link. */
  #dial(onFault: (reason: string) => void): Socket {
    const { hostname, port, protocol } = new URL(this.#config.url);
    const { serverName, ...certificates } = this.#certificates;
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

  /** One connection from dialling to its end; why it ended. */
  async #once(): Promise<string> {
    this.#state = 'connecting';
    const { clientId, name, username, password } = this.#config;
    const options: IClientOptions = {
      clientId: clientId ?? `tagtrail-${name}`,
      clean: false,
      protocolVersion: 4,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_MS_MAX,
      keepalive: KEEPALIVE_S,
      resubscribe: false,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    };
    let reason = 'the broker closed the link';
    const dial = (): Socket => this.#dial((fault) => void (reason = fault));
    const client = new mqtt.MqttClient(dial, options);
    this.#client = client;
    // Called for each message, one after the other; a QoS 1 message is acknowledged when `done` is called.
    client.handleMessage = (packet, done) => void this.#handle(packet.payload, done);
    return await new Promise<string>((resolve) => {
      client.on('error', (error) => {
        reason = messageOf(error);
        client.end(true);
      });
      client.on('connect', (greeting) => {
        this.#subscribe(client, greeting).catch((error: unknown) => {
          reason = messageOf(error);
          client.end(true);
        });
      });
      client.on('close', () => {
        client.end(true);
        resolve(reason);
      });
    });
  }

  async #subscribe(client: MqttClient, { sessionPresent }: IConnackPacket): Promise<void> {
    const granted = await client.subscribeAsync(this.#config.topics, { qos: 1 });
    const refused = granted.filter(({ qos }) => qos > 2).map(({ topic }) => topic);
    if (refused.length) throw new Error(`the broker refuses ${refused.join(', ')}`);
    this.#state = 'running';
    this.#input.found(sessionPresent);
  }

  async #handle(payload: string | Uint8Array, done: () => void): Promise<void> {
    await this.#input.room();
    // Not acknowledged: the broker delivers it again.
    if (this.#stop.signal.aborted) return;
    // What is malformed will not get better: it is counted, logged and acknowledged.
    await this.#input.take(Buffer.from(payload).toString('utf8'));
    done();
  }
}
