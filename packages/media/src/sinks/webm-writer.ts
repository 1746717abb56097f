/** Names of elements (RFC 9559 §5). */
const Id = {
  ebml: 0x1a45dfa3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  audio: 0xe1,
  samplingFrequency: 0xb5,
  channels: 0x9f,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
} as const;

/** A size that is not known yet: the element lasts until another of its level begins (RFC 8794 §6.2). */
const UNKNOWN_SIZE = Uint8Array.of(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
/** Blocks tell their time in 16 bits from the cluster's. */
const CLUSTER_MS = 5_000;

export interface WebmVideo {
  readonly codec: 'VP8' | 'VP9' | 'AV1';
  readonly width: number;
  readonly height: number;
}

export interface WebmAudio {
  readonly channels: number;
}

export type WebmTrack = 'video' | 'audio';

const NUMBER: Readonly<Record<WebmTrack, number>> = { video: 1, audio: 2 };

/**
 * Writes WebM so that every byte given out is final: a file of them can be read up to wherever its writer was killed. Tracks need
 * not wait for one another.
 */
export class WebmWriter {
  private clusterMs: number | undefined;

  constructor(
    private readonly put: (bytes: Uint8Array) => void,
    video: WebmVideo | undefined,
    audio: WebmAudio | undefined,
  ) {
    const entries = [...(video ? [videoEntry(video)] : []), ...(audio ? [audioEntry(audio)] : [])];
    put(element(Id.ebml, text(Id.docType, 'webm'), uint(Id.docTypeVersion, 4), uint(Id.docTypeReadVersion, 2)));
    put(bytesOf(idOf(Id.segment), UNKNOWN_SIZE));
    put(element(Id.info, uint(Id.timestampScale, 1_000_000), text(Id.muxingApp, 'maru'), text(Id.writingApp, 'maru')));
    put(element(Id.tracks, ...entries));
  }

  /** One frame, `atMs` after the beginning. */
  frame(track: WebmTrack, data: Uint8Array, atMs: number, isKeyFrame: boolean): void {
    const ms = Math.max(0, Math.round(atMs));
    if (this.clusterMs === undefined || Math.abs(ms - this.clusterMs) > CLUSTER_MS) this.beginCluster(ms);
    const offset = ms - this.clusterMs!;
    const head = Uint8Array.of(0x80 | NUMBER[track], (offset >> 8) & 0xff, offset & 0xff, isKeyFrame ? 0x80 : 0);
    this.put(element(Id.simpleBlock, head, data));
  }

  private beginCluster(ms: number): void {
    this.clusterMs = ms;
    this.put(bytesOf(idOf(Id.cluster), UNKNOWN_SIZE, uint(Id.timestamp, ms)));
  }
}

function videoEntry({ codec, width, height }: WebmVideo): Uint8Array {
  const size = element(Id.video, uint(Id.pixelWidth, width), uint(Id.pixelHeight, height));
  return element(Id.trackEntry, ...identity('video'), text(Id.codecId, `V_${codec}`), size);
}

function audioEntry({ channels }: WebmAudio): Uint8Array {
  const frequency = new Uint8Array(8);
  new DataView(frequency.buffer).setFloat64(0, 48_000);
  const sound = element(Id.audio, element(Id.samplingFrequency, frequency), uint(Id.channels, channels));
  const head = new Uint8Array(19);
  head.set(Buffer.from('OpusHead'));
  head.set([1, channels], 8);
  new DataView(head.buffer).setUint32(12, 48_000, true);
  return element(Id.trackEntry, ...identity('audio'), text(Id.codecId, 'A_OPUS'), element(Id.codecPrivate, head), sound);
}

function identity(track: WebmTrack): Uint8Array[] {
  const number = NUMBER[track];
  return [uint(Id.trackNumber, number), uint(Id.trackUid, number), uint(Id.trackType, number)];
}

function element(id: number, ...content: readonly Uint8Array[]): Uint8Array {
  const size = content.reduce((sum, part) => sum + part.length, 0);
  const length = new Uint8Array(8); // always the longest form: simpler, and seven bytes are nothing
  new DataView(length.buffer).setBigUint64(0, BigInt(size) | (1n << 56n));
  return bytesOf(idOf(id), length, ...content);
}

function uint(id: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return element(id, bytes);
}

const text = (id: number, value: string): Uint8Array => element(id, new TextEncoder().encode(value));

function idOf(id: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = id; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

function bytesOf(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
