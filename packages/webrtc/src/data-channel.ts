import type { ChannelPriority, ChannelSendOutcome, MessageKind } from '@maru/protocol/datachannel';
import { type RTCErrorEvent, recogniseDataChannels } from './events/events.js';
import {
  optional,
  requireArguments,
  toDictionary,
  toDomString,
  toEnum,
  toInteger,
  toUsvString,
  UNSIGNED_LONG,
  UNSIGNED_SHORT,
} from './webidl/convert.js';
import { defineEventHandlers, type EventHandler } from './webidl/event-handlers.js';
import { defineInterface, type Internal, refuseScripts } from './webidl/interface.js';

const PRIORITIES = ['very-low', 'low', 'medium', 'high'] as const;
const BINARY_TYPES = ['blob', 'arraybuffer'] as const;

export type RTCDataChannelState = 'connecting' | 'open' | 'closing' | 'closed';
/** webrtc-priority, RTCPriorityType. */
export type RTCPriorityType = ChannelPriority;
export type BinaryType = (typeof BINARY_TYPES)[number];

/** W3C webrtc, RTCDataChannelInit. */
export interface RTCDataChannelInit {
  ordered?: boolean;
  maxPacketLifeTime?: number;
  maxRetransmits?: number;
  protocol?: string;
  negotiated?: boolean;
  id?: number;
  priority?: RTCPriorityType;
}

/** Most that one channel holds unsent before `send` refuses: what browsers allow, too. */
export const SEND_QUEUE_BYTES = 16 * 1024 * 1024;

/** What a channel is and where it stands, shared with those who move it. */
export interface DataChannelSlots {
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  readonly maxPacketLifeTime: number | null;
  readonly maxRetransmits: number | null;
  readonly negotiated: boolean;
  readonly priority: RTCPriorityType;
  id: number | null;
  readyState: RTCDataChannelState;
  /** Bytes given to `send` and not yet sent, as of the last task. */
  bufferedAmount: number;
  /** Those of them that wait behind a Blob which is being read, so that the transport does not know of them. */
  waitingBytes: number;
  bufferedAmountLowThreshold: number;
}

/** What a channel needs of the connection it belongs to. */
export interface ChannelHost {
  /** Longest message that may be sent now, in bytes. */
  readonly maxMessageSize: number;
  send(channel: RTCDataChannel, kind: MessageKind, bytes: Uint8Array): ChannelSendOutcome;
  /** Begins the closing procedure; what was sent before still goes out. */
  close(channel: RTCDataChannel): void;
}

/** A message that waits, in order, behind a Blob that is being read. */
interface Waiting {
  readonly kind: MessageKind;
  readonly size: number;
  readonly bytes: Uint8Array | Promise<Uint8Array>;
}

const encoder = new TextEncoder();

/** The slots of `channel`, for those who move it. */
export let slotsOf: (channel: RTCDataChannel) => DataChannelSlots;

/** A channel of messages to the other side (W3C webrtc, RTCDataChannel). */
export class RTCDataChannel extends EventTarget {
  readonly #slots: DataChannelSlots;
  readonly #host: ChannelHost;
  #binaryType: BinaryType = 'arraybuffer';
  /** Behind a Blob; empty nearly always. */
  #waiting: Waiting[] = [];

  declare onopen: EventHandler;
  declare onbufferedamountlow: EventHandler;
  declare onerror: EventHandler<RTCErrorEvent>;
  declare onclosing: EventHandler;
  declare onclose: EventHandler;
  declare onmessage: EventHandler<MessageEvent>;

  constructor(...[token, slots, host]: [Internal, DataChannelSlots, ChannelHost]) {
    refuseScripts(token);
    super();
    this.#slots = slots;
    this.#host = host;
  }

  get label(): string {
    return this.#slots.label;
  }

  get ordered(): boolean {
    return this.#slots.ordered;
  }

  get maxPacketLifeTime(): number | null {
    return this.#slots.maxPacketLifeTime;
  }

  get maxRetransmits(): number | null {
    return this.#slots.maxRetransmits;
  }

  get protocol(): string {
    return this.#slots.protocol;
  }

  get negotiated(): boolean {
    return this.#slots.negotiated;
  }

  get id(): number | null {
    return this.#slots.id;
  }

  get priority(): RTCPriorityType {
    return this.#slots.priority;
  }

  get readyState(): RTCDataChannelState {
    return this.#slots.readyState;
  }

  get bufferedAmount(): number {
    return this.#slots.bufferedAmount;
  }

  get bufferedAmountLowThreshold(): number {
    return this.#slots.bufferedAmountLowThreshold;
  }

  set bufferedAmountLowThreshold(value: number) {
    this.#slots.bufferedAmountLowThreshold = toInteger(value, UNSIGNED_LONG, 'enforce');
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  /** Anything but the two types is ignored, as Web IDL has it for enumerations. */
  set binaryType(value: BinaryType) {
    this.#binaryType = BINARY_TYPES.find((type) => type === `${value}`) ?? this.#binaryType;
  }

  send(data: string | Blob | ArrayBuffer | ArrayBufferView): void {
    const slots = this.#slots;
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCDataChannel.send');
    const isBlob = data instanceof Blob;
    const bytes = isBlob ? undefined : toBytes(data);
    if (slots.readyState !== 'open') throw new DOMException(`The channel is ${slots.readyState}`, 'InvalidStateError');
    const size = isBlob ? data.size : bytes!.length;
    if (size > this.#host.maxMessageSize)
      throw new TypeError(`A message of ${size} bytes is above the maximum, ${this.#host.maxMessageSize}`);
    if (slots.bufferedAmount + size > SEND_QUEUE_BYTES) throw new DOMException('The send queue is full', 'OperationError');
    const kind = isBlob || isBinary(data) ? 'binary' : 'text';
    if (!isBlob && this.#waiting.length === 0) this.#hand(kind, bytes!);
    else this.#wait({ kind, size, bytes: isBlob ? data.arrayBuffer().then((buffer) => new Uint8Array(buffer)) : bytes! });
    slots.bufferedAmount += size;
  }

  close(): void {
    const slots = this.#slots;
    if (slots.readyState === 'closing' || slots.readyState === 'closed') return;
    slots.readyState = 'closing';
    if (this.#waiting.length === 0) this.#host.close(this);
  }

  /** Gives a message to the host; a full buffer throws before anything is counted. */
  #hand(kind: MessageKind, bytes: Uint8Array): void {
    const outcome = this.#host.send(this, kind, bytes);
    if (outcome === 'buffer-full') throw new DOMException('The send queue is full', 'OperationError');
  }

  #wait(message: Waiting): void {
    this.#waiting.push(message);
    this.#slots.waitingBytes += message.size;
    if (this.#waiting.length === 1) void this.#sendWaiting();
  }

  async #sendWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const { kind, size, bytes } = this.#waiting[0]!;
      const ready = await bytes;
      this.#waiting.shift();
      this.#slots.waitingBytes -= size;
      if (this.#slots.readyState === 'closed') return;
      this.#host.send(this, kind, ready);
    }
    if (this.#slots.readyState === 'closing') this.#host.close(this);
  }

  static {
    slotsOf = (channel) => channel.#slots;
    recogniseDataChannels((value): value is RTCDataChannel => typeof value === 'object' && value !== null && #slots in value);
  }
}

function isBinary(data: unknown): data is ArrayBuffer | ArrayBufferView {
  return (
    ArrayBuffer.isView(data) || data instanceof ArrayBuffer || Object.prototype.toString.call(data) === '[object ArrayBuffer]'
  );
}

/** A copy of the bytes, since the script may change its own at once. */
function toBytes(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (isBinary(data)) return new Uint8Array(data as ArrayBuffer).slice();
  return encoder.encode(toDomString(data)); // which makes lone surrogates U+FFFD, as a USVString has them
}

/** Web IDL's conversion of an RTCDataChannelInit. */
export function toChannelInit(
  value: unknown,
): RTCDataChannelInit & { ordered: boolean; protocol: string; negotiated: boolean; priority: RTCPriorityType } {
  const dictionary = toDictionary(value, 'RTCDataChannelInit');
  const short = (member: unknown): number => toInteger(member, UNSIGNED_SHORT, 'enforce');
  const id = optional(dictionary['id'], short);
  const maxPacketLifeTime = optional(dictionary['maxPacketLifeTime'], short);
  const maxRetransmits = optional(dictionary['maxRetransmits'], short);
  return {
    ordered: optional(dictionary['ordered'], Boolean) ?? true,
    protocol: optional(dictionary['protocol'], toUsvString) ?? '',
    negotiated: optional(dictionary['negotiated'], Boolean) ?? false,
    priority: optional(dictionary['priority'], (v) => toEnum(v, PRIORITIES, 'RTCPriorityType')) ?? 'low',
    ...(id !== undefined && { id }),
    ...(maxPacketLifeTime !== undefined && { maxPacketLifeTime }),
    ...(maxRetransmits !== undefined && { maxRetransmits }),
  };
}

defineInterface(RTCDataChannel, 'RTCDataChannel');
defineEventHandlers(RTCDataChannel, ['open', 'bufferedamountlow', 'error', 'closing', 'close', 'message']);
