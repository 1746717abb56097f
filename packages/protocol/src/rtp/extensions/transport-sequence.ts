import { readU16, writeU16 } from '../header.js';

/** Of the value of transport-wide-cc 01, and of 02 in packets that ask for no feedback. */
export const TRANSPORT_SEQUENCE_BYTES = 2;

/** Of the value of transport-wide-cc 02 in packets that ask for feedback. */
export const TRANSPORT_SEQUENCE_WITH_REQUEST_BYTES = 4;

/** The number of the packet among all that the transport carries (draft-holmer-rmcat-transport-wide-cc-extensions-01 §2). */
export function readTransportSequence(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset);
}

export function writeTransportSequence(bytes: Uint8Array, offset: number, transportSequence: number): void {
  writeU16(bytes, offset, transportSequence);
}

/**
 * What version 02 adds (webrtc.org, transport-wide-cc-02): how many packets, this one the last of them, the sender wants to
 * hear of at once; 0 where it asks for nothing.
 */
export function readFeedbackRequest(bytes: Uint8Array, offset: number, length: number): number {
  return length >= TRANSPORT_SEQUENCE_WITH_REQUEST_BYTES ? readU16(bytes, offset + 2) & 0x7fff : 0;
}

/** Whether the feedback asked for must say when packets arrived, and not only which: the T bit. */
export function readWantsTimestamps(bytes: Uint8Array, offset: number, length: number): boolean {
  return length >= TRANSPORT_SEQUENCE_WITH_REQUEST_BYTES && (bytes[offset + 2]! & 0x80) !== 0;
}

export function writeFeedbackRequest(bytes: Uint8Array, offset: number, packetCount: number, wantsTimestamps: boolean): void {
  writeU16(bytes, offset + 2, (wantsTimestamps ? 0x8000 : 0) | (packetCount & 0x7fff));
}
