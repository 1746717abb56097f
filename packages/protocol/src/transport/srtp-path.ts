import type { CryptoProvider, SrtpKeyingMaterial } from '../core/index.js';
import { isRtcp } from '../rtcp/index.js';
import { SrtpReceiver, SrtpSender } from '../srtp/index.js';

/** Longest packet that media sends or takes: more than any path carries whole. */
const MAX_PACKET_BYTES = 2_048;
/** What RTCP needs of a packet before its type can be told (RFC 5761 §4). */
const MIN_PACKET_BYTES = 8;

/** What was sealed last in this thread. It is lent at once, and no longer than until it is sent: one slot serves all connections. */
const sealed = new Uint8Array(MAX_PACKET_BYTES);
/** Views of it, by their lengths: what is lent makes no new one. */
const sealedViews = new Array<Uint8Array | undefined>(MAX_PACKET_BYTES + 1).fill(undefined);

/** The keys of one association, and the slots through which its packets pass: sealing and opening double as the copy. */
export class SrtpPath {
  private readonly sender: SrtpSender;
  private readonly receiver: SrtpReceiver;
  /** The packet opened last; its bytes hold until the next. */
  readonly opened = new Uint8Array(MAX_PACKET_BYTES);

  constructor({ profile, local, remote }: SrtpKeyingMaterial, crypto: CryptoProvider) {
    this.sender = new SrtpSender({ profile, master: local, crypto });
    this.receiver = new SrtpReceiver({ profile, master: remote, crypto });
  }

  /** Opens an SRTP or SRTCP packet into {@link opened}; the length there, or 0 if it is not authentic. `isControl` tells which it was. */
  open(bytes: Uint8Array): { readonly length: number; readonly isControl: boolean } {
    if (bytes.length < MIN_PACKET_BYTES) return NOTHING;
    const isControl = isRtcp(bytes);
    const length = isControl
      ? this.receiver.unprotectRtcp(bytes, 0, bytes.length, this.opened, 0)
      : this.receiver.unprotectRtp(bytes, 0, bytes.length, this.opened, 0);
    if (length <= 0) return NOTHING;
    const outcome = isControl ? CONTROL : MEDIA;
    outcome.length = length;
    return outcome;
  }

  /** Seals a packet, and lends it until another is sealed; undefined if it cannot be sent. */
  sealRtp(bytes: Uint8Array, offset: number, length: number): Uint8Array | undefined {
    return sealedView(this.sender.protectRtp(bytes, offset, length, sealed, 0));
  }

  sealRtcp(bytes: Uint8Array, offset: number, length: number): Uint8Array | undefined {
    return sealedView(this.sender.protectRtcp(bytes, offset, length, sealed, 0));
  }

  stats() {
    return { sent: this.sender.stats(), received: this.receiver.stats() };
  }
}

function sealedView(length: number): Uint8Array | undefined {
  return length > 0 ? (sealedViews[length] ??= sealed.subarray(0, length)) : undefined;
}

/** Shared, so that a packet makes no object. */
const NOTHING = { length: 0, isControl: false } as const;
const MEDIA = { length: 0, isControl: false };
const CONTROL = { length: 0, isControl: true };
