export {
  LIGHT_EXTENSIONS,
  LIGHT_TYPES,
  type LightCounters,
  type LightIdentity,
  LightPeer,
  type LightSection,
} from './light-peer.js';
export { Swarm, type SwarmOptions } from './swarm.js';
