import type { SessionTree } from '../../sdp/index.js';
import { type Codec, type MediaWish, readMedia } from '../media/index.js';

const feedback = [
  { type: 'nack', parameter: '' },
  { type: 'nack', parameter: 'pli' },
  { type: 'transport-cc', parameter: '' },
];

/** Codecs enough to meet every rule: one plain, two H.264 that differ in profile, retransmission, redundancy. */
export const TEST_CODECS: Readonly<Record<'audio' | 'video', readonly Codec[]>> = {
  audio: [
    { name: 'opus', clockRate: 48_000, channels: 2, parameters: 'useinbandfec=1', feedback: [], preferredPayloadType: 111 },
    { name: 'red', clockRate: 48_000, channels: 2, parameters: '', feedback: [], preferredPayloadType: 63 },
    { name: 'PCMU', clockRate: 8_000, parameters: '', feedback: [], preferredPayloadType: 0 },
  ],
  video: [
    { name: 'VP8', clockRate: 90_000, parameters: '', feedback, preferredPayloadType: 96 },
    {
      name: 'H264',
      clockRate: 90_000,
      parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
      feedback,
      preferredPayloadType: 98,
    },
    {
      name: 'H264',
      clockRate: 90_000,
      parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f',
      feedback,
      preferredPayloadType: 100,
    },
    { name: 'rtx', clockRate: 90_000, parameters: '', feedback: [], preferredPayloadType: 97 },
  ],
};

const MID_URI = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const TWCC_URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';

/** A transceiver that sends one encoding and takes what comes, but for what `rest` says. */
export function mediaWish(kind: 'audio' | 'video', rest: Partial<MediaWish> = {}): MediaWish {
  return {
    kind,
    mid: undefined,
    isStopped: false,
    direction: 'sendrecv',
    codecs: TEST_CODECS[kind],
    hasPreferences: false,
    extensions: [
      { uri: MID_URI, direction: 'sendrecv' },
      { uri: TWCC_URI, direction: 'sendrecv' },
    ],
    streamIds: ['stream'],
    trackId: `${kind}-track`,
    cname: 'somebody',
    sources: kind === 'audio' ? [{ ssrc: 1_000 }] : [{ ssrc: 2_000, rtxSsrc: 2_001 }],
    encodings: [],
    takesSimulcast: false,
    ...rest,
  };
}

/** A wish for each media section of `tree`, as an end has that took its sections over. */
export function wishesFor(tree: SessionTree, rest: Partial<MediaWish> = {}): MediaWish[] {
  return tree.media.flatMap((_, index) => {
    const media = readMedia(tree, index);
    return media ? [mediaWish(media.kind, { mid: media.mid, ...rest })] : [];
  });
}
