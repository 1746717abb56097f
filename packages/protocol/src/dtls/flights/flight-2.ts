import type { HandshakeLog } from '../handshake.js';
import { HandshakeType } from '../handshake-message.js';
import { encodeHelloVerifyRequest } from '../messages/hello-verify-request.js';
import { type Flight, messageItem } from './flight.js';

/** The server's demand for proof of address: HelloVerifyRequest (RFC 6347 §4.2.1). Answered by flight 3. */
export function flight2(log: HandshakeLog, cookie: Uint8Array): Flight {
  const message = log.number(HandshakeType.helloVerifyRequest, encodeHelloVerifyRequest(cookie));
  return { name: 'flight-2', items: [messageItem(message)], repeats: 'when-asked' };
}
