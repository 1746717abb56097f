/** Of the value of video-content-type. */
export const CONTENT_TYPE_BYTES = 1;

/** What a video shows (webrtc.org, video-content-type): it decides between sharpness and motion. */
export type VideoContentType = 'unspecified' | 'screenshare';

/** Bit 0 says it; the others once named experiments and layers and mean nothing now. */
export function readContentType(bytes: Uint8Array, offset: number): VideoContentType {
  return (bytes[offset]! & 1) !== 0 ? 'screenshare' : 'unspecified';
}

export function writeContentType(bytes: Uint8Array, offset: number, contentType: VideoContentType): void {
  bytes[offset] = contentType === 'screenshare' ? 1 : 0;
}
