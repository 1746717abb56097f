import type { RandomSource } from '@maru/protocol/core';
import { type Codec, isPrimary, isRtx, type MediaWish } from '@maru/protocol/jsep';
import { INTERNAL } from '../webidl/interface.js';
import { CODECS as ALL_CODECS, EXTENSIONS, EXTENSIONS_ON_REQUEST, FEEDBACK_BY_STREAM } from './capabilities.js';
import { RTCDTMFSender, type ToneSink } from './dtmf-sender.js';
import { MAX_ENCODINGS } from './encodings.js';
import { RemoteSource } from './remote-source.js';
import type { RTCRtpEncodingParameters } from './rtp-parameters.js';
import { RTCRtpReceiver } from './rtp-receiver.js';
import { RTCRtpSender } from './rtp-sender.js';
import { RTCRtpTransceiver } from './rtp-transceiver.js';
import { type MediaHost, NOTHING_NEGOTIATED, type TransceiverSlots } from './slots.js';
import { type MediaKind, MediaStreamTrack } from './track.js';
import { FrameRoute } from './transform/frame-route.js';

/** What negotiation has made of a transceiver: what a rollback brings back. */
type Agreed = Pick<TransceiverSlots, 'mid' | 'currentDirection' | 'firedDirection' | 'hasSent'> & {
  readonly sender: Pick<TransceiverSlots['sender'], 'negotiated' | 'transport' | 'encodings'>;
  readonly receiver: Pick<TransceiverSlots['receiver'], 'negotiated' | 'transport' | 'remote' | 'streams'>;
};

/** A transceiver of a connection: its slots, its objects, and what was last agreed. */
export class TransceiverEntry {
  readonly slots: TransceiverSlots;
  readonly object: RTCRtpTransceiver;
  readonly sender: RTCRtpSender;
  readonly receiver: RTCRtpReceiver;
  /** Undefined until an exchange has ended with it. */
  private agreed: Agreed | undefined;
  /** What the sender had before an offer asked for other layers. */
  private encodingsBefore: RTCRtpEncodingParameters[] | undefined;

  constructor(
    host: MediaHost,
    random: RandomSource,
    init: {
      readonly kind: MediaKind;
      readonly track: MediaStreamTrack | null;
      readonly streamIds: readonly string[];
      readonly direction: TransceiverSlots['direction'];
      readonly encodings: RTCRtpEncodingParameters[];
      readonly cname: string;
      readonly isOfAddTrack: boolean;
      /** Made for a section of the other side. */
      readonly isOfRemote: boolean;
    },
    playTone: ToneSink,
  ) {
    const { kind, track } = init;
    this.isOfRemote = init.isOfRemote;
    const remote = new RemoteSource(
      kind,
      () => host.askForKeyFrame(this.slots.mid),
      () => host.mediaChanged(),
    );
    this.slots = {
      kind,
      mid: null,
      direction: init.direction,
      currentDirection: null,
      firedDirection: null,
      isStopping: false,
      isStopped: false,
      isOfAddTrack: init.isOfAddTrack,
      hasSent: false,
      preferredCodecs: undefined,
      extensions: [
        ...EXTENSIONS[kind],
        ...EXTENSIONS_ON_REQUEST[kind].map(({ uri, direction }) => ({ uri, direction: 'stopped' as const, welcome: direction })),
      ],
      sender: {
        kind,
        track,
        trackId: track?.id ?? crypto.randomUUID(),
        streamIds: init.streamIds,
        encodings: init.encodings,
        degradationPreference: undefined,
        lastReturned: undefined,
        negotiated: NOTHING_NEGOTIATED,
        transport: null,
        cname: init.cname,
        sources: Array.from({ length: MAX_ENCODINGS[kind] }, () => ({
          ssrc: newSsrc(random),
          ...(kind === 'video' && { rtxSsrc: newSsrc(random) }),
        })),
        route: new FrameRoute('send', kind, (rid) => {
          const { sender } = this.slots;
          host.requestKeyFrames(sender, rid === undefined ? sender.encodings.map((one) => one.rid) : [rid]);
        }),
      },
      receiver: {
        kind,
        track: new MediaStreamTrack(INTERNAL, remote),
        streams: [],
        negotiated: NOTHING_NEGOTIATED,
        described: [],
        remote: undefined,
        transport: null,
        jitterBufferTarget: null,
        get takesSimulcast() {
          return remote.takesLayers;
        },
        get playoutDelayMs() {
          return remote.isTimed || this.jitterBufferTarget !== null ? (this.jitterBufferTarget ?? 0) : undefined;
        },
        route: new FrameRoute('receive', kind, () => host.askForKeyFrame(this.slots.mid)),
      },
    };
    const dtmf = kind === 'audio' ? new RTCDTMFSender(INTERNAL, host, this.slots, playTone) : null;
    this.sender = new RTCRtpSender(INTERNAL, host, this.slots, dtmf);
    this.receiver = new RTCRtpReceiver(INTERNAL, host, this.slots);
    this.object = new RTCRtpTransceiver(INTERNAL, host, this.slots, this.sender, this.receiver);
  }

  private readonly isOfRemote: boolean;
  /** `addTrack` has given it a track, so that it stays when the offer that made it is taken back. */
  isAdopted = false;

  /** The offer that made it was taken back, and nobody here has made it theirs. */
  get isOrphan(): boolean {
    return this.agreed === undefined && this.isOfRemote && !this.isAdopted;
  }

  /** Takes the layers that an offer asks for, until it is taken back. */
  proposeEncodings(encodings: RTCRtpEncodingParameters[]): void {
    this.encodingsBefore ??= this.slots.sender.encodings;
    this.slots.sender.encodings = encodings;
  }

  /** What it wants of a description. An answer cannot give a section up for a transceiver that stops: it falls silent first. */
  wish(type: 'offer' | 'answer'): MediaWish {
    const { kind, mid, isStopping, isStopped, direction, preferredCodecs, extensions, sender, receiver } = this.slots;
    const codecs = preferredCodecs ?? ALL_CODECS[kind];
    const hasRtx = codecs.some(isRtx);
    const { encodings } = sender;
    return {
      kind,
      mid: mid ?? undefined,
      isStopped: type === 'offer' ? isStopping : isStopped,
      direction,
      codecs: type === 'answer' ? codecs.map(withFeedbackByStream) : codecs,
      hasPreferences: preferredCodecs !== undefined,
      extensions: extensions.flatMap(({ uri, direction: own, welcome }) => {
        const wanted = own === 'stopped' && type === 'answer' ? welcome : own;
        return wanted === undefined || wanted === 'stopped' ? [] : { uri, direction: wanted };
      }),
      streamIds: sender.streamIds,
      trackId: sender.trackId,
      cname: sender.cname,
      sources: sender.sources
        .slice(0, 1)
        .map(({ ssrc, rtxSsrc }) => ({ ssrc, ...(hasRtx && rtxSsrc !== undefined && { rtxSsrc }) })),
      encodings: encodings.length > 1 ? encodings.map(({ rid = '' }) => ({ rid, isPaused: false })) : [],
      takesSimulcast: receiver.takesSimulcast,
      ...(receiver.takesSimulcast && receiver.remote && { receiveEncodings: receiver.remote.sendEncodings }),
    };
  }

  /** Remembers what holds now. */
  commit(): void {
    const { mid, currentDirection, firedDirection, hasSent, sender, receiver } = this.slots;
    this.encodingsBefore = undefined;
    this.agreed = {
      mid,
      currentDirection,
      firedDirection,
      hasSent,
      sender: {
        negotiated: sender.negotiated,
        transport: sender.transport,
        encodings: sender.encodings,
      },
      receiver: {
        negotiated: receiver.negotiated,
        transport: receiver.transport,
        remote: receiver.remote,
        streams: receiver.streams,
      },
    };
  }

  /** Where it was before the exchange that was taken back, but for its streams and its fired direction, which make events. */
  restore(): Pick<TransceiverSlots, 'firedDirection'> & Pick<TransceiverSlots['receiver'], 'streams'> {
    const { slots, agreed } = this;
    slots.mid = agreed?.mid ?? null;
    // An offer made it, and addTrack has kept it: another offer may take it as it takes those that addTrack makes.
    if (!agreed && this.isAdopted) slots.isOfAddTrack = true;
    slots.currentDirection = agreed?.currentDirection ?? null;
    slots.hasSent = agreed?.hasSent ?? false;
    slots.sender.negotiated = agreed?.sender.negotiated ?? NOTHING_NEGOTIATED;
    slots.sender.transport = agreed?.sender.transport ?? null;
    const encodings = this.encodingsBefore ?? agreed?.sender.encodings;
    if (encodings && encodings.length !== slots.sender.encodings.length) slots.sender.encodings = encodings;
    this.encodingsBefore = undefined;
    slots.receiver.negotiated = agreed?.receiver.negotiated ?? NOTHING_NEGOTIATED;
    slots.receiver.transport = agreed?.receiver.transport ?? null;
    slots.receiver.remote = agreed?.receiver.remote;
    return { firedDirection: agreed?.firedDirection ?? null, streams: agreed?.receiver.streams ?? [] };
  }
}

function withFeedbackByStream(codec: Codec): Codec {
  return isPrimary(codec) ? { ...codec, feedback: [...codec.feedback, FEEDBACK_BY_STREAM] } : codec;
}

/** Random and never 0, which some receivers take for "none" (RFC 3550 §8.1). */
function newSsrc(random: RandomSource): number {
  return (random.uint32() % 0xffff_fffe) + 1;
}
