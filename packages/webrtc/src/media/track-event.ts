import { requireArguments, required, toDictionary, toSequence } from '../webidl/convert.js';
import { defineInterface } from '../webidl/interface.js';
import { RTCRtpReceiver } from './rtp-receiver.js';
import { RTCRtpTransceiver } from './rtp-transceiver.js';
import { type MediaStream, toStream, toTrack } from './stream.js';
import type { MediaStreamTrack } from './track.js';

/** W3C webrtc, RTCTrackEventInit. */
export interface RTCTrackEventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
  receiver: RTCRtpReceiver;
  track: MediaStreamTrack;
  streams?: MediaStream[];
  transceiver: RTCRtpTransceiver;
}

/** The other side sends a track (W3C webrtc, RTCTrackEvent). */
export class RTCTrackEvent extends Event {
  readonly #receiver: RTCRtpReceiver;
  readonly #track: MediaStreamTrack;
  readonly #streams: readonly MediaStream[];
  readonly #transceiver: RTCRtpTransceiver;

  constructor(type: string, eventInitDict: RTCTrackEventInit) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 2, 'RTCTrackEvent constructor');
    const dictionary = toDictionary(eventInitDict, 'RTCTrackEventInit');
    super(type, eventInitDict);
    this.#receiver = instance(required(dictionary, 'receiver', 'RTCTrackEventInit'), RTCRtpReceiver);
    const streams = dictionary['streams'];
    this.#streams = Object.freeze(streams === undefined ? [] : toSequence(streams, toStream, 'streams'));
    this.#track = toTrack(required(dictionary, 'track', 'RTCTrackEventInit'));
    this.#transceiver = instance(required(dictionary, 'transceiver', 'RTCTrackEventInit'), RTCRtpTransceiver);
  }

  get receiver(): RTCRtpReceiver {
    return this.#receiver;
  }

  get track(): MediaStreamTrack {
    return this.#track;
  }

  get streams(): readonly MediaStream[] {
    return this.#streams;
  }

  get transceiver(): RTCRtpTransceiver {
    return this.#transceiver;
  }
}

function instance<Type extends object>(value: unknown, type: abstract new (...args: never[]) => Type): Type {
  if (!(value instanceof type)) throw new TypeError(`The value is not an ${type.name}`);
  return value;
}

defineInterface(RTCTrackEvent, 'RTCTrackEvent');
