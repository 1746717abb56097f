/** Whether this camera and browser can blur what is behind the person (W3C mediacapture-extensions, "backgroundBlur"). The platform does the work. */
export function canBlur(track: MediaStreamTrack): boolean {
  return track.getCapabilities?.().backgroundBlur?.includes(true) ?? false;
}

export async function setBlur(track: MediaStreamTrack, on: boolean): Promise<void> {
  await track.applyConstraints({ ...track.getConstraints(), backgroundBlur: on });
}
