import { type HeaderExtensionName, headerExtensionOf } from '@maru/protocol/rtp';
import type { ExtensionMap } from '@maru/protocol/sdp';

/** The numbers under which header extensions travel; 0 for one that was not negotiated, which no packet has. */
export type ExtensionIds = Readonly<Record<HeaderExtensionName, number>>;

const NAMES: readonly HeaderExtensionName[] = [
  'mid',
  'rid',
  'repaired-rid',
  'ssrc-audio-level',
  'csrc-audio-level',
  'abs-send-time',
  'toffset',
  'transport-cc',
  'transport-cc-02',
  'video-orientation',
  'playout-delay',
  'abs-capture-time',
  'video-layers-allocation',
  'content-type',
  'video-timing',
  'color-space',
  'dependency-descriptor',
];

export function extensionIdsOf(extensions: readonly ExtensionMap[]): ExtensionIds {
  const ids = Object.fromEntries(NAMES.map((name) => [name, 0])) as Record<HeaderExtensionName, number>;
  for (const { uri, id } of extensions) {
    const name = headerExtensionOf(uri);
    if (name) ids[name] = id;
  }
  return ids;
}
