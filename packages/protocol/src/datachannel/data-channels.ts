import { type CoreContext, type Instant, Malformed, type Path, type ProtocolCore } from '../core/index.js';
import {
  SctpAssociation,
  type SctpClosed,
  type SctpEvent,
  type SctpOutputs,
  type SctpSnapshot,
  type SendOptions,
} from '../sctp/index.js';
import type {
  ChannelCloseReason,
  ChannelKey,
  ChannelOptions,
  ChannelProperties,
  ChannelSendOutcome,
  ChannelStats,
  DataChannelEvent,
  DataChannelOutputs,
  DataChannelsConfig,
  MessageKind,
} from './channel.js';
import { encodeAck, isAck } from './dcep/ack.js';
import { decodeOpen, encodeOpen } from './dcep/open.js';
import { EarlyMessages } from './early-messages.js';
import { PartialMessage } from './partial-message.js';
import { Ppid } from './ppid.js';
import { priorityOfWeight, weightOfPriority } from './priority.js';

/** Highest stream id (RFC 8831 §6.1: 65535 is reserved). */
const MAX_STREAM_ID = 65_534;

/**
 * The DTLS server is connected half a round trip before the client, and its INIT comes with its Finished: a client that sends
 * its own at once only doubles the work. Where the server sends none, or it is lost, this is what its client loses.
 */
const SERVER_HEAD_START_MS = 10;

const EMPTY = new Uint8Array(0);
const RELIABLE: SendOptions = { isUncounted: true };

/** Life of a channel; W3C's readyState follows from it. */
type ChannelState =
  /** The association is not up, or the id is not known. */
  | 'waiting'
  | 'open'
  /** One side has begun to reset; the id is in use until both have (RFC 8831 §6.7). */
  | 'closing';

interface Channel {
  readonly key: ChannelKey;
  readonly properties: ChannelProperties;
  readonly stats: ChannelStats;
  /** How messages go, and how until the peer is known to know the channel (RFC 8832 §6: ordered). */
  readonly options: SendOptions;
  readonly earlyOptions: SendOptions;
  readonly partial: PartialMessage;
  streamId: number | undefined;
  state: ChannelState;
  /** The peer has shown that it knows the channel. */
  isAcknowledged: boolean;
  lowThresholdBytes: number;
  isOutboundReset: boolean;
  isInboundReset: boolean;
  closeReason: ChannelCloseReason;
}

/**
 * The data channels of one connection: owns their association, opens channels in-band or as negotiated, carries their
 * messages and closes them by stream resets (RFC 8831, RFC 8832). One core, from DTLS plaintext to messages.
 */
export class DataChannels implements ProtocolCore<DataChannelEvent> {
  /** The association below, for its counters and its state. */
  readonly association: SctpAssociation;

  private readonly channelByKey = new Map<ChannelKey, Channel>();
  private readonly channelByStream = new Map<number, Channel>();
  /** Ids of streams that were refused or could not be reset: not used again until the peer resets them. */
  private readonly burntStreams = new Set<number>();
  private readonly early = new EarlyMessages();
  private readonly events: DataChannelEvent[] = [];
  /** Early messages whose channel has come; they follow the event that says so. */
  private readonly pendingDeliveries: { readonly channel: Channel; readonly kind: MessageKind; readonly bytes: Uint8Array }[] =
    [];
  private readonly drops = new Map<string, number>();
  private readonly maxMessageBytes: number;
  private readonly maxChannels: number;
  private readonly maxLabelBytes: number;
  private remoteMaxMessageBytes: number;
  private now: Instant = 0;
  private nextKey = 1;
  private role: 'client' | 'server' | undefined;
  private hasBegun = false;
  /** Ids are below this once connected. */
  private streams: number | undefined;
  private closed: SctpClosed | undefined;
  private outputs: DataChannelOutputs | undefined;

  /** Stands between the association and our owner while we drain. */
  private readonly below: SctpOutputs = {
    transmit: (bytes, path) => this.outputs!.transmit(bytes, path),
    event: (event) => this.onEvent(event),
    message: (streamId, ppid, bytes) => this.onMessage(streamId, ppid, bytes),
  };

  constructor(config: DataChannelsConfig, context: CoreContext) {
    const { remoteMaxMessageBytes, maxChannels, maxLabelBytes, ...sctp } = config;
    this.association = new SctpAssociation(sctp, context);
    this.maxMessageBytes = (sctp.maxMessageBytes ?? 262_144) || Infinity;
    this.remoteMaxMessageBytes = remoteMaxMessageBytes ?? 65_536; // RFC 8841 §6.1
    this.maxChannels = maxChannels ?? 256;
    this.maxLabelBytes = maxLabelBytes ?? 1_024;
  }

  get deadline(): Instant {
    return this.association.deadline;
  }

  /** Packets and messages refused, by reason. */
  get droppedByReason(): ReadonlyMap<string, number> {
    return this.drops;
  }

  /** Our DTLS role is agreed on: it decides which ids are ours (RFC 8832 §6). May come before {@link connect}, which says it too. */
  setRole(now: Instant, role: 'client' | 'server'): void {
    this.now = now;
    if (this.role !== undefined || this.closed) return;
    this.role = role;
    for (const channel of [...this.channelByKey.values()]) if (channel.streamId === undefined) this.assignId(channel);
    for (const channel of this.channelByKey.values()) this.announce(channel);
  }

  /** Begins, once DTLS is up. */
  connect(now: Instant, role: 'client' | 'server'): void {
    this.setRole(now, role);
    if (this.hasBegun || this.closed) return;
    this.hasBegun = true;
    this.association.connect(now, role === 'client' ? SERVER_HEAD_START_MS : 0);
  }

  /** The peer's `a=max-message-size` as a later description says it. */
  setRemoteMaxMessageBytes(bytes: number): void {
    this.remoteMaxMessageBytes = bytes;
  }

  /** A new channel of ours. Its id comes with `'channel-id-assigned'`, unless it is negotiated; then `'channel-opened'`. */
  open(now: Instant, options: ChannelOptions): ChannelKey {
    this.now = now;
    const channel = this.newChannel(propertiesOf(options));
    if (options.negotiatedId !== undefined) this.useId(channel, options.negotiatedId);
    else if (this.role !== undefined) this.assignId(channel);
    if (this.role !== undefined) this.announce(channel);
    if (this.streams !== undefined) this.opened(channel);
    return channel.key;
  }

  /** Sends a message. `bytes` are kept until they are acknowledged: they must not change. */
  send(now: Instant, key: ChannelKey, kind: MessageKind, bytes: Uint8Array): ChannelSendOutcome {
    this.now = now;
    const channel = this.channelByKey.get(key);
    if (channel?.state !== 'open') return 'not-open';
    if (this.remoteMaxMessageBytes > 0 && bytes.length > this.remoteMaxMessageBytes) return 'too-large';
    const outcome = this.sendTo(channel, kind, bytes);
    if (outcome === 'buffer-full') return 'buffer-full';
    if (outcome !== 'queued') return 'not-open';
    channel.stats.messagesSent += 1;
    channel.stats.bytesSent += bytes.length;
    return 'queued';
  }

  /** User bytes of the channel that have not left yet. */
  bufferedAmount(key: ChannelKey): number {
    const streamId = this.channelByKey.get(key)?.streamId;
    return streamId === undefined ? 0 : this.association.bufferedAmount(streamId);
  }

  setBufferedAmountLowThreshold(key: ChannelKey, bytes: number): void {
    const channel = this.channelByKey.get(key);
    if (!channel) return;
    channel.lowThresholdBytes = bytes;
    if (channel.streamId !== undefined) this.association.setBufferedAmountLowThreshold(channel.streamId, bytes);
  }

  streamIdOf(key: ChannelKey): number | undefined {
    return this.channelByKey.get(key)?.streamId;
  }

  /** Counters of a channel that is not yet closed. */
  statsOf(key: ChannelKey): Readonly<ChannelStats> | undefined {
    return this.channelByKey.get(key)?.stats;
  }

  snapshot(): SctpSnapshot {
    return this.association.snapshot();
  }

  /** Closes a channel: what is queued leaves, both sides reset the stream, `'channel-closed'` says that it is done. */
  close(now: Instant, key: ChannelKey): void {
    this.now = now;
    const channel = this.channelByKey.get(key);
    if (channel) this.beginClosing(channel, 'closed');
  }

  /** Ends the association gracefully. */
  shutdown(now: Instant): void {
    this.now = now;
    this.association.shutdown(now);
  }

  /** Ends the association at once. */
  abort(now: Instant): void {
    this.now = now;
    this.association.abort(now);
  }

  /** ICE selected another pair. */
  pathChanged(now: Instant): void {
    this.now = now;
    this.association.pathChanged(now);
  }

  receive(now: Instant, bytes: Uint8Array, path?: Path): void {
    this.now = now;
    this.association.receive(now, bytes, path);
  }

  advance(now: Instant): void {
    this.now = now;
    this.association.advance(now);
  }

  drain(outputs: DataChannelOutputs): void {
    if (this.outputs) return;
    this.outputs = outputs;
    try {
      do {
        this.tell();
        this.association.drain(this.below);
      } while (this.events.length > 0);
    } finally {
      this.outputs = undefined;
    }
  }

  // ---- what comes from below

  private onEvent(event: SctpEvent): void {
    switch (event.type) {
      case 'connected':
        this.onConnected(event);
        break;
      case 'inbound-streams-reset':
        this.forStreams(event.streamIds, (streamId) => this.onInboundReset(streamId));
        break;
      case 'outbound-streams-reset':
        this.forStreams(event.streamIds, (streamId) => this.onOutboundReset(streamId, event.accepted));
        break;
      case 'reset-requested':
        this.forStreams(event.streamIds, (streamId) => this.onResetRequested(streamId));
        break;
      case 'buffered-amount-low':
        this.onBufferedAmountLow(event.streamId);
        break;
      case 'message-refused':
        this.onMessageRefused(event.streamId);
        break;
      case 'streams-added':
        this.streams = Math.min(event.outboundStreams, event.inboundStreams, MAX_STREAM_ID + 1);
        break;
      case 'closed':
        this.onClosed(event);
        break;
    }
    this.tell();
  }

  private onConnected(event: Extract<SctpEvent, { type: 'connected' }>): void {
    this.streams = Math.min(event.outboundStreams, event.inboundStreams, MAX_STREAM_ID + 1);
    this.events.push({ type: 'connected', maxChannels: this.streams, features: event.features });
    for (const channel of [...this.channelByKey.values()]) this.opened(channel);
  }

  private onMessage(streamId: number, ppid: number, bytes: Uint8Array): void {
    switch (ppid) {
      case Ppid.dcep:
        this.onDcep(streamId, bytes);
        break;
      case Ppid.text:
        this.onUserMessage(streamId, 'text', bytes);
        break;
      case Ppid.binary:
        this.onUserMessage(streamId, 'binary', bytes);
        break;
      case Ppid.textEmpty:
        this.onUserMessage(streamId, 'text', EMPTY.slice());
        break;
      case Ppid.binaryEmpty:
        this.onUserMessage(streamId, 'binary', EMPTY.slice());
        break;
      case Ppid.textPartial:
        this.onPartial(streamId, 'text', bytes);
        break;
      case Ppid.binaryPartial:
        this.onPartial(streamId, 'binary', bytes);
        break;
      default:
        this.drop('datachannel/unknown-ppid');
    }
    this.tell();
  }

  private onUserMessage(streamId: number, kind: MessageKind, bytes: Uint8Array): void {
    const channel = this.channelByStream.get(streamId);
    if (!channel) {
      if (!this.burntStreams.has(streamId)) this.early.add({ streamId, kind, bytes });
      return;
    }
    channel.isAcknowledged = true; // it would not send on a channel that it does not know
    const whole = channel.partial.finish(kind, bytes);
    if (whole === undefined) this.beginClosing(channel, 'protocol-violation');
    else this.deliver(channel, kind, whole);
  }

  private onPartial(streamId: number, kind: MessageKind, bytes: Uint8Array): void {
    const channel = this.channelByStream.get(streamId);
    if (!channel) this.drop('datachannel/partial-without-channel');
    else if (!channel.partial.add(kind, bytes)) this.beginClosing(channel, 'message-too-large');
  }

  private deliver(channel: Channel, kind: MessageKind, bytes: Uint8Array): void {
    // After our close() nothing more is delivered (W3C webrtc, "RTCDataChannel closing procedure").
    if (channel.state === 'closing') return;
    channel.stats.messagesReceived += 1;
    channel.stats.bytesReceived += bytes.length;
    this.tell();
    this.outputs!.message(channel.key, kind, bytes);
  }

  private onDcep(streamId: number, message: Uint8Array): void {
    const channel = this.channelByStream.get(streamId);
    if (isAck(message)) {
      if (channel) channel.isAcknowledged = true;
      else this.drop('dcep/ack/without-channel');
      return;
    }
    const open = decodeOpen(message);
    if (open instanceof Malformed) {
      this.drop(open.reason);
      this.refuse(streamId);
    } else if (!this.isOpenAcceptable(streamId, open.label, open.protocol)) this.refuse(streamId);
    else {
      const accepted = this.newChannel({
        label: open.label,
        protocol: open.protocol,
        ordered: open.isOrdered,
        maxRetransmits: open.maxRetransmits,
        maxPacketLifeTimeMs: open.maxPacketLifeTimeMs,
        priority: priorityOfWeight(open.priority),
        isNegotiated: false,
      });
      this.accept(accepted, streamId);
    }
  }

  private isOpenAcceptable(streamId: number, label: string, protocol: string): boolean {
    if (this.channelByStream.has(streamId)) return this.drop('dcep/open/stream-in-use');
    if (this.burntStreams.has(streamId)) return this.drop('dcep/open/stream-refused');
    // The DTLS client's channels have even ids, the server's odd ones (RFC 8832 §6).
    if (this.role !== undefined && (streamId % 2 === 0) === (this.role === 'client')) return this.drop('dcep/open/wrong-parity');
    if (this.channelByKey.size >= this.maxChannels) return this.drop('dcep/open/too-many');
    const encoder = new TextEncoder();
    if (Math.max(encoder.encode(label).length, encoder.encode(protocol).length) > this.maxLabelBytes)
      return this.drop('dcep/open/label-too-long');
    return true;
  }

  private accept(channel: Channel, streamId: number): void {
    channel.streamId = streamId;
    channel.isAcknowledged = true;
    channel.state = 'open';
    this.channelByStream.set(streamId, channel);
    this.prepareStream(channel, streamId);
    this.association.send(this.now, streamId, Ppid.dcep, encodeAck(), RELIABLE);
    this.events.push({ type: 'channel-announced', channel: channel.key, streamId, properties: channel.properties });
    this.deliverEarly(channel, streamId);
  }

  /** No channel on this stream: the peer learns it by our resetting our side (RFC 8832 §6). */
  private refuse(streamId: number): void {
    const channel = this.channelByStream.get(streamId);
    if (channel) this.beginClosing(channel, 'protocol-violation');
    else if (!this.burntStreams.has(streamId)) {
      this.burntStreams.add(streamId);
      this.association.resetStreams(this.now, [streamId]);
    }
  }

  private onInboundReset(streamId: number): void {
    this.early.take(streamId);
    const channel = this.channelByStream.get(streamId);
    if (!channel) {
      this.burntStreams.delete(streamId);
      return;
    }
    channel.isInboundReset = true;
    this.beginClosing(channel, 'closed');
    this.finishClosing(channel);
  }

  private onOutboundReset(streamId: number, isAccepted: boolean): void {
    const channel = this.channelByStream.get(streamId);
    if (!channel) return;
    channel.isOutboundReset = true;
    if (!isAccepted) {
      // The peer cannot or will not: the channel is over here, and its id is not used again.
      this.burntStreams.add(streamId);
      channel.isInboundReset = true;
    }
    this.finishClosing(channel);
  }

  private onResetRequested(streamId: number): void {
    const channel = this.channelByStream.get(streamId);
    if (channel && channel.state !== 'closing') this.enterClosing(channel, 'closed');
  }

  private onBufferedAmountLow(streamId: number): void {
    const channel = this.channelByStream.get(streamId);
    if (channel) this.events.push({ type: 'buffered-amount-low', channel: channel.key });
  }

  private onMessageRefused(streamId: number): void {
    const channel = this.channelByStream.get(streamId);
    if (channel) this.beginClosing(channel, 'message-too-large');
  }

  private onClosed(event: SctpClosed): void {
    this.closed = event;
    this.early.clear();
    for (const channel of [...this.channelByKey.values()]) this.closeNow(channel, 'association-closed');
    this.events.push(event);
  }

  // ---- channels

  private newChannel(properties: ChannelProperties): Channel {
    const { ordered, maxRetransmits, maxPacketLifeTimeMs } = properties;
    const channel: Channel = {
      key: this.nextKey++,
      properties,
      stats: { messagesSent: 0, bytesSent: 0, messagesReceived: 0, bytesReceived: 0 },
      options: { maxRetransmits, lifetimeMs: maxPacketLifeTimeMs, unordered: !ordered },
      earlyOptions: { maxRetransmits, lifetimeMs: maxPacketLifeTimeMs },
      partial: new PartialMessage(this.maxMessageBytes),
      streamId: undefined,
      state: 'waiting',
      isAcknowledged: properties.isNegotiated,
      lowThresholdBytes: 0,
      isOutboundReset: false,
      isInboundReset: false,
      closeReason: 'closed',
    };
    this.channelByKey.set(channel.key, channel);
    return channel;
  }

  /** The lowest free id of ours. */
  private assignId(channel: Channel): void {
    const end = this.streams ?? MAX_STREAM_ID + 1;
    for (let streamId = this.role === 'client' ? 0 : 1; streamId < end; streamId += 2) {
      if (this.channelByStream.has(streamId) || this.burntStreams.has(streamId)) continue;
      this.useId(channel, streamId);
      this.events.push({ type: 'channel-id-assigned', channel: channel.key, streamId });
      return;
    }
    this.closeNow(channel, 'no-stream-id');
  }

  private useId(channel: Channel, streamId: number): void {
    if (this.channelByStream.has(streamId)) return this.closeNow(channel, 'stream-id-in-use');
    channel.streamId = streamId;
    this.channelByStream.set(streamId, channel);
    this.prepareStream(channel, streamId);
  }

  private prepareStream(channel: Channel, streamId: number): void {
    this.association.setWeight(streamId, weightOfPriority(channel.properties.priority));
    this.association.setBufferedAmountLowThreshold(streamId, channel.lowThresholdBytes);
  }

  /** Queues DATA_CHANNEL_OPEN; user messages may follow at once (RFC 8832 §6). */
  private announce(channel: Channel): void {
    const { streamId, properties } = channel;
    if (streamId === undefined || properties.isNegotiated || !this.channelByKey.has(channel.key)) return;
    const open = encodeOpen({
      isOrdered: properties.ordered,
      maxRetransmits: properties.maxRetransmits,
      maxPacketLifeTimeMs: properties.maxPacketLifeTimeMs,
      priority: weightOfPriority(properties.priority),
      label: properties.label,
      protocol: properties.protocol,
    });
    this.association.send(this.now, streamId, Ppid.dcep, open, RELIABLE);
  }

  /** The association is up: the channel can be used, if its id is below the number of streams. */
  private opened(channel: Channel): void {
    if (channel.state !== 'waiting' || channel.streamId === undefined) return;
    if (channel.streamId >= this.streams!) return this.closeNow(channel, 'no-stream-id');
    channel.state = 'open';
    this.events.push({ type: 'channel-opened', channel: channel.key });
    this.deliverEarly(channel, channel.streamId);
  }

  private deliverEarly(channel: Channel, streamId: number): void {
    for (const { kind, bytes } of this.early.take(streamId)) this.pendingDeliveries.push({ channel, kind, bytes });
  }

  private sendTo(channel: Channel, kind: MessageKind, bytes: Uint8Array): ReturnType<SctpAssociation['send']> {
    const streamId = channel.streamId!;
    const options = channel.isAcknowledged ? channel.options : channel.earlyOptions;
    if (bytes.length > 0)
      return this.association.send(this.now, streamId, kind === 'text' ? Ppid.text : Ppid.binary, bytes, options);
    // SCTP has no empty messages: one zero byte stands for none (RFC 8831 §6.6).
    const ppid = kind === 'text' ? Ppid.textEmpty : Ppid.binaryEmpty;
    return this.association.send(this.now, streamId, ppid, new Uint8Array(1), { ...options, isUncounted: true });
  }

  private beginClosing(channel: Channel, reason: ChannelCloseReason): void {
    if (channel.state === 'closing') return;
    const { streamId } = channel;
    if (streamId === undefined || (this.streams === undefined && this.role === undefined)) return this.closeNow(channel, reason);
    this.enterClosing(channel, reason);
    this.association.resetStreams(this.now, [streamId]);
  }

  private enterClosing(channel: Channel, reason: ChannelCloseReason): void {
    channel.state = 'closing';
    channel.closeReason = reason;
    this.events.push({ type: 'channel-closing', channel: channel.key });
  }

  private finishClosing(channel: Channel): void {
    if (channel.isInboundReset && channel.isOutboundReset) this.closeNow(channel, channel.closeReason);
  }

  private closeNow(channel: Channel, reason: ChannelCloseReason): void {
    const { key, streamId } = channel;
    this.channelByKey.delete(key);
    if (streamId !== undefined && this.channelByStream.get(streamId) === channel) this.channelByStream.delete(streamId);
    channel.state = 'closing';
    this.events.push({ type: 'channel-closed', channel: key, reason, associationClose: this.closed });
  }

  /** Hands over the events that have gathered, and the messages that waited for their channel. */
  private tell(): void {
    const { outputs, events, pendingDeliveries } = this;
    if (!outputs || (events.length === 0 && pendingDeliveries.length === 0)) return;
    for (let event = events.shift(); event; event = events.shift()) outputs.event(event);
    for (const { channel, kind, bytes } of pendingDeliveries.splice(0)) this.deliver(channel, kind, bytes);
  }

  /** An empty list means all streams (RFC 6525 §4.1). */
  private forStreams(streamIds: readonly number[], each: (streamId: number) => void): void {
    for (const streamId of streamIds.length > 0 ? streamIds : [...this.channelByStream.keys()]) each(streamId);
  }

  private drop(reason: string): false {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + 1);
    return false;
  }
}

function propertiesOf(options: ChannelOptions): ChannelProperties {
  return {
    label: options.label ?? '',
    protocol: options.protocol ?? '',
    ordered: options.ordered ?? true,
    maxRetransmits: options.maxRetransmits,
    maxPacketLifeTimeMs: options.maxPacketLifeTimeMs,
    priority: options.priority ?? 'low',
    isNegotiated: options.negotiatedId !== undefined,
  };
}
