import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

const VALID_MS = 365 * 24 * 3_600_000;
const [INTEGER, BIT_STRING, OCTET_STRING, OID, UTF8, UTC_TIME, SEQUENCE, SET] = [2, 3, 4, 6, 12, 23, 48, 49];
/** Context tags: [0] version, [3] extensions; in a subject's other names [2] DNS and [7] IP address. */
const [VERSION, EXTENSIONS, DNS, IP] = [0xa0, 0xa3, 0x82, 0x87];
/** Contents of object identifiers, as DER has them. */
const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const COMMON_NAME = '550403';
const SUBJECT_ALT_NAME = '551d11';
const BASIC_CONSTRAINTS = '551d13';
const HOLDER = 'tagtrail emulator';
const LOOPBACK = 'localhost';
const TRUE = '0101ff';

/** One DER value: tag, length, contents. */
function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Uint8Array.of(tag, ...size), body]);
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const oid = (text: string): Buffer => der(OID, hex(text));
const time = (ms: number): Buffer =>
  der(UTC_TIME, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`));
const extension = (id: string, value: Buffer): Buffer => der(SEQUENCE, oid(id), der(OCTET_STRING, value));

/**
 * A self-made certificate for the loopback names and `host`, valid for a year (X.509 v3, P-256, ECDSA with SHA-256).
 * Its holder is its own authority: a client trusts it by taking it as `ca`.
 */
export function selfMadeCertificate(host: string): { cert: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, oid(COMMON_NAME), der(UTF8, Buffer.from(HOLDER)))));
  const algorithm = der(SEQUENCE, oid(ECDSA_WITH_SHA256));
  const addresses = [...new Set(['127.0.0.1', ...(isIPv4(host) ? [host] : [])])];
  const names = [
    der(DNS, Buffer.from(LOOPBACK)),
    ...addresses.map((one) => der(IP, Uint8Array.from(one.split('.'), Number))),
    der(IP, hex('00000000000000000000000000000001')),
  ];
  const serial = randomBytes(8);
  serial[0] = (serial[0]! & 0x3f) | 0x40; // positive, and of full length
  const now = Date.now();
  const body = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Uint8Array.of(2))),
    der(INTEGER, serial),
    algorithm,
    name,
    der(SEQUENCE, time(now - VALID_MS / 365), time(now + VALID_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      EXTENSIONS,
      der(
        SEQUENCE,
        extension(SUBJECT_ALT_NAME, der(SEQUENCE, ...names)),
        extension(BASIC_CONSTRAINTS, der(SEQUENCE, hex(TRUE))),
      ),
    ),
  );
  const signature = der(BIT_STRING, Uint8Array.of(0), sign('sha256', body, privateKey));
  const base64 = der(SEQUENCE, body, algorithm, signature).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64.trimEnd()}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
