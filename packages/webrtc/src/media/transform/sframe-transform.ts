import { KeyObject, type webcrypto } from 'node:crypto';
import { types } from 'node:util';
import { nodeCrypto } from '@maru/node';
import {
  SFRAME_CIPHER_SUITES,
  type SFrameCipherSuiteName,
  SFrameReceiver,
  type SFrameRefusal,
  SFrameSender,
} from '@maru/protocol/sframe';
import { optional, requireArguments, required, toDictionary, toDomString, toEnum } from '../../webidl/convert.js';
import { defineEventHandlers, type EventHandler } from '../../webidl/event-handlers.js';
import { defineInterface } from '../../webidl/interface.js';
import type { MediaKind } from '../track.js';
import {
  type FrameInlet,
  type FrameOutlet,
  type FrameRecord,
  type FrameTransform,
  registerTransform,
} from './frame-transform.js';

const ROLES = ['encrypt', 'decrypt'] as const;
const SUITES = Object.keys(SFRAME_CIPHER_SUITES) as SFrameCipherSuiteName[];
const ERRORS = ['authentication', 'keyID', 'syntax'] as const;

/** W3C webrtc-encoded-transform, SFrameTransformOptions. */
export interface SFrameTransformOptions {
  role?: (typeof ROLES)[number];
  /** Of RFC 9605 §4.5; both sides must have the same. AES_128_GCM_SHA256_128 if left out. */
  cipherSuite?: SFrameCipherSuiteName;
}

export type SFrameTransformErrorEventType = (typeof ERRORS)[number];

/** Encrypts frames of a sender from end to end, or decrypts those of a receiver (W3C webrtc-encoded-transform §3; RFC 9605). */
export class SFrameTransform extends EventTarget {
  readonly #sender: SFrameSender | undefined;
  readonly #receiver: SFrameReceiver | undefined;
  readonly #stream: TransformStream<unknown, ArrayBuffer>;

  declare onerror: EventHandler<SFrameTransformErrorEvent>;

  constructor(options: SFrameTransformOptions = {}) {
    const dictionary = toDictionary(options, 'SFrameTransformOptions');
    const suiteName = optional(dictionary['cipherSuite'], (v) => toEnum(v, SUITES, 'SFrameCipherSuite'));
    const role = optional(dictionary['role'], (v) => toEnum(v, ROLES, 'SFrameTransformRole')) ?? 'encrypt';
    super();
    const suite = SFRAME_CIPHER_SUITES[suiteName ?? 'AES_128_GCM_SHA256_128'];
    if (role === 'encrypt') this.#sender = new SFrameSender(nodeCrypto, suite);
    else this.#receiver = new SFrameReceiver(nodeCrypto, suite);
    const transform = (chunk: unknown, controller: TransformStreamDefaultController<ArrayBuffer>): void => {
      const made = this.#change(toBytes(chunk), chunk) ?? new Uint8Array(0);
      controller.enqueue(new Uint8Array(made).buffer);
    };
    this.#stream = new TransformStream({ transform }, undefined, { highWaterMark: 1 });
    registerTransform(this, new AttachedSFrame(this.#stream, (bytes) => this.#change(bytes, bytes.buffer)));
  }

  get readable(): ReadableStream<ArrayBuffer> {
    return this.#stream.readable;
  }

  get writable(): WritableStream<unknown> {
    return this.#stream.writable;
  }

  /** The base key of `keyID`: a CryptoKey for HKDF. To encrypt, the newest is used; to decrypt, all are kept. */
  async setEncryptionKey(key: webcrypto.CryptoKey, keyID: number | bigint = 0): Promise<undefined> {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'SFrameTransform.setEncryptionKey');
    if (!types.isCryptoKey(key)) throw new TypeError('The key is not a CryptoKey');
    const kid = toKeyId(keyID);
    if (key.type !== 'secret' || key.algorithm.name !== 'HKDF')
      throw new DOMException('The key is not one for HKDF', 'InvalidModificationError');
    const baseKey = new Uint8Array(KeyObject.from(key).export());
    this.#sender?.setKey(kid, baseKey);
    this.#receiver?.setKey(kid, baseKey);
    return undefined;
  }

  /** Undefined, after an `error` event, for what cannot be changed. */
  #change(bytes: Uint8Array, frame: unknown): Uint8Array | undefined {
    const made = this.#sender ? (this.#sender.seal(bytes) ?? NO_KEY) : this.#receiver!.open(bytes);
    if (made instanceof Uint8Array) return made;
    const keyID = 'kid' in made ? made.kid : null;
    this.dispatchEvent(new SFrameTransformErrorEvent('error', { errorType: ERROR_TYPES[made.reason], frame, keyID }));
    return undefined;
  }
}

const NO_KEY = { reason: 'unknown-key' } as const;

const ERROR_TYPES: Readonly<Record<SFrameRefusal['reason'], SFrameTransformErrorEventType>> = {
  syntax: 'syntax',
  'unknown-key': 'keyID',
  authentication: 'authentication',
};

/** At work for a sender or receiver: its streams are locked for good, and frames do not go through them. */
class AttachedSFrame implements FrameTransform, FrameInlet {
  isAttached = false;
  private outlet: FrameOutlet | undefined;

  constructor(
    private readonly stream: TransformStream<unknown, ArrayBuffer>,
    private readonly change: (bytes: Uint8Array) => Uint8Array | undefined,
  ) {}

  attach(_direction: 'send' | 'receive', _kind: MediaKind, outlet: FrameOutlet): FrameInlet {
    if (this.stream.readable.locked || this.stream.writable.locked)
      throw new DOMException('The streams of the transform are in use', 'InvalidStateError');
    this.stream.readable.getReader();
    this.stream.writable.getWriter();
    this.isAttached = true;
    this.outlet = outlet;
    return this;
  }

  detach(): void {
    this.outlet = undefined;
  }

  frame({ counter, data }: FrameRecord): void {
    const made = this.change(new Uint8Array(data));
    if (made) this.outlet?.frame(counter, made);
  }
}

/** Why a frame was dropped (W3C webrtc-encoded-transform §3.4). */
export class SFrameTransformErrorEvent extends Event {
  readonly #errorType: SFrameTransformErrorEventType;
  readonly #keyID: number | bigint | null;
  readonly #frame: unknown;

  constructor(
    type: string,
    eventInitDict: EventInit & { errorType: SFrameTransformErrorEventType; frame: unknown; keyID?: number | bigint | null },
  ) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 2, 'SFrameTransformErrorEvent constructor');
    const name = 'SFrameTransformErrorEventInit';
    const dictionary = toDictionary(eventInitDict, name);
    super(type, eventInitDict);
    this.#errorType = toEnum(required(dictionary, 'errorType', name), ERRORS, 'SFrameTransformErrorEventType');
    this.#frame = required(dictionary, 'frame', name);
    const keyID = dictionary['keyID'];
    this.#keyID = keyID === undefined || keyID === null ? null : toKeyId(keyID);
  }

  get errorType(): SFrameTransformErrorEventType {
    return this.#errorType;
  }

  get keyID(): number | bigint | null {
    return this.#keyID;
  }

  get frame(): unknown {
    return this.#frame;
  }
}

type EventInit = { bubbles?: boolean; cancelable?: boolean; composed?: boolean };

function toKeyId(value: unknown): bigint {
  const id = typeof value === 'bigint' ? value : Number(value);
  if (typeof id === 'number' && !Number.isSafeInteger(id)) throw new TypeError(`${toDomString(value)} is not a key ID`);
  if (id < 0 || BigInt(id) >= 2n ** 64n) throw new TypeError(`${toDomString(value)} is not a key ID of 64 bits`);
  return BigInt(id);
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new TypeError('Only buffers and views of them can be written');
}

defineInterface(SFrameTransform, 'SFrameTransform');
defineEventHandlers(SFrameTransform, ['error']);
defineInterface(SFrameTransformErrorEvent, 'SFrameTransformErrorEvent');
