export { systemClock } from './clock.js';
export { nodeCrypto } from './crypto/provider.js';
export { systemRandom } from './crypto/random.js';
