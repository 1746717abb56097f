import { TokenReader, unwrapRtx } from '@maru/protocol/rtp';
import type { PublishedTrack } from './published-track.js';
import type { SourcePacket } from './source-packet.js';
import type { SourceStream } from './source-stream.js';

/** What an SSRC has said it is. */
interface Identity {
  readonly mid: string;
  readonly rid: string | undefined;
}

/**
 * Which encoding of which track each SSRC of a publisher is: by what signaling declared, else by the mid and rid that its packets tell
 * (RFC 8843 §9.2, RFC 8852). Senders tell them at the beginning only, so that they are remembered for a track that comes later.
 */
export class SourceTable {
  private readonly sources = new Map<number, SourceStream>();
  /** The SSRCs of retransmissions, and what they are of. */
  private readonly repairs = new Map<number, SourceStream>();
  private readonly identities = new Map<number, Identity>();
  private readonly tracksByMid = new Map<string, PublishedTrack>();
  private readonly tokens = new TokenReader();

  constructor(private readonly maxSources: number) {}

  get all(): IterableIterator<SourceStream> {
    return this.sources.values();
  }

  get(ssrc: number): SourceStream | undefined {
    return this.sources.get(ssrc | 0);
  }

  add(track: PublishedTrack): void {
    this.tracksByMid.set(track.mid, track);
    track.description.encodings.forEach(({ ssrc, rtxSsrc }, index) => {
      if (ssrc !== undefined) this.bind(track, index, ssrc);
      const source = track.sources[index];
      if (source && rtxSsrc !== undefined) this.repairs.set(rtxSsrc | 0, source);
    });
  }

  remove(track: PublishedTrack): void {
    if (this.tracksByMid.get(track.mid) === track) this.tracksByMid.delete(track.mid);
    for (const table of [this.sources, this.repairs])
      for (const [ssrc, source] of table) if (source.track === track) table.delete(ssrc);
  }

  /** The source of a packet, made where it is the first; undefined where nobody knows what it is. */
  find(packet: SourcePacket, ssrc: number): SourceStream | undefined {
    return this.sources.get(ssrc | 0) ?? this.meet(packet, ssrc);
  }

  /**
   * Turns a retransmission into the packet that was lost (RFC 4588), in place, and wraps `packet` around it; undefined where it is of
   * nothing that is known, or is padding. The packet has its payload type then, and begins two bytes later.
   */
  repair(packet: SourcePacket, ssrc: number): SourceStream | undefined {
    const source = this.repairs.get(ssrc | 0) ?? this.meetRepair(packet, ssrc);
    if (!source) return undefined;
    const type = source.track.repairs[packet.payloadType]!;
    return type >= 0 && unwrapRtx(packet.view, type, source.ssrc) ? source : undefined;
  }

  /** Whether a payload type is that of retransmissions, by the tracks there are. */
  isRepair(payloadType: number, ssrc: number): boolean {
    const source = this.repairs.get(ssrc | 0);
    if (source) return source.track.repairs[payloadType]! >= 0;
    if (this.sources.has(ssrc | 0)) return false;
    for (const track of this.tracksByMid.values()) if (track.repairs[payloadType]! >= 0) return true;
    return false;
  }

  private meet(packet: SourcePacket, ssrc: number): SourceStream | undefined {
    const identity = this.identify(packet, ssrc, packet.ridOffset, packet.ridBytes);
    if (!identity) return undefined;
    const track = this.tracksByMid.get(identity.mid);
    const encoding = track?.encodingOf(identity.rid) ?? -1;
    return track && encoding >= 0 && track.codecs[packet.payloadType] ? this.bind(track, encoding, ssrc) : undefined;
  }

  private meetRepair(packet: SourcePacket, ssrc: number): SourceStream | undefined {
    const identity = this.identify(packet, ssrc, packet.repairedRidOffset, packet.repairedRidBytes);
    const track = identity && this.tracksByMid.get(identity.mid);
    const source = track?.sources[track.encodingOf(identity?.rid)];
    if (source && this.repairs.size < this.maxSources) this.repairs.set(ssrc | 0, source);
    return source;
  }

  private identify(packet: SourcePacket, ssrc: number, ridOffset: number, ridBytes: number): Identity | undefined {
    const known = this.identities.get(ssrc | 0);
    if (packet.midOffset < 0) return known;
    const mid = this.tokens.read(packet.bytes, packet.midOffset, packet.midBytes);
    if (mid === undefined) return known;
    const rid = ridOffset < 0 ? undefined : this.tokens.read(packet.bytes, ridOffset, ridBytes);
    if (known && known.mid === mid && known.rid === rid) return known;
    if (!known && this.identities.size >= this.maxSources) return undefined;
    const identity: Identity = { mid, rid: rid ?? known?.rid };
    this.identities.set(ssrc | 0, identity);
    return identity;
  }

  private bind(track: PublishedTrack, encoding: number, ssrc: number): SourceStream | undefined {
    if (this.sources.size >= this.maxSources) return undefined;
    const before = track.sources[encoding];
    if (before) {
      this.sources.delete(before.ssrc | 0);
      for (const [repair, source] of this.repairs) if (source === before) this.repairs.delete(repair);
    }
    const source = track.addSource(encoding, ssrc);
    this.sources.set(ssrc | 0, source);
    return source;
  }
}
