import type { EncodedMedia, EncodingDemand, EncodingFeed } from '@maru/webrtc';
import { bitrateRung } from './bitrate.js';
import type { LineChunk, VideoLine } from './video-line.js';

/** What a feed needs of its source. */
export interface VideoFeedHost {
  /** The encoder for a bitrate. */
  lineAt(bitrateBps: number): VideoLine;
  /** Nobody takes what `line` gives any more. */
  forget(line: VideoLine): void;
  /** Who encodes. */
  readonly encoderName: string;
  /** When the newest picture was. */
  lastPictureMs(): number;
  /** What packets are told of when the picture with `timestampMs` was captured. */
  captureMembers(timestampMs: number): Pick<EncodedMedia, 'captureTimeMs' | 'captureClockOffsetMs'> | undefined;
}

export interface FeedRates {
  /** What the picture is worth, and the sender may send. */
  readonly mostBps: number;
  /** What it begins with. */
  readonly firstBps: number;
}

type Codec = EncodingDemand['codecs'][number];

/** What one sender gets: the chunks of one line, and of another once the network carries another bitrate. */
export class VideoFeed implements EncodingFeed {
  private line: VideoLine | undefined;
  /** Takes over, once it is at work, with a key frame. */
  private next: VideoLine | undefined;
  private rung: number;
  /** Pictures after this one come from the next line: two encoders of one picture would put time back. */
  private nextFromMs = Number.POSITIVE_INFINITY;
  private givenMs = Number.NEGATIVE_INFINITY;
  private readonly mostBps: number;
  private targetBps: number;
  private readonly takers = new Map<VideoLine, (chunk: LineChunk) => void>();

  constructor(
    readonly codec: Codec,
    { mostBps, firstBps }: FeedRates,
    private readonly host: VideoFeedHost,
    private readonly sink: (media: EncodedMedia) => void,
  ) {
    this.mostBps = mostBps;
    this.targetBps = firstBps;
    this.rung = bitrateRung(Math.min(mostBps, firstBps));
    this.join(host.lineAt(this.rung));
  }

  get implementation(): string {
    return this.host.encoderName;
  }

  requestKeyFrame(): void {
    (this.next ?? this.line)?.requestKeyFrame();
  }

  /** What comes while a line is about to take over holds from then on. */
  setTargetBitrate(bitsPerSecond: number): void {
    this.targetBps = bitsPerSecond;
    const wanted = bitrateRung(Math.min(this.mostBps, bitsPerSecond), this.rung);
    if (wanted === this.rung || this.next) return;
    const isLess = wanted < this.rung;
    this.rung = wanted;
    this.join(this.host.lineAt(wanted));
    if (isLess) this.nextFromMs = this.host.lastPictureMs(); // what does not fit into the network only waits in front of it
  }

  close(): void {
    for (const line of [...this.takers.keys()]) this.leave(line);
    this.line = this.next = undefined;
  }

  private join(line: VideoLine): void {
    this.next = line;
    this.nextFromMs = Number.POSITIVE_INFINITY;
    const taker = (chunk: LineChunk): void => this.take(line, chunk);
    this.takers.set(line, taker);
    line.add(taker);
  }

  private leave(line: VideoLine): void {
    const taker = this.takers.get(line);
    if (!taker) return;
    this.takers.delete(line);
    line.remove(taker);
    if (line.isFree) this.host.forget(line);
  }

  private take(from: VideoLine, chunk: LineChunk): void {
    if (from === this.next) this.takeOfNext(from, chunk);
    if (from !== this.line || chunk.timestampMs > this.nextFromMs) return;
    this.givenMs = Math.max(chunk.timestampMs, this.givenMs + 1);
    const { layer, ...media } = chunk;
    const captured = this.host.captureMembers(chunk.timestampMs);
    this.sink({ ...media, ...from.encodedSize, timestampMs: this.givenMs, ...captured, ...(layer && { description: layer }) });
  }

  /** For more bits, the line of now goes on until the next is at work: nobody waits for an encoder to start. */
  private takeOfNext(next: VideoLine, { isKeyFrame, timestampMs }: LineChunk): void {
    const isWarm = this.nextFromMs !== Number.POSITIVE_INFINITY;
    if (isKeyFrame && (!this.line || (isWarm && timestampMs > this.nextFromMs))) {
      if (this.line) this.leave(this.line);
      this.line = next;
      this.next = undefined;
      this.nextFromMs = Number.POSITIVE_INFINITY;
      this.setTargetBitrate(this.targetBps);
    } else if (this.line && !isWarm) {
      this.nextFromMs = this.host.lastPictureMs();
      next.requestKeyFrame();
    } else if (timestampMs > this.nextFromMs) next.requestKeyFrame(); // it was to be this picture, and has been an older one
  }
}
