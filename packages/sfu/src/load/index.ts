export { LIGHT_EXTENSIONS, LIGHT_TYPES, type LightCounters, LightPeer, type LightSection } from './light-peer.js';
export { Swarm } from './swarm.js';
