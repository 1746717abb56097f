import type { Attribute } from '../tree.js';

/** `a=msid` (RFC 8830 §2): the stream (`-` for none) and the track that a section carries. */
export interface MediaStreamId {
  readonly streamId: string;
  readonly trackId?: string;
}

export function parseMsid(value: string): MediaStreamId | undefined {
  const [streamId = '', trackId, ...more] = value.split(' ').filter((word) => word !== '');
  if (streamId === '' || more.length > 0) return undefined;
  return { streamId, ...(trackId !== undefined && { trackId }) };
}

export function formatMsid({ streamId, trackId }: MediaStreamId): Attribute {
  return { name: 'msid', value: trackId === undefined ? streamId : `${streamId} ${trackId}` };
}
