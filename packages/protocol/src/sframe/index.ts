export { SFRAME_CIPHER_SUITES, type SFrameCipherSuite, type SFrameCipherSuiteName } from './cipher-suite.js';
export { decodeHeader, encodeHeader, type SFrameHeader } from './header.js';
export { SFrameReceiver, type SFrameRefusal, SFrameSender } from './sframe.js';
export { SFrameKey } from './sframe-key.js';
