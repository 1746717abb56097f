import type { AudioFormat, MediaWriter, TrackKind, VideoFormat } from '../container/media-writer.js';
import { bytesOf, element, fileHeader, Id, idOf, text, UNKNOWN_SIZE, uint } from './ebml.js';

/** Blocks tell their time in 16 bits from the cluster's. */
const CLUSTER_MS = 5_000;

const NUMBER: Readonly<Record<TrackKind, number>> = { video: 1, audio: 2 };

/**
 * Writes WebM so that every byte given out is final: a file of them can be read up to wherever its writer was killed. Tracks need
 * not wait for one another.
 */
export class WebmWriter implements MediaWriter {
  private clusterMs: number | undefined;

  constructor(
    private readonly put: (bytes: Uint8Array) => void,
    video: VideoFormat | undefined,
    audio: AudioFormat | undefined,
  ) {
    const entries = [...(video ? [videoEntry(video)] : []), ...(audio ? [audioEntry(audio)] : [])];
    put(fileHeader('webm'));
    put(bytesOf(idOf(Id.segment), UNKNOWN_SIZE));
    put(element(Id.info, uint(Id.timestampScale, 1_000_000), text(Id.muxingApp, 'maru'), text(Id.writingApp, 'maru')));
    put(element(Id.tracks, ...entries));
  }

  /** One frame, `atMs` after the beginning. */
  frame(track: TrackKind, data: Uint8Array, atMs: number, isKeyFrame: boolean): void {
    const ms = Math.max(0, Math.round(atMs));
    if (this.clusterMs === undefined || Math.abs(ms - this.clusterMs) > CLUSTER_MS) this.beginCluster(ms);
    const offset = ms - this.clusterMs!;
    const head = Uint8Array.of(0x80 | NUMBER[track], (offset >> 8) & 0xff, offset & 0xff, isKeyFrame ? 0x80 : 0);
    this.put(element(Id.simpleBlock, head, data));
  }

  finish(): void {}

  private beginCluster(ms: number): void {
    this.clusterMs = ms;
    this.put(bytesOf(idOf(Id.cluster), UNKNOWN_SIZE, uint(Id.timestamp, ms)));
  }
}

function videoEntry({ codec, width, height, rotationDegrees = 0 }: VideoFormat): Uint8Array {
  const stands = rotationDegrees === 0 ? [] : [turning(rotationDegrees)];
  const size = element(Id.video, uint(Id.pixelWidth, width), uint(Id.pixelHeight, height), ...stands);
  return element(Id.trackEntry, ...identity('video'), text(Id.codecId, `V_${codec}`), size);
}

/** A rectangular projection that is rolled: anticlockwise, from -180 to 180 degrees (RFC 9559 §5.1.4.1.28.41). */
function turning(rotationDegrees: number): Uint8Array {
  const roll = new Uint8Array(8);
  new DataView(roll.buffer).setFloat64(0, rotationDegrees > 180 ? 360 - rotationDegrees : -rotationDegrees);
  return element(Id.projection, uint(Id.projectionType, 0), element(Id.projectionPoseRoll, roll));
}

function audioEntry({ channels }: AudioFormat): Uint8Array {
  const frequency = new Uint8Array(8);
  new DataView(frequency.buffer).setFloat64(0, 48_000);
  const sound = element(Id.audio, element(Id.samplingFrequency, frequency), uint(Id.channels, channels));
  const head = new Uint8Array(19);
  head.set(Buffer.from('OpusHead'));
  head.set([1, channels], 8);
  new DataView(head.buffer).setUint32(12, 48_000, true);
  return element(Id.trackEntry, ...identity('audio'), text(Id.codecId, 'A_OPUS'), element(Id.codecPrivate, head), sound);
}

function identity(track: TrackKind): Uint8Array[] {
  const number = NUMBER[track];
  return [uint(Id.trackNumber, number), uint(Id.trackUid, number), uint(Id.trackType, number)];
}
