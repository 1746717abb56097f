/**
 * Every code that a refusal may carry, over REST and signaling alike, with what it means.
 * Codes are API: they stay; their details are for people and may change.
 */
export const ERROR_CODES = {
  'request/invalid': 'A field is missing or has a value that it may not have; `field` names it.',
  'request/not-json': 'The body or message is not JSON.',
  'request/unknown-type': 'The message has a type that this version does not know.',
  'request/too-large': 'The body, the message or one of its parts is larger than allowed.',
  'request/too-many': 'Too many requests from one source; wait and try again.',
  'request/not-found': 'There is nothing at this address.',
  'request/method-not-allowed': 'The address does not know this method.',
  'request/unsupported-media-type': 'The body is not application/json.',
  'request/idempotency-conflict': 'This idempotency key was used for another request.',
  'request/unavailable': 'The server is shutting down, starting, or out of a resource; try again.',
  'request/internal': 'The server failed; its log has the reason.',
  'origin/forbidden': 'Pages of this origin may not use this server.',
  'key/missing': 'The request carries no API key.',
  'key/invalid': 'The API key is not one of this server.',
  'token/invalid': 'The token is not one that this server signed, or not for this use.',
  'token/expired': 'The token is too old; ask the application for a new one.',
  'token/already-used': 'The seat of this token is taken.',
  'token/revoked': 'The seat of this token was given up or taken away.',
  'protocol/unsupported-version': 'The client speaks a version of the protocol that this server does not.',
  'protocol/out-of-order': 'A message came where it may not, or with a number that skips one.',
  'protocol/auth-timeout': 'The first message did not come in time.',
  'session/not-found': 'There is no such session, or this key or token is not for it.',
  'session/exists': 'A session with this id exists already.',
  'session/full': 'The session has as many connections as it may have.',
  'session/limit': 'The server has as many sessions as it may have.',
  'session/ended': 'The session is over.',
  'session/mode-unavailable': 'This server does not know this mode.',
  'connection/not-found': 'There is no such connection in this session.',
  'connection/forbidden': "The connection's role does not allow this.",
  'connection/gone': 'The seat no longer exists; join anew.',
  'connection/replaced': 'The same seat was taken over by another transport of the same client.',
  'connection/flood': 'The client sends more messages than allowed.',
  'connection/slow': 'The client does not read what it is sent.',
  'connection/overflow': 'More messages wait for acknowledgement than are kept.',
  'connection/silent': 'Nothing was heard from the client for too long.',
  'stream/not-found': 'There is no such stream in this session.',
  'stream/exists': 'A stream with this id exists already in this session.',
  'stream/limit': 'The connection publishes as many streams as it may.',
  'channel/not-found': 'There is no such signaling channel; resume.',
  'server/restarting': 'The server is going away; resume in a moment.',
} as const satisfies Record<string, string>;
export type ErrorCode = keyof typeof ERROR_CODES;

/** WebSocket close codes (RFC 6455 §7.4), by reason. */
export const CLOSE_CODES = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  invalidData: 1007,
  policyViolation: 1008,
  tooLarge: 1009,
  tryAgainLater: 1013,
} as const;
