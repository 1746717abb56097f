import type { Instant } from '@maru/protocol/core';
import type { ChannelKey, ChannelProperties, DataChannelEvent, DataChannels, MessageKind } from '@maru/protocol/datachannel';
import type { DataChannelClass, ForwardedMessage } from '../core/index.js';
import type { ControlChannel } from './participant-transport.js';

/** What a channel that is being opened may hold until it is. */
const PENDING_BYTES = 256 * 1024;

interface OutgoingChannel {
  readonly key: ChannelKey;
  isOpen: boolean;
  pending: ForwardedMessage[];
  pendingBytes: number;
}

/**
 * The data channels of one participant as the router sees them: messages by class (label, protocol, reliability). What is for the
 * participant goes on a channel of that class, one that it opened itself or one that we open to it.
 */
export class DataForwarding {
  private readonly classByKey = new Map<ChannelKey, DataChannelClass>();
  private readonly outgoing = new Map<string, OutgoingChannel>();
  private channels: DataChannels | undefined;

  /** Data channels were agreed on. */
  attach({ channels, key, properties }: ControlChannel): void {
    if (this.channels === channels) return;
    this.channels = channels;
    this.adopt(key, properties, false);
  }

  detach(): void {
    this.channels = undefined;
    this.classByKey.clear();
    this.outgoing.clear();
  }

  /** The class of a message's channel; undefined for a channel that is gone. */
  classOf(key: ChannelKey): DataChannelClass | undefined {
    return this.classByKey.get(key);
  }

  /** Bytes that have not left for the participant yet. */
  get bufferedBytes(): number {
    let bytes = 0;
    for (const channel of this.outgoing.values())
      bytes += channel.pendingBytes + (this.channels?.bufferedAmount(channel.key) ?? 0);
    return bytes;
  }

  onEvent(now: Instant, event: DataChannelEvent): void {
    switch (event.type) {
      case 'channel-announced':
        return this.adopt(event.channel, classOfProperties(event.properties), true);
      case 'channel-opened': {
        for (const channel of this.outgoing.values()) if (channel.key === event.channel) this.open(now, channel);
        return;
      }
      case 'channel-closed': {
        const closed = this.classByKey.get(event.channel);
        this.classByKey.delete(event.channel);
        if (closed && this.outgoing.get(nameOf(closed))?.key === event.channel) this.outgoing.delete(nameOf(closed));
        return;
      }
    }
  }

  /** Sends, opening a channel of the class where there is none. False: it is lost, there being no association or no room. */
  send(now: Instant, message: ForwardedMessage): boolean {
    if (!this.channels) return false;
    const channel = this.outgoing.get(nameOf(message.channel)) ?? this.openTo(now, this.channels, message.channel);
    if (channel.isOpen) return this.channels.send(now, channel.key, kindOf(message), message.bytes) === 'queued';
    if (channel.pendingBytes + message.bytes.length > PENDING_BYTES) return false;
    channel.pending.push(message);
    channel.pendingBytes += message.bytes.length;
    return true;
  }

  private adopt(key: ChannelKey, properties: DataChannelClass, isOpen: boolean): void {
    this.classByKey.set(key, properties);
    const name = nameOf(properties);
    if (!this.outgoing.has(name)) this.outgoing.set(name, { key, isOpen, pending: [], pendingBytes: 0 });
  }

  private openTo(now: Instant, channels: DataChannels, wanted: DataChannelClass): OutgoingChannel {
    const { label, protocol, isOrdered, isReliable } = wanted;
    const key = channels.open(now, { label, protocol, ordered: isOrdered, ...(!isReliable && { maxRetransmits: 0 }) });
    const channel = { key, isOpen: false, pending: [], pendingBytes: 0 };
    this.classByKey.set(key, wanted);
    this.outgoing.set(nameOf(wanted), channel);
    return channel;
  }

  private open(now: Instant, channel: OutgoingChannel): void {
    channel.isOpen = true;
    for (const message of channel.pending) this.channels?.send(now, channel.key, kindOf(message), message.bytes);
    channel.pending = [];
    channel.pendingBytes = 0;
  }
}

function kindOf({ isText }: ForwardedMessage): MessageKind {
  return isText ? 'text' : 'binary';
}

function nameOf({ label, protocol, isReliable, isOrdered }: DataChannelClass): string {
  return JSON.stringify([label, protocol, isReliable, isOrdered]);
}

function classOfProperties(properties: ChannelProperties): DataChannelClass {
  const { label, protocol, ordered, maxRetransmits, maxPacketLifeTimeMs } = properties;
  return { label, protocol, isOrdered: ordered, isReliable: maxRetransmits === undefined && maxPacketLifeTimeMs === undefined };
}
