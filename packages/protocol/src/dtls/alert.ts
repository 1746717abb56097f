/** Alert descriptions that this implementation sends or names (RFC 5246 §7.2, IANA TLS Alert Registry). */
export const Alert = {
  closeNotify: 0,
  unexpectedMessage: 10,
  badRecordMac: 20,
  recordOverflow: 22,
  handshakeFailure: 40,
  badCertificate: 42,
  unsupportedCertificate: 43,
  certificateUnknown: 46,
  illegalParameter: 47,
  decodeError: 50,
  decryptError: 51,
  protocolVersion: 70,
  insufficientSecurity: 71,
  internalError: 80,
  userCanceled: 90,
  noRenegotiation: 100,
  missingExtension: 109,
  unsupportedExtension: 110,
} as const;

export const ALERT_WARNING = 1;
export const ALERT_FATAL = 2;

/** What the other end said with an alert record. */
export interface AlertMessage {
  readonly isFatal: boolean;
  readonly description: number;
}

/** Two bytes: level and description (RFC 5246 §7.2). Undefined for what is no alert. */
export function decodeAlert(body: Uint8Array): AlertMessage | undefined {
  const [level, description] = body;
  if (body.length !== 2 || (level !== ALERT_WARNING && level !== ALERT_FATAL)) return undefined;
  return { isFatal: level === ALERT_FATAL, description: description! };
}
