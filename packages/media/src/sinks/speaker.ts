import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { MediaStreamTrack } from '@maru/webrtc';
import { EngineError } from '../engine/engine-error.js';
import { EngineChild } from '../engine/ffmpeg/child.js';
import { findEngine } from '../engine/find-engine.js';
import type { MediaEngine } from '../engine/media-engine.js';
import { tick } from '../sources/ticker.js';
import { receiveSound } from './decoded.js';
import { SoundMixer } from './sound-mixer.js';

const [SAMPLE_RATE, CHANNELS] = [48_000, 2];
const PACKETS_A_SECOND = 50;
const SAMPLES_EACH = (SAMPLE_RATE * CHANNELS) / PACKETS_A_SECOND;
/** A player that is further behind than that will not catch up: sound is left out. */
const WAITING_BYTES = (SAMPLE_RATE * CHANNELS * 2 * 300) / 1_000;
const ASK_LIMIT_MS = 5_000;

/** A program that plays 16-bit samples from its standard input, and what it is asked to say whether it is there. */
type Command = readonly [program: string, ...args: readonly string[]];

const RAW = ['-f', 's16le', '-ar', String(SAMPLE_RATE), '-ac', String(CHANNELS)];
/** PulseAudio and PipeWire, ALSA, and what comes with ffmpeg, on every system. */
const PLAYERS: readonly { readonly command: Command; readonly asked: readonly string[] }[] = [
  {
    command: ['pacat', '--format=s16le', `--rate=${SAMPLE_RATE}`, `--channels=${CHANNELS}`, '--latency-msec=60'],
    asked: ['--version'],
  },
  {
    command: ['aplay', '-q', '-t', 'raw', '-f', 'S16_LE', '-r', String(SAMPLE_RATE), '-c', String(CHANNELS)],
    asked: ['--version'],
  },
  { command: ['ffplay', '-nodisp', '-loglevel', 'error', '-fflags', 'nobuffer', ...RAW, '-i', 'pipe:0'], asked: ['-version'] },
];

const INSTALL =
  'To play sound, one of pacat (Debian, Ubuntu: apt install pulseaudio-utils), aplay (apt install alsa-utils) and ffplay ' +
  '(apt install ffmpeg; macOS: brew install ffmpeg) is needed, or a command of yours in MARU_SPEAKER that plays ' +
  `${SAMPLE_RATE} Hz, ${CHANNELS} channels, signed 16 bit from its standard input.`;

const run = promisify(execFile);

export interface SpeakerOptions {
  /** Decodes; that of this machine if not given. */
  readonly engine?: MediaEngine;
  /** Plays samples of 48,000 Hz, two channels, signed 16 bit, from its standard input. */
  readonly command?: Command;
  /** The player fell: there is no device, or it went. */
  onError?(error: Error): void;
}

/** Plays received tracks together on this machine's speaker, through the player that it has. */
export class Speaker {
  private readonly mixer = new SoundMixer(SAMPLES_EACH);
  private readonly child: EngineChild;
  private readonly stopTicking: () => void;
  private readonly stops = new Set<() => void>();

  private constructor(
    private readonly engine: MediaEngine,
    readonly command: Command,
    { onError }: SpeakerOptions,
  ) {
    const [program, ...args] = command;
    this.child = new EngineChild({
      program,
      args,
      maxWaitingBytes: WAITING_BYTES,
      data: () => true,
      ended: (error) => {
        this.close();
        onError?.(new EngineError(`${program} does not play: ${error?.message ?? 'it ended'}`));
      },
    });
    this.stopTicking = tick(PACKETS_A_SECOND, () => {
      const samples = this.mixer.next();
      this.child.write(new Uint8Array(samples.buffer));
    });
  }

  /** Rejects with an {@link EngineError} that says what to install where there is no player. */
  static async open(options: SpeakerOptions = {}): Promise<Speaker> {
    const engine = options.engine ?? (await findEngine());
    return new Speaker(engine, options.command ?? (await findPlayer()), options);
  }

  /** Plays a received track until the function returned is called. */
  play(track: MediaStreamTrack): () => void {
    const input = this.mixer.add();
    const options = { engine: this.engine, sampleRate: SAMPLE_RATE, channels: CHANNELS };
    const leave = receiveSound(track, options, ({ samples }) => {
      for (let at = 0; at < samples.length; at += SAMPLES_EACH) input.push(samples.subarray(at, at + SAMPLES_EACH));
    });
    const stop = (): void => {
      leave();
      input.close();
      this.stops.delete(stop);
    };
    this.stops.add(stop);
    return stop;
  }

  close(): void {
    for (const stop of [...this.stops]) stop();
    this.stopTicking?.();
    this.child?.close();
  }
}

async function findPlayer(named = process.env['MARU_SPEAKER']): Promise<Command> {
  const [program, ...args] = named?.split(' ').filter(Boolean) ?? [];
  if (program !== undefined) return [program, ...args];
  for (const { command, asked } of PLAYERS) {
    const [program] = command;
    const isThere = await run(program, [...asked], { timeout: ASK_LIMIT_MS }).then(
      () => true,
      () => false,
    );
    if (isThere) return command;
  }
  throw new EngineError(INSTALL);
}
