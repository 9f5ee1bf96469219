// Bodies that come compressed (RFC 9110, 8.4), unpacked piece by piece and no further than they may grow.
import { pipeline, Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { refusal } from './problem.ts';

/** How many bytes one packed byte may stand for: documents reach 50. A body that stays small may be all blanks. */
const UNPACKED_RATIO_MAX = 250;
const UNPACKED_BYTES_FREE = 32 * 1024 * 1024;
/** Window of zstd as a power of two: 8 MiB, what RFC 9659 lets a sender use. */
const ZSTD_WINDOW_LOG_MAX = 23;

/** Content codings that this runtime can unpack. */
const DECODERS: Record<string, () => Transform> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
  // not every runtime's node:zlib has it
  ...(typeof zlib.createZstdDecompress === 'function' && {
    zstd: () => zlib.createZstdDecompress({ params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX } }),
  }),
};

const ENCODINGS = Object.keys(DECODERS).filter((name) => name !== 'x-gzip');

/** The coding of a Content-Encoding header: `identity` or one of DECODERS. 415 for any other, and for several. */
export function encodingOf(header: string | undefined): string {
  const encoding = (header ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '' || Object.hasOwn(DECODERS, encoding)) return encoding || 'identity';
  throw refusal(
    'UnsupportedMediaTypeException',
    `Content-Encoding: ${encoding.slice(0, 100)}; taken: ${ENCODINGS.join(', ')}, one of them, or none`,
  );
}

/** Throws `tooLong()` above `bytesMax`, and 413 for what grows beyond all measure. */
export interface UnpackLimit {
  bytesMax: number;
  tooLong: () => never;
}

const bomb = (): never => {
  throw refusal('CaptureLimitExceededException', `the body unpacks to more than ${UNPACKED_RATIO_MAX} times its size`, {
    ratioMax: UNPACKED_RATIO_MAX,
  });
};

/**
 * The bytes that packed ones stand for. Refuses with 400 what is cut short or is not packed as it says, and with 413
 * what unpacks to more than the limit.
 */
export async function* unpacked(
  packed: AsyncIterable<Uint8Array>,
  encoding: string,
  { bytesMax, tooLong }: UnpackLimit,
): AsyncGenerator<Uint8Array> {
  let taken = 0;
  let given = 0;
  let failed: unknown;
  async function* counted(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of packed) {
        taken += chunk.byteLength;
        yield chunk;
      }
    } catch (error) {
      failed = error;
      throw error;
    }
  }
  const decoder = DECODERS[encoding]!();
  pipeline(Readable.from(counted(), { objectMode: false }), decoder, () => {});
  try {
    for await (const piece of decoder as AsyncIterable<Uint8Array>) {
      given += piece.byteLength;
      if (given > bytesMax) tooLong();
      if (given > UNPACKED_BYTES_FREE && given > taken * UNPACKED_RATIO_MAX) bomb();
      yield piece;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (failed !== undefined || code === undefined || !/^(?:Z_|ERR_|ZSTD_)/.test(code)) throw failed ?? error;
    const reason = code === 'Z_BUF_ERROR' ? 'it is cut short' : 'it is damaged, or packed in another way';
    throw refusal('ValidationException', `the body is no whole ${encoding}: ${reason}`);
  }
}
