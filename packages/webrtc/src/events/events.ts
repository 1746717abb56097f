import type { RTCDataChannel } from '../data-channel.js';
import { RTCIceCandidate } from '../ice-candidate.js';
import { RTCError } from '../rtc-error.js';
import {
  type Dictionary,
  nullable,
  optional,
  requireArguments,
  required,
  toDictionary,
  toInteger,
  toUsvString,
  UNSIGNED_SHORT,
} from '../webidl/convert.js';
import { defineInterface } from '../webidl/interface.js';

interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

function eventInit(dictionary: Dictionary): EventInit {
  return { bubbles: !!dictionary['bubbles'], cancelable: !!dictionary['cancelable'], composed: !!dictionary['composed'] };
}

/** A channel that the other side opened (W3C webrtc, RTCDataChannelEvent). */
export class RTCDataChannelEvent extends Event {
  readonly #channel: RTCDataChannel;

  constructor(type: string, eventInitDict: EventInit & { channel: RTCDataChannel }) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 2, 'RTCDataChannelEvent constructor');
    const dictionary = toDictionary(eventInitDict, 'RTCDataChannelEventInit');
    super(type, eventInit(dictionary));
    this.#channel = toChannel(required(dictionary, 'channel', 'RTCDataChannelEventInit'));
  }

  get channel(): RTCDataChannel {
    return this.#channel;
  }
}

/** Set by the class itself, so that events need not import it and the two files do not go in a circle. */
let isDataChannel: (value: unknown) => value is RTCDataChannel;

export function recogniseDataChannels(test: (value: unknown) => value is RTCDataChannel): void {
  isDataChannel = test;
}

function toChannel(value: unknown): RTCDataChannel {
  if (!isDataChannel(value)) throw new TypeError('The member "channel" is not an RTCDataChannel');
  return value;
}

/** A candidate was gathered (W3C webrtc, RTCPeerConnectionIceEvent). */
export class RTCPeerConnectionIceEvent extends Event {
  readonly #candidate: RTCIceCandidate | null;
  readonly #url: string | null;

  constructor(type: string, eventInitDict: EventInit & { candidate?: RTCIceCandidate | null; url?: string | null } = {}) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCPeerConnectionIceEvent constructor');
    const dictionary = toDictionary(eventInitDict, 'RTCPeerConnectionIceEventInit');
    super(type, eventInit(dictionary));
    this.#candidate = nullable(dictionary['candidate'], toCandidate) ?? null;
    this.#url = nullable(dictionary['url'], toUsvString) ?? null;
  }

  /** Null: every server has answered or been given up, there will be no more. */
  get candidate(): RTCIceCandidate | null {
    return this.#candidate;
  }

  get url(): string | null {
    return this.#url;
  }
}

function toCandidate(value: unknown): RTCIceCandidate {
  if (!(value instanceof RTCIceCandidate)) throw new TypeError('The member "candidate" is not an RTCIceCandidate');
  return value;
}

/** A server gave no candidate (W3C webrtc, RTCPeerConnectionIceErrorEvent). */
export class RTCPeerConnectionIceErrorEvent extends Event {
  readonly #address: string | null;
  readonly #port: number | null;
  readonly #url: string;
  readonly #errorCode: number;
  readonly #errorText: string;

  constructor(
    type: string,
    eventInitDict: EventInit & {
      address?: string | null;
      port?: number | null;
      url?: string;
      errorCode: number;
      errorText?: string;
    },
  ) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 2, 'RTCPeerConnectionIceErrorEvent constructor');
    const dictionary = toDictionary(eventInitDict, 'RTCPeerConnectionIceErrorEventInit');
    super(type, eventInit(dictionary));
    const short = (value: unknown): number => toInteger(value, UNSIGNED_SHORT, 'wrap');
    this.#address = nullable(dictionary['address'], (value) => `${value as string}`) ?? null;
    this.#errorCode = short(required(dictionary, 'errorCode', 'RTCPeerConnectionIceErrorEventInit'));
    this.#errorText = optional(dictionary['errorText'], toUsvString) ?? '';
    this.#port = nullable(dictionary['port'], short) ?? null;
    this.#url = optional(dictionary['url'], toUsvString) ?? '';
  }

  get address(): string | null {
    return this.#address;
  }

  get port(): number | null {
    return this.#port;
  }

  get url(): string {
    return this.#url;
  }

  /** A STUN error code, or 701 when the server could not be reached. */
  get errorCode(): number {
    return this.#errorCode;
  }

  get errorText(): string {
    return this.#errorText;
  }
}

/** Something failed (W3C webrtc, RTCErrorEvent). */
export class RTCErrorEvent extends Event {
  readonly #error: RTCError;

  constructor(type: string, eventInitDict: EventInit & { error: RTCError }) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 2, 'RTCErrorEvent constructor');
    const dictionary = toDictionary(eventInitDict, 'RTCErrorEventInit');
    super(type, eventInit(dictionary));
    const error = required(dictionary, 'error', 'RTCErrorEventInit');
    if (!(error instanceof RTCError)) throw new TypeError('The member "error" is not an RTCError');
    this.#error = error;
  }

  get error(): RTCError {
    return this.#error;
  }
}

defineInterface(RTCDataChannelEvent, 'RTCDataChannelEvent');
defineInterface(RTCPeerConnectionIceEvent, 'RTCPeerConnectionIceEvent');
defineInterface(RTCPeerConnectionIceErrorEvent, 'RTCPeerConnectionIceErrorEvent');
defineInterface(RTCErrorEvent, 'RTCErrorEvent');
