import type { CodecDescription } from './description.js';
import type { PayloadRewrite } from './segment.js';

const TYPES = 128;

/**
 * Of a track's payload types what a subscriber calls them, and what of their payloads is written anew. Subscribers whose numbers are the
 * same share one: mostly all of a track's do.
 */
export class PayloadTypes {
  /** -1 for those that the subscriber does not take. */
  readonly types = new Int16Array(TYPES).fill(-1);
  readonly rtxTypes = new Int16Array(TYPES).fill(-1);
  readonly rewrites: PayloadRewrite[] = new Array<PayloadRewrite>(TYPES).fill('none');
  /** Of retransmissions and padding; -1 where there are none. */
  readonly rtxType: number = -1;

  constructor(track: readonly CodecDescription[], subscriber: readonly CodecDescription[]) {
    for (const codec of track) {
      const own = codecFor(codec, subscriber);
      if (!own) continue;
      const type = codec.payloadType & 0x7f;
      this.types[type] = own.payloadType;
      this.rtxTypes[type] = own.rtxPayloadType ?? -1;
      if (own.rtxPayloadType !== undefined) this.rtxType = own.rtxPayloadType;
      if (codec.name === 'vp8' || codec.name === 'vp9') this.rewrites[type] = codec.name;
      else if (codec.name === 'red') this.rewrites[type] = own.name === 'red' ? 'red-types' : 'red-primary';
    }
  }
}

/** Where nothing is sent yet. */
export const NO_PAYLOAD_TYPES = new PayloadTypes([], []);

/** What the subscriber calls a codec of the publisher. Who does not take RED gets what is in it. */
export function codecFor(codec: CodecDescription, subscriber: readonly CodecDescription[]): CodecDescription | undefined {
  const own = subscriber.find((one) => one.name === codec.name && (one.format ?? '') === (codec.format ?? ''));
  return own ?? (codec.name === 'red' ? subscriber.find(({ name }) => name === 'opus') : undefined);
}
