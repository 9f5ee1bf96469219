// Calls to receivers of subscriptions (EPCIS 2.0 section 12.7.7): only to addresses that may be called, within limits.
import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { AppError, messageOf } from '../error.ts';
import { isPublicAddress } from './address.ts';

const DEST_CHARACTERS_MAX = 2048;
/** From the look-up of the name to the last byte of the answer. */
export const CALL_MS_MAX = 10_000;
/** Of the answer only the status counts; a longer body is cut off. */
const ANSWER_BYTES_MAX = 64 * 1024;
const ANSWER_HEADER_BYTES_MAX = 16 * 1024;
/** Besides these, ports that no other protocol has claimed. */
const PORTS = new Set(['', '80', '443']);
const PORT_MIN = 1024;

/** Which destinations may be called. */
export interface Reach {
  /** Private addresses and any port too: for tests, and receivers on the premises. */
  allowPrivate: boolean;
}

const refuse = (message: string): never => {
  throw new AppError('invalid', `dest: ${message}`, { rule: 'InvalidURIException' });
};

/** A destination as it was asked for. AppError `invalid` (InvalidURIException) for one that is never called. */
export function destOf(text: unknown, { allowPrivate }: Reach): URL {
  if (typeof text !== 'string' || text.length > DEST_CHARACTERS_MAX || !URL.canParse(text)) {
    return refuse(`an absolute http or https URL of at most ${DEST_CHARACTERS_MAX} characters is needed`);
  }
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    refuse(`${url.protocol} is not called, only http and https`);
  if (url.username !== '' || url.password !== '') refuse('a user name or password in the URL is not taken');
  if (url.hash !== '') refuse('a fragment is never sent; leave it out');
  if (allowPrivate) return url;
  if (!PORTS.has(url.port) && Number(url.port) < PORT_MIN) refuse(`port ${url.port} is not called`);
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isPublicAddress(host)) refuse(`${host} is no address of the public internet`);
  return url;
}

/** Without the brackets of IPv6. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

type Address = Awaited<ReturnType<typeof lookup>>;

/** The addresses of a destination; all must be allowed. */
async function addressesOf(url: URL, { allowPrivate }: Reach): Promise<Address[]> {
  const addresses = await lookup(hostOf(url), { all: true });
  const refused = allowPrivate ? undefined : addresses.find(({ address }) => !isPublicAddress(address));
  if (refused) refuse(`${url.hostname} is at ${refused.address}, no address of the public internet`);
  return addresses;
}

/** Refuses a destination whose name leads to an address that is not called. A name that is not known yet may come to be. */
export async function checkDest(url: URL, reach: Reach): Promise<void> {
  try {
    await addressesOf(url, reach);
  } catch (error) {
    if (error instanceof AppError) throw error;
  }
}

/** `GS1-Signature` of a body under the subscriber's token. */
export const signatureOf = (token: string, body: Uint8Array): string =>
  `hmac-sha256=${createHmac('sha256', token).update(body).digest('hex')}`;

/** The connection goes to the addresses that were checked, whatever the name means a moment later. */
const pinned =
  (addresses: Address[]): LookupFunction =>
  (_host, options, callback) => {
    const [first] = addresses;
    if (options.all) callback(null, addresses);
    else if (first) callback(null, first.address, first.family);
    else callback(new Error('no address'), '', 4);
  };

/** Reads the answer to its end, which is where the receiver has taken all; what is too long is cut off. */
async function drain(answer: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).byteLength;
    if (bytes > ANSWER_BYTES_MAX) return void answer.destroy();
  }
}

/**
 * POSTs a body to a destination and resolves the status of the answer; a redirect is one like any other and is not
 * followed. Throws AppError `unavailable` that says why there was no answer, `invalid` (InvalidURIException) when the
 * destination has come to lie where no call may go.
 */
export async function call(
  url: URL,
  { body, headers, reach }: { body: Uint8Array; headers: Record<string, string>; reach: Reach },
): Promise<number> {
  const signal = AbortSignal.timeout(CALL_MS_MAX);
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  late.catch(() => {});
  try {
    // a look-up cannot be stopped, only not be waited for
    const addresses = await Promise.race([addressesOf(url, reach), late]);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = url.protocol === 'https:' ? requestHttps : requestHttp;
      const outgoing = request(url, {
        method: 'POST',
        headers: { ...headers, 'content-length': String(body.byteLength) },
        lookup: pinned(addresses),
        // a connection of its own: one that is kept would be to an address that was checked long ago
        agent: false,
        maxHeaderSize: ANSWER_HEADER_BYTES_MAX,
        signal,
      });
      outgoing.on('response', resolve).on('error', reject).end(body);
    });
    await drain(answer);
    return answer.statusCode ?? 0;
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = signal.aborted ? `no answer within ${CALL_MS_MAX / 1000} s` : messageOf(error);
    throw new AppError('unavailable', reason, {}, error);
  }
}
