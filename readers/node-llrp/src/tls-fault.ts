const UNKNOWN = "the reader's certificate is of an authority that is not known here: give that authority's as tls.ca";

/** What went wrong with certificates and what to do, by the code of Node's error. */
const SENTENCES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "the reader's certificate is self-signed and not the one known here: give it as tls.ca",
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN,
  CERT_SIGNATURE_FAILURE: UNKNOWN,
  CERT_HAS_EXPIRED: "the reader's certificate has expired, or the clock here is wrong",
  CERT_NOT_YET_VALID: "the reader's certificate is not valid yet, or the clock here is wrong",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the reader asks for a certificate of ours: give tls.cert and tls.key',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    'the reader refuses the handshake: it may ask for a certificate of ours (tls.cert, tls.key)',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the reader does not know the authority of our certificate (tls.cert)',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'the reader does not accept our certificate (tls.cert)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the other end does not speak TLS on this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the other end does not speak TLS on this port',
};
const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** The message of a socket's error; a sentence that says what to do where it is about certificates. */
export function faultOf(error: Error & { code?: string }): string {
  if (error.code === WRONG_NAME) return `${error.message}: say by tls.serverName which name it has`;
  return SENTENCES[error.code ?? ''] ?? error.message;
}
