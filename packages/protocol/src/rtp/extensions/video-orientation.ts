/** Of the value of video-orientation (3GPP TS 26.114 §7.4.5). */
export const VIDEO_ORIENTATION_BYTES = 1;

/** How a picture must be turned to stand upright. */
export interface VideoOrientation {
  /** Clockwise. */
  readonly rotationDegrees: 0 | 90 | 180 | 270;
  /** Mirrored from left to right, before it is turned. */
  readonly isFlipped: boolean;
  readonly camera: 'front' | 'back';
}

const ROTATIONS = [0, 90, 180, 270] as const;
const BACK_CAMERA = 0x08;
const FLIP = 0x04;

/**
 *     |0 0 0 0 C F R R|
 */
export function readVideoOrientation(bytes: Uint8Array, offset: number): VideoOrientation {
  const value = bytes[offset]!;
  return {
    rotationDegrees: ROTATIONS[value & 0x03]!,
    isFlipped: (value & FLIP) !== 0,
    camera: value & BACK_CAMERA ? 'back' : 'front',
  };
}

export function writeVideoOrientation(bytes: Uint8Array, offset: number, orientation: VideoOrientation): void {
  const { rotationDegrees, isFlipped, camera } = orientation;
  bytes[offset] = (camera === 'back' ? BACK_CAMERA : 0) | (isFlipped ? FLIP : 0) | ROTATIONS.indexOf(rotationDegrees);
}
