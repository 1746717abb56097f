export { ConfigError } from './config/config-error.js';
export {
  DEFAULT_CONFIG,
  DEFAULT_LIMITS,
  type MediaPart,
  type ServerConfig,
  type ServerLimits,
  type TurnPart,
  type WebhookTarget,
} from './config/server-config.js';
export { terminalQrCode } from './http/qr-code.js';
export { createLog, type LogLevel, type ServerLog } from './log/log.js';
export {
  type RunningMedia,
  type RunningRelay,
  type RunningServer,
  repositoryWebFolder,
  type ServerLinks,
  type ServerWorld,
  startServer,
} from './server.js';
export { SERVER_VERSION } from './version.js';
export { boundYoungGeneration } from './young-generation.js';
