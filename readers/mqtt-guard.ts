/** Bytes of the length in a fixed header (MQTT 3.1.1, 2.2.3). */
const LENGTH_BYTES_MAX = 4;

/** Follows the packets of an MQTT stream by their headers and sees one that is too long before it is buffered. */
export class PacketGuard {
  readonly #packetBytesMax: number;
  /** Bytes of the packet that are still to come. */
  #rest = 0;
  /** Inside a header: how many bytes of the length have come; -1 outside of one. */
  #digits = -1;
  #length = 0;

  constructor(packetBytesMax: number) {
    this.#packetBytesMax = packetBytesMax;
  }

  /** False when a packet is longer than allowed, or its length is none. */
  take(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length;) {
      if (this.#rest > 0) {
        const step = Math.min(this.#rest, chunk.length - at);
        this.#rest -= step;
        at += step;
        continue;
      }
      if (!this.#header(chunk[at++]!)) return false;
    }
    return true;
  }

  #header(byte: number): boolean {
    if (this.#digits < 0) {
      this.#digits = 0;
      this.#length = 0;
      return true;
    }
    this.#length += (byte & 0x7f) * 0x80 ** this.#digits++;
    if (byte & 0x80) return this.#digits < LENGTH_BYTES_MAX;
    this.#digits = -1;
    this.#rest = this.#length;
    return this.#length <= this.#packetBytesMax;
  }
}
