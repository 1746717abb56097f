// What the web-platform-tests are given: @maru/webrtc, tracks that really send, and what Node.js 20 lacks of the language.
import { trackOf } from '@maru/webrtc';

export * from '@maru/webrtc';

const AUDIO_FRAME_MS = 20;
const VIDEO_FRAME_MS = 1_000 / 30;
const WIDTH = 640;
const HEIGHT = 480;

/** A track as getUserMedia of a browser under test gives it: a made-up camera, or a tone. */
export function wptCreateTrack(kind) {
  return trackOf(new FakeSource(kind));
}

/** Encodes nothing that could be seen or heard: frames have the headers that RTP looks at, and a plausible size. */
class FakeSource {
  isMuted = false;

  constructor(kind) {
    this.kind = kind;
    this.label = `fake ${kind}`;
    this.settings =
      kind === 'video'
        ? { width: WIDTH, height: HEIGHT, frameRate: 30, deviceId: 'fake' }
        : { sampleRate: 48_000, channelCount: 1, deviceId: 'fake' };
  }

  attach() {}

  detach() {}

  encode({ codecs, encoding }, sink) {
    const codec = codecs.find(({ name }) => name.toLowerCase() in FRAMES);
    if (!codec) return undefined;
    const isVideo = this.kind === 'video';
    const scale = encoding.scaleResolutionDownBy ?? 1;
    const makeFrame = FRAMES[codec.name.toLowerCase()];
    let isKeyFrameWanted = true;
    const give = () => {
      const isKeyFrame = !isVideo || isKeyFrameWanted;
      isKeyFrameWanted = false;
      const size = { width: Math.floor(WIDTH / scale), height: Math.floor(HEIGHT / scale) };
      const data = makeFrame(isKeyFrame, size.width, size.height);
      sink({ data, timestampMs: performance.now(), isKeyFrame, ...(isVideo ? size : { audioLevel: 20 }) });
    };
    const timer = setInterval(give, isVideo ? VIDEO_FRAME_MS : AUDIO_FRAME_MS);
    timer.unref();
    return {
      codec,
      requestKeyFrame: () => {
        isKeyFrameWanted = true;
      },
      setTargetBitrate: () => {},
      close: () => clearInterval(timer),
    };
  }
}

const FRAMES = {
  opus: () => bytes(80, [0x78]), // CELT, 20 ms, mono, one frame (RFC 6716 §3.1)
  pcmu: () => bytes(160, [], 0xff),
  pcma: () => bytes(160, [], 0xd5),
  g722: () => bytes(160, []),
  vp8: (isKeyFrame, width, height) =>
    // RFC 6386 §9.1
    isKeyFrame
      ? bytes(2_500, [0x10, 0, 0, 0x9d, 0x01, 0x2a, width & 0xff, width >> 8, height & 0xff, height >> 8])
      : bytes(900, [0x11, 0, 0]),
  vp9: (isKeyFrame, width, height) => (isKeyFrame ? bytes(2_500, vp9KeyFrame(width, height)) : bytes(900, [0x86, 0, 0])),
  // A temporal delimiter, a sequence header, a frame of 1,000 bytes (AV1 bitstream §5.3)
  av1: (isKeyFrame) =>
    bytes(isKeyFrame ? 1_018 : 1_005, [
      ...[0x12, 0],
      ...(isKeyFrame ? [0x0a, 11, 0, 0, 0, 0x24, 0xcf, 0x7f, 0x0d, 0xbf, 0xff, 0x30, 0x08] : []),
      ...[0x32, 0xe8, 0x07, isKeyFrame ? 0x10 : 0x30],
    ]),
  // VPS, SPS, PPS and IDR, or a slice
  h265: (isKeyFrame) =>
    isKeyFrame
      ? bytes(
          2_500,
          [0x40, 0x42, 0x44, 0x26].flatMap((type) => [...ANNEX_B, type, 0x01, 0x55]),
          0x55,
        )
      : bytes(900, [...ANNEX_B, 0x02, 0x01, 0x55]),
  h264: (isKeyFrame) =>
    // Annex B: SPS, PPS and IDR, or a slice
    isKeyFrame
      ? bytes(
          2_500,
          [
            0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0xda, 0x02, 0x80, 0xf6, 0x80, 0, 0, 0, 1, 0x68, 0xce, 0x06, 0xe2, 0, 0, 0, 1,
            0x65, 0x88, 0x84,
          ],
          0x55,
        )
      : bytes(900, [0, 0, 0, 1, 0x41, 0x9a, 0x24], 0x55),
};

/** A key frame of profile 0 says its size behind four bits of colour (VP9 bitstream §6.2). */
function vp9KeyFrame(width, height) {
  const bits = (0x2n << 36n) | (BigInt(width - 1) << 20n) | (BigInt(height - 1) << 4n);
  return [0x82, 0x49, 0x83, 0x42, ...[32n, 24n, 16n, 8n, 0n].map((shift) => Number((bits >> shift) & 0xffn))];
}

const ANNEX_B = [0, 0, 0, 1];

function bytes(length, head, fill = 0x55) {
  const frame = new Uint8Array(length).fill(fill);
  frame.set(head);
  return frame;
}

// Iterator helpers come with Node.js 22; the tests use them on the values of a report.
if (!globalThis.Iterator?.prototype.map) {
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  for (const name of ['map', 'filter', 'find', 'some', 'every', 'forEach', 'reduce', 'flatMap']) {
    prototype[name] ??= function (...given) {
      return [...this][name](...given);
    };
  }
  prototype.toArray ??= function () {
    return [...this];
  };
}
