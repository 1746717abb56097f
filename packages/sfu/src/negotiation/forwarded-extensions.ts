import type { ExtensionWish } from '@maru/protocol/jsep';
import { HEADER_EXTENSIONS, type HeaderExtensionName, headerExtensionOf } from '@maru/protocol/rtp';
import type { ExtensionMap } from '@maru/protocol/sdp';
import { type ExtensionIds, FORWARDED_EXTENSIONS, type MediaKind } from '../core/index.js';

/**
 * Of what the router does something with, what makes no sense in a section of the kind. What a subscriber did not negotiate never reaches it (S-57);
 * of how a picture stands that would be too late, for who sends it has to turn it where one of them does not (Firefox): so it always does.
 */
const NOT_FOR: Readonly<Record<MediaKind, ReadonlySet<HeaderExtensionName>>> = {
  audio: new Set([
    'rid',
    'repaired-rid',
    'dependency-descriptor',
    'video-orientation',
    'playout-delay',
    'content-type',
    'color-space',
  ]),
  video: new Set(['ssrc-audio-level', 'video-orientation']),
};

/** Header extensions that we take and send. */
export const EXTENSION_WISHES: Readonly<Record<MediaKind, readonly ExtensionWish[]>> = {
  audio: wishesFor('audio'),
  video: wishesFor('video'),
};

function wishesFor(kind: MediaKind): ExtensionWish[] {
  const names = FORWARDED_EXTENSIONS.filter((name) => !NOT_FOR[kind].has(name));
  return names.map((name) => ({ uri: HEADER_EXTENSIONS[name], direction: 'sendrecv' }));
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
