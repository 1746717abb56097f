import type { Instant } from '@maru/protocol/core';
import { TokenReader, unwrapRtx } from '@maru/protocol/rtp';
import type { PublishedTrack } from './published-track.js';
import type { SourcePacket } from './source-packet.js';
import type { SourceStream } from './source-stream.js';

/** An encoding goes over to another SSRC no more often: a browser's does with a new track, a hostile one's with each packet (S-49). */
const REBIND_MS = 500;

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

  /** An encoding of the track is known to send from this SSRC. */
  declare(track: PublishedTrack, encoding: number, ssrc: number): SourceStream | undefined {
    const known = track.sources[encoding];
    return known?.ssrc === ssrc ? known : this.bind(track, encoding, ssrc);
  }

  remove(track: PublishedTrack): void {
    if (this.tracksByMid.get(track.mid) === track) this.tracksByMid.delete(track.mid);
    for (const table of [this.sources, this.repairs])
      for (const [ssrc, source] of table) if (source.track === track) table.delete(ssrc);
  }

  /** The source of a packet, made where it is the first; undefined where nobody knows what it is. */
  find(now: Instant, packet: SourcePacket, ssrc: number): SourceStream | undefined {
    return this.sources.get(ssrc | 0) ?? this.meet(now, packet, ssrc);
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

  private meet(now: Instant, packet: SourcePacket, ssrc: number): SourceStream | undefined {
    const identity = this.identify(packet, ssrc, packet.ridOffset, packet.ridBytes);
    if (!identity) return undefined;
    const track = this.tracksByMid.get(identity.mid);
    const encoding = track?.encodingOf(identity.rid) ?? -1;
    if (!track || encoding < 0 || !track.codecs[packet.payloadType]) return undefined;
    const before = track.sources[encoding];
    if (before && now - before.boundAt < REBIND_MS) return undefined;
    const source = this.bind(track, encoding, ssrc);
    if (source) source.boundAt = now;
    return source;
  }

  private meetRepair(packet: SourcePacket, ssrc: number): SourceStream | undefined {
    const identity = this.identify(packet, ssrc, packet.repairedRidOffset, packet.repairedRidBytes);
    const track = identity && this.tracksByMid.get(identity.mid);
    const source = track?.sources[track.encodingOf(identity?.rid)];
    if (!source) return undefined;
    this.forgetRepair(source);
    source.rtxSsrc = ssrc;
    this.repairs.set(ssrc | 0, source);
    return source;
  }

  /** What is still under way of retransmissions is of nothing any more: its numbers mean other packets now. */
  private forgetRepair({ rtxSsrc }: SourceStream): void {
    this.repairs.delete(rtxSsrc | 0);
    this.identities.delete(rtxSsrc | 0);
  }

  private identify(packet: SourcePacket, ssrc: number, ridOffset: number, ridBytes: number): Identity | undefined {
    const known = this.identities.get(ssrc | 0);
    if (packet.midOffset < 0) return known;
    const mid = this.tokens.read(packet.bytes, packet.midOffset, packet.midBytes);
    if (mid === undefined) return known;
    const rid = ridOffset < 0 ? undefined : this.tokens.read(packet.bytes, ridOffset, ridBytes);
    if (known && known.mid === mid && known.rid === rid) return known;
    if (!known && this.identities.size >= this.maxSources && !this.forgetOldest()) return undefined;
    const identity: Identity = { mid, rid: rid ?? known?.rid };
    this.identities.set(ssrc | 0, identity);
    return identity;
  }

  /** Whoever was met longest ago and is nobody now gives way. */
  private forgetOldest(): boolean {
    for (const ssrc of this.identities.keys()) {
      if (this.sources.has(ssrc) || this.repairs.has(ssrc)) continue;
      return this.identities.delete(ssrc);
    }
    return false;
  }

  private bind(track: PublishedTrack, encoding: number, ssrc: number): SourceStream | undefined {
    const before = track.sources[encoding];
    if (!before && this.sources.size >= this.maxSources) return undefined;
    const source = track.addSource(encoding, ssrc);
    if (before) {
      this.sources.delete(before.ssrc | 0);
      this.forgetRepair(before);
      source.rtxSsrc = 0;
    }
    this.sources.set(ssrc | 0, source);
    return source;
  }
}
