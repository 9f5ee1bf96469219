import { streamSSE } from 'hono/streaming';
import { AppError } from '../error.ts';
import type { Ctx } from './platform.ts';
import { unanswered } from './problem.ts';
import type { Resource } from './resource.ts';

/** Pages that listen at the same time; one more is told 503. */
const LISTENERS_MAX = 100;
/** Messages kept for a listener that reads slowly; at one more it is cut off, and connects anew. */
const QUEUE_MESSAGES_MAX = 1000;
/** Proxies close what is silent; a comment keeps the stream open. */
const HEARTBEAT_MS = 15_000;
/** A browser that lost the stream waits so long before it connects again. */
const RETRY_MS = 2000;

type Listener = (events: readonly object[]) => void;

/** Committed events as they come; made from the capture room's own notice by the entry. */
export interface Live {
  /** Calls `listener` after each commit of the tenant until the returned function is called. */
  subscribe(tenantId: string, listener: Listener): () => void;
  /** Aborted when the process stops: open streams end. */
  stopping: AbortSignal;
}

let listening = 0;

/** The next messages of a queue that a listener fills; empty after the heartbeat's time or at the end. */
class Queue {
  private messages: string[] = [];
  private wake: (() => void) | undefined;
  ended = false;

  push(message: string): void {
    if (this.messages.length >= QUEUE_MESSAGES_MAX) this.end();
    else this.messages.push(message);
    this.wake?.();
  }

  end(): void {
    this.ended = true;
    this.wake?.();
  }

  async take(): Promise<string[]> {
    if (this.messages.length === 0 && !this.ended) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, HEARTBEAT_MS);
      });
      clearTimeout(timer);
    }
    return this.messages.splice(0);
  }
}

/** Server-sent events: `event: committed`, the data an EPCIS event as stored, in the order of commits. */
function live(c: Ctx): Response {
  const source = c.var.platform.live;
  if (!source)
    return unanswered(
      'this runtime keeps no process that could tell of new events; ask /epcis/events instead',
      c.req.path,
    );
  if (listening >= LISTENERS_MAX)
    throw new AppError('unavailable', `${LISTENERS_MAX} listeners are connected, no more are taken`, {
      listenersMax: LISTENERS_MAX,
    });
  listening++;
  const queue = new Queue();
  const unsubscribe = source.subscribe(c.var.principal!.tenantId, (events) => {
    for (const event of events) queue.push(JSON.stringify(event));
  });
  const end = (): void => queue.end();
  source.stopping.addEventListener('abort', end, { once: true });
  if (source.stopping.aborted) end();
  return streamSSE(c, async (stream) => {
    stream.onAbort(end);
    try {
      await stream.write(`retry: ${RETRY_MS}\n\n`);
      while (!queue.ended && !stream.aborted) {
        const messages = await queue.take();
        for (const data of messages) await stream.writeSSE({ event: 'committed', data });
        if (messages.length === 0) await stream.write(': still here\n\n');
      }
    } finally {
      listening--;
      unsubscribe();
      source.stopping.removeEventListener('abort', end);
    }
  });
}

export const liveResources: Resource[] = [
  {
    path: '/live',
    tag: 'Live',
    operations: {
      GET: {
        summary: 'Events as they are committed, as server-sent events',
        right: 'query',
        answers: ['text/event-stream'],
        success: {
          status: 200,
          description: '`event: committed`, `data:` one EPCIS event',
          schema: { type: 'string' },
        },
        handle: live,
      },
    },
  },
];
