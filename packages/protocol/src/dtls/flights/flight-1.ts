import { cipherSuitesNamed } from '../cipher-suite.js';
import type { DtlsConfig } from '../config.js';
import type { HandshakeLog } from '../handshake.js';
import { HandshakeType } from '../handshake-message.js';
import { encodeClientHello } from '../messages/client-hello.js';
import { offeredExtensions } from '../negotiation.js';
import { DTLS_1_2 } from '../version.js';
import { type Flight, messageItem } from './flight.js';

const NO_SESSION = new Uint8Array(0);
const NULL_COMPRESSION = Uint8Array.of(0);

/**
 * The client's first flight: ClientHello. With the cookie of a HelloVerifyRequest it is flight 3, otherwise the same
 * (RFC 6347 §4.2.1). Answered by flight 2 or flight 4.
 */
export function flight1(config: DtlsConfig, log: HandshakeLog, random: Uint8Array, cookie: Uint8Array): Flight {
  const hello = {
    version: DTLS_1_2,
    random,
    sessionId: NO_SESSION,
    cookie,
    cipherSuites: cipherSuitesNamed(config.cipherSuites).map(({ code }) => code),
    compressionMethods: NULL_COMPRESSION,
    extensions: offeredExtensions(config),
  };
  const message = log.write(HandshakeType.clientHello, encodeClientHello(hello));
  return { name: cookie.length > 0 ? 'flight-3' : 'flight-1', items: [messageItem(message)], repeats: 'until-answered' };
}
