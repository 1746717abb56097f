import type { MessagePort } from 'node:worker_threads';
import { optional, toDomString } from '../../webidl/convert.js';
import { defineEventHandlers, type EventHandler } from '../../webidl/event-handlers.js';
import { defineInterface, type Internal, refuseScripts } from '../../webidl/interface.js';
import type { MediaKind } from '../track.js';
import { frameOf, writtenFrame } from './encoded-frame.js';
import type { FrameRecord } from './frame-transform.js';
import { KeyFrameRequestEvent } from './key-frame-request-event.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

/** Frames that wait for a script; those that come then are lost, as packets would be. */
const MAX_WAITING = 256;

interface KeyFrameWish {
  readonly rid: string | undefined;
  resolve(timestamp: number): void;
  reject(reason: DOMException): void;
}

/** The worker's end of an {@link RTCRtpScriptTransform} (W3C webrtc-encoded-transform §4.2): frames to read, and to write. */
export class RTCRtpScriptTransformer extends EventTarget {
  readonly #port: MessagePort;
  readonly #options: unknown;
  readonly #readable: ReadableStream<unknown>;
  readonly #writable: WritableStream<unknown>;
  #controller: ReadableStreamDefaultController<unknown> | undefined;
  #place: { readonly direction: 'send' | 'receive'; readonly kind: MediaKind } | undefined;
  readonly #wishes: KeyFrameWish[] = [];

  declare onkeyframerequest: EventHandler<KeyFrameRequestEvent>;

  constructor(...[token, port, options]: [Internal, MessagePort, unknown]) {
    refuseScripts(token);
    super();
    this.#port = port;
    this.#options = options;
    this.#readable = new ReadableStream(
      {
        start: (controller) => {
          this.#controller = controller;
        },
      },
      { highWaterMark: 0 },
    );
    this.#writable = new WritableStream({ write: (frame) => this.#write(frame) });
    port.on('message', (message: ToWorker) => this.#receive(message));
  }

  get readable(): ReadableStream<unknown> {
    return this.#readable;
  }

  get writable(): WritableStream<unknown> {
    return this.#writable;
  }

  /** What the constructor of the transform was given. */
  get options(): unknown {
    return this.#options;
  }

  /** Asks our encoder to begin anew; resolves with the RTP timestamp of the key frame when it can be read here. */
  async generateKeyFrame(rid?: string): Promise<number> {
    const wanted = optional(rid, toDomString);
    if (wanted !== undefined && !/^[A-Za-z0-9]{1,16}$/.test(wanted))
      throw new DOMException(`"${wanted}" is not a valid rid`, 'NotAllowedError');
    this.#demand('send');
    return new Promise<number>((resolve, reject) => {
      this.#wishes.push({ rid: wanted, resolve, reject });
      this.#send({ type: 'key-frame', rid: wanted });
    });
  }

  /** Asks the other side to begin anew. */
  async sendKeyFrameRequest(): Promise<undefined> {
    this.#demand('receive');
    this.#send({ type: 'key-frame', rid: undefined });
    return undefined;
  }

  #demand(direction: 'send' | 'receive'): void {
    if (this.#place?.direction === direction && this.#place.kind === 'video') return;
    const of = direction === 'send' ? 'sender' : 'receiver';
    throw new DOMException(`The transform is not that of a ${of} of video`, 'InvalidStateError');
  }

  #receive(message: ToWorker): void {
    switch (message.type) {
      case 'attached':
        this.#place = message;
        return;
      case 'detached':
        return this.#end();
      case 'frame':
        return this.#give(message.record);
      case 'key-frame-requested':
        if (this.dispatchEvent(new KeyFrameRequestEvent('keyframerequest', message.rid)))
          this.#send({ type: 'key-frame', rid: message.rid });
        return;
    }
  }

  #give(record: FrameRecord): void {
    if (!this.#controller || (this.#controller.desiredSize ?? 0) <= -MAX_WAITING) return;
    this.#controller.enqueue(frameOf(record, this));
    if (record.isKeyFrame) this.#grant(record);
  }

  #grant({ rid, metadata }: FrameRecord): void {
    for (const [index, wish] of [...this.#wishes.entries()].reverse()) {
      if (wish.rid !== undefined && wish.rid !== rid) continue;
      this.#wishes.splice(index, 1);
      wish.resolve(metadata.rtpTimestamp ?? 0);
    }
  }

  #write(value: unknown): void {
    const { owner, counter, data } = writtenFrame(value);
    if (owner !== this) throw new TypeError('The frame was read from another transform');
    this.#port.postMessage({ type: 'frame', counter, data } satisfies FromWorker, [data]);
  }

  #end(): void {
    this.#controller?.close();
    this.#controller = undefined;
    this.#port.close();
    for (const wish of this.#wishes.splice(0)) wish.reject(new DOMException('The transform was removed', 'InvalidStateError'));
  }

  #send(message: FromWorker): void {
    this.#port.postMessage(message);
  }
}

defineInterface(RTCRtpScriptTransformer, 'RTCRtpScriptTransformer');
defineEventHandlers(RTCRtpScriptTransformer, ['keyframerequest']);
