import type { StreamKind } from '../stream.js';

/**
 * Which video codec a sender would rather use. A mesh encodes once for each person, mostly in software: VP8 costs least there.
 * Phones encode H.264 in hardware, which saves their battery. Screens gain most from the newer codecs' tools for still, sharp content.
 */
const ORDERS = {
  camera: ['video/vp8', 'video/h264', 'video/vp9', 'video/av1'],
  phone: ['video/h264', 'video/vp8', 'video/vp9', 'video/av1'],
  screen: ['video/vp9', 'video/av1', 'video/vp8', 'video/h264'],
} as const;

/**
 * The browser's codecs in the order we prefer. Nothing is taken away, so that any two browsers still find one in common; retransmission and
 * redundancy formats keep their place behind the media formats.
 */
export function preferredCodecs<Codec extends { readonly mimeType: string }>(
  codecs: readonly Codec[],
  streamKind: StreamKind,
  isPhone: boolean,
): Codec[] {
  const order: readonly string[] = ORDERS[streamKind === 'screen' ? 'screen' : isPhone ? 'phone' : 'camera'];
  const rank = (codec: Codec): number => {
    const at = order.indexOf(codec.mimeType.toLowerCase());
    return at < 0 ? order.length : at;
  };
  return [...codecs].sort((a, b) => rank(a) - rank(b)); // stable: profiles of one codec keep the browser's order
}
