import type { RandomSource } from '@maru/protocol/core';
import {
  agreementOf,
  type DescriptionType,
  type MediaDescription,
  type MediaOutcome,
  type MediaWish,
  mediaOutcome,
  midOf,
  type Negotiation,
  needsExchange,
  readMedia,
  type Side,
} from '@maru/protocol/jsep';
import { type Direction, receives, reverseDirection, type SessionTree, sends } from '@maru/protocol/sdp';
import type { RTCDtlsTransport } from '../dtls-transport.js';
import { optional, toDictionary, toDomString, toEnum, toSequence } from '../webidl/convert.js';
import { RTCDTMFSender } from './dtmf-sender.js';
import { canScale, encodingsOfRids, newEncodings } from './encodings.js';
import { type RTCRtpEncodingParameters, toEncoding } from './rtp-parameters.js';
import type { RTCRtpReceiver } from './rtp-receiver.js';
import { RTCRtpSender, streamIdsOf } from './rtp-sender.js';
import { DIRECTIONS, type RTCRtpTransceiver, type RTCRtpTransceiverDirection, stopHalves } from './rtp-transceiver.js';
import type { MediaHost, NegotiatedHalf, TransceiverSlots } from './slots.js';
import { type MediaStream, remoteStream, toTrack } from './stream.js';
import { type MediaKind, MediaStreamTrack } from './track.js';
import { TrackChanges } from './track-changes.js';
import { TransceiverEntry } from './transceiver-entry.js';

/** W3C webrtc, RTCRtpTransceiverInit. */
export interface RTCRtpTransceiverInit {
  direction?: RTCRtpTransceiverDirection;
  streams?: MediaStream[];
  sendEncodings?: Partial<RTCRtpEncodingParameters>[];
}

/** The transceivers of a connection, and what descriptions make of them. */
export class MediaSet {
  private entries: TransceiverEntry[] = [];
  private readonly cname: string;
  /** The stream of tracks that the other side says nothing of (RFC 9429 §5.10). */
  private readonly defaultStreamId = crypto.randomUUID();
  private readonly streams = new Map<string, WeakRef<MediaStream>>();
  /** The sections that the last offer gave to transceivers without one. */
  private planned = new Map<string, TransceiverEntry>();

  constructor(
    private readonly host: MediaHost,
    private readonly random: RandomSource,
    private readonly playTone: (entry: TransceiverEntry, tone: string, durationMs: number) => void,
  ) {
    const bytes = new Uint8Array(12);
    random.fill(bytes);
    this.cname = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  get transceivers(): RTCRtpTransceiver[] {
    return this.entries.map(({ object }) => object);
  }

  get senders(): RTCRtpSender[] {
    return this.entries.map(({ sender }) => sender);
  }

  get receivers(): RTCRtpReceiver[] {
    return this.entries.map(({ receiver }) => receiver);
  }

  get all(): readonly TransceiverEntry[] {
    return this.entries;
  }

  // What scripts ask for.

  addTrack(track: unknown, streams: readonly unknown[]): RTCRtpSender {
    const added = toTrack(track);
    const streamIds = streamIdsOf(streams);
    this.demandOpen();
    if (this.entries.some(({ slots }) => slots.sender.track === added))
      throw new DOMException('A sender has this track already', 'InvalidAccessError');
    const free = this.entries.find(({ slots }) => isFreeFor(slots, added.kind));
    const entry = free ?? this.create({ kind: added.kind, track: added, streamIds, isOfAddTrack: true });
    if (free) {
      const { slots } = free;
      Object.assign(slots.sender, { track: added, streamIds, trackId: added.id });
      slots.direction = receives(slots.direction) ? 'sendrecv' : 'sendonly';
      free.isAdopted = true;
    }
    this.host.updateNegotiationNeeded();
    return entry.sender;
  }

  removeTrack(sender: unknown): void {
    if (!(sender instanceof RTCRtpSender)) throw new TypeError('The value is not an RTCRtpSender');
    this.demandOpen();
    const entry = this.entries.find((one) => one.sender === sender);
    if (!entry) throw new DOMException('The sender belongs to another connection', 'InvalidAccessError');
    const { slots } = entry;
    if (slots.isStopping || slots.sender.track === null) return;
    slots.sender.track = null;
    slots.direction = receives(slots.direction) ? 'recvonly' : 'inactive';
    this.host.mediaChanged();
    this.host.updateNegotiationNeeded();
  }

  addTransceiver(trackOrKind: unknown, init: unknown): RTCRtpTransceiver {
    const track = trackOrKind instanceof MediaStreamTrack ? trackOrKind : null;
    const kind = track?.kind ?? toKind(trackOrKind);
    const { direction, streamIds, encodings } = readInit(init);
    if (direction === 'stopped') throw new TypeError('A transceiver cannot begin as stopped');
    const checked = newEncodings(kind, encodings, track);
    this.demandOpen();
    const entry = this.create({ kind, track, streamIds, direction, encodings: checked });
    this.host.updateNegotiationNeeded();
    return entry.object;
  }

  /** RTCOfferOptions' older members (W3C webrtc §4.4.4): whether the offer is to receive a kind. */
  offerToReceive(kind: MediaKind, isWanted: boolean): void {
    const open = this.entries.filter(({ slots }) => slots.kind === kind && !slots.isStopping);
    if (isWanted) {
      if (!open.some(({ slots }) => receives(slots.direction))) this.create({ kind, direction: 'recvonly' });
      return;
    }
    for (const { slots } of open) slots.direction = sends(slots.direction) ? 'sendonly' : 'inactive';
  }

  private create(init: {
    readonly kind: MediaKind;
    readonly track?: MediaStreamTrack | null;
    readonly streamIds?: readonly string[];
    readonly direction?: Direction;
    readonly encodings?: RTCRtpEncodingParameters[];
    readonly isOfAddTrack?: boolean;
    readonly isOfRemote?: boolean;
  }): TransceiverEntry {
    const { kind, track = null, streamIds = [], direction = 'sendrecv', isOfAddTrack = false, isOfRemote = false } = init;
    const encodings = init.encodings ?? newEncodings(kind, []);
    const whole = { kind, track, streamIds, direction, encodings, cname: this.cname, isOfAddTrack, isOfRemote };
    const entry: TransceiverEntry = new TransceiverEntry(this.host, this.random, whole, (tone, durationMs) =>
      this.playTone(entry, tone, durationMs),
    );
    this.entries.push(entry);
    return entry;
  }

  private demandOpen(): void {
    if (this.host.isClosed) throw new DOMException('The connection is closed', 'InvalidStateError');
  }

  // What descriptions say.

  /** What every transceiver wants of an offer or an answer, in the order of their creation. */
  wishes(type: 'offer' | 'answer'): MediaWish[] {
    return this.entries.map((entry) => entry.wish(type));
  }

  /** Remembers which section of an offer was written for whom. */
  offered(tree: SessionTree): void {
    const known = new Set(this.entries.map(({ slots }) => slots.mid));
    const waiting = this.entries.filter(({ slots }) => slots.mid === null && !slots.isStopping);
    this.planned = new Map();
    for (const media of mediaOf(tree)) {
      if (known.has(media.mid) || media.isRejected) continue;
      const entry = waiting.shift();
      if (entry) this.planned.set(media.mid, entry);
    }
  }

  needsExchange(negotiation: Negotiation): boolean {
    return this.entries.some((entry) => needsExchange(entry.wish('offer'), negotiation));
  }

  /** W3C webrtc, "set a session description", for the media of a description that was just applied. */
  apply(
    side: Side,
    type: DescriptionType,
    negotiation: Negotiation,
    transportOf: (mid: string) => RTCDtlsTransport | undefined,
  ): TrackChanges {
    const changes = new TrackChanges();
    const tree = side === 'local' ? latest(negotiation, 'local') : latest(negotiation, 'remote');
    const agreement = type === 'offer' ? undefined : agreementOf(negotiation);
    for (const media of tree ? mediaOf(tree) : []) {
      // An answer may come without mids (RFC 9429 §5.10): its sections are those of the offer, in their order.
      const mid = agreement ? midOf(agreement.local.tree, media.index) : media.mid;
      const entry = side === 'local' ? this.ofLocal(mid) : this.ofRemote(media, mid, type);
      if (!entry || entry.slots.isStopped) continue;
      entry.slots.mid = mid;
      const outcome = agreement && mediaOutcome(agreement, media.index);
      const isKnownToBoth = side === 'local' || type !== 'offer';
      if (isKnownToBoth && !media.isRejected)
        entry.slots.sender.transport = entry.slots.receiver.transport = transportOf(mid) ?? null;
      const theirs = agreement && readMedia(agreement.remote.tree, media.index);
      if (theirs) narrowLayers(entry.slots.sender, theirs);
      if (side === 'local') this.applyLocal(entry, type, media, outcome, changes);
      else this.applyRemote(entry, type, media, outcome, changes);
      const isRefused = media.isRejected && (side === 'remote' || type !== 'offer');
      if (isRefused) stopForGood(entry.slots, this.host);
    }
    for (const { slots } of this.entries) slots.sender.lastReturned = undefined;
    if (negotiation.name === 'stable') this.settle();
    return changes;
  }

  private ofLocal(mid: string): TransceiverEntry | undefined {
    return this.withMid(mid) ?? this.planned.get(mid);
  }

  private applyLocal(
    { slots, receiver }: TransceiverEntry,
    type: DescriptionType,
    media: MediaDescription,
    outcome: MediaOutcome | undefined,
    changes: TrackChanges,
  ): void {
    slots.receiver.described = media.codecs;
    if (type === 'offer') return;
    const direction = outcome?.direction ?? 'inactive';
    this.agree(slots, outcome);
    if (!receives(direction) && slots.firedDirection !== null && receives(slots.firedDirection)) {
      this.endRemote(slots, receiver, changes);
    }
    slots.currentDirection = slots.firedDirection = direction;
    slots.hasSent ||= sends(direction);
  }

  /** The transceiver of a section of the other side: the one that has it, a waiting one of addTrack, or a new one (RFC 9429 §5.10). */
  private ofRemote(media: MediaDescription, mid: string, type: DescriptionType): TransceiverEntry | undefined {
    const known = this.withMid(mid);
    if (known || type !== 'offer' || media.isRejected) return known;
    const isWanted = receives(media.direction);
    const waiting = isWanted ? this.entries.find(({ slots }) => isWaiting(slots, media.kind)) : undefined;
    const isLayered = media.kind === 'video' && media.receiveEncodings.length > 1;
    const asked = isLayered ? encodingsOfRids(media.receiveEncodings) : undefined;
    if (waiting) {
      if (asked && waiting.slots.sender.encodings.length === 1) waiting.proposeEncodings(asked);
      return waiting;
    }
    const created = this.create({ kind: media.kind, direction: 'recvonly', isOfRemote: true });
    if (asked) created.proposeEncodings(asked);
    return created;
  }

  private applyRemote(
    entry: TransceiverEntry,
    type: DescriptionType,
    media: MediaDescription,
    outcome: MediaOutcome | undefined,
    changes: TrackChanges,
  ): void {
    const { slots, receiver, object } = entry;
    const direction = media.isRejected ? 'inactive' : reverseDirection(media.direction);
    slots.receiver.remote = media;
    const wasReceiving = slots.firedDirection !== null && receives(slots.firedDirection);
    if (receives(direction)) {
      const streams = this.streamsOf(media);
      const hasNew = changes.moveTo(streams, slots.receiver.streams, slots.receiver.track);
      slots.receiver.streams = streams;
      if (hasNew || !wasReceiving) changes.begin(receiver, object, streams);
    } else if (wasReceiving) {
      this.endRemote(slots, receiver, changes);
    }
    slots.firedDirection = direction;
    if (type === 'offer') return;
    this.agree(slots, outcome);
    slots.currentDirection = outcome?.direction ?? 'inactive';
    slots.hasSent ||= sends(slots.currentDirection);
  }

  /** What was agreed about codecs and extensions holds from now. */
  private agree({ sender, receiver }: TransceiverSlots, outcome: MediaOutcome | undefined): void {
    if (!outcome) return;
    const half = ({ codecs, extensions }: MediaOutcome['send']): NegotiatedHalf => ({
      codecs,
      extensions,
      isReducedSize: outcome.isReducedSize,
    });
    sender.negotiated = half(outcome.send);
    receiver.negotiated = half(outcome.receive);
    const mimeType = `${outcome.kind}/${outcome.send.codecs[0]?.name ?? ''}`;
    sender.encodings = sender.encodings.map((encoding) => settleEncoding(encoding, mimeType, outcome, sender.track));
  }

  /** W3C webrtc, "process the removal of a remote track". */
  private endRemote({ receiver: slots }: TransceiverSlots, receiver: RTCRtpReceiver, changes: TrackChanges): void {
    changes.moveTo([], slots.streams, receiver.track);
    slots.streams = [];
    changes.mute(receiver.track);
  }

  private streamsOf(media: MediaDescription): MediaStream[] {
    const ids = media.hasMsid ? media.streamIds : [this.defaultStreamId];
    return ids.map((id) => {
      const known = this.streams.get(id)?.deref();
      if (known) return known;
      const stream = remoteStream(id);
      this.streams.set(id, new WeakRef(stream));
      return stream;
    });
  }

  /** An exchange has ended: who is stopped on both sides is gone, and the rest cannot be rolled back any more. */
  private settle(): void {
    this.forgetStopped();
    for (const entry of this.entries) entry.commit();
    for (const [id, stream] of this.streams) if (!stream.deref()) this.streams.delete(id);
  }

  /** Both sides know that they are stopped: their sections are for others now. */
  private forgetStopped(): void {
    for (const { slots } of this.entries) if (slots.isStopped) slots.mid = null;
    this.entries = this.entries.filter(({ slots }) => !slots.isStopped);
  }

  /** Takes back what the offer at hand has changed (W3C webrtc, "set a session description", rollback). */
  rollBack(): TrackChanges {
    const changes = new TrackChanges();
    for (const entry of this.entries) {
      const { slots, receiver, object } = entry;
      const before = entry.restore();
      const [was, is] = [slots.firedDirection, before.firedDirection].map(
        (direction) => direction !== null && receives(direction),
      );
      const hasNew = changes.moveTo(before.streams, slots.receiver.streams, receiver.track);
      if (was && !is) changes.mute(receiver.track);
      if (is && (hasNew || !was)) changes.begin(receiver, object, before.streams);
      slots.receiver.streams = before.streams;
      slots.firedDirection = before.firedDirection;
    }
    this.forgetOrphans();
    return changes;
  }

  /** Made for the offer that was taken back. Who was stopped by it stays so, and keeps its section until an exchange has ended. */
  private forgetOrphans(): void {
    for (const { slots } of this.entries.filter(({ isOrphan }) => isOrphan)) {
      stopForGood(slots, this.host);
      slots.mid = null;
    }
    this.entries = this.entries.filter(({ isOrphan }) => !isOrphan);
  }

  /** Ends every track that comes from the other side; no events any more. */
  close(): void {
    for (const { slots, receiver, sender } of this.entries) {
      slots.isStopping = slots.isStopped = true;
      receiver.track.stop();
      if (sender.dtmf) RTCDTMFSender.end(sender.dtmf);
    }
  }

  private withMid(mid: string): TransceiverEntry | undefined {
    return this.entries.find(({ slots }) => slots.mid === mid);
  }
}

function mediaOf(tree: SessionTree): MediaDescription[] {
  return [...tree.media.keys()].flatMap((index) => readMedia(tree, index) ?? []);
}

function latest(negotiation: Negotiation, side: Side): SessionTree | undefined {
  if (side === 'local' && 'local' in negotiation) return negotiation.local.tree;
  if (side === 'remote' && 'remote' in negotiation) return negotiation.remote.tree;
  return negotiation.current?.[side].tree;
}

/** W3C webrtc, "stop the RTCRtpTransceiver". */
function stopForGood(slots: TransceiverSlots, host: MediaHost): void {
  stopHalves(slots, host);
  slots.isStopped = true;
  slots.currentDirection = null;
}

/** `addTrack` may give its track to a transceiver that has never sent (W3C webrtc §5.1, "addTrack"). */
function isFreeFor({ kind, sender, isStopping, hasSent }: TransceiverSlots, wanted: MediaKind): boolean {
  return kind === wanted && sender.track === null && !isStopping && !hasSent;
}

/** A section of the other side may take a transceiver of `addTrack` that has no section yet (RFC 9429 §5.10). */
function isWaiting({ kind, mid, isOfAddTrack, isStopping }: TransceiverSlots, wanted: MediaKind): boolean {
  return kind === wanted && mid === null && isOfAddTrack && !isStopping;
}

/** Layers that the other side does not take, or takes no more, are gone for good (W3C webrtc §4.4.1.5). */
function narrowLayers(sender: TransceiverSlots['sender'], { receiveEncodings }: MediaDescription): void {
  if (sender.encodings.length < 2) return;
  const taken = new Set(receiveEncodings.map(({ rid }) => rid));
  const kept = sender.encodings.filter(({ rid }) => rid !== undefined && taken.has(rid));
  sender.encodings = kept.length > 0 ? kept : sender.encodings.slice(0, 1);
}

/** What was asked for and the agreed codecs cannot do is left out. */
function settleEncoding(
  encoding: RTCRtpEncodingParameters,
  mimeType: string,
  outcome: MediaOutcome,
  track: MediaStreamTrack | null,
): RTCRtpEncodingParameters {
  const settled = { ...encoding };
  const { codec, scalabilityMode } = encoding;
  const isAgreed =
    codec && outcome.send.codecs.some((one) => `${outcome.kind}/${one.name}`.toLowerCase() === codec.mimeType.toLowerCase());
  if (codec && !isAgreed) delete settled.codec;
  if (scalabilityMode !== undefined && !canScale(settled.codec?.mimeType ?? mimeType, scalabilityMode, track))
    delete settled.scalabilityMode;
  return settled;
}

function toKind(value: unknown): MediaKind {
  const text = toDomString(value);
  if (text !== 'audio' && text !== 'video') throw new TypeError(`"${text}" is neither a track nor "audio" nor "video"`);
  return text;
}

function readInit(init: unknown): {
  direction: RTCRtpTransceiverDirection;
  streamIds: string[];
  encodings: RTCRtpEncodingParameters[];
} {
  const dictionary = toDictionary(init, 'RTCRtpTransceiverInit');
  const direction = optional(dictionary['direction'], (v) => toEnum(v, DIRECTIONS, 'RTCRtpTransceiverDirection')) ?? 'sendrecv';
  const encodings = optional(dictionary['sendEncodings'], (v) => toSequence(v, toEncoding, 'sendEncodings')) ?? [];
  const streams = optional(dictionary['streams'], (v) => toSequence(v, (one) => one, 'streams')) ?? [];
  return { direction, streamIds: streamIdsOf(streams), encodings };
}
