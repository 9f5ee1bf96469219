import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

/** Characters of the longest line that is read; what is longer is marked and its rest skipped. */
export const LINE_CHARS_MAX = 65_536;

export interface Line {
  line: string;
  /** Only the line's start is here. */
  isLong: boolean;
}

const asLine = (text: string): Line => ({
  line: text.endsWith('\r') ? text.slice(0, -1) : text,
  isLong: text.length > LINE_CHARS_MAX,
});

/** Lines of a stream of any size, as many at once as a chunk brings. */
export async function* linesOf(stream: Readable): AsyncGenerator<Line[]> {
  const decoder = new StringDecoder('utf8');
  let carry = '';
  let skipping = false;
  for await (const chunk of stream) {
    const parts = (carry + (typeof chunk === 'string' ? chunk : decoder.write(chunk as Buffer))).split('\n');
    carry = parts.pop()!;
    const lines: Line[] = [];
    for (const part of parts) {
      if (!skipping) lines.push(asLine(part));
      skipping = false;
    }
    if (carry.length > LINE_CHARS_MAX) {
      if (!skipping) lines.push({ line: carry, isLong: true });
      skipping = true;
      carry = '';
    }
    yield lines;
  }
  const last = carry + decoder.end();
  if (last !== '' && !skipping) yield [{ line: last, isLong: false }];
}
