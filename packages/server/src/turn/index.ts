export { ConfigError } from '../config/config-error.js';
export { DEFAULT_TURN_CONFIG, type TurnConfig } from './config/turn-config.js';
export { TurnConfigFile } from './config/turn-config-file.js';
export {
  type CoturnFinding,
  type CoturnImport,
  type CoturnNote,
  importCoturn,
  needsDecision,
} from './coturn/import-coturn.js';
export { type TimeLimitedCredential, type TimeLimitedRequest, timeLimitedCredential } from './credentials/time-limited.js';
export { TurnOperation, type TurnOperationOptions, type TurnState, type TurnWorld } from './operation/turn-operation.js';
