import { parseInteger } from '../integer.js';
import { attributeValue, type MediaSection } from '../tree.js';

/** What `m=application` says about SCTP (RFC 8841 §5, §6). */
export interface SctpParameters {
  readonly port: number;
  /** Largest user message that the writer takes, in bytes; 0 is any size. */
  readonly maxMessageSize: number;
}

/** Without `a=max-message-size` (RFC 8841 §6.1). */
export const DEFAULT_MAX_MESSAGE_SIZE = 65_536;

const DEFAULT_SCTP_PORT = 5_000;

/** Undefined if the port or the size is no number of its range. The older `a=sctpmap` is read where `a=sctp-port` is missing. */
export function sctpParametersOf(section: MediaSection): SctpParameters | undefined {
  const portText = attributeValue(section, 'sctp-port') ?? attributeValue(section, 'sctpmap')?.split(' ')[0];
  const port = portText === undefined ? DEFAULT_SCTP_PORT : parseInteger(portText, 65_535);
  const sizeText = attributeValue(section, 'max-message-size');
  const maxMessageSize = sizeText === undefined ? DEFAULT_MAX_MESSAGE_SIZE : parseInteger(sizeText, Number.MAX_SAFE_INTEGER);
  return port === undefined || maxMessageSize === undefined ? undefined : { port, maxMessageSize };
}
