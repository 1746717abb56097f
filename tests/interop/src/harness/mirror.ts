import { EncodedSource, type ReceivedMedia, type RTCRtpTransceiver, receiveEncoded, requestKeyFrame } from '@maru/webrtc';

/** What a mirror has passed on. */
export interface Mirror {
  readonly passed: ReceivedMedia[];
  /** How often the one who looks into it has asked for a key frame. */
  requests: number;
}

/** Sends back what comes, as it comes, and passes requests for key frames on: a mirror that needs no codec. */
export function mirror(transceiver: RTCRtpTransceiver, codec: string): Mirror {
  const state: Mirror = { passed: [], requests: 0 };
  const { track } = transceiver.receiver;
  const onKeyFrameRequest = (): void => {
    state.requests += 1;
    if (track.kind === 'video') requestKeyFrame(track);
  };
  const source = new EncodedSource({ kind: track.kind, codec, onKeyFrameRequest });
  transceiver.direction = 'sendrecv';
  receiveEncoded(track, (media) => {
    if (media.codec.name.toLowerCase() !== codec.toLowerCase()) return;
    state.passed.push(media);
    const timestampMs = (media.rtpTimestamp * 1_000) / media.codec.clockRate;
    source.write({ data: media.data, isKeyFrame: media.isKeyFrame, timestampMs });
  });
  void transceiver.sender.replaceTrack(source.track);
  return state;
}
