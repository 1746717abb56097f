import type { HeaderExtensionName } from '@maru/protocol/rtp';
import type { ExtensionIds } from './description.js';

/** What a router does with each header extension that it knows; those from {@link FIRST_PASSED} on go through as they came. */
export const ExtensionKind = {
  none: 0,
  mid: 1,
  rid: 2,
  repairedRid: 3,
  transportSequence: 4,
  absSendTime: 5,
  dependencyDescriptor: 6,
  audioLevel: 7,
  videoOrientation: 8,
  playoutDelay: 9,
  absCaptureTime: 10,
  contentType: 11,
  colorSpace: 12,
} as const;

export const FIRST_PASSED: number = ExtensionKind.audioLevel;
const KINDS = 13;

const NAMES: readonly (readonly [HeaderExtensionName, number])[] = [
  ['mid', ExtensionKind.mid],
  ['rid', ExtensionKind.rid],
  ['repaired-rid', ExtensionKind.repairedRid],
  ['transport-cc', ExtensionKind.transportSequence],
  ['abs-send-time', ExtensionKind.absSendTime],
  ['dependency-descriptor', ExtensionKind.dependencyDescriptor],
  ['ssrc-audio-level', ExtensionKind.audioLevel],
  ['video-orientation', ExtensionKind.videoOrientation],
  ['playout-delay', ExtensionKind.playoutDelay],
  ['abs-capture-time', ExtensionKind.absCaptureTime],
  ['content-type', ExtensionKind.contentType],
  ['color-space', ExtensionKind.colorSpace],
];

/** The names of {@link ExtensionIds} that a router does something with: offer these, and no others. */
export const FORWARDED_EXTENSIONS: readonly HeaderExtensionName[] = NAMES.map(([name]) => name);

/** The largest id of the one-byte form (RFC 8285 §4.2). */
const MAX_ONE_BYTE_ID = 14;

/** Tables that are kept for others with the same ids. */
const MAX_SHARED = 256;
const shared = new Map<string, ExtensionTable>();

/** The extension ids of one participant, both ways. What it did not negotiate has id 0 and never reaches it (S-57). */
export class ExtensionTable {
  readonly kindOf = new Uint8Array(256);
  readonly idOf = new Uint8Array(KINDS);
  /** Some id is beyond what the one-byte form can say. */
  readonly needsTwoBytes: boolean;
  /** Transport-wide numbers and times of sending are told, in the one-byte form: then these are the heads of their elements. */
  readonly isUsual: boolean;
  readonly transportElement: number;
  readonly timeElement: number;

  /** The table for these ids, the same for all who negotiated the same: clients are of a few kinds. */
  static of(ids: ExtensionIds): ExtensionTable {
    const key = NAMES.map(([name]) => ids[name] ?? 0).join();
    const known = shared.get(key);
    if (known) return known;
    const table = new ExtensionTable(ids);
    if (shared.size < MAX_SHARED) shared.set(key, table);
    return table;
  }

  private constructor(ids: ExtensionIds) {
    for (const [name, kind] of NAMES) {
      const id = ids[name] ?? 0;
      if (id < 1 || id > 255) continue;
      this.kindOf[id] = kind;
      this.idOf[kind] = id;
    }
    this.needsTwoBytes = this.idOf.some((id) => id > MAX_ONE_BYTE_ID);
    const transportId = this.idOf[ExtensionKind.transportSequence]!;
    const timeId = this.idOf[ExtensionKind.absSendTime]!;
    this.isUsual = !this.needsTwoBytes && transportId !== 0 && timeId !== 0;
    this.transportElement = (transportId << 4) | 1;
    this.timeElement = (timeId << 4) | 2;
  }
}
