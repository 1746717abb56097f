export { Connection, ConnectionList, CreateConnection, CreatedConnection, UpdateConnectionBody } from './connections.js';
export { IceServerList, IceServerQuery } from './ice-servers.js';
export {
  MEDIA_TROUBLES,
  MediaConnectionInfo,
  MediaEvent,
  MediaEventList,
  MediaOverview,
  type MediaTrouble,
  MediaWorkerInfo,
  SubscriptionWhyList,
} from './media.js';
export { CreatedMessage, CreateMessage } from './messages.js';
export { openApiDocument } from './openapi.js';
export { protocolDocument } from './protocol-document.js';
export { IDEMPOTENCY_HEADER, type Operation, ROUTES, type Route } from './routes.js';
export { Health, ServerInfo } from './server-info.js';
export { CreateSession, Session, SessionLimits, SessionList } from './sessions.js';
export { PublishedStream, StreamList } from './streams.js';
export { WEBHOOK_HEADERS, WebhookEvent } from './webhook.js';
