import type { Context } from 'hono';
import type { Principal, Role } from '../access/policy.ts';
import type { GcpKnowledge } from '../gs1/index.ts';
import type { Store } from '../store/open.ts';
import type { Live } from './live.ts';
import type { Requests } from './metrics.ts';
import type { Webhooks } from './subscriptions.ts';
import type { Sockets } from './websocket.ts';

/** What a runtime's log must offer; pino has this shape, a Worker's console gets one. */
export interface Logger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** What the application is made of, put together at the entry of each runtime. */
export interface Platform {
  store: Store;
  /** Milliseconds since 1970. */
  clock: () => number;
  logger: Logger;
  /** The product's version. */
  version: string;
  /** Announced by OPTIONS on /capture and held exactly. */
  captureEventsMax: number;
  captureBytesMax: number;
  /** Who comes without a key: nobody where absent. The demonstration lets everybody read. */
  anonymousRole?: Role;
  /** GS1's list of company prefix lengths, where the operator has it: what URNs are made of Digital Links with. */
  gcp?: GcpKnowledge;
  /** Listeners to committed events; a runtime without lasting processes has none. */
  live?: Live;
  /** Calls to subscribers; a runtime without lasting processes makes none. */
  webhooks?: Webhooks;
  /** Websockets; a runtime that holds none has none. */
  sockets?: Sockets;
}

export interface HttpEnv {
  Variables: {
    platform: Platform;
    requestId: string;
    /** Of this process, for its metrics. */
    requests: Requests;
    /** The media type of the answer that the client likes best. */
    mediaType: string;
    /** Set once the key is checked. */
    principal?: Principal;
  };
}
export type Ctx = Context<HttpEnv>;

/** The announced limits of a capture; a refusal for size repeats them (EPCIS 2.0, 12.6.3). */
export const limitHeaders = ({ captureEventsMax, captureBytesMax }: Platform): Record<string, string> => ({
  'GS1-EPCIS-Capture-Limit': String(captureEventsMax),
  'GS1-EPCIS-Capture-File-Size-Limit': String(captureBytesMax),
});
