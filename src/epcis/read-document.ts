import { AppError } from '../error.ts';
import { BadEncoding, decodeText } from './decode.ts';
import type { DocumentPart, DocumentRun } from './document-part.ts';
import { readJsonDocument } from './json-document.ts';
import { readXmlDocument, type XmlOptions } from './xml-document.ts';

/** Bytes, in pieces of any size, or a text. */
export type DocumentSource = AsyncIterable<Uint8Array> | string;

async function* piecesOf(source: DocumentSource): AsyncGenerator<string> {
  if (typeof source === 'string') yield source.replace(/^\uFEFF/, '');
  else yield* decodeText(source);
}

/** The first piece that is more than white space, and all pieces from there on with what stood before. */
async function begun(pieces: AsyncGenerator<string>): Promise<{ first: string; all: AsyncGenerator<string> }> {
  let head = '';
  while (head.trim() === '' && head.length < HEAD_LENGTH_MAX) {
    const next = await pieces.next();
    if (next.done === true) break;
    head += next.value;
  }
  return {
    first: head.trimStart().charAt(0),
    all: (async function* () {
      yield head;
      yield* pieces;
    })(),
  };
}
const HEAD_LENGTH_MAX = 65_536;

/**
 * Reads an EPCIS document of any size: JSON or XML (2.0 and 1.2), EPCISDocument, EPCISQueryDocument or a bare event, told
 * apart by content. Hands out its events one at a time in the shape of JSON; memory is that of the largest event and of
 * what stands around the list. Events are not validated beyond what the reading itself finds: `validateEvent` for JSON;
 * in XML the XSD's findings come with each event.
 *
 * Throws AppError with `detail.errors` (Finding[]): `invalid`, rule `syntax`, with line and column, for what is no
 * well-formed JSON or XML or no EPCIS document; `too_large` where a limit of limits.ts makes reading on impossible.
 */
export async function* readDocument(source: DocumentSource, options: XmlOptions = {}): AsyncGenerator<DocumentPart> {
  for await (const run of readDocumentRuns(source, options)) for (const part of run) yield part;
}

/**
 * The same for who reads very many: the parts in runs, so that nothing waits between two of a run. A document of JSON up to
 * LIMITS.heldLengthMax is one run. Throws as `readDocument` does, also while a run is read.
 */
export async function* readDocumentRuns(source: DocumentSource, options: XmlOptions = {}): AsyncGenerator<DocumentRun> {
  let start: Awaited<ReturnType<typeof begun>>;
  try {
    start = await begun(piecesOf(source));
  } catch (error) {
    if (!(error instanceof BadEncoding)) throw error;
    const message = `The text cannot be read: ${error.message} (line 1).`;
    throw new AppError('invalid', message, { errors: [{ path: '', rule: 'syntax', message, line: 1, column: 1 }] });
  }
  const { first, all } = start;
  if (first === '<') yield* readXmlDocument(all, options);
  else yield* readJsonDocument(all, options.exact);
}
