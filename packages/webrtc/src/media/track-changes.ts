import type { RTCRtpReceiver } from './rtp-receiver.js';
import type { RTCRtpTransceiver } from './rtp-transceiver.js';
import { addRemoteTrack, type MediaStream, removeRemoteTrack } from './stream.js';
import { type MediaStreamTrack, setMuted } from './track.js';
import { RTCTrackEvent } from './track-event.js';

/** What a description changes of the other side's tracks, collected so that scripts are told when all of it holds (W3C webrtc §5.1.1). */
export class TrackChanges {
  private readonly muted = new Set<MediaStreamTrack>();
  private readonly removed: [MediaStream, MediaStreamTrack][] = [];
  private readonly added: [MediaStream, MediaStreamTrack][] = [];
  private readonly begun: { receiver: RTCRtpReceiver; transceiver: RTCRtpTransceiver; streams: readonly MediaStream[] }[] = [];

  /** W3C webrtc, "set the associated remote streams". */
  moveTo(streams: readonly MediaStream[], before: readonly MediaStream[], track: MediaStreamTrack): boolean {
    const gone = before.filter((stream) => !streams.includes(stream));
    const come = streams.filter((stream) => !before.includes(stream));
    for (const stream of gone) this.removed.push([stream, track]);
    for (const stream of come) this.added.push([stream, track]);
    return come.length > 0;
  }

  /** The other side sends the track: a `track` event. */
  begin(receiver: RTCRtpReceiver, transceiver: RTCRtpTransceiver, streams: readonly MediaStream[]): void {
    this.begun.push({ receiver, transceiver, streams });
  }

  /** It sends it no more. */
  mute(track: MediaStreamTrack): void {
    this.muted.add(track);
  }

  /** Tells, in the order of the specification. */
  announce(target: EventTarget): void {
    for (const track of this.muted) setMuted(track, true);
    for (const [stream, track] of this.removed) removeRemoteTrack(stream, track);
    for (const [stream, track] of this.added) addRemoteTrack(stream, track);
    for (const { receiver, transceiver, streams } of this.begun) {
      const init = { receiver, track: receiver.track, streams: [...streams], transceiver };
      target.dispatchEvent(new RTCTrackEvent('track', init));
    }
  }
}
