import type { ExtensionWish } from '@maru/protocol/jsep';
import { HEADER_EXTENSIONS, type HeaderExtensionName, headerExtensionOf } from '@maru/protocol/rtp';
import type { ExtensionMap } from '@maru/protocol/sdp';
import type { ExtensionIds, MediaKind } from '../core/index.js';

/** Header extensions that we read or write. What a subscriber did not negotiate is not sent to it (S-57). */
const FORWARDED: Readonly<Record<MediaKind, readonly HeaderExtensionName[]>> = {
  audio: ['mid', 'ssrc-audio-level', 'abs-send-time', 'transport-cc', 'abs-capture-time'],
  video: [
    'mid',
    'rid',
    'repaired-rid',
    'abs-send-time',
    'transport-cc',
    'video-orientation',
    'playout-delay',
    'dependency-descriptor',
    'video-layers-allocation',
    'abs-capture-time',
  ],
};

export const EXTENSION_WISHES: Readonly<Record<MediaKind, readonly ExtensionWish[]>> = {
  audio: FORWARDED.audio.map(wish),
  video: FORWARDED.video.map(wish),
};

function wish(name: HeaderExtensionName): ExtensionWish {
  return { uri: HEADER_EXTENSIONS[name], direction: 'sendrecv' };
}

/** The numbers of extensions in all sections of a BUNDLE group together: one meaning each (RFC 9143 §9.1). */
export function extensionIdsOf(sections: readonly (readonly ExtensionMap[])[]): ExtensionIds {
  const ids: { [Name in HeaderExtensionName]?: number } = {};
  for (const maps of sections) {
    for (const { uri, id } of maps) {
      const name = headerExtensionOf(uri);
      if (name) ids[name] ??= id;
    }
  }
  return ids;
}
