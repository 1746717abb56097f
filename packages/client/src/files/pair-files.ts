import type { Instant } from '@maru/protocol/core';
import type { RemoteConnection } from '../connection.js';
import { MaruError } from '../errors.js';
import type { BaseTransfer, TransferHost } from './base-transfer.js';
import { CHUNK_HEADER_BYTES, decodeChunk, encodeChunk } from './chunk.js';
import { safeFileName } from './file-name.js';
import { IncomingFile } from './incoming-file.js';
import { type FileMessage, parseFileMessage } from './messages.js';
import { OutgoingFile } from './outgoing-file.js';
import type { TransferState } from './transfer.js';

/** Large messages cost less each byte (a fifth less than at 64 KiB, measured); with its header this is half of what Chromium takes in one. */
const CHUNK_BYTES = 128 * 1024;
/** Fill the browser's buffer up to here, and go on when it has sunk to there. */
const BUFFER_HIGH_BYTES = 4 * 1024 * 1024;
const BUFFER_LOW_BYTES = 1024 * 1024;
/** Messages that make no sense, after which nothing more is read from this person. */
const MAX_STRIKES = 20;

const NOTHING = new Uint8Array(0);
/** What must reach the other side even if there is no channel at the moment. */
const FAREWELLS = new Set<FileMessage['type']>(['cancel', 'decline', 'fail', 'verified']);
const MAX_UNSAID = 1_000;

/** What the browser's data channel is to this engine. */
export type FilesChannel = Pick<
  RTCDataChannel,
  'readyState' | 'bufferedAmount' | 'bufferedAmountLowThreshold' | 'send' | 'onmessage' | 'onclose' | 'onbufferedamountlow'
>;

export interface PairFilesHost {
  now(): Instant;
  added(transfer: BaseTransfer): void;
  updated(transfer: BaseTransfer): void;
  ended(transfer: BaseTransfer): void;
  channelWanted(connectionId: string): void;
}

export interface PairLimits {
  readonly maxOpenOffers: number;
  readonly maxSizeBytes: number;
}

/** All transfers with one person: what comes in on the channel, and whose turn it is to go out. */
export class PairFiles implements TransferHost {
  private readonly outgoing = new Map<number, OutgoingFile>();
  private readonly incoming = new Map<number, IncomingFile>();
  private channel: FilesChannel | undefined;
  private chunkBytes = CHUNK_BYTES;
  private lastNumber = 0;
  private lastServed = 0;
  private pumping = false;
  private lowWater: (() => void) | undefined;
  private strikes = 0;
  private readonly unsaid: FileMessage[] = [];
  /** How transfers to us ended, for a sender whose channel broke before it heard. */
  private readonly finished = new Map<number, TransferState['name']>();
  private highestOffered = 0;
  private pathBroken = false;

  constructor(
    readonly connection: RemoteConnection,
    private readonly host: PairFilesHost,
    private readonly limits: PairLimits,
  ) {}

  now(): Instant {
    return this.host.now();
  }

  /** Offers a file; the offer goes out as soon as there is a channel. */
  offer(id: string, name: string, source: Blob): OutgoingFile {
    const number = ++this.lastNumber;
    const transfer = new OutgoingFile(id, number, safeFileName(name), source, this);
    this.outgoing.set(number, transfer);
    this.host.added(transfer);
    this.say(transfer.offer);
    if (!this.channel) this.host.channelWanted(this.connection.id);
    return transfer;
  }

  /** The pair has a new channel, or none. */
  attach(channel: FilesChannel | undefined, maxMessageBytes = CHUNK_BYTES + CHUNK_HEADER_BYTES): void {
    this.detach();
    this.channel = channel;
    if (channel) {
      this.chunkBytes = Math.max(1_024, Math.min(CHUNK_BYTES, maxMessageBytes - CHUNK_HEADER_BYTES));
      channel.bufferedAmountLowThreshold = BUFFER_LOW_BYTES;
      channel.onmessage = ({ data }) => this.receive(data);
      channel.onbufferedamountlow = () => this.lowWater?.();
      channel.onclose = () => this.channel === channel && this.attach(undefined);
      for (const message of this.unsaid.splice(0)) this.say(message);
      for (const transfer of this.all()) transfer.pausedRemotely(false); // who still pauses says so again
      for (const transfer of this.outgoing.values()) this.offerAgain(transfer);
    }
    this.tellInterruption();
    this.pump();
  }

  /** The path works, or does not for the moment; the channel outlives that (RFC 8445 §2.4, restarts keep the association). */
  pathChanged(works: boolean): void {
    this.pathBroken = !works;
    this.tellInterruption();
  }

  /** The person left. */
  close(): void {
    this.detach();
    for (const transfer of this.all()) transfer.fail(new MaruError('files/connection-left', 'the other person left'));
  }

  say(message: FileMessage): void {
    if (this.channel?.readyState === 'open') this.channel.send(JSON.stringify(message));
    else if (FAREWELLS.has(message.type) && this.unsaid.length < MAX_UNSAID) this.unsaid.push(message);
  }

  updated(transfer: BaseTransfer): void {
    this.host.updated(transfer);
  }

  ended(transfer: BaseTransfer): void {
    if (transfer instanceof OutgoingFile) this.outgoing.delete(transfer.number);
    else {
      this.incoming.delete(transfer.number);
      this.finished.set(transfer.number, transfer.state.name);
    }
    this.host.ended(transfer);
    this.pump();
  }

  pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    void this.pumpAll().finally(() => {
      this.pumping = false;
      if (this.channel?.readyState === 'open' && this.nextToServe()) this.pump(); // became ready as the pump stopped
    });
  }

  private async pumpAll(): Promise<void> {
    for (let next = this.nextToServe(); next && this.channel?.readyState === 'open'; next = this.nextToServe()) {
      const { channel } = this;
      this.lastServed = next.number;
      if (next.bytesDone === next.sizeBytes) {
        next.chunkSent({ id: next.number, offset: next.sizeBytes, bytes: NOTHING }); // an empty file, or one that had all arrived before
        continue;
      }
      const chunk = await next.nextChunk(this.chunkBytes);
      if (!chunk || channel !== this.channel || channel.readyState !== 'open') continue;
      channel.send(encodeChunk(chunk));
      next.chunkSent(chunk);
      if (channel.bufferedAmount > BUFFER_HIGH_BYTES) await this.untilLow();
    }
  }

  /** The transfers take turns, in the order in which they were offered. */
  private nextToServe(): OutgoingFile | undefined {
    const ready = [...this.outgoing.values()].filter((transfer) => transfer.mayGo);
    return ready.find((transfer) => transfer.number > this.lastServed) ?? ready[0];
  }

  private untilLow(): Promise<void> {
    return new Promise((resolve) => {
      this.lowWater = () => {
        this.lowWater = undefined;
        resolve();
      };
    });
  }

  private detach(): void {
    const { channel } = this;
    this.channel = undefined;
    if (channel) channel.onmessage = channel.onclose = channel.onbufferedamountlow = null;
    this.lowWater?.();
  }

  private offerAgain(transfer: OutgoingFile): void {
    this.say(transfer.offer);
    transfer.repeatPause();
  }

  private tellInterruption(): void {
    for (const transfer of this.all()) transfer.interruptedNow(this.pathBroken || this.channel === undefined);
  }

  private all(): BaseTransfer[] {
    return [...this.outgoing.values(), ...this.incoming.values()];
  }

  private receive(data: unknown): void {
    if (this.strikes >= MAX_STRIKES) return;
    if (data instanceof ArrayBuffer) return this.receiveChunk(data);
    const message = typeof data === 'string' ? parseFileMessage(data) : undefined;
    if (message) this.receiveMessage(message);
    else this.strikes += 1;
  }

  private receiveChunk(data: ArrayBuffer): void {
    const chunk = decodeChunk(data);
    const transfer = chunk && this.incoming.get(chunk.id);
    if (transfer) transfer.received(chunk);
    else if (!chunk || chunk.id > this.highestOffered) this.strikes += 1; // one that ended may still have pieces on their way
  }

  private receiveMessage(message: FileMessage): void {
    const { id } = message;
    switch (message.type) {
      case 'offer':
        return this.offered(message);
      case 'accept':
        return this.outgoing.get(id)?.accepted(message.from);
      case 'decline':
        return this.outgoing.get(id)?.declined();
      case 'progress':
        return this.outgoing.get(id)?.progressed(message.bytes);
      case 'verified':
        return this.outgoing.get(id)?.verified();
      case 'end':
        return this.incoming.get(id)?.ended(message.sha256);
      case 'pause':
      case 'resume':
        return this.theirs(message)?.pausedRemotely(message.type === 'pause');
      case 'cancel':
        return this.theirs(message)?.cancelledRemotely();
      case 'fail':
        return this.theirs(message)?.failedRemotely(message.code);
    }
  }

  /** The transfer that a message of its other end is about. */
  private theirs({ id, end }: { readonly id: number; readonly end: 'sender' | 'receiver' }): BaseTransfer | undefined {
    return end === 'sender' ? this.incoming.get(id) : this.outgoing.get(id);
  }

  private offered({ id, name, size, mediaType }: FileMessage & { type: 'offer' }): void {
    const known = this.incoming.get(id);
    if (known) return known.offeredAgain();
    if (id <= this.highestOffered) return this.sayHowItEnded(id);
    this.highestOffered = id;
    if (this.incoming.size >= this.limits.maxOpenOffers || size > this.limits.maxSizeBytes)
      return this.say({ type: 'decline', id });
    const transfer = new IncomingFile(`in-${this.connection.id}-${id}`, id, safeFileName(name), size, mediaType, this);
    this.incoming.set(id, transfer);
    this.host.added(transfer);
  }

  private sayHowItEnded(id: number): void {
    switch (this.finished.get(id)) {
      case 'done':
        return this.say({ type: 'verified', id });
      case 'declined':
      case undefined:
        return this.say({ type: 'decline', id });
      default:
        return this.say({ type: 'cancel', id, end: 'receiver' });
    }
  }
}
