export { OPEN_INTS, OPENED, OpenBatch, OpenField } from './open-batch.js';
export type { SrtpOptions } from './options.js';
export { SrtpReceiver } from './receiver.js';
export { SrtpRefusal, type SrtpStats } from './refusal.js';
export { SEAL_INTS, SealBatch, SealField } from './seal-batch.js';
export { type SourceProgress, SrtpSender } from './sender.js';
export { deriveSessionKeys, RTP_TAG_BYTES } from './session-keys.js';
export type { SrtpTransform } from './transform.js';
export { transformOf } from './transforms.js';
