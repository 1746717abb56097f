import { type Addon, addon, type NativeSrtpKeys } from '@maru/native';
import type { SrtpMasterKey, SrtpProfile } from '@maru/protocol/core';
import { deriveSessionKeys, type OpenBatch, type SealBatch } from '@maru/protocol/srtp';
import { IpEndpoint } from '@maru/protocol/turn/server';
import { nodeCrypto } from '../crypto/provider.js';
import type { PoolEndpoint } from '../net/datagram-pool.js';
import { NativeDatagramPool } from '../net/native-datagram-pool.js';
import { INJECTED_BYTES, PoolMediaDriver } from './pool-media-driver.js';

/** What one batch may have for streams. */
const STREAM_OUT_BYTES = 512 * 1024;
const MAX_STREAMED = 1_024;
/** Integers of a row: address, offset, length. */
const STREAMED_INTS = 3;

/** The batch path over @maru/native: one call opens a batch, one seals it and sends it, what goes to one address together. */
export class NativeMediaDriver extends PoolMediaDriver {
  readonly name = 'native';
  private readonly keys: NativeSrtpKeys;
  private readonly streamOut = new Uint8Array(STREAM_OUT_BYTES);
  private readonly streamed = new Int32Array(MAX_STREAMED * STREAMED_INTS);
  /** Packets, bytes, sends, lost, rows of {@link streamed}. */
  private readonly results = new Int32Array(5);

  private constructor(
    private readonly native: Addon,
    private readonly sockets: NativeDatagramPool,
  ) {
    super(sockets, sockets.inbox);
    this.keys = native.createSrtpKeys();
  }

  /** Throws where the addon is not there. `rests`: see {@link NativeDatagramPool.open}. */
  static open(rests: boolean): NativeMediaDriver {
    if (!addon) throw new Error('@maru/native is not there');
    return new NativeMediaDriver(addon, NativeDatagramPool.open(new IpEndpoint(), { rests, roomBytes: INJECTED_BYTES }));
  }

  addKey(profile: SrtpProfile, master: SrtpMasterKey): number {
    const { encryption, salt, authentication, tagBytes } = deriveSessionKeys(profile, master, nodeCrypto);
    return this.native.srtpAddKey(this.keys, encryption, salt, authentication, tagBytes);
  }

  removeKey(key: number): void {
    this.native.srtpRemoveKey(this.keys, key);
  }

  open({ table, count }: OpenBatch): void {
    if (count > 0) this.native.srtpOpenBatch(this.keys, this.inbox, table, count);
  }

  send(batch: SealBatch): void {
    const { counters, results, keys, streamOut, streamed } = this;
    const { count, table, heads } = batch;
    if (count === 0) return;
    if (this.hasEnded) {
      counters.packetsLost += count;
    } else {
      const { rows } = this.addresses;
      const { handle } = this.sockets;
      this.native.srtpSendBatch(handle, keys, rows, heads, this.slabs, table, count, streamOut, streamed, results);
      counters.packetsSent += results[0]!;
      counters.bytesSent += results[1]!;
      counters.sends += results[2]!;
      counters.packetsLost += results[3]!;
      this.handStreams(results[4]!);
    }
    batch.clear();
  }

  datagram(socket: number, from: PoolEndpoint, _bytes: Uint8Array, offset: number, length: number): void {
    this.append(offset, length, this.addresses.intern(socket, from), this.sockets.waitedUs);
  }

  private handStreams(count: number): void {
    const { streamed } = this;
    for (let at = 0; at < count * STREAMED_INTS; at += STREAMED_INTS) {
      this.receiver?.toStream(streamed[at]!, this.streamOut, streamed[at + 1]!, streamed[at + 2]!);
    }
  }
}
