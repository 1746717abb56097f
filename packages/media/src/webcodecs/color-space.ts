import { defineInterface } from '@maru/webrtc/webidl';

export interface VideoColorSpaceInit {
  readonly primaries?: string | null;
  readonly transfer?: string | null;
  readonly matrix?: string | null;
  readonly fullRange?: boolean | null;
}

/** W3C webcodecs, VideoColorSpace: null is what nobody said. */
export class VideoColorSpace {
  readonly #init: VideoColorSpaceInit;

  constructor(init: VideoColorSpaceInit = {}) {
    this.#init = init;
  }

  get primaries(): string | null {
    return this.#init.primaries ?? null;
  }

  get transfer(): string | null {
    return this.#init.transfer ?? null;
  }

  get matrix(): string | null {
    return this.#init.matrix ?? null;
  }

  get fullRange(): boolean | null {
    return this.#init.fullRange ?? null;
  }

  toJSON(): Required<VideoColorSpaceInit> {
    const { primaries, transfer, matrix, fullRange } = this;
    return { primaries, transfer, matrix, fullRange };
  }
}

defineInterface(VideoColorSpace, 'VideoColorSpace');
