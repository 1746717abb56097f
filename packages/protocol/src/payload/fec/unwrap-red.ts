import type { RtpPacketView } from '../../rtp/index.js';
import { writePayloadType } from '../../rtp/index.js';

const FOLLOWED = 0x80;

/**
 * Takes a video packet out of RED in place, as it was before FEC was made of it (RFC 5109 §14.1): the header moves a byte on, over
 * that of the block, and bears the block's payload type. The packet is then at `view.offset + 1` and a byte shorter; `view` must
 * wrap it anew. Returns the payload type, or -1 for what is empty or has several blocks, as only audio does.
 */
export function unwrapRed(view: RtpPacketView): number {
  if (view.payloadBytes < 1) return -1;
  const { bytes, offset, headerBytes } = view;
  const blockHeader = bytes[view.payloadOffset]!;
  if (blockHeader & FOLLOWED) return -1;
  bytes.copyWithin(offset + 1, offset, offset + headerBytes);
  writePayloadType(bytes, offset + 1, blockHeader);
  return blockHeader;
}
