import type { CoreContext, Instant } from '@maru/protocol/core';
import {
  type ChannelKey,
  type ChannelProperties,
  type ChannelSendOutcome,
  type ChannelStats,
  type DataChannelEvent,
  DataChannels,
  type MessageKind,
} from '@maru/protocol/datachannel';
import type { DtlsRole } from '@maru/protocol/dtls';
import type { DataOutcome } from '@maru/protocol/jsep';
import type { PeerTransport } from '@maru/protocol/transport';
import { type ChannelHost, type DataChannelSlots, RTCDataChannel, slotsOf } from './data-channel.js';
import { RTCDataChannelEvent, RTCErrorEvent } from './events/events.js';
import { RTCError } from './rtc-error.js';
import { INTERNAL } from './webidl/interface.js';

/** What the channels of a connection need of it. */
export interface ChannelSetOwner {
  now(): Instant;
  /** Something was asked of the association: hand it out soon. */
  wake(): void;
  /** Runs `task` in a task of its own, unless the connection is closed by then. */
  queueTask(task: () => void): void;
  /** Longest message that may be sent now. */
  maxMessageSize(): number;
  dispatch(event: Event): void;
}

/** Highest stream id that a channel can have; 65535 is reserved (RFC 8832 §6). */
export const MAX_CHANNEL_ID = 65_534;

/** The data channels of a connection: those that wait for an association, and those that have one. */
export class ChannelSet implements ChannelHost {
  private readonly channels = new Set<RTCDataChannel>();
  private readonly byKey = new Map<ChannelKey, RTCDataChannel>();
  private readonly keys = new Map<RTCDataChannel, ChannelKey>();
  /** Channels whose `bufferedAmount` is above zero: those that a sent packet can change. */
  private readonly busy = new Set<RTCDataChannel>();
  /** Over, and to be told of it in a task that has yet to come. */
  private readonly ending = new WeakSet<RTCDataChannel>();
  private association: DataChannels | undefined;
  private isReconciling = false;
  opened = 0;
  closed = 0;

  constructor(
    private readonly owner: ChannelSetOwner,
    private readonly context: CoreContext,
  ) {}

  get all(): Iterable<RTCDataChannel> {
    return this.channels;
  }

  get layer(): DataChannels | undefined {
    return this.association;
  }

  get maxMessageSize(): number {
    return this.owner.maxMessageSize();
  }

  keyOf(channel: RTCDataChannel): ChannelKey | undefined {
    return this.keys.get(channel);
  }

  isIdTaken(id: number): boolean {
    for (const channel of this.channels) if (slotsOf(channel).id === id) return true;
    return false;
  }

  /** A channel of ours; it opens when there is an association. */
  create(slots: DataChannelSlots): RTCDataChannel {
    const channel = new RTCDataChannel(INTERNAL, slots, this);
    this.channels.add(channel);
    if (this.association) this.openOn(this.association, channel);
    return channel;
  }

  /** Signalling has agreed on an association: channels that wait get their ids, and open once it is up. */
  associate(transport: PeerTransport, data: DataOutcome, role: DtlsRole, localMaxMessageBytes: number): void {
    if (this.association) return this.association.setRemoteMaxMessageBytes(data.remoteMaxMessageSize);
    this.association = new DataChannels(
      {
        localPort: data.localPort,
        remotePort: data.remotePort,
        maxMessageBytes: localMaxMessageBytes,
        remoteMaxMessageBytes: data.remoteMaxMessageSize,
      },
      this.context,
    );
    this.association.setRole(this.owner.now(), role);
    for (const channel of this.channels) if (!this.ending.has(channel)) this.openOn(this.association, channel);
    transport.attach(this.owner.now(), this.association);
  }

  /** The association is given up: its channels end with an error. */
  endAssociation(): void {
    const { association } = this;
    this.association = undefined;
    association?.abort(this.owner.now());
    association?.drain({ transmit() {}, message() {}, event: (event) => this.event(event) });
    this.byKey.clear();
    this.keys.clear();
    if (!association) for (const channel of [...this.channels]) this.end(channel, 'The other side refused data channels');
  }

  /** What carried the channels is gone: they end with an error, and it is not asked for anything more. */
  abandon(): void {
    this.association = undefined;
    for (const channel of [...this.channels]) if (!this.ending.has(channel)) this.end(channel, 'The connection broke');
  }

  /** Every channel is closed, and nobody is told (W3C webrtc, "close the connection"). */
  closeSilently(): void {
    for (const channel of this.channels) slotsOf(channel).readyState = 'closed';
    this.forgetAll();
  }

  private forgetAll(): void {
    this.channels.clear();
    this.byKey.clear();
    this.keys.clear();
    this.busy.clear();
  }

  send(channel: RTCDataChannel, kind: MessageKind, bytes: Uint8Array): ChannelSendOutcome {
    const key = this.keys.get(channel);
    if (!this.association || key === undefined) return 'not-open';
    const outcome = this.association.send(this.owner.now(), key, kind, bytes);
    if (outcome === 'queued') {
      this.busy.add(channel);
      this.owner.wake();
    }
    return outcome;
  }

  close(channel: RTCDataChannel): void {
    const key = this.keys.get(channel);
    if (this.association && key !== undefined) {
      this.association.close(this.owner.now(), key);
      this.owner.wake();
    } else {
      this.owner.queueTask(() => this.finish(channel, undefined));
    }
  }

  /** Takes what the association tells. Slots change, and events fire, in tasks of their own. */
  event(event: DataChannelEvent): void {
    switch (event.type) {
      case 'channel-announced':
        return this.announce(event.channel, event.streamId, event.properties);
      case 'channel-id-assigned':
        return this.withChannel(event.channel, (channel) => {
          slotsOf(channel).id = event.streamId;
        });
      case 'channel-opened':
        return this.withChannel(event.channel, (channel) => this.owner.queueTask(() => this.open(channel)));
      case 'channel-closing':
        return this.withChannel(event.channel, (channel) => this.owner.queueTask(() => this.startClosing(channel)));
      case 'channel-closed':
        return this.withChannel(event.channel, (channel) => {
          const error = closeError(event);
          this.ending.add(channel);
          this.owner.queueTask(() => this.finish(channel, error));
        });
      case 'buffered-amount-low': // told by our own count, which changes in tasks
      case 'connected':
      case 'closed':
        return;
    }
  }

  message(key: ChannelKey, kind: MessageKind, bytes: Uint8Array): void {
    const channel = this.byKey.get(key);
    if (channel) this.owner.queueTask(() => deliver(channel, kind, bytes));
  }

  /** Packets have left: counts may have fallen. */
  settled(): void {
    if (this.isReconciling || this.busy.size === 0) return;
    this.isReconciling = true;
    this.owner.queueTask(() => this.reconcile());
  }

  *statistics(): Generator<{ readonly name: string; readonly channel: RTCDataChannel; readonly counters: ChannelStats }> {
    for (const [channel, key] of this.keys) {
      const counters = this.association?.statsOf(key);
      if (counters) yield { name: `${key}`, channel, counters: { ...counters } };
    }
  }

  private openOn(association: DataChannels, channel: RTCDataChannel): void {
    const { label, protocol, ordered, maxRetransmits, maxPacketLifeTime, priority, negotiated, id } = slotsOf(channel);
    const key = association.open(this.owner.now(), {
      label,
      protocol,
      ordered,
      maxRetransmits: maxRetransmits ?? undefined,
      maxPacketLifeTimeMs: maxPacketLifeTime ?? undefined,
      priority,
      negotiatedId: negotiated ? (id ?? undefined) : undefined,
    });
    this.byKey.set(key, channel);
    this.keys.set(channel, key);
    slotsOf(channel).id = association.streamIdOf(key) ?? id;
    this.owner.wake();
  }

  /** W3C webrtc, "announce the data channel as open", for a channel of the other side. */
  private announce(key: ChannelKey, streamId: number, properties: ChannelProperties): void {
    const { label, protocol, ordered, maxRetransmits, maxPacketLifeTimeMs, priority, isNegotiated } = properties;
    const slots: DataChannelSlots = {
      label,
      protocol,
      ordered,
      maxRetransmits: maxRetransmits ?? null,
      maxPacketLifeTime: maxPacketLifeTimeMs ?? null,
      negotiated: isNegotiated,
      priority,
      id: streamId,
      readyState: 'connecting',
      bufferedAmount: 0,
      waitingBytes: 0,
      bufferedAmountLowThreshold: 0,
    };
    const channel = new RTCDataChannel(INTERNAL, slots, this);
    this.channels.add(channel);
    this.byKey.set(key, channel);
    this.keys.set(channel, key);
    this.owner.queueTask(() => {
      slots.readyState = 'open';
      this.opened += 1;
      this.owner.dispatch(new RTCDataChannelEvent('datachannel', { channel }));
    });
    this.owner.queueTask(() => {
      if (slots.readyState === 'open') channel.dispatchEvent(new Event('open'));
    });
  }

  private open(channel: RTCDataChannel): void {
    const slots = slotsOf(channel);
    if (slots.readyState !== 'connecting') return;
    slots.readyState = 'open';
    this.opened += 1;
    channel.dispatchEvent(new Event('open'));
  }

  private startClosing(channel: RTCDataChannel): void {
    const slots = slotsOf(channel);
    if (slots.readyState === 'closing' || slots.readyState === 'closed') return;
    slots.readyState = 'closing';
    channel.dispatchEvent(new Event('closing'));
  }

  /** W3C webrtc, "announce the data channel as closed". */
  private finish(channel: RTCDataChannel, error: RTCError | undefined): void {
    const slots = slotsOf(channel);
    if (slots.readyState === 'closed') return;
    const key = this.keys.get(channel);
    if (key !== undefined) this.byKey.delete(key);
    this.keys.delete(channel);
    this.busy.delete(channel);
    this.channels.delete(channel);
    slots.readyState = 'closed';
    this.closed += 1;
    if (error) channel.dispatchEvent(new RTCErrorEvent('error', { error }));
    channel.dispatchEvent(new Event('close'));
  }

  private end(channel: RTCDataChannel, message: string): void {
    this.ending.add(channel);
    this.owner.queueTask(() => this.finish(channel, new RTCError({ errorDetail: 'data-channel-failure' }, message)));
  }

  private withChannel(key: ChannelKey, act: (channel: RTCDataChannel) => void): void {
    const channel = this.byKey.get(key);
    if (channel) act(channel);
  }

  private reconcile(): void {
    this.isReconciling = false;
    for (const channel of [...this.busy]) this.recount(channel);
  }

  private recount(channel: RTCDataChannel): void {
    const key = this.keys.get(channel);
    if (!this.association || key === undefined) return;
    const slots = slotsOf(channel);
    const before = slots.bufferedAmount;
    slots.bufferedAmount = this.association.bufferedAmount(key) + slots.waitingBytes;
    if (slots.bufferedAmount === 0) this.busy.delete(channel);
    const { bufferedAmount, bufferedAmountLowThreshold: threshold } = slots;
    if (before > threshold && bufferedAmount <= threshold) channel.dispatchEvent(new Event('bufferedamountlow'));
  }
}

const decoder = new TextDecoder();

function deliver(channel: RTCDataChannel, kind: MessageKind, bytes: Uint8Array): void {
  if (slotsOf(channel).readyState !== 'open' && slotsOf(channel).readyState !== 'closing') return;
  const data =
    kind === 'text'
      ? decoder.decode(bytes)
      : channel.binaryType === 'blob'
        ? new Blob([bytes as Uint8Array<ArrayBuffer>])
        : bytes.buffer;
  channel.dispatchEvent(new MessageEvent('message', { data }));
}

/** The error of a channel that did not end because one side closed it. */
function closeError(event: Extract<DataChannelEvent, { type: 'channel-closed' }>): RTCError | undefined {
  const { reason, associationClose } = event;
  if (reason === 'closed' || associationClose?.reason === 'shutdown') return undefined;
  if (!associationClose) return new RTCError({ errorDetail: 'data-channel-failure' }, `The channel ended: ${reason}`);
  const { peerCause } = associationClose;
  const init = { errorDetail: 'sctp-failure', ...(peerCause !== undefined && { sctpCauseCode: peerCause }) } as const;
  return new RTCError(init, `The association ended: ${associationClose.reason}`);
}
