import type { Socket } from 'node:net';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import { LlrpError } from './error.ts';
import { FrameSplitter, headerOf } from './frame.ts';
import { child, type Message, type Parameter } from './message.ts';
import { createColumns, type TagColumns } from './report-columns.ts';
import { readReport, RO_ACCESS_REPORT } from './reports.ts';
import { failureOf } from './status.ts';
import { faultOf } from './tls-fault.ts';

/** How long each step may take before it counts as failed. */
export const DEADLINES = {
  connectMs: 10_000,
  greetingMs: 10_000,
  responseMs: 10_000,
  closeMs: 2_000,
  /** From a message's first byte to its last: a peer that drips for ever would never look dead to a watchdog. */
  messageMs: 60_000,
} as const;
export type Deadlines = { [step in keyof typeof DEADLINES]: number };

/** Idle time after which the operating system probes the link. */
const TCP_PROBE_AFTER_MS = 30_000;

/** Why a link is over. `refused` carries the reader's ConnectionAttemptEvent status. */
export interface CloseReason {
  code: 'closed by us' | 'closed by reader' | 'link lost' | 'framing lost';
  message: string;
}

/**
 * What the caller is told, in the order in which it came: a report reaches onReport before a keepalive that followed
 * it on the wire reaches onKeepalive. Handlers are called synchronously, from the greeting on, also while `connect`
 * still negotiates: hence the client as their last argument. They must not throw.
 */
export interface Handlers {
  /** One RO_ACCESS_REPORT. `columns` is reused for the next one: take what you need before you return. */
  onReport?(columns: TagColumns, frame: Uint8Array, client: LlrpClient): void;
  /** A READER_EVENT_NOTIFICATION after the greeting. */
  onEvent?(message: Message, client: LlrpClient): void;
  /** A KEEPALIVE. Nobody answers it but the caller: `client.acknowledge(message.id)`, when it is time. */
  onKeepalive?(message: Message, client: LlrpClient): void;
  /** A message that is none of these and answers nothing: a vendor's own, or a late answer. */
  onOther?(message: Message, client: LlrpClient): void;
  /** A message that cannot be decoded; the session goes on with the next. `frame` is a view: copy it to keep it. */
  onMalformed?(error: LlrpError, frame: Uint8Array): void;
  /** Anything at all has arrived; for a watchdog. */
  onBytes?(count: number): void;
  /** The link is over, once. Not called when `connect` itself fails. */
  onClose?(reason: CloseReason): void;
}

/** A request without its envelope: the client adds version and id. */
export type Request = { message: string; parameters?: Parameter[] } & { [field: string]: Message[string] };

/** A session with one reader, greeted and negotiated. */
export interface LlrpClient {
  /** 1 = LLRP 1.0.1, 2 = 1.1: the version in the header of everything that is sent. */
  readonly version: number;
  /** The READER_EVENT_NOTIFICATION that opened the session: it carries the reader's clock. */
  readonly greeting: Message;
  /** `Date.now()` when the greeting arrived. */
  readonly greetedAt: number;
  /**
   * Sends a request and resolves its response, matched by message id, then by type.
   * Rejects with LlrpStatusError when the reader's LLRPStatus is no success or ERROR_MESSAGE answers, with
   * LlrpError TIMEOUT after `deadlineMs` (default responseMs), CLOSED when the link goes, ENCODE for a bad request,
   * and the reason of `signal`: the reader does what it was asked nevertheless, its answer goes to onOther.
   */
  request(request: Request, options?: { deadlineMs?: number; signal?: AbortSignal }): Promise<Message>;
  /** Sends a message that has no response, such as ENABLE_EVENTS_AND_REPORTS. */
  send(request: Request): void;
  /** Answers the KEEPALIVE with that id; nothing happens when the link is gone. */
  acknowledge(keepaliveId: number): void;
  /** Stops reading from the socket, so that TCP holds the reader back; what one chunk brought still comes out. */
  pause(): void;
  resume(): void;
  /** Says CLOSE_CONNECTION, waits for its answer (closeMs at most) and ends the link. Never rejects. */
  close(): Promise<void>;
  /** Ends the link at once. */
  destroy(reason?: string): void;
  /** Tells every report to `listener` too, before onReport, until the function that comes back is called. */
  tap(listener: ReportListener): () => void;
  /** Resolves with the reason when the link is over. */
  readonly closed: Promise<CloseReason>;
}

export type ReportListener = (columns: TagColumns, frame: Uint8Array) => void;

interface Pending {
  response: string;
  resolve(message: Message): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

/** The name of the message that answers a request; a vendor's raw message may be answered by any other. */
function responseTo(message: string): string {
  if (message === 'GET_REPORT') return 'RO_ACCESS_REPORT';
  return message === 'CUSTOM_MESSAGE' ? message : `${message}_RESPONSE`;
}

/** The life of one link, whoever opened it. */
export class Session implements LlrpClient {
  version = 1;
  greeting!: Message;
  greetedAt = 0;
  readonly socket: Socket;
  readonly #handlers: Handlers;
  readonly #deadlines: Deadlines;
  readonly #splitter: FrameSplitter;
  readonly #columns = createColumns();
  readonly #pending = new Map<number, Pending>();
  /** Where in the stream the message began that is not whole yet, and when that was first seen. */
  #part = { offset: -1, since: 0 };
  #nextId = 1;
  #greeted: ((outcome: Message | LlrpError) => void) | undefined;
  #ready = false;
  #reason: CloseReason | undefined;
  readonly #taps = new Set<ReportListener>();
  readonly closed: Promise<CloseReason>;
  #close: (reason: CloseReason) => void = () => {};

  constructor(socket: Socket, handlers: Handlers, deadlines: Deadlines, messageBytesMax: number) {
    this.socket = socket;
    this.#handlers = handlers;
    this.#deadlines = deadlines;
    this.#splitter = new FrameSplitter(messageBytesMax);
    this.closed = new Promise((resolve) => (this.#close = resolve));
    socket.setNoDelay(true);
    socket.setKeepAlive(true, TCP_PROBE_AFTER_MS);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#note({ code: 'link lost', message: faultOf(error) }));
    socket.on('close', () => this.#ended());
  }

  /** Waits for READER_EVENT_NOTIFICATION with ConnectionAttemptEvent; says nothing before it. */
  greet(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#greeted?.(new LlrpError('TIMEOUT', `no greeting within ${this.#deadlines.greetingMs} ms`));
      }, this.#deadlines.greetingMs);
      this.#greeted = (outcome) => {
        clearTimeout(timer);
        this.#greeted = undefined;
        if (outcome instanceof Error) return reject(outcome);
        this.greeting = outcome;
        this.greetedAt = Date.now();
        resolve();
      };
    });
  }

  /** The session is the caller's from now on: onClose will be called. */
  opened(): void {
    this.#ready = true;
  }

  async request(
    request: Request,
    options: { deadlineMs?: number; version?: number; signal?: AbortSignal } = {},
  ): Promise<Message> {
    const { deadlineMs = this.#deadlines.responseMs, version = this.version, signal } = options;
    signal?.throwIfAborted();
    const id = this.#takeId();
    const aborted = (): void => this.#settle(id)?.reject(signal!.reason as Error);
    signal?.addEventListener('abort', aborted);
    try {
      return await new Promise<Message>((resolve, reject) => {
        const late = new LlrpError('TIMEOUT', `no answer to ${request.message} within ${deadlineMs} ms`);
        const timer = setTimeout(() => this.#settle(id)?.reject(late), deadlineMs);
        this.#pending.set(id, { response: responseTo(request.message), resolve, reject, timer });
        try {
          this.#write({ ...request, version, id });
        } catch (error) {
          this.#settle(id)?.reject(error as Error);
        }
      });
    } finally {
      signal?.removeEventListener('abort', aborted);
    }
  }

  send(request: Request): void {
    this.#write({ ...request, version: this.version, id: this.#takeId() });
  }

  acknowledge(keepaliveId: number): void {
    if (this.socket.destroyed || this.socket.writableEnded) return;
    this.#write({ message: 'KEEPALIVE_ACK', version: this.version, id: keepaliveId });
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.#part.since = Date.now(); // the wait was ours
    this.socket.resume();
  }

  async close(): Promise<void> {
    if (this.socket.destroyed) return;
    this.#note({ code: 'closed by us', message: 'closed by us' });
    this.socket.resume();
    await this.request({ message: 'CLOSE_CONNECTION' }, { deadlineMs: this.#deadlines.closeMs }).catch(() => undefined);
    this.destroy();
  }

  destroy(reason = 'closed by us'): void {
    this.#note({ code: 'closed by us', message: reason });
    this.socket.destroy();
  }

  tap(listener: ReportListener): () => void {
    this.#taps.add(listener);
    return () => void this.#taps.delete(listener);
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId = id === 0xffffffff ? 1 : id + 1;
    return id;
  }

  #write(message: Message): void {
    const bytes = encode(message);
    if (this.socket.destroyed || this.socket.writableEnded) throw new LlrpError('CLOSED', 'the link is closed');
    this.socket.write(bytes);
  }

  #take(chunk: Buffer): void {
    this.#handlers.onBytes?.(chunk.length);
    try {
      for (const frame of this.#splitter.push(chunk)) {
        if (this.socket.destroyed) return;
        this.#dispatch(frame);
      }
      this.#expectEnd();
    } catch (error) {
      if (!(error instanceof LlrpError)) throw error;
      this.#note({ code: 'framing lost', message: error.message });
      this.socket.destroy();
    }
  }

  /** Throws TIMEOUT for a message that has been coming for too long. */
  #expectEnd(): void {
    const { pending, offset } = this.#splitter;
    if (pending === 0) return;
    const { messageMs } = this.#deadlines;
    if (offset !== this.#part.offset) this.#part = { offset, since: Date.now() };
    else if (Date.now() - this.#part.since > messageMs)
      throw new LlrpError('TIMEOUT', `a message is not whole after ${messageMs} ms, ${pending} bytes of it are here`);
  }

  #dispatch(frame: Uint8Array): void {
    const { type, id } = headerOf(frame);
    const asked = this.#pending.get(id)?.response === 'RO_ACCESS_REPORT';
    let message: Message | undefined;
    try {
      if (type === RO_ACCESS_REPORT && !asked) readReport(frame, this.#columns);
      else message = decode(frame);
    } catch (error) {
      if (!(error instanceof LlrpError)) throw error;
      if (type !== RO_ACCESS_REPORT || asked) this.#settle(id)?.reject(error);
      this.#handlers.onMalformed?.(error, frame);
      return;
    }
    if (message) return this.#route(message);
    for (const listener of this.#taps) listener(this.#columns, frame);
    this.#handlers.onReport?.(this.#columns, frame, this);
  }

  #route(message: Message): void {
    if (message.message === 'KEEPALIVE') this.#handlers.onKeepalive?.(message, this);
    else if (message.message !== 'READER_EVENT_NOTIFICATION') this.#answer(message);
    else if (this.#greeted) this.#greetedBy(message);
    else this.#handlers.onEvent?.(message, this);
  }

  #greetedBy(message: Message): void {
    const attempt = child(child(message, 'ReaderEventNotificationData'), 'ConnectionAttemptEvent');
    const status = attempt?.['Status'];
    if (status === undefined) return; // another event: the greeting is still to come
    this.#greeted?.(status === 'Success' ? message : new LlrpError('CONNECT', refusal(status)));
  }

  /** An answer by id; ERROR_MESSAGE may carry another id, then it is for the only request that waits. */
  #answer(message: Message): void {
    const only =
      message.message === 'ERROR_MESSAGE' && this.#pending.size === 1 ? [...this.#pending.keys()][0] : undefined;
    const id = this.#pending.has(message.id) ? message.id : only;
    const pending = id === undefined ? undefined : this.#pending.get(id);
    const fits =
      pending?.response === message.message ||
      pending?.response === 'CUSTOM_MESSAGE' ||
      message.message === 'ERROR_MESSAGE';
    if (!pending || id === undefined || !fits) return this.#handlers.onOther?.(message, this);
    this.#settle(id);
    const failure = failureOf(message);
    if (failure) pending.reject(failure);
    else if (message.message === 'ERROR_MESSAGE')
      pending.reject(new LlrpError('STATUS', 'ERROR_MESSAGE without a reason'));
    else pending.resolve(message);
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    clearTimeout(pending.timer);
    this.#pending.delete(id);
    return pending;
  }

  /** The first reason stands. */
  #note(reason: CloseReason): void {
    this.#reason ??= reason;
  }

  #ended(): void {
    // TLS 1.3: what the reader thinks of our certificate comes behind the handshake, or not at all.
    const why = this.#greeted && 'encrypted' in this.socket ? ': it may not accept our certificate (tls.cert)' : '';
    this.#note({ code: 'closed by reader', message: `the reader closed the link${why}` });
    const reason = this.#reason as CloseReason;
    const error = new LlrpError('CLOSED', reason.message);
    this.#greeted?.(error);
    for (const id of this.#pending.keys()) this.#settle(id)?.reject(error);
    this.#close(reason);
    if (this.#ready) this.#handlers.onClose?.(reason);
  }
}

/** What a ConnectionAttemptEvent other than success means (LLRP 1.0.1 section 15.2.3 and 14.2.6). */
function refusal(status: unknown): string {
  const known: Record<string, string> = {
    Failed_A_Reader_Initiated_Connection_Already_Exists: 'the reader holds a connection that it opened itself',
    Failed_A_Client_Initiated_Connection_Already_Exists: 'another client holds this reader',
    Failed_Reason_Other_Than_A_Connection_Already_Exists: 'the reader refuses the connection',
    Another_Connection_Attempted: 'the reader reports another attempt to connect',
  };
  return `${known[String(status)] ?? 'the reader refuses the connection'} (${String(status)})`;
}
