import { LlrpError } from './error.ts';

/** Bytes of a message header: version and type, length, id. */
export const HEADER_BYTES = 10;
/** Longest message that is taken unless the caller says otherwise. */
export const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;
/** A message that spans chunks starts with this much room, whatever length it claims. */
const ROOM_BYTES_MIN = 4096;

/** The header of a message, LLRP 1.0.1 section 16.2.1. */
export interface Header {
  version: number;
  type: number;
  length: number;
  id: number;
}

/** Reads the header at `at`; there must be HEADER_BYTES bytes. */
export function headerOf(bytes: Uint8Array, at = 0): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES);
  const first = view.getUint16(0);
  return { version: (first >> 10) & 7, type: first & 1023, length: view.getUint32(2), id: view.getUint32(6) };
}

/**
 * Cuts a byte stream into messages, however the network cut it. A message that lies whole in one chunk comes out as
 * a view of that chunk, without a copy; one that spans chunks is gathered in a buffer that grows by doubling with the
 * bytes present, never with the length claimed. Time is linear in bytes.
 */
export class FrameSplitter {
  /** Bytes of the stream before the message that is being gathered. */
  offset = 0;
  readonly #max: number;
  #part = new Uint8Array(0);
  #held = 0;

  constructor(messageBytesMax = MESSAGE_BYTES_MAX) {
    this.#max = messageBytesMax;
  }

  /** How many bytes of an unfinished message are held. */
  get pending(): number {
    return this.#held;
  }

  /**
   * Yields every message that `chunk` completes, in order. Run the iterator to its end before the next push.
   * Throws LENGTH or TOO_LONG from the header alone; the stream is lost then.
   */
  *push(chunk: Uint8Array): Generator<Uint8Array, void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#held === 0 && chunk.length - at >= HEADER_BYTES) {
        const length = this.#lengthAt(chunk, at);
        if (chunk.length - at >= length) {
          const frame = chunk.subarray(at, at + length);
          at += length;
          this.offset += length;
          yield frame;
          continue;
        }
      }
      at += this.#gather(chunk, at);
      if (this.#held >= HEADER_BYTES && this.#held === this.#lengthAt(this.#part, 0)) {
        const frame = this.#part.subarray(0, this.#held);
        this.#part = new Uint8Array(0);
        this.offset += this.#held;
        this.#held = 0;
        yield frame;
      }
    }
  }

  /** Says that the stream has ended. Throws TRUNCATED when it ended inside a message. */
  end(): void {
    if (this.#held === 0) return;
    const expected = this.#held < HEADER_BYTES ? `${HEADER_BYTES} of a header` : String(headerOf(this.#part).length);
    throw new LlrpError('TRUNCATED', `the stream ends after ${this.#held} bytes of ${expected}`, {
      offset: this.offset,
    });
  }

  #lengthAt(bytes: Uint8Array, at: number): number {
    const { length } = headerOf(bytes, at);
    if (length < HEADER_BYTES) {
      throw new LlrpError('LENGTH', `message length ${length} is below its header`, { offset: this.offset });
    }
    if (length > this.#max) {
      throw new LlrpError('TOO_LONG', `message length ${length} is above the limit of ${this.#max} bytes`, {
        offset: this.offset,
      });
    }
    return length;
  }

  /** Copies what the unfinished message still wants, first its header, and returns how much was taken. */
  #gather(chunk: Uint8Array, at: number): number {
    const goal = this.#held < HEADER_BYTES ? HEADER_BYTES : this.#lengthAt(this.#part, 0);
    const taken = Math.min(goal - this.#held, chunk.length - at);
    const needed = this.#held + taken;
    if (needed > this.#part.length) {
      const grown = new Uint8Array(Math.max(ROOM_BYTES_MIN, needed, Math.min(goal, needed * 2)));
      grown.set(this.#part.subarray(0, this.#held));
      this.#part = grown;
    }
    this.#part.set(chunk.subarray(at, at + taken), this.#held);
    this.#held = needed;
    if (needed === HEADER_BYTES) this.#lengthAt(this.#part, 0);
    return taken;
  }
}
