export { ConfigError } from '../config/config-error.js';
export { TurnConfigFile } from './config/turn-config-file.js';
export {
  type CoturnFinding,
  type CoturnImport,
  type CoturnNote,
  importCoturn,
  needsDecision,
} from './coturn/import-coturn.js';
export { type TimeLimitedCredential, type TimeLimitedRequest, timeLimitedCredential } from './credentials/time-limited.js';
