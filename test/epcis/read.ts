import {
  type DocumentHead,
  type DocumentPart,
  type DocumentSource,
  prehash,
  readDocument,
  Values,
} from '../../src/epcis/index.ts';

/** Bytes of a text in pieces of `size`. */
export async function* inPieces(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function partsOf(source: DocumentSource): Promise<DocumentPart[]> {
  const parts: DocumentPart[] = [];
  for await (const part of readDocument(source)) parts.push(part);
  return parts;
}

/** A document read whole. */
export async function readWhole(
  source: DocumentSource,
): Promise<{ head: DocumentHead; events: Record<string, unknown>[]; prehashes: string[] }> {
  const parts = await partsOf(source);
  const start = parts.find((part) => part.kind === 'start');
  const end = parts.find((part) => part.kind === 'end');
  if (!start || !end) throw new Error('a document begins and ends');
  const events = parts.flatMap((part) => (part.kind === 'event' ? [part.event as Record<string, unknown>] : []));
  const values = new Values(start.head.context);
  return { head: end.head, events, prehashes: events.map((event) => prehash(event, values)) };
}
