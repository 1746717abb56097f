import { type ByteReader, ByteWriter } from '../bytes/index.js';

/** Handshake message types (RFC 6347 §4.3.2). */
export const HandshakeType = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** A whole handshake message, reassembled or not yet cut up. */
export interface HandshakeMessage {
  readonly type: number;
  /** message_seq: counts messages of one side, so that they can be put in order. */
  readonly messageSequence: number;
  readonly body: Uint8Array;
}

/** Bytes of the header of each fragment. */
export const FRAGMENT_HEADER_BYTES = 12;

/**
 * A piece of a handshake message (RFC 6347 §4.2.2).
 *
 *      0                   1                   2                   3
 *     |   msg_type    |                 length                        |
 *     |          message_seq          |       fragment_offset ...
 *      ...              |              fragment_length                |
 */
export interface Fragment {
  readonly type: number;
  /** Of the whole message. */
  readonly length: number;
  readonly messageSequence: number;
  readonly offset: number;
  /** Borrowed. */
  readonly body: Uint8Array;
}

/** The next fragment of a handshake record; undefined when what is left is none. */
export function readFragment(reader: ByteReader): Fragment | undefined {
  const type = reader.u8();
  const length = reader.u24();
  const messageSequence = reader.u16();
  const offset = reader.u24();
  const body = reader.view(reader.u24());
  if (reader.failed || offset + body.length > length) return undefined;
  return { type, length, messageSequence, offset, body };
}

/** The header of a fragment of `message` from `offset`, `fragmentBytes` long. */
export function fragmentHeader(message: HandshakeMessage, offset: number, fragmentBytes: number): Uint8Array {
  const { type, messageSequence, body } = message;
  const header = new Uint8Array(FRAGMENT_HEADER_BYTES);
  new ByteWriter(header).u8(type).u24(body.length).u16(messageSequence).u24(offset).u24(fragmentBytes);
  return header;
}
