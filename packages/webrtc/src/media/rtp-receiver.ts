import type { RTCDtlsTransport } from '../dtls-transport.js';
import type { RTCStatsReport } from '../stats/report.js';
import { requireArguments } from '../webidl/convert.js';
import { defineInterface, type Internal, refuseScripts } from '../webidl/interface.js';
import { capabilitiesOf, describeCodec, type RTCRtpCapabilities } from './capabilities-api.js';
import { type RTCRtpReceiveParameters, toDouble } from './rtp-parameters.js';
import type {
  MediaHost,
  ReceiverSlots,
  RTCRtpContributingSource,
  RTCRtpSynchronizationSource,
  TransceiverSlots,
} from './slots.js';
import type { MediaStreamTrack } from './track.js';

/** Longest delay that a script may ask the jitter buffer for. */
const MAX_JITTER_BUFFER_TARGET_MS = 4_000;

/** Receives one track from the other side (W3C webrtc, RTCRtpReceiver). */
export class RTCRtpReceiver {
  readonly #host: MediaHost;
  readonly #transceiver: TransceiverSlots;

  constructor(...[token, host, transceiver]: [Internal, MediaHost, TransceiverSlots]) {
    refuseScripts(token);
    this.#host = host;
    this.#transceiver = transceiver;
  }

  get #slots(): ReceiverSlots {
    return this.#transceiver.receiver;
  }

  static getCapabilities(kind: string): RTCRtpCapabilities | null {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCRtpReceiver.getCapabilities');
    return capabilitiesOf(kind);
  }

  get track(): MediaStreamTrack {
    return this.#slots.track;
  }

  get transport(): RTCDtlsTransport | null {
    return this.#slots.transport;
  }

  /** In milliseconds, from 0 to 4,000; null lets the jitter buffer decide. */
  get jitterBufferTarget(): number | null {
    return this.#slots.jitterBufferTarget;
  }

  set jitterBufferTarget(value: number | null) {
    const target = value === null || value === undefined ? null : toDouble(value);
    if (target !== null && (target < 0 || target > MAX_JITTER_BUFFER_TARGET_MS)) {
      throw new RangeError(`jitterBufferTarget is ${target}, and must be from 0 to ${MAX_JITTER_BUFFER_TARGET_MS} ms`);
    }
    this.#slots.jitterBufferTarget = target;
    this.#host.mediaChanged();
  }

  /** What encoded frames go through before they are decoded: an RTCRtpScriptTransform or an SFrameTransform. */
  get transform(): object | null {
    return this.#slots.route.transform;
  }

  set transform(value: object | null) {
    this.#slots.route.set(value);
  }

  getParameters(): RTCRtpReceiveParameters {
    const { kind, negotiated } = this.#slots;
    return {
      codecs: negotiated.codecs.map((codec) => ({ ...describeCodec(kind, codec), payloadType: codec.payloadType })),
      headerExtensions: negotiated.extensions.map(({ uri, id }) => ({ uri, id, encrypted: false })),
      rtcp: { reducedSize: negotiated.isReducedSize },
    };
  }

  /** Whose media was mixed into what came in the last ten seconds. */
  getContributingSources(): RTCRtpContributingSource[] {
    return this.#host.recentSources(this.#transceiver.mid).contributing;
  }

  /** Whose packets came in the last ten seconds. */
  getSynchronizationSources(): RTCRtpSynchronizationSource[] {
    return this.#host.recentSources(this.#transceiver.mid).synchronization;
  }

  async getStats(): Promise<RTCStatsReport> {
    return this.#host.stats(this.#slots);
  }
}

defineInterface(RTCRtpReceiver, 'RTCRtpReceiver');
