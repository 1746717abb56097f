import type { SrtpMasterKey, SrtpProfile } from '@maru/protocol/core';
import { deriveSessionKeys, type SrtpTransform, transformOf } from '@maru/protocol/srtp';
import { pureCrypto } from '../crypto/provider.js';
import { type PacketCipher, packetCipher } from '../crypto/wasm/packet-cipher.js';

/** A key of one direction, to open or to seal with. */
export class MediaKey {
  readonly transform: SrtpTransform;
  private made: PacketCipher | undefined;
  private isMade = false;

  constructor(
    private readonly profile: SrtpProfile,
    private readonly master: SrtpMasterKey,
  ) {
    this.transform = transformOf(profile, master, pureCrypto);
  }

  /** Seals many packets together; undefined where there is no WebAssembly. Made when it is first needed: keys to open with never need it. */
  get cipher(): PacketCipher | undefined {
    if (!this.isMade) {
      this.isMade = true;
      this.made = packetCipher(deriveSessionKeys(this.profile, this.master, pureCrypto));
    }
    return this.made;
  }
}
