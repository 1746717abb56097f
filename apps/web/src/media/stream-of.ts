const streams = new WeakMap<MediaStreamTrack, MediaStream>();

/** A stream that has this track alone; always the same one, so that an element showing it does not start anew. */
export function streamOf(track: MediaStreamTrack | undefined): MediaStream | null {
  if (!track) return null;
  let stream = streams.get(track);
  if (!stream) streams.set(track, (stream = new MediaStream([track])));
  return stream;
}
