import { optional, requireArguments, toDomString } from '../../webidl/convert.js';
import { defineInterface } from '../../webidl/interface.js';

/**
 * The other side needs a key frame of what goes through a sender's transform (W3C webrtc-encoded-transform §4.4). Unless a listener
 * prevents the default, the encoder is asked for one.
 */
export class KeyFrameRequestEvent extends Event {
  readonly #rid: string | null;

  constructor(type: string, rid?: string) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'KeyFrameRequestEvent constructor');
    super(type, { cancelable: true });
    this.#rid = optional(rid, toDomString) ?? null;
  }

  /** Of the encoding that is meant; null where there is one. */
  get rid(): string | null {
    return this.#rid;
  }
}

defineInterface(KeyFrameRequestEvent, 'KeyFrameRequestEvent');
