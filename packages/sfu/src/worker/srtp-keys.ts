import type { MediaDriver } from '@maru/node/media';
import type { CryptoProvider, SrtpKeyingMaterial } from '@maru/protocol/core';
import { SrtpReceiver, SrtpSender } from '@maru/protocol/srtp';

/** Longest RTCP datagram that is sent: what the router makes, and what protecting it adds. */
const RTCP_BYTES = 2_048;

/** Shared: control packets are sealed one at a time, and copied by the driver. */
const sealed = new Uint8Array(RTCP_BYTES);

/** The keys of one association: the driver's for media, in batches, and the stack's own for what is rare. */
export class SrtpKeys {
  readonly receiver: SrtpReceiver;
  /** Of the driver, for packets that come and for packets that go. */
  readonly openKey: number;
  readonly sealKey: number;
  private readonly sender: SrtpSender;

  constructor(
    private readonly driver: MediaDriver,
    { profile, local, remote }: SrtpKeyingMaterial,
    crypto: CryptoProvider,
  ) {
    this.receiver = new SrtpReceiver({ profile, master: remote, crypto });
    this.sender = new SrtpSender({ profile, master: local, crypto });
    this.openKey = driver.addKey(profile, remote);
    this.sealKey = driver.addKey(profile, local);
  }

  /** Seals and sends an RTCP datagram. */
  sendRtcp(address: number, bytes: Uint8Array): void {
    const length = this.sender.protectRtcp(bytes, 0, bytes.length, sealed, 0);
    if (length > 0) this.driver.transmit(address, sealed, 0, length);
  }

  /** Opens an SRTCP datagram where it lies; its length, or a negative number. */
  openRtcp(bytes: Uint8Array, offset: number, length: number): number {
    return this.receiver.unprotectRtcp(bytes, offset, length);
  }

  end(): void {
    this.driver.removeKey(this.openKey);
    this.driver.removeKey(this.sealKey);
  }
}
