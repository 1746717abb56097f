import { DcepMessageType } from './message-types.js';

/** Whether `message` is a DATA_CHANNEL_ACK (RFC 8832 §5.2): one byte, its type. */
export function isAck(message: Uint8Array): boolean {
  return message.length === 1 && message[0] === DcepMessageType.ack;
}

/** A DATA_CHANNEL_ACK. */
export function encodeAck(): Uint8Array {
  return Uint8Array.of(DcepMessageType.ack);
}
