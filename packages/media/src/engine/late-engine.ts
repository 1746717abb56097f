import type {
  AudioEncoderSettings,
  Coder,
  EncodedChunk,
  Ended,
  MediaEngine,
  Picture,
  PictureFormat,
  PictureSize,
  RawInput,
  RawReading,
  Sound,
  SoundFormat,
  VideoEncoderSettings,
  VideoEncoding,
} from './media-engine.js';

/** What every engine has. */
const USUAL: ReadonlySet<string> = new Set(['VP8', 'VP9', 'H264', 'AV1', 'opus']);

const USUAL_LAYERS: ReadonlyMap<string, number> = new Map([
  ['VP8', 3],
  ['VP9', 3],
]);

const NO_LAYERS: ReadonlyMap<string, number> = new Map();

/** An engine that is still being looked for: what is begun with it begins once it is found, and falls where none is. */
export class LateEngine implements MediaEngine {
  readonly name = 'late';
  private found: MediaEngine | undefined;

  constructor(private readonly coming: Promise<MediaEngine>) {
    coming.then(
      (engine) => (this.found = engine),
      () => undefined, // told to each coder
    );
  }

  get encodes(): ReadonlySet<string> {
    return this.found?.encodes ?? USUAL;
  }

  get temporalLayers(): ReadonlyMap<string, number> {
    return this.found ? (this.found.temporalLayers ?? NO_LAYERS) : USUAL_LAYERS;
  }

  get decodes(): ReadonlySet<string> {
    return this.found?.decodes ?? USUAL;
  }

  encodeVideo(settings: VideoEncoderSettings, give: (chunk: EncodedChunk) => void, ended: Ended): VideoEncoding {
    const late = new LateCoder<Picture, VideoEncoding>(this.coming, (engine) => engine.encodeVideo(settings, give, ended), ended);
    return Object.assign(late, { requestKeyFrame: (): void => late.inner?.requestKeyFrame() });
  }

  encodeAudio(settings: AudioEncoderSettings, give: (chunk: EncodedChunk) => void, ended: Ended): Coder<Sound> {
    return new LateCoder(this.coming, (engine) => engine.encodeAudio(settings, give, ended), ended);
  }

  decodeVideo(codec: string, size: PictureSize | undefined, give: (picture: Picture) => void, ended: Ended): Coder<EncodedChunk> {
    return new LateCoder(this.coming, (engine) => engine.decodeVideo(codec, size, give, ended), ended);
  }

  decodeAudio(codec: string, format: SoundFormat, give: (sound: Sound) => void, ended: Ended): Coder<EncodedChunk> {
    return new LateCoder(this.coming, (engine) => engine.decodeAudio(codec, format, give, ended), ended);
  }

  readPictures(input: RawInput, format: PictureFormat, give: (picture: Picture) => void, ended: Ended): RawReading {
    return new LateReading(this.coming, (engine) => engine.readPictures(input, format, give, ended), ended);
  }

  readSound(input: RawInput, format: SoundFormat, give: (sound: Sound) => void, ended: Ended): RawReading {
    return new LateReading(this.coming, (engine) => engine.readSound(input, format, give, ended), ended);
  }
}

/** Something begun with an engine that comes later, unless it is closed before. */
class Late<One extends { close(): void }> {
  inner: One | undefined;
  private isClosed = false;
  protected readonly begun: Promise<void>;

  constructor(coming: Promise<MediaEngine>, start: (engine: MediaEngine) => One, ended: Ended) {
    this.begun = coming
      .then((engine) => {
        if (!this.isClosed) this.inner = start(engine);
      })
      .catch((error: unknown) => {
        if (!this.isClosed) ended(error instanceof Error ? error : new Error(String(error)));
      });
  }

  close(): void {
    this.isClosed = true;
    this.inner?.close();
  }
}

class LateCoder<Input, One extends Coder<Input>> extends Late<One> implements Coder<Input> {
  write(input: Input): boolean {
    return this.inner?.write(input) ?? false;
  }

  async ready(): Promise<void> {
    await this.begun;
    await this.inner?.ready();
  }

  finish(): void {
    void this.begun.then(() => this.inner?.finish());
  }
}

class LateReading extends Late<RawReading> implements RawReading {
  demand(isWanted: boolean): void {
    this.inner?.demand(isWanted);
  }
}
