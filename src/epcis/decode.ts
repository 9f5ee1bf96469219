/** A text that is not what its encoding says; the good part before it was handed out. */
export class BadEncoding extends Error {}

const HEAD_BYTES = 256;
const MARKS: readonly (readonly [label: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];
/** First bytes of `<?` in UTF-16 without a mark (XML 1.0 appendix F). */
const UNMARKED: readonly (readonly [label: string, bytes: readonly number[]])[] = [
  ['utf-16le', [0x3c, 0x00, 0x3f, 0x00]],
  ['utf-16be', [0x00, 0x3c, 0x00, 0x3f]],
];

const startsWith = (bytes: Uint8Array, head: readonly number[]): boolean => head.every((byte, i) => bytes[i] === byte);

/** The encoding by byte order mark or XML declaration, UTF-8 without either, and the bytes of the mark. */
function encodingOf(head: Uint8Array): { label: string; skip: number } {
  for (const [label, mark] of MARKS) if (startsWith(head, mark)) return { label, skip: mark.length };
  for (const [label, first] of UNMARKED) if (startsWith(head, first)) return { label, skip: 0 };
  const ascii = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  const declared = /^<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/.exec(ascii)?.[1]?.toLowerCase();
  // one byte a character in the declaration itself: whatever it says, UTF-16 it is not
  const label = declared === undefined || declared.startsWith('utf-16') || declared === 'utf8' ? 'utf-8' : declared;
  return { label, skip: 0 };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Bytes at the end that begin a character of UTF-8 whose rest is still to come: 0 to 3. */
function openTail(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1) ? back : 0;
  }
  return 0;
}

/** The longest good start of bytes that are no UTF-8. */
function goodStart(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  try {
    for (let i = 0; i < bytes.length; i++) text += decoder.decode(bytes.subarray(i, i + 1), { stream: true });
  } catch {
    // the byte that does not fit
  }
  return text;
}

async function* decodeUtf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest: Uint8Array | undefined;
  const decode = (bytes: Uint8Array): [text: string, good: boolean] => {
    try {
      return [decoder.decode(bytes), true];
    } catch {
      return [goodStart(bytes), false];
    }
  };
  for await (const chunk of chunks) {
    const bytes = rest ? joined([rest, chunk]) : chunk;
    const tail = openTail(bytes);
    rest = tail > 0 ? bytes.slice(bytes.length - tail) : undefined;
    const [text, good] = decode(tail > 0 ? bytes.subarray(0, bytes.length - tail) : bytes);
    yield text;
    if (!good) throw new BadEncoding('a byte here is no UTF-8');
  }
  if (rest) throw new BadEncoding('it ends inside a character of UTF-8');
}

function decoderOf(label: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true });
  } catch {
    throw new BadEncoding(`the encoding ${label} is not known here`);
  }
}

async function* decodeOther(chunks: AsyncIterable<Uint8Array>, label: string): AsyncGenerator<string> {
  const decoder = decoderOf(label);
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw new BadEncoding(`a byte near here is no ${label}`);
    throw error;
  }
}

/**
 * Bytes as text, piece by piece: UTF-8, or what a byte order mark or an XML declaration names. The mark is left out.
 * Throws BadEncoding where the bytes do not fit, after all text before them was handed out.
 */
export async function* decodeText(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const chunks = source[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let bytes = 0;
  try {
    while (bytes < HEAD_BYTES) {
      const next = await chunks.next();
      if (next.done === true) break;
      head.push(next.value);
      bytes += next.value.length;
    }
    const first = head.length === 0 ? new Uint8Array() : joined(head);
    const { label, skip } = encodingOf(first);
    const all = (async function* () {
      yield first.subarray(skip);
      for (;;) {
        const next = await chunks.next();
        if (next.done === true) return;
        yield next.value;
      }
    })();
    yield* label === 'utf-8' ? decodeUtf8(all) : decodeOther(all, label);
  } finally {
    await chunks.return?.();
  }
}
