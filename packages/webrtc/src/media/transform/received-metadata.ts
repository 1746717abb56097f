import type { ReceivedMedia } from '../engine/encoded-media.js';
import type { MediaKind } from '../track.js';
import type { FrameMetadata } from './frame-transform.js';

/** What transforms are told of a frame that came from the other side; `wallOffset` from the connection's clock to wall time, in milliseconds. */
export function metadataOf(kind: MediaKind, media: ReceivedMedia, wallOffset: number): FrameMetadata {
  const { codec, ssrc, rtpTimestamp, width, height, receivedAtMs, captureTimeMs, senderCaptureOffsetMs } = media;
  return {
    synchronizationSource: ssrc,
    ...('payloadType' in codec && typeof codec.payloadType === 'number' && { payloadType: codec.payloadType }),
    contributingSources: [],
    rtpTimestamp,
    mimeType: `${kind}/${codec.name}`,
    receiveTime: receivedAtMs,
    ...(captureTimeMs !== undefined && { captureTime: captureTimeMs - wallOffset }),
    ...(senderCaptureOffsetMs !== undefined && { senderCaptureTimeOffset: senderCaptureOffsetMs }),
    ...(width > 0 && { width, height }),
  };
}
