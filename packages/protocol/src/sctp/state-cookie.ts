import { ByteReader, ByteWriter } from '../bytes/index.js';
import type { CryptoProvider, Instant, RandomSource } from '../core/index.js';
import type { Init } from './chunks/init.js';

/** Valid.Cookie.Life (RFC 9260 §16). */
const COOKIE_LIFE_MS = 60_000;

const MAC_BYTES = 32;
const BODY_BYTES = 8 + 4 * 6 + 2 * 2 + 4 + 1;
const MAX_EXTENSIONS = 32;

/** What an INIT and our answer agreed on; it travels with the peer, so that an INIT costs us nothing (RFC 9260 §5.1.3). */
export interface StateCookie {
  readonly createdAt: Instant;
  readonly localTag: number;
  readonly localInitialTsn: number;
  readonly peer: PeerParameters;
  /** Tags of the association that existed when the cookie was made, 0 without one (RFC 9260 §5.2.2). */
  readonly localTieTag: number;
  readonly peerTieTag: number;
}

/** What the peer's INIT or INIT ACK said. */
export type PeerParameters = Pick<
  Init,
  | 'initiateTag'
  | 'advertisedWindow'
  | 'outboundStreams'
  | 'inboundStreams'
  | 'initialTsn'
  | 'isForwardTsnSupported'
  | 'isZeroChecksumAcceptable'
  | 'extensions'
>;

/** Makes and checks cookies with a key that exists only here, as long as the association does. */
export class CookieJar {
  private readonly key = new Uint8Array(32);

  constructor(
    private readonly crypto: CryptoProvider,
    random: RandomSource,
  ) {
    random.fill(this.key);
  }

  seal(cookie: StateCookie): Uint8Array {
    const { peer } = cookie;
    const extensions = peer.extensions.slice(0, MAX_EXTENSIONS);
    const bytes = new Uint8Array(BODY_BYTES + extensions.length + MAC_BYTES);
    const writer = new ByteWriter(bytes);
    writer
      .u48(Math.max(0, Math.round(cookie.createdAt)))
      .u32(cookie.localTag)
      .u32(cookie.localInitialTsn)
      .u32(cookie.localTieTag)
      .u32(cookie.peerTieTag)
      .u32(peer.initiateTag)
      .u32(peer.advertisedWindow)
      .u16(peer.outboundStreams)
      .u16(peer.inboundStreams)
      .u32(peer.initialTsn)
      .u8(peer.isForwardTsnSupported ? 1 : 0)
      .u8(peer.isZeroChecksumAcceptable ? 1 : 0)
      .u8(extensions.length);
    for (const extension of extensions) writer.u8(extension);
    const body = writer.written;
    writer.raw(this.crypto.hmac('sha-256', this.key, body));
    return writer.written;
  }

  /** The cookie that `bytes` are; undefined if it is not ours. */
  open(bytes: Uint8Array): StateCookie | undefined {
    if (bytes.length < BODY_BYTES + MAC_BYTES) return undefined;
    const body = bytes.subarray(0, bytes.length - MAC_BYTES);
    const mac = bytes.subarray(bytes.length - MAC_BYTES);
    if (!this.crypto.equal(this.crypto.hmac('sha-256', this.key, body), mac)) return undefined;
    return read(new ByteReader(body));
  }
}

/** Whether a cookie of ours is too old to be taken (RFC 9260 §5.1.5). */
export function isStale(cookie: StateCookie, now: Instant): boolean {
  return now - cookie.createdAt > COOKIE_LIFE_MS;
}

function read(reader: ByteReader): StateCookie {
  const createdAt = reader.u48();
  const localTag = reader.u32();
  const localInitialTsn = reader.u32();
  const localTieTag = reader.u32();
  const peerTieTag = reader.u32();
  const peer = {
    initiateTag: reader.u32(),
    advertisedWindow: reader.u32(),
    outboundStreams: reader.u16(),
    inboundStreams: reader.u16(),
    initialTsn: reader.u32(),
    isForwardTsnSupported: reader.u8() === 1,
    isZeroChecksumAcceptable: reader.u8() === 1,
    extensions: [...reader.view(reader.u8())],
  };
  return { createdAt, localTag, localInitialTsn, localTieTag, peerTieTag, peer };
}
