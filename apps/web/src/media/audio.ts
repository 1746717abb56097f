let shared: AudioContext | undefined;

/** The page's one audio context: browsers allow few, and start it only once the person has touched the page. */
export function audioContext(): AudioContext {
  shared ??= new AudioContext({ latencyHint: 'interactive' });
  if (shared.state === 'suspended') {
    void shared.resume();
    for (const type of ['pointerdown', 'keydown']) addEventListener(type, () => void shared?.resume(), { once: true });
  }
  return shared;
}

/** Quietest sound that moves the meter, in decibels below full scale: a quiet room is about −60. */
const FLOOR_DB = -58;

/** How long the meter takes to fall to half. */
const FALLS_BY_HALF_MS = 130;

/** Loudness of a track, 0 to 1, on a scale on which ordinary speech is in the middle. */
export class LevelMeter {
  private readonly source: MediaStreamAudioSourceNode;
  private readonly analyser: AnalyserNode;
  private readonly samples: Float32Array<ArrayBuffer>;
  private shown = 0;
  private shownAt = 0;

  constructor(track: MediaStreamTrack) {
    const context = audioContext();
    this.source = context.createMediaStreamSource(new MediaStream([track]));
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.samples = new Float32Array(this.analyser.fftSize);
    this.source.connect(this.analyser);
  }

  /** Rises at once and falls slowly, as the needle of a real meter. */
  level(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const sample of this.samples) sum += sample * sample;
    const decibels = 10 * Math.log10(sum / this.samples.length + 1e-12);
    const now = Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
    const at = performance.now();
    this.shown = Math.max(now, this.shown * 0.5 ** ((at - this.shownAt) / FALLS_BY_HALF_MS));
    this.shownAt = at;
    return this.shown;
  }

  close(): void {
    this.source.disconnect();
  }
}

/** One note of a chime: its pitch, when it begins and how long it rings. */
interface Note {
  readonly frequencyHz: number;
  readonly atSeconds: number;
  readonly lengthSeconds: number;
}

/** Wooden blocks rather than an alarm: two notes up to say "here", two down to say "gone", four to try a speaker with. */
const CHIMES = {
  test: [
    { frequencyHz: 392, atSeconds: 0, lengthSeconds: 0.5 },
    { frequencyHz: 494, atSeconds: 0.28, lengthSeconds: 0.5 },
    { frequencyHz: 587, atSeconds: 0.56, lengthSeconds: 0.5 },
    { frequencyHz: 784, atSeconds: 0.84, lengthSeconds: 0.9 },
  ],
  joined: [
    { frequencyHz: 523, atSeconds: 0, lengthSeconds: 0.22 },
    { frequencyHz: 698, atSeconds: 0.12, lengthSeconds: 0.3 },
  ],
  left: [
    { frequencyHz: 587, atSeconds: 0, lengthSeconds: 0.22 },
    { frequencyHz: 440, atSeconds: 0.12, lengthSeconds: 0.3 },
  ],
} as const satisfies Record<string, readonly Note[]>;

/** Plays a chime on a speaker; resolves when it has faded. */
export async function playChime(name: keyof typeof CHIMES, speakerId?: string, loudness = 0.2): Promise<void> {
  const context = audioContext();
  const output = context.createMediaStreamDestination();
  const notes: readonly Note[] = CHIMES[name];
  const begin = context.currentTime + 0.05;
  for (const note of notes) ring(context, output, note, begin, loudness);
  const element = new Audio();
  element.srcObject = output.stream;
  await routeTo(element, speakerId);
  await element.play();
  const last = Math.max(...notes.map((note) => note.atSeconds + note.lengthSeconds));
  await new Promise((resolve) => setTimeout(resolve, (last + 0.2) * 1_000));
  element.srcObject = null;
}

function ring(context: AudioContext, output: AudioNode, note: Note, begin: number, loudness: number): void {
  const oscillator = context.createOscillator();
  const envelope = context.createGain();
  oscillator.type = 'sine';
  oscillator.frequency.value = note.frequencyHz;
  const start = begin + note.atSeconds;
  envelope.gain.setValueAtTime(0, start);
  envelope.gain.linearRampToValueAtTime(loudness, start + 0.012);
  envelope.gain.exponentialRampToValueAtTime(0.001, start + note.lengthSeconds);
  oscillator.connect(envelope).connect(output);
  oscillator.start(start);
  oscillator.stop(start + note.lengthSeconds + 0.05);
}

/** Whether this browser lets a page choose the speaker. */
export const canChooseSpeaker = typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;

/** Sends an element's sound to a speaker; the default one when that speaker is gone or the browser does not let us choose. */
export async function routeTo(element: HTMLMediaElement, speakerId: string | undefined): Promise<void> {
  if (!canChooseSpeaker || (element.sinkId ?? '') === (speakerId ?? '')) return;
  try {
    await element.setSinkId(speakerId ?? '');
  } catch {
    if (speakerId) await routeTo(element, undefined);
  }
}
