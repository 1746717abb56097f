import type { CoreContext, Instant, Path, ProtocolCore } from '../core/index.js';
import { completeConfig, type DtlsConfig, type DtlsOptions } from './config.js';
import type { DtlsEvent, DtlsOutputs, DtlsRole, DtlsState } from './events.js';
import type { Fingerprint } from './fingerprint.js';
import type { SrtpKeyingMaterial } from './srtp-profile.js';
import type { DtlsStats } from './stats.js';
import type { X509Certificate } from './x509/certificate.js';

/** One DTLS association, either side of it, as a pure core (RFC 6347). */
export class DtlsConnection implements ProtocolCore<DtlsEvent> {
  private readonly config: DtlsConfig;

  constructor(
    options: DtlsOptions,
    private readonly context: CoreContext,
  ) {
    this.config = completeConfig(options);
  }

  get state(): DtlsState {
    throw this.unwritten;
  }

  /** Undefined until {@link start}. */
  get role(): DtlsRole | undefined {
    throw this.unwritten;
  }

  /** The certificates that the peer showed and proved to own, its own first. Empty before. */
  get peerCertificates(): readonly X509Certificate[] {
    throw this.unwritten;
  }

  get deadline(): Instant {
    throw this.unwritten;
  }

  /**
   * Begins: a client sends its ClientHello, a server answers the one that it may have been sent already. Call it when
   * datagrams can flow. Datagrams that came before are kept (a few) and count now.
   */
  start(_now: Instant, _role: DtlsRole): void {
    throw this.unwritten;
  }

  /** Which certificates the signaling channel vouches for. May be called at any time; until then the handshake waits. */
  expectFingerprints(_now: Instant, _fingerprints: readonly Fingerprint[]): void {
    throw this.unwritten;
  }

  /** A verdict by other means than fingerprints (a certificate chain that the owner checked). */
  judgePeer(_now: Instant, _verdict: 'accept' | 'reject'): void {
    throw this.unwritten;
  }

  receive(_now: Instant, _bytes: Uint8Array, _path: Path): void {
    throw this.unwritten;
  }

  advance(_now: Instant): void {
    throw this.unwritten;
  }

  drain(_outputs: DtlsOutputs): void {
    throw this.unwritten;
  }

  /** Bytes that a record adds to what {@link send} is given; 37 before the cipher is known, which no suite exceeds. */
  get recordOverheadBytes(): number {
    throw this.unwritten;
  }

  /**
   * Sends `bytes` (borrowed) as one record in one datagram. False when the state is not `connected`: nothing was sent.
   * Throws a RangeError above 2^14 bytes, which no record can hold.
   */
  send(_bytes: Uint8Array): boolean {
    throw this.unwritten;
  }

  /** Says goodbye (close_notify) and ends. Closing what has ended changes nothing. */
  close(_now: Instant): void {
    throw this.unwritten;
  }

  /** Keys for SRTP; undefined unless connected with a profile in common (RFC 5764 §4.2). */
  srtpKeyingMaterial(): SrtpKeyingMaterial | undefined {
    throw this.unwritten;
  }

  /** Keying material for another protocol; undefined unless connected (RFC 5705 §4). */
  exportKeyingMaterial(_label: string, _length: number, _context?: Uint8Array): Uint8Array | undefined {
    throw this.unwritten;
  }

  stats(): DtlsStats {
    throw this.unwritten;
  }

  private get unwritten(): Error {
    return new Error(`the handshake lands in the next commits ${this.config.mtuBytes} ${typeof this.context}`);
  }
}
