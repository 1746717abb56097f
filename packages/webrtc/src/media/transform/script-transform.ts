import { MessageChannel, type MessagePort, type Transferable, Worker } from 'node:worker_threads';
import { optional, requireArguments, toSequence } from '../../webidl/convert.js';
import { defineInterface } from '../../webidl/interface.js';
import type { MediaKind } from '../track.js';
import {
  type FrameInlet,
  type FrameOutlet,
  type FrameRecord,
  type FrameTransform,
  registerTransform,
} from './frame-transform.js';
import { type FromWorker, type ToWorker, TRANSFORM_MESSAGE, type TransformMessage } from './worker-messages.js';

/**
 * A script in a worker that sees and changes encoded frames (W3C webrtc-encoded-transform §4.3). The worker is one of
 * `node:worker_threads`; it imports `@maru/webrtc/worker`, whose `onrtctransform` is told.
 *
 *     sender.transform = new RTCRtpScriptTransform(new Worker('./encrypt.mjs'), { name: 'sender' });
 */
export class RTCRtpScriptTransform {
  constructor(worker: Worker, options?: unknown, transfer?: readonly object[]) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts what was passed, not what it is
    requireArguments(arguments.length, 1, 'RTCRtpScriptTransform constructor');
    if (!(worker instanceof Worker)) throw new TypeError('The first argument is not a Worker of node:worker_threads');
    const list = optional(transfer, (value) => toSequence(value, (one) => one as Transferable, 'transfer')) ?? [];
    const { port1, port2 } = new MessageChannel();
    const message: TransformMessage = { [TRANSFORM_MESSAGE]: port2, options };
    worker.postMessage(message, [port2, ...list]);
    registerTransform(this, new WorkerTransform(port1));
  }
}

/** The near end of the port to the worker. */
class WorkerTransform implements FrameTransform, FrameInlet {
  isAttached = false;
  private outlet: FrameOutlet | undefined;

  constructor(private readonly port: MessagePort) {
    port.on('message', (message: FromWorker) => this.receive(message));
    // Connections keep a process alive, not what is done to their frames.
    port.unref();
  }

  attach(direction: 'send' | 'receive', kind: MediaKind, outlet: FrameOutlet): FrameInlet {
    this.isAttached = true;
    this.outlet = outlet;
    this.send({ type: 'attached', direction, kind });
    return this;
  }

  detach(): void {
    this.outlet = undefined;
    this.send({ type: 'detached' });
    this.port.close();
  }

  frame(record: FrameRecord): void {
    this.port.postMessage({ type: 'frame', record } satisfies ToWorker, [record.data]);
  }

  keyFrameRequested(rid: string | undefined): void {
    this.send({ type: 'key-frame-requested', rid });
  }

  private receive(message: FromWorker): void {
    if (message.type === 'frame') this.outlet?.frame(message.counter, new Uint8Array(message.data));
    else this.outlet?.requestKeyFrame(message.rid);
  }

  private send(message: ToWorker): void {
    this.port.postMessage(message);
  }
}

defineInterface(RTCRtpScriptTransform, 'RTCRtpScriptTransform');
Object.defineProperty(RTCRtpScriptTransform, 'length', { value: 1 });
