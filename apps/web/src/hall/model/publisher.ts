import type { Call, LocalStream } from '@maru/client';
import type { LocalMedia } from '../../media/local-media.js';

/**
 * Keeps what the others get the same as what the devices give: one stream that follows camera and microphone through off and on, another
 * device, unplugging. One change at a time; what changes meanwhile is taken up by the next turn.
 */
export class Publisher {
  stream: LocalStream | undefined;
  private running = false;
  private again = false;
  private stopped = false;
  private sentAudio: MediaStreamTrack | undefined;
  private sentVideo: MediaStreamTrack | undefined;

  constructor(
    private readonly call: Pick<Call, 'publish'>,
    private readonly media: Pick<LocalMedia, 'audioTrack' | 'videoTrack' | 'microphoneOn'>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Brings the published stream in line with the devices. */
  async sync(): Promise<void> {
    this.again = true;
    if (this.running) return;
    this.running = true;
    try {
      while (this.again && !this.stopped) {
        this.again = false;
        await this.step();
      }
    } catch (error) {
      if (!this.stopped) this.onFailure(error);
    } finally {
      this.running = false;
    }
  }

  /** The call is over: nothing more is sent. */
  stop(): void {
    this.stopped = true;
  }

  private async step(): Promise<void> {
    const { audioTrack: audio, videoTrack: video } = this.media;
    const { stream } = this;
    if (!stream || stream.closed) {
      if (audio || video) await this.publish(audio, video);
      return;
    }
    if (audio && audio !== this.sentAudio) {
      this.sentAudio = audio;
      await stream.replaceTrack('audio', audio);
    }
    if (video && video !== this.sentVideo) {
      this.sentVideo = video;
      await stream.replaceTrack('video', video);
    }
    await this.mute(stream, 'audio', !this.media.microphoneOn);
    await this.mute(stream, 'video', !video);
  }

  private async publish(audio: MediaStreamTrack | undefined, video: MediaStreamTrack | undefined): Promise<void> {
    const tracks = [audio, video].filter((track) => track !== undefined);
    this.sentAudio = audio;
    this.sentVideo = video;
    this.stream = await this.call.publish(tracks, {
      kind: 'camera',
      muted: { audio: !this.media.microphoneOn, video: !video },
    });
  }

  private async mute(stream: LocalStream, kind: 'audio' | 'video', muted: boolean): Promise<void> {
    const has = kind === 'audio' ? this.sentAudio : this.sentVideo;
    if (!has || stream.muted[kind] === muted) return;
    await (muted ? stream.mute(kind) : stream.unmute(kind));
  }
}
