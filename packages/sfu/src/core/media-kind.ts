/** What a track carries. */
export type MediaKind = 'audio' | 'video';
