// For workers of node:worker_threads that an RTCRtpScriptTransform was given: what a browser's worker has on its global.
import { parentPort } from 'node:worker_threads';
import { RTCRtpScriptTransformer } from './media/transform/script-transformer.js';
import { isTransformMessage, TRANSFORM_MESSAGE } from './media/transform/worker-messages.js';
import { defineEventHandlers, type EventHandler } from './webidl/event-handlers.js';
import { defineInterface, INTERNAL, type Internal, refuseScripts } from './webidl/interface.js';

export {
  RTCEncodedAudioFrame,
  type RTCEncodedAudioFrameMetadata,
  RTCEncodedVideoFrame,
  type RTCEncodedVideoFrameMetadata,
  type RTCEncodedVideoFrameType,
} from './media/transform/encoded-frame.js';
export { KeyFrameRequestEvent } from './media/transform/key-frame-request-event.js';
export { RTCRtpScriptTransformer };

/** A transform has come to this worker (W3C webrtc-encoded-transform §4.1). */
export class RTCTransformEvent extends Event {
  readonly #transformer: RTCRtpScriptTransformer;

  constructor(...[token, transformer]: [Internal, RTCRtpScriptTransformer]) {
    refuseScripts(token);
    super('rtctransform');
    this.#transformer = transformer;
  }

  get transformer(): RTCRtpScriptTransformer {
    return this.#transformer;
  }
}

/** Where `rtctransform` events come: to a browser, the worker's global. */
export class TransformScope extends EventTarget {
  declare onrtctransform: EventHandler<RTCTransformEvent>;
}

defineInterface(RTCTransformEvent, 'RTCTransformEvent');
defineEventHandlers(TransformScope, ['rtctransform']);

export const transformScope = new TransformScope();

parentPort?.on('message', (message: unknown) => {
  if (!isTransformMessage(message)) return;
  const transformer = new RTCRtpScriptTransformer(INTERNAL, message[TRANSFORM_MESSAGE], message.options);
  transformScope.dispatchEvent(new RTCTransformEvent(INTERNAL, transformer));
});
