import { type Handlers, listen, type Listener, type LlrpClient } from 'node-llrp';
import type { ReaderConfig } from './config.ts';
import type { Certificates } from './tls.ts';

/** Readers that have greeted at once: the one that is there, and one that calls again. */
const CONNECTIONS_MAX = 4;

/**
 * The port that a reader calls, where it opens the connection itself (LLRP 1.0.1 section 18.1.3). The newest
 * connection is the one: a reader that calls again has lost the one before, whatever the network says of it.
 */
export class Calls {
  readonly #config: ReaderConfig;
  readonly #tls: Certificates | undefined;
  readonly #handlers: Handlers;
  readonly #onFailed: (error: Error, address: string) => void;
  #listener: Listener | undefined;
  #waiting: LlrpClient | undefined;
  #current: LlrpClient | undefined;
  #taken: (client: LlrpClient | undefined) => void = () => {};

  constructor(
    config: ReaderConfig,
    tls: Certificates | undefined,
    handlers: Handlers,
    onFailed: (error: Error, address: string) => void,
  ) {
    this.#config = config;
    this.#tls = tls;
    this.#handlers = handlers;
    this.#onFailed = onFailed;
  }

  /** The next connection, greeted and negotiated; undefined when `signal` aborts. Rejects when it cannot listen. */
  async next(signal: AbortSignal): Promise<LlrpClient | undefined> {
    await this.#open();
    const end = (): void => this.#taken(undefined);
    signal.addEventListener('abort', end);
    try {
      return await new Promise((resolve) => {
        this.#taken = (client) => {
          this.#waiting = undefined;
          this.#taken = () => {};
          if (client) {
            this.#current = client;
            client.resume();
          }
          resolve(client);
        };
        if (signal.aborted || this.#waiting) this.#taken(this.#waiting);
      });
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  async #open(): Promise<void> {
    if (this.#listener) return;
    const { listen: at, version } = this.#config;
    const { cert = '', key = '', ca } = this.#tls ?? {};
    const tls = this.#tls ? { tls: { cert, key, ...(ca === undefined ? {} : { ca }) } } : {};
    this.#listener = await listen(
      { port: at!.port, host: at!.host, version, connectionsMax: CONNECTIONS_MAX, ...tls },
      {
        ...this.#handlers,
        onReader: (client) => this.#called(client),
        onFailed: (error, address) => this.#onFailed(error, address),
      },
    );
  }

  #called(client: LlrpClient): void {
    this.#waiting?.destroy('the reader has called again');
    this.#current?.destroy('the reader has called again');
    this.#current = undefined;
    client.pause(); // what it says is for whoever takes it
    this.#waiting = client;
    void client.closed.then(() => {
      if (this.#waiting === client) this.#waiting = undefined;
    });
    this.#taken(client);
  }

  async close(): Promise<void> {
    await this.#listener?.close();
    this.#listener = undefined;
  }
}
