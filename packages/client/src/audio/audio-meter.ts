/** One context for every meter of the page: browsers allow only a few. */
let shared: AudioContext | undefined;

function context(): AudioContext | undefined {
  if (typeof AudioContext === 'undefined') return undefined;
  shared ??= new AudioContext();
  if (shared.state === 'suspended') void shared.resume().catch(() => undefined); // allowed once the person has touched the page
  return shared;
}

/** Measures how loud a track is, by WebAudio. It begins at the first reading and costs nothing before. */
export class AudioMeter {
  private source: MediaStreamAudioSourceNode | undefined;
  private analyser: AnalyserNode | undefined;
  private samples = new Float32Array(0);

  constructor(private readonly track: MediaStreamTrack) {}

  /** Root mean square of the last moment, 0 to 1. */
  level(): number {
    if (this.track.readyState === 'ended' || !this.track.enabled) return 0;
    this.analyser ??= this.connect();
    if (!this.analyser) return 0;
    this.analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const sample of this.samples) sum += sample * sample;
    return Math.min(1, Math.sqrt(sum / this.samples.length));
  }

  close(): void {
    this.source?.disconnect();
    this.analyser?.disconnect();
    this.source = this.analyser = undefined;
  }

  private connect(): AnalyserNode | undefined {
    const audio = context();
    if (!audio) return undefined;
    const analyser = audio.createAnalyser();
    analyser.fftSize = 1024;
    this.samples = new Float32Array(analyser.fftSize);
    this.source = audio.createMediaStreamSource(new MediaStream([this.track]));
    this.source.connect(analyser);
    return analyser;
  }
}

/** Loudness of a received track, from the packets themselves (RFC 6464) where the browser tells, otherwise by WebAudio. */
export class ReceivedLevel {
  private meter: AudioMeter | undefined;

  constructor(
    private readonly receiver: RTCRtpReceiver,
    private readonly track: MediaStreamTrack,
  ) {}

  /** 0 to 1; 0 when nothing came for half a second. */
  level(): number {
    const [source] = this.receiver.getSynchronizationSources?.() ?? [];
    if (!source) return 0;
    if (source.audioLevel !== undefined)
      return performance.timeOrigin + performance.now() - source.timestamp > 500 ? 0 : source.audioLevel;
    this.meter ??= new AudioMeter(this.track);
    return this.meter.level();
  }

  close(): void {
    this.meter?.close();
  }
}
