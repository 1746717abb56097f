import { optional, requireArguments, required, toDictionary, toDomString, toEnum } from './webidl/convert.js';
import { defineInterface } from './webidl/interface.js';

export const SDP_TYPES = ['offer', 'pranswer', 'answer', 'rollback'] as const;

/** W3C webrtc, RTCSdpType. */
export type RTCSdpType = (typeof SDP_TYPES)[number];

/** W3C webrtc, RTCSessionDescriptionInit. */
export interface RTCSessionDescriptionInit {
  type: RTCSdpType;
  sdp?: string;
}

/** W3C webrtc, RTCLocalSessionDescriptionInit: without a type, the one that fits is made. */
export interface RTCLocalSessionDescriptionInit {
  type?: RTCSdpType;
  sdp?: string;
}

/**
 * Gives `description` another text, written when it is first read: the one case where it changes is a candidate that was
 * added (W3C webrtc, "surface the candidate").
 */
export let rewriteSdp: (description: RTCSessionDescription, write: () => string) => void;

/** A description as scripts hold it (W3C webrtc, RTCSessionDescription). */
export class RTCSessionDescription {
  readonly #type: RTCSdpType;
  #sdp: string | (() => string);

  constructor(descriptionInitDict: RTCSessionDescriptionInit) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCSessionDescription constructor');
    const { type, sdp } = toDescriptionInit(descriptionInitDict);
    this.#type = type;
    this.#sdp = sdp;
  }

  get type(): RTCSdpType {
    return this.#type;
  }

  get sdp(): string {
    if (typeof this.#sdp === 'function') this.#sdp = this.#sdp();
    return this.#sdp;
  }

  toJSON(): { type: RTCSdpType; sdp: string } {
    return { type: this.#type, sdp: this.sdp };
  }

  static {
    rewriteSdp = (description, write) => {
      description.#sdp = write;
    };
  }
}

/** Web IDL's conversion of an RTCSessionDescriptionInit. */
export function toDescriptionInit(value: unknown): { type: RTCSdpType; sdp: string } {
  const dictionary = toDictionary(value, 'RTCSessionDescriptionInit');
  const sdp = optional(dictionary['sdp'], toDomString) ?? '';
  const type = toEnum(required(dictionary, 'type', 'RTCSessionDescriptionInit'), SDP_TYPES, 'RTCSdpType');
  return { type, sdp };
}

/** Web IDL's conversion of an RTCLocalSessionDescriptionInit. */
export function toLocalDescriptionInit(value: unknown): { type: RTCSdpType | undefined; sdp: string } {
  const dictionary = toDictionary(value, 'RTCLocalSessionDescriptionInit');
  const sdp = optional(dictionary['sdp'], toDomString) ?? '';
  const type = optional(dictionary['type'], (text) => toEnum(text, SDP_TYPES, 'RTCSdpType'));
  return { type, sdp };
}

defineInterface(RTCSessionDescription, 'RTCSessionDescription');
