import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import {
  createColumns,
  decode,
  encode,
  FrameSplitter,
  headerOf,
  LlrpError,
  type Message,
  readReport,
  RO_ACCESS_REPORT,
} from 'node-llrp';
import { messageOf } from '../../error.ts';
import { type Command, type Io, UsageError } from '../command.ts';
import { readLine } from '../read-line.ts';

/** A line of JSON for `encode` may be so long; a message of 64 MiB in hexadecimal is not. */
const LINE_CHARS_MAX = 256 * 1024 * 1024;
/** Output gathers to about this much before it is written. */
const WRITE_BYTES = 64 * 1024;

const help = `
tagtrail llrp decode|encode|reads FILE

  decode  LLRP messages as on the wire in, one JSON object a message out
  encode  the same JSON in, one object a line, the bytes of the messages out: decode and encode give every byte back
  reads   LLRP messages in, one JSON object a tag read out: epc, antenna, rssi in dBm, firstSeen, lastSeen, count,
          channel, pc, tid, phase in radians, doppler in Hz; what a report lacks is left out

FILE may be - for standard input. It is strict: the first malformed message ends it with one line that names the byte
offset, or for encode the line, after everything before it has been written.

Example:
  tagtrail llrp decode capture.bin | tagtrail llrp encode - | cmp - capture.bin
`;

/** Gathers output and waits when the other side is slow. */
class Output {
  readonly #to: Writable;
  #parts: (string | Uint8Array)[] = [];
  #size = 0;

  constructor(to: Writable) {
    this.#to = to;
  }

  add(part: string | Uint8Array): void {
    this.#parts.push(part);
    this.#size += part.length;
  }

  /** Writes when there is enough; call it where waiting is possible. */
  async spare(): Promise<void> {
    if (this.#size >= WRITE_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#size === 0) return;
    const texts = this.#parts.every((part) => typeof part === 'string');
    const chunk = texts
      ? this.#parts.join('')
      : Buffer.concat(this.#parts.map((part) => Buffer.from(part as Uint8Array)));
    this.#parts = [];
    this.#size = 0;
    if (!this.#to.write(chunk)) await once(this.#to, 'drain');
  }
}

/** Every frame of a stream with its offset; strict about its end. */
async function* framesOf(input: Readable): AsyncGenerator<{ frame: Uint8Array; offset: number }[]> {
  const splitter = new FrameSplitter();
  for await (const chunk of input) {
    const frames: { frame: Uint8Array; offset: number }[] = [];
    try {
      for (const frame of splitter.push(chunk as Buffer))
        frames.push({ frame, offset: splitter.offset - frame.length });
    } catch (error) {
      yield frames; // what was good before it
      throw error;
    }
    yield frames;
  }
  splitter.end();
}

async function decodeAll(input: Readable, output: Output): Promise<void> {
  for await (const frames of framesOf(input)) {
    for (const { frame, offset } of frames) {
      output.add(`${JSON.stringify(decode(frame, offset))}\n`);
      await output.spare();
    }
  }
}

async function readsAll(input: Readable, output: Output): Promise<void> {
  const columns = createColumns();
  for await (const frames of framesOf(input)) {
    for (const { frame, offset } of frames) {
      if (headerOf(frame).type === RO_ACCESS_REPORT) {
        const rows = readReport(frame, columns, { strict: true, offset });
        for (let row = 0; row < rows; row++) output.add(readLine(columns, row));
      } else {
        decode(frame, offset); // strict: a malformed message ends it, whatever it is
      }
      await output.spare();
    }
  }
}

/** Bytes, JSON or a file that is not what it should be; anything else is a fault of ours. */
const isAboutInput = (error: unknown): error is Error =>
  error instanceof LlrpError || error instanceof SyntaxError || (error instanceof Error && 'code' in error);

/** The lines of a text stream, without their ends; one that is too long is refused, not gathered. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest: string[] = [];
  let held = 0;
  for await (const chunk of input) {
    const pieces = decoder.decode(chunk as Buffer, { stream: true }).split('\n');
    for (const piece of pieces.slice(0, -1)) {
      yield rest.length > 0 ? rest.join('') + piece : piece;
      rest = [];
      held = 0;
    }
    const tail = pieces.at(-1) ?? '';
    held += tail.length;
    if (held > LINE_CHARS_MAX) throw new LlrpError('TOO_LONG', `longer than ${LINE_CHARS_MAX} characters`);
    if (tail !== '') rest.push(tail);
  }
  yield rest.join('') + decoder.decode();
}

async function encodeAll(input: Readable, output: Output): Promise<void> {
  let number = 1;
  try {
    for await (const line of linesOf(input)) {
      if (line.trim() !== '') output.add(encode(JSON.parse(line) as Message));
      await output.spare();
      number++;
    }
  } catch (error) {
    if (!isAboutInput(error)) throw error;
    throw new LlrpError('ENCODE', `line ${number}: ${messageOf(error)}`);
  }
}

const ACTIONS: Record<string, (input: Readable, output: Output) => Promise<void>> = {
  decode: decodeAll,
  encode: encodeAll,
  reads: readsAll,
};

async function run(args: string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  const [name = '', file, ...more] = positionals;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!action || file === undefined || more.length > 0) throw new UsageError('tagtrail llrp decode|encode|reads FILE');
  const output = new Output(io.stdout);
  try {
    await action(file === '-' ? io.stdin : createReadStream(file), output);
  } catch (error) {
    if (!isAboutInput(error)) throw error;
    await output.flush();
    throw new UsageError(`${file === '-' ? 'standard input' : file}: ${messageOf(error)}`);
  }
  await output.flush();
  return 0;
}

export const command: Command = {
  summary: 'LLRP messages to JSON and back, and the tag reads in them',
  help,
  run,
};
