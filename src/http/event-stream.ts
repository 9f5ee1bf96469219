// The result of a query as one stream, a bare event a line (application/x-ndjson), without pages.
import { EPCIS_CONTEXT, type EpcisEvent, type EventQuery, LIMITS, type Position } from '../epcis/index.ts';
import { findEvents } from '../store/event-query.ts';
import { translated } from './documents.ts';
import { epcFormat } from './headers.ts';
import type { Place } from './paging.ts';
import type { Ctx } from './platform.ts';
import { problemOf, refusal } from './problem.ts';

export const NDJSON = 'application/x-ndjson';
/** Events of one stream; one that has more ends with a problem document that names the token to go on with. */
const STREAM_EVENTS_MAX = 1_000_000;
/** Events that are read from the database at a time, unless the client asks for fewer. */
const BATCH_EVENTS = 500;

/** An event that means the same alone: with GS1's context and its own prefixes. */
function lineOf({ '@context': own, ...event }: EpcisEvent): string {
  const context = [EPCIS_CONTEXT, ...(Array.isArray(own) ? own : own === undefined ? [] : [own])];
  return `${JSON.stringify({ '@context': context, ...event })}\n`;
}

const tooMany = (c: Ctx, nextPageToken: string): string => {
  const error = refusal(
    'QueryTooLargeException',
    `The stream ends here, after ${STREAM_EVENTS_MAX} events; go on with nextPageToken.`,
    { nextPageToken },
  );
  return `${JSON.stringify(problemOf(error, c.req.path))}\n`;
};

/**
 * Streams all events of a query from `place` on. The next batch is read when the client has taken the one before, and
 * none any more when it has gone. The first is read before the answer begins, so that what is wrong with the query is a
 * status; a failure after that breaks the transfer off.
 */
export async function streamEvents(c: Ctx, asked: EventQuery, place: Place): Promise<Response> {
  const { platform, principal } = c.var;
  const given = new URL(c.req.url).searchParams.has('perPage');
  const query = { ...asked, perPage: given ? asked.perPage : Math.min(BATCH_EVENTS, LIMITS.perPageMax) };
  const encoder = new TextEncoder();
  let count = 0;
  const read = async (after: Position | undefined): Promise<{ text: string; next?: Position }> => {
    const { events, next } = await findEvents(platform.store, principal!.tenantId, query, after);
    count += events.length;
    const text = (await translated(c, events)).map(lineOf).join('');
    if (!next) return { text };
    return count < STREAM_EVENTS_MAX ? { text, next } : { text: text + tooMany(c, place.tokenAt(next)) };
  };
  let { text, next } = await read(place.after);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (text !== '') controller.enqueue(encoder.encode(text));
      if (!next) return controller.close();
      try {
        ({ text, next } = await read(next));
      } catch (error) {
        platform.logger.error({ requestId: c.var.requestId, err: error }, 'a stream of events broke off');
        controller.error(error);
      }
    },
    cancel() {
      next = undefined;
    },
  });
  return c.body(body, 200, { 'Content-Type': NDJSON, 'GS1-EPC-Format': epcFormat(c), 'Cache-Control': 'no-store' });
}
