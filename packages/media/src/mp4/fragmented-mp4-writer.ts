import { annexBToLengthPrefixed } from '@maru/protocol/payload';
import type { AudioFormat, MediaWriter, TrackKind, VideoFormat } from '../container/media-writer.js';
import { isContained } from '../engine/contained-frames.js';
import { box, fullBox, joined, letters, u8, u16, u32, u64, zeros } from './box.js';
import { opusSampleEntry, videoSampleEntry } from './sample-entry.js';

const ONE = 0x1_0000;
const MATRIX = u32(ONE, 0, 0, 0, ONE, 0, 0, 0, 0x4000_0000);
/** Sample flags (ISO/IEC 14496-12 §8.8.3.1): depends on none; depends on others and is no sync sample. */
const KEY_FRAME = 0x0200_0000;
const OTHER_FRAME = 0x0101_0000;
/** tfhd: offsets count from the moof box. trun: data offset, then duration, size and flags of each sample. */
const BASE_IS_MOOF = 0x02_0000;
const RUN_FLAGS = 0x000001 | 0x000100 | 0x000200 | 0x000400;
/** What the last frame is said to last, when none before tells. */
const USUAL_MS: Readonly<Record<TrackKind, number>> = { video: 33, audio: 20 };
const LANGUAGE_UNDETERMINED = 0x55c4;

interface Track {
  readonly kind: TrackKind;
  readonly id: number;
  readonly timescale: number;
  readonly isAvc: boolean;
  /** How long it lasts is known with the next. */
  held: { readonly data: Uint8Array; readonly at: number; readonly isKeyFrame: boolean } | undefined;
  lastDuration: number;
}

/**
 * Writes fragmented MP4 (ISO/IEC 14496-12 §8.8), a fragment for each frame: a file can be read up to the last of them wherever its
 * writer was killed. The newest frame of each track is held back until the next tells how long it lasted.
 */
export class FragmentedMp4Writer implements MediaWriter {
  private readonly tracks = new Map<TrackKind, Track>();
  private sequence = 0;

  constructor(
    private readonly put: (bytes: Uint8Array) => void,
    video: { readonly format: VideoFormat; readonly keyFrame: Uint8Array } | undefined,
    audio: AudioFormat | undefined,
  ) {
    const boxes: Uint8Array[] = [];
    const entry = video && videoSampleEntry(video.format, video.keyFrame);
    if (video && entry) {
      const track = this.add('video', 90_000, isContained(video.format.codec));
      boxes.push(trackBox(track, entry, video.format));
    }
    if (audio) boxes.push(trackBox(this.add('audio', 48_000, false), opusSampleEntry(audio), undefined));
    put(box('ftyp', letters('iso6'), u32(0), letters('iso6mp41')));
    const extensions = [...this.tracks.values()].map(({ id }) => fullBox('trex', 0, 0, u32(id, 1, 0, 0, 0)));
    put(box('moov', movieHeader(this.tracks.size + 1), ...boxes, box('mvex', ...extensions)));
  }

  frame(kind: TrackKind, data: Uint8Array, atMs: number, isKeyFrame: boolean): void {
    const track = this.tracks.get(kind);
    if (!track) return;
    const sample = track.isAvc ? annexBToLengthPrefixed(data) : data;
    if (!sample) return;
    const at = Math.max(Math.round((Math.max(0, atMs) * track.timescale) / 1_000), (track.held?.at ?? -1) + 1);
    if (track.held) this.fragment(track, at - track.held.at);
    track.held = { data: new Uint8Array(sample), at, isKeyFrame };
  }

  finish(): void {
    for (const track of this.tracks.values()) {
      if (track.held) this.fragment(track, track.lastDuration);
      track.held = undefined;
    }
  }

  private add(kind: TrackKind, timescale: number, isAvc: boolean): Track {
    const lastDuration = (USUAL_MS[kind] * timescale) / 1_000;
    const track: Track = { kind, id: this.tracks.size + 1, timescale, isAvc, held: undefined, lastDuration };
    this.tracks.set(kind, track);
    return track;
  }

  private fragment(track: Track, duration: number): void {
    const { data, at, isKeyFrame } = track.held!;
    track.lastDuration = duration;
    this.sequence += 1;
    const head = (dataOffset: number): Uint8Array => {
      const run = fullBox('trun', 0, RUN_FLAGS, u32(1, dataOffset, duration, data.length, isKeyFrame ? KEY_FRAME : OTHER_FRAME));
      const fragment = box('traf', fullBox('tfhd', 0, BASE_IS_MOOF, u32(track.id)), fullBox('tfdt', 1, 0, u64(at)), run);
      return box('moof', fullBox('mfhd', 0, 0, u32(this.sequence)), fragment);
    };
    const bytes = head(0).length + 8;
    this.put(joined(head(bytes), u32(8 + data.length), letters('mdat'), data)); // in one piece: all of it is there, or nothing
  }
}

/** The matrix that turns pictures clockwise, and moves them back to where they were (ISO/IEC 14496-12 §6.2.2). */
function turning({ width, height, rotationDegrees = 0 }: VideoFormat): Uint8Array {
  const [right, bottom] = [width * ONE, height * ONE];
  const minus = 2 ** 32 - ONE;
  switch (rotationDegrees) {
    case 0:
      return MATRIX;
    case 90:
      return u32(0, ONE, 0, minus, 0, 0, bottom, 0, 0x4000_0000);
    case 180:
      return u32(minus, 0, 0, 0, minus, 0, right, bottom, 0x4000_0000);
    case 270:
      return u32(0, minus, 0, ONE, 0, 0, 0, right, 0x4000_0000);
  }
}

function movieHeader(nextTrackId: number): Uint8Array {
  return fullBox('mvhd', 0, 0, u32(0, 0, 1_000, 0, 0x1_0000), u16(0x0100), zeros(10), MATRIX, zeros(24), u32(nextTrackId));
}

function trackBox({ id, kind, timescale }: Track, sampleEntry: Uint8Array, size: VideoFormat | undefined): Uint8Array {
  const isVideo = kind === 'video';
  const enabledAndInMovie = 3;
  const sides = u32((size?.width ?? 0) * 0x1_0000, (size?.height ?? 0) * 0x1_0000);
  const header = fullBox(
    'tkhd',
    0,
    enabledAndInMovie,
    u32(0, 0, id, 0, 0),
    zeros(8),
    u16(0, 0, isVideo ? 0 : 0x0100, 0),
    size ? turning(size) : MATRIX,
    sides,
  );
  const media = fullBox('mdhd', 0, 0, u32(0, 0, timescale, 0), u16(LANGUAGE_UNDETERMINED, 0));
  const handler = fullBox('hdlr', 0, 0, u32(0), letters(isVideo ? 'vide' : 'soun'), zeros(12), letters('maru'), u8(0));
  const kindHeader = isVideo ? fullBox('vmhd', 0, 1, zeros(8)) : fullBox('smhd', 0, 0, zeros(4));
  const data = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)));
  const empty = (name: string, count: number): Uint8Array => fullBox(name, 0, 0, zeros(4 * count));
  const samples = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), sampleEntry),
    empty('stts', 1),
    empty('stsc', 1),
    empty('stsz', 2),
    empty('stco', 1),
  );
  return box('trak', header, box('mdia', media, handler, box('minf', kindHeader, data, samples)));
}
