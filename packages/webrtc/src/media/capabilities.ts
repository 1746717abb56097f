import type { Codec, CodecFeedback, ExtensionWish } from '@maru/protocol/jsep';

/** Who only receives tells its time, and learns the round trip (RFC 3611). */
const RECEIVER_TIME: CodecFeedback = { type: 'rrtr', parameter: '' };

/** Feedback by stream (RFC 8888): agreed to where it is offered, and not offered, since transport-wide numbers tell the same. */
export const FEEDBACK_BY_STREAM: CodecFeedback = { type: 'ack', parameter: 'ccfb' };

/** Audio that is not whole without congestion control needs no more: losses are concealed, not repeated. */
const AUDIO_FEEDBACK: readonly CodecFeedback[] = [{ type: 'transport-cc', parameter: '' }, RECEIVER_TIME];

const VIDEO_FEEDBACK: readonly CodecFeedback[] = [
  { type: 'goog-remb', parameter: '' },
  { type: 'transport-cc', parameter: '' },
  { type: 'ccm', parameter: 'fir' },
  { type: 'nack', parameter: '' },
  { type: 'nack', parameter: 'pli' },
  RECEIVER_TIME,
];

const VIDEO_CLOCK = 90_000;

function audio(name: string, clockRate: number, payloadType: number, rest: Partial<Codec> = {}): Codec {
  return { name, clockRate, parameters: '', feedback: [], preferredPayloadType: payloadType, ...rest };
}

function video(name: string, payloadType: number, parameters = ''): Codec {
  return { name, clockRate: VIDEO_CLOCK, parameters, feedback: VIDEO_FEEDBACK, preferredPayloadType: payloadType };
}

function auxiliary(name: string, payloadType: number): Codec {
  return { name, clockRate: VIDEO_CLOCK, parameters: '', feedback: [], preferredPayloadType: payloadType };
}

function h264(payloadType: number, profileLevelId: string, packetizationMode: 0 | 1): Codec {
  const parameters = `level-asymmetry-allowed=1;packetization-mode=${packetizationMode};profile-level-id=${profileLevelId}`;
  return video('H264', payloadType, parameters);
}

/**
 * What we can packetize, for each kind in the order that offers have it. The numbers are those that browsers use, so that
 * traces look familiar; any other would do.
 */
export const CODECS: Readonly<Record<'audio' | 'video', readonly Codec[]>> = {
  audio: [
    audio('opus', 48_000, 111, { channels: 2, parameters: 'minptime=10;useinbandfec=1', feedback: AUDIO_FEEDBACK }),
    audio('red', 48_000, 63, { channels: 2 }),
    audio('G722', 8_000, 9),
    audio('PCMU', 8_000, 0),
    audio('PCMA', 8_000, 8),
    audio('CN', 8_000, 13),
    audio('telephone-event', 48_000, 110),
    audio('telephone-event', 8_000, 126),
  ],
  video: [
    video('VP8', 96),
    auxiliary('rtx', 97),
    h264(102, '42001f', 1),
    h264(104, '42001f', 0),
    h264(106, '42e01f', 1),
    h264(108, '42e01f', 0),
    h264(127, '4d001f', 1),
    h264(125, '4d001f', 0),
    h264(39, '64001f', 1),
    video('AV1', 45, 'level-idx=5;profile=0;tier=0'),
    video('VP9', 98, 'profile-id=0'),
    video('VP9', 100, 'profile-id=2'),
    video('H265', 49, 'level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST'),
    auxiliary('red', 114),
    auxiliary('ulpfec', 116),
    { ...auxiliary('flexfec-03', 118), parameters: 'repair-window=10000000' },
  ],
};

const BOTH_WAYS = (uri: string): ExtensionWish => ({ uri, direction: 'sendrecv' });

/** Header extensions that we write and read. */
export const EXTENSIONS: Readonly<Record<'audio' | 'video', readonly ExtensionWish[]>> = {
  audio: [
    'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
    'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    'urn:ietf:params:rtp-hdrext:sdes:mid',
  ].map(BOTH_WAYS),
  video: [
    'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
    'urn:3gpp:video-orientation',
    'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
    'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
    'urn:ietf:params:rtp-hdrext:sdes:mid',
    'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
    'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
    'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
  ].map(BOTH_WAYS),
};

/**
 * Header extensions that we write and read for who asks: offered only where a script says so (webrtc-extensions,
 * setHeaderExtensionsToNegotiate), as in browsers, and answered where the other side offers them.
 */
export const EXTENSIONS_ON_REQUEST: typeof EXTENSIONS = {
  audio: ['http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time'].map(BOTH_WAYS),
  video: ['http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time'].map(BOTH_WAYS),
};

/** Without it packets could not be told apart: it cannot be switched off. */
export const MANDATORY_EXTENSION = 'urn:ietf:params:rtp-hdrext:sdes:mid';
