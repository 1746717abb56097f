import type { ReceivedMedia } from '../engine/encoded-media.js';
import type { MediaKind } from '../track.js';
import type { FrameMetadata } from './frame-transform.js';

/** What transforms are told of a frame that came from the other side. */
export function metadataOf(kind: MediaKind, media: ReceivedMedia): FrameMetadata {
  const { codec, ssrc, rtpTimestamp, width, height, receivedAtMs } = media;
  return {
    synchronizationSource: ssrc,
    ...('payloadType' in codec && typeof codec.payloadType === 'number' && { payloadType: codec.payloadType }),
    contributingSources: [],
    rtpTimestamp,
    mimeType: `${kind}/${codec.name}`,
    receiveTime: receivedAtMs,
    ...(width > 0 && { width, height }),
  };
}
