import type { Direction } from '@maru/protocol/sdp';
import { requireArguments, required, toDictionary, toDomString, toEnum, toSequence } from '../webidl/convert.js';
import { defineInterface, type Internal, refuseScripts } from '../webidl/interface.js';
import { MANDATORY_EXTENSION } from './capabilities.js';
import { findCapability, hasMediaCodec } from './capabilities-api.js';
import { type RTCRtpCodec, toRtpCodec } from './rtp-parameters.js';
import type { RTCRtpReceiver } from './rtp-receiver.js';
import type { RTCRtpSender } from './rtp-sender.js';
import type { ExtensionDirection, MediaHost, TransceiverSlots } from './slots.js';
import { endTrack } from './track.js';

export type RTCRtpTransceiverDirection = Direction | 'stopped';

export const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive', 'stopped'] as const;

/** W3C webrtc-extensions, RTCRtpHeaderExtensionCapability: an extension and whether it is to be used. */
export interface RTCRtpHeaderExtensionNegotiation {
  uri: string;
  direction: ExtensionDirection;
}

/** A sender and a receiver that share one m-section (W3C webrtc, RTCRtpTransceiver). */
export class RTCRtpTransceiver {
  readonly #host: MediaHost;
  readonly #slots: TransceiverSlots;
  readonly #sender: RTCRtpSender;
  readonly #receiver: RTCRtpReceiver;

  constructor(...[token, host, slots, sender, receiver]: [Internal, MediaHost, TransceiverSlots, RTCRtpSender, RTCRtpReceiver]) {
    refuseScripts(token);
    this.#host = host;
    this.#slots = slots;
    this.#sender = sender;
    this.#receiver = receiver;
  }

  get mid(): string | null {
    return this.#slots.mid;
  }

  get sender(): RTCRtpSender {
    return this.#sender;
  }

  get receiver(): RTCRtpReceiver {
    return this.#receiver;
  }

  /** What this side wants; the other side learns of a change with the next exchange. */
  get direction(): RTCRtpTransceiverDirection {
    return this.#slots.isStopping ? 'stopped' : this.#slots.direction;
  }

  set direction(value: RTCRtpTransceiverDirection) {
    const { isStopping } = this.#slots;
    // An unknown value of an enumeration is ignored where an attribute is set (Web IDL §3.7.6).
    const direction = DIRECTIONS.find((known) => known === toDomString(value));
    if (direction === undefined) return;
    if (isStopping) throw new DOMException('The transceiver is stopped', 'InvalidStateError');
    if (direction === this.#slots.direction) return;
    if (direction === 'stopped') throw new TypeError('A transceiver is stopped with stop()');
    this.#slots.direction = direction;
    this.#host.updateNegotiationNeeded();
  }

  /** What was agreed last; null before. */
  get currentDirection(): RTCRtpTransceiverDirection | null {
    return this.#slots.isStopped ? 'stopped' : this.#slots.currentDirection;
  }

  /** Whether both sides know that it is stopped; an older form of `currentDirection === 'stopped'`, which browsers have kept. */
  get stopped(): boolean {
    return this.#slots.isStopped;
  }

  /** Ends sending and receiving for good. */
  stop(): void {
    if (this.#host.isClosed) throw new DOMException('The connection is closed', 'InvalidStateError');
    if (this.#slots.isStopping) return;
    stopHalves(this.#slots, this.#host);
    this.#host.updateNegotiationNeeded();
  }

  /** The codecs to offer and answer with, best first; an empty list is the default again. */
  setCodecPreferences(codecs: RTCRtpCodec[]): void {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCRtpTransceiver.setCodecPreferences');
    const wanted = toSequence(codecs, toRtpCodec, 'codecs');
    const found = wanted.map((codec) => {
      const capability = findCapability(this.#slots.kind, codec);
      if (capability) return capability;
      throw new DOMException(`${codec.mimeType} is not among the codecs of getCapabilities`, 'InvalidModificationError');
    });
    if (found.length > 0 && !hasMediaCodec(found))
      throw new DOMException('Retransmission, redundancy and repair alone carry no media', 'InvalidModificationError');
    this.#slots.preferredCodecs = found.length > 0 ? [...new Set(found)] : undefined;
  }

  /** W3C webrtc-extensions, getHeaderExtensionsToNegotiate. */
  getHeaderExtensionsToNegotiate(): RTCRtpHeaderExtensionNegotiation[] {
    return this.#slots.extensions.map(({ uri, direction }) => ({ uri, direction }));
  }

  /** W3C webrtc-extensions, setHeaderExtensionsToNegotiate: the same extensions in the same order, with other directions. */
  setHeaderExtensionsToNegotiate(extensions: RTCRtpHeaderExtensionNegotiation[]): void {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCRtpTransceiver.setHeaderExtensionsToNegotiate');
    const wanted = toSequence(extensions, toExtension, 'extensions');
    const refuse = (why: string): never => {
      throw new DOMException(why, 'InvalidModificationError');
    };
    if (wanted.length !== this.#slots.extensions.length) refuse('Extensions can be neither added nor removed');
    for (const [index, { uri, direction }] of wanted.entries()) {
      if (uri !== this.#slots.extensions[index]?.uri) refuse(`"${uri}" is not extension ${index} of this transceiver`);
      if (uri === MANDATORY_EXTENSION && direction !== 'sendrecv') refuse(`"${uri}" is needed to tell packets apart`);
    }
    this.#slots.extensions = wanted;
  }

  /** W3C webrtc-extensions, getNegotiatedHeaderExtensions. */
  getNegotiatedHeaderExtensions(): RTCRtpHeaderExtensionNegotiation[] {
    const { sender, receiver } = this.#slots;
    const has = (half: typeof sender | typeof receiver, uri: string): boolean =>
      half.negotiated.extensions.some((extension) => extension.uri === uri);
    return this.#slots.extensions.map(({ uri }) => {
      const [sends, receives] = [has(sender, uri), has(receiver, uri)];
      return { uri, direction: sends && receives ? 'sendrecv' : sends ? 'sendonly' : receives ? 'recvonly' : 'stopped' };
    });
  }
}

function toExtension(value: unknown): RTCRtpHeaderExtensionNegotiation {
  const dictionary = toDictionary(value, 'RTCRtpHeaderExtensionCapability');
  const direction = toEnum(
    required(dictionary, 'direction', 'RTCRtpHeaderExtensionCapability'),
    DIRECTIONS,
    'RTCRtpTransceiverDirection',
  );
  const uri = toDomString(required(dictionary, 'uri', 'RTCRtpHeaderExtensionCapability'));
  if (uri === '') throw new TypeError('The URI of a header extension is empty');
  return { uri, direction };
}

/** W3C webrtc, "stop sending and receiving". */
export function stopHalves(slots: TransceiverSlots, host: MediaHost): void {
  if (slots.isStopping) return;
  slots.isStopping = true;
  slots.direction = 'inactive';
  host.mediaChanged();
  host.queueTask(() => endTrack(slots.receiver.track));
}

defineInterface(RTCRtpTransceiver, 'RTCRtpTransceiver');
