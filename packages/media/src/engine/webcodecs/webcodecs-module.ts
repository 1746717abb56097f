/** What is used of a module that has the classes of W3C webcodecs, such as @napi-rs/webcodecs. */
export interface WebCodecsModule {
  readonly VideoEncoder: CoderClass<VideoEncoderObject, [ChunkObject, unknown?]>;
  readonly VideoDecoder: CoderClass<DecoderObject, [FrameObject]>;
  readonly AudioEncoder: CoderClass<AudioEncoderObject, [ChunkObject, unknown?]>;
  readonly AudioDecoder: CoderClass<DecoderObject, [AudioObject]>;
  readonly VideoFrame: new (data: Uint8Array, init: object) => FrameObject;
  readonly AudioData: new (init: object) => AudioObject;
  readonly EncodedVideoChunk: new (init: object) => ChunkObject;
  readonly EncodedAudioChunk: new (init: object) => ChunkObject;
}

export interface CoderClass<Coder, Output extends readonly unknown[]> {
  new (init: { output(...output: Output): void; error(error: Error): void }): Coder;
  isConfigSupported(config: object): Promise<{ readonly supported?: boolean | null }>;
}

export interface CoderObject {
  addEventListener(type: 'dequeue', listener: () => void, options: { readonly once: true }): void;
  configure(config: object): void;
  flush(): Promise<unknown>;
  close(): void;
}

export interface VideoEncoderObject extends CoderObject {
  readonly encodeQueueSize: number;
  encode(frame: FrameObject, options?: { readonly keyFrame?: boolean }): void;
}

export interface AudioEncoderObject extends CoderObject {
  readonly encodeQueueSize: number;
  encode(data: AudioObject): void;
}

export interface DecoderObject extends CoderObject {
  readonly decodeQueueSize: number;
  decode(chunk: ChunkObject): void;
}

export interface ChunkObject {
  readonly type: string;
  readonly timestamp: number;
  readonly byteLength: number;
  copyTo(target: Uint8Array): void;
}

export interface FrameObject {
  readonly timestamp: number;
  readonly format: string | null;
  readonly visibleRect: { readonly width: number; readonly height: number } | null;
  allocationSize(): number;
  copyTo(target: Uint8Array): Promise<unknown>;
  close(): void;
}

export interface AudioObject {
  readonly timestamp: number;
  readonly numberOfFrames: number;
  readonly numberOfChannels: number;
  readonly sampleRate: number;
  copyTo(target: Uint8Array, options: { readonly planeIndex: number; readonly format: string }): void;
  close(): void;
}

const CLASSES = ['VideoEncoder', 'VideoDecoder', 'AudioEncoder', 'AudioDecoder', 'VideoFrame', 'AudioData'] as const;

/** Whether `value`, which was imported, has the classes. */
export function isWebCodecsModule(value: unknown): value is WebCodecsModule {
  if (typeof value !== 'object' || value === null) return false;
  const members = value as Readonly<Record<string, unknown>>;
  return [...CLASSES, 'EncodedVideoChunk', 'EncodedAudioChunk'].every((name) => typeof members[name] === 'function');
}
