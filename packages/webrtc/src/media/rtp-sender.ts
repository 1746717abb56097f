import { isPrimary } from '@maru/protocol/jsep';
import type { RTCDtlsTransport } from '../dtls-transport.js';
import type { RTCStatsReport } from '../stats/report.js';
import { optional, requireArguments, toDomString, toSequence } from '../webidl/convert.js';
import { defineInterface, type Internal, refuseScripts } from '../webidl/interface.js';
import { capabilitiesOf, describeCodec, isSameFormat, type RTCRtpCapabilities } from './capabilities-api.js';
import type { RTCDTMFSender } from './dtmf-sender.js';
import { changedEncodings } from './encodings.js';
import {
  type RTCRtpEncodingParameters,
  type RTCRtpSendParameters,
  type RTCSetParameterOptions,
  toSendParameters,
  toSetParameterOptions,
} from './rtp-parameters.js';
import type { MediaHost, SenderSlots, TransceiverSlots } from './slots.js';
import { type MediaStream, toStream, toTrack } from './stream.js';
import type { MediaKind, MediaStreamTrack } from './track.js';

/** Sends one track to the other side (W3C webrtc, RTCRtpSender). */
export class RTCRtpSender {
  readonly #host: MediaHost;
  readonly #transceiver: TransceiverSlots;
  readonly #dtmf: RTCDTMFSender | null;

  constructor(...[token, host, transceiver, dtmf]: [Internal, MediaHost, TransceiverSlots, RTCDTMFSender | null]) {
    refuseScripts(token);
    this.#host = host;
    this.#transceiver = transceiver;
    this.#dtmf = dtmf;
  }

  static getCapabilities(kind: string): RTCRtpCapabilities | null {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCRtpSender.getCapabilities');
    return capabilitiesOf(kind);
  }

  get track(): MediaStreamTrack | null {
    return this.#slots.track;
  }

  get transport(): RTCDtlsTransport | null {
    return this.#slots.transport;
  }

  /** Null for video. */
  get dtmf(): RTCDTMFSender | null {
    return this.#dtmf;
  }

  /** What encoded frames go through before they are sent: an RTCRtpScriptTransform or an SFrameTransform. */
  get transform(): object | null {
    return this.#slots.route.transform;
  }

  set transform(value: object | null) {
    this.#slots.route.set(value);
  }

  get #slots(): SenderSlots {
    return this.#transceiver.sender;
  }

  getParameters(): RTCRtpSendParameters {
    const slots = this.#slots;
    const { codecs, extensions, isReducedSize } = slots.negotiated;
    if (!slots.lastReturned) {
      slots.lastReturned = {
        codecs: codecs.map((codec) => ({ ...describeCodec(slots.kind, codec), payloadType: codec.payloadType })),
        encodings: slots.encodings.map(copyEncoding),
        headerExtensions: extensions.map(({ uri, id }) => ({ uri, id, encrypted: false })),
        rtcp: { cname: slots.cname, reducedSize: isReducedSize },
        transactionId: crypto.randomUUID(),
        ...(slots.degradationPreference && { degradationPreference: slots.degradationPreference }),
      };
      this.#host.queueTask(() => {
        slots.lastReturned = undefined;
      });
    }
    return copyParameters(slots.lastReturned);
  }

  /** Changes how the track is encoded, from what {@link getParameters} returned in the same task. */
  async setParameters(parameters: RTCRtpSendParameters, options: RTCSetParameterOptions = {}): Promise<undefined> {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCRtpSender.setParameters');
    const wanted = toSendParameters(parameters);
    const once = toSetParameterOptions(options);
    if (once.length > 0 && once.length !== this.#slots.encodings.length)
      throw new DOMException('There must be as many encodingOptions as encodings', 'InvalidModificationError');
    if (this.#transceiver.isStopping) throw new DOMException('The transceiver is stopped', 'InvalidStateError');
    const before = this.#slots.lastReturned;
    if (!before) throw new DOMException('getParameters was not called in this task', 'InvalidStateError');
    this.#demandSame(before, wanted);
    const encodings = changedEncodings(this.#slots.kind, wanted.encodings, this.#sentTypes(), this.#slots.track);
    await this.#host.task();
    this.#slots.lastReturned = undefined;
    // A description may have changed the layers meanwhile: what is left of them takes what was set.
    this.#slots.encodings = this.#slots.encodings.map((now) => encodings.find(({ rid }) => rid === now.rid) ?? now);
    this.#slots.degradationPreference = wanted.degradationPreference;
    this.#host.mediaChanged();
    const rids = wanted.encodings.filter((_, index) => once[index]?.keyFrame).map(({ rid }) => rid);
    if (rids.length > 0) this.#host.requestKeyFrames(this.#slots, rids);
    return undefined;
  }

  /** What is sent where an encoding names no codec; undefined before codecs were agreed on. */
  #sentTypes(): string[] | undefined {
    const { kind, negotiated } = this.#slots;
    const sent = negotiated.codecs.find(isPrimary);
    return sent && [`${kind}/${sent.name}`];
  }

  /** What scripts may read and not write must come back as it was. */
  #demandSame(before: RTCRtpSendParameters, wanted: RTCRtpSendParameters): void {
    const refuse = (what: string): never => {
      throw new DOMException(`${what} cannot be modified`, 'InvalidModificationError');
    };
    if (wanted.transactionId !== before.transactionId) refuse('transactionId');
    if (wanted.encodings.length !== before.encodings.length) refuse('The number of encodings');
    if (wanted.encodings.some(({ rid }, i) => rid !== before.encodings[i]?.rid)) refuse('rid');
    for (const member of ['codecs', 'headerExtensions', 'rtcp'] as const) {
      if (!isSame(wanted[member], before[member])) refuse(member);
    }
    for (const { codec } of wanted.encodings)
      if (codec && !this.#mayEncode(codec)) refuse(`The codec to anything but one of ${describe(before)},`);
  }

  /** A codec of an encoding must be negotiated, or before that one that we have and prefer. */
  #mayEncode(codec: NonNullable<RTCRtpEncodingParameters['codec']>): boolean {
    const { kind, negotiated } = this.#slots;
    const { preferredCodecs } = this.#transceiver;
    const known =
      capabilitiesOf(kind)?.codecs.some((one) => one.mimeType.toLowerCase() === codec.mimeType.toLowerCase()) ?? false;
    if (negotiated.codecs.length === 0) {
      return known && (!preferredCodecs || preferredCodecs.some((one) => isSameFormat(kind, one, codec)));
    }
    return negotiated.codecs.some((one) => isSameFormat(kind, one, codec));
  }

  /** Has the encoder begin anew: for all encodings, or for those of `rids` (W3C webrtc-encoded-transform §4.4). */
  async generateKeyFrame(rids: readonly string[] | undefined = undefined): Promise<undefined> {
    const { kind, encodings } = this.#slots;
    const known = encodings.map(({ rid }) => rid);
    const wanted = optional(rids, (value) => toSequence(value, toDomString, 'rids')) ?? known;
    if (kind !== 'video') throw new DOMException('Only video has key frames', 'InvalidStateError');
    if (this.#transceiver.isStopping) throw new DOMException('The transceiver is stopped', 'InvalidStateError');
    const stranger = wanted.find((rid) => !known.includes(rid));
    if (stranger !== undefined) throw new DOMException(`No encoding has the rid "${stranger}"`, 'NotFoundError');
    this.#host.requestKeyFrames(this.#slots, wanted);
    return undefined;
  }

  /** Sends another track, or none, without a new exchange. */
  async replaceTrack(withTrack: MediaStreamTrack | null): Promise<undefined> {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCRtpSender.replaceTrack');
    const track = withTrack === null || withTrack === undefined ? null : toTrack(withTrack);
    if (track && track.kind !== this.#slots.kind) {
      throw new TypeError(`A track of kind "${track.kind}" cannot be sent where "${this.#slots.kind}" is`);
    }
    return this.#host.enqueue(async () => {
      if (this.#transceiver.isStopping) throw new DOMException('The transceiver is stopped', 'InvalidStateError');
      await this.#host.task();
      if (this.#host.isClosed) return undefined;
      this.#slots.track = track;
      this.#host.mediaChanged();
      return undefined;
    });
  }

  /** Says which streams the track is a part of; the other side learns of it with the next exchange. */
  setStreams(...streams: MediaStream[]): void {
    if (this.#host.isClosed) throw new DOMException('The connection is closed', 'InvalidStateError');
    this.#slots.streamIds = streamIdsOf(streams);
    this.#host.updateNegotiationNeeded();
  }

  async getStats(): Promise<RTCStatsReport> {
    return this.#host.stats(this.#slots);
  }
}

/** The ids of `streams`, each once. */
export function streamIdsOf(streams: readonly unknown[]): string[] {
  return [...new Set(streams.map((stream) => toStream(stream).id))];
}

function describe({ codecs }: RTCRtpSendParameters): string {
  return codecs.map(({ mimeType }) => mimeType).join(', ') || 'those that can be sent';
}

function copyEncoding(encoding: RTCRtpEncodingParameters): RTCRtpEncodingParameters {
  return { ...encoding, ...(encoding.codec && { codec: { ...encoding.codec } }) };
}

function copyParameters(parameters: RTCRtpSendParameters): RTCRtpSendParameters {
  return {
    ...parameters,
    codecs: parameters.codecs.map((codec) => ({ ...codec })),
    encodings: parameters.encodings.map(copyEncoding),
    headerExtensions: parameters.headerExtensions.map((extension) => ({ ...extension })),
    rtcp: { ...parameters.rtcp },
  };
}

/** Equal as data, whatever the order of the members. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [mine, theirs] = [Object.entries(a), new Map<string, unknown>(Object.entries(b))];
  return mine.length === theirs.size && mine.every(([name, value]) => theirs.has(name) && isSame(value, theirs.get(name)));
}

export type { MediaKind };

defineInterface(RTCRtpSender, 'RTCRtpSender');
