import { ByteReader } from '../bytes/index.js';
import { Malformed, type Path } from '../core/index.js';
import type { CookieJar } from './cookie-jar.js';
import { FRAGMENT_HEADER_BYTES, fragmentHeader, HandshakeType, readFragment } from './handshake-message.js';
import { RANDOM_BYTES } from './messages/client-hello.js';
import { encodeHelloVerifyRequest } from './messages/hello-verify-request.js';
import { ContentType, RECORD_HEADER_BYTES, RecordHeader, writeRecordHeader } from './record.js';
import { concat } from './vector.js';
import { DTLS_1_2 } from './version.js';

const NOT_A_HELLO = Malformed.of('dtls/cookie-gate/not-a-client-hello');

/**
 * What a port without ICE does with the first datagram of an unknown client, before anything is kept for it (RFC 6347
 * §4.2.1): `pass` with a valid cookie, so that a {@link DtlsConnection} with the same jar can be made and given this
 * datagram; bytes to send back, fewer than came; or a reason to drop it. Needs only the beginning of a ClientHello, so one that
 * comes in several datagrams passes by its first.
 */
export function screenClientHello(datagram: Uint8Array, path: Path, jar: CookieJar): 'pass' | Uint8Array | Malformed {
  const header = new RecordHeader();
  if (!header.read(datagram, 0) || header.type !== ContentType.handshake || header.epoch !== 0) return NOT_A_HELLO;
  const fragment = readFragment(new ByteReader(datagram.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + header.length)));
  if (!fragment || fragment.type !== HandshakeType.clientHello || fragment.offset !== 0) return NOT_A_HELLO;
  const reader = new ByteReader(fragment.body);
  reader.skip(2); // client_version: for the connection to judge
  const random = reader.view(RANDOM_BYTES);
  reader.skip(reader.u8()); // session_id
  const cookie = reader.view(reader.u8());
  if (reader.failed) return NOT_A_HELLO;
  if (jar.isValid(cookie, path, random)) return 'pass';

  const body = encodeHelloVerifyRequest(jar.cookieFor(path, random));
  const message = { type: HandshakeType.helloVerifyRequest, messageSequence: fragment.messageSequence, body };
  const answer = concat(new Uint8Array(RECORD_HEADER_BYTES), fragmentHeader(message, 0, body.length), body);
  const length = FRAGMENT_HEADER_BYTES + body.length;
  writeRecordHeader(answer, 0, ContentType.handshake, DTLS_1_2, 0, header.sequence, length);
  return answer;
}
