export type { SrtpOptions } from './options.js';
export { SrtpReceiver } from './receiver.js';
export { SrtpRefusal, type SrtpStats } from './refusal.js';
export { type SourceProgress, SrtpSender } from './sender.js';
