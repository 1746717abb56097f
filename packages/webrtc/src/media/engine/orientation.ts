import type { VideoOrientation } from '@maru/protocol/rtp';

/** Clockwise, in degrees: how a picture is to be turned before it is shown. */
export type Rotation = VideoOrientation['rotationDegrees'];

/** How the pictures of a stream stand, which is told when it changes, and from which picture on (3GPP TS 26.114 §7.4.5). */
export class Orientation {
  private current: Rotation = 0;
  private before: Rotation = 0;
  /** RTP timestamp of the first picture that stands as `current` says. */
  private since = 0;

  /** A packet of the picture at `rtpTimestamp` said so. */
  told(rtpTimestamp: number, rotation: Rotation): void {
    if (rotation === this.current || this.isOlder(rtpTimestamp)) return;
    this.before = this.current;
    this.current = rotation;
    this.since = rtpTimestamp;
  }

  /** Of the picture at `rtpTimestamp`; pictures are asked for in their order. */
  of(rtpTimestamp: number): Rotation {
    if (this.isOlder(rtpTimestamp)) return this.before;
    this.before = this.current;
    return this.current;
  }

  /** Whether a picture is older than a change that none has followed yet; over the wrap of the timestamps (RFC 3550 §5.1). */
  private isOlder(rtpTimestamp: number): boolean {
    return this.current !== this.before && ((rtpTimestamp - this.since) | 0) < 0;
  }
}
