import { findEngine } from '../engine/find-engine.js';
import type { MediaEngine } from '../engine/media-engine.js';
import { layersMade } from '../sources/layers.js';

/** W3C media-capabilities, VideoConfiguration, as far as it means something for RTP. */
export interface VideoConfiguration {
  /** Of the RTP payload: `video/VP8`, `video/H264;profile-level-id=42e01f`. */
  readonly contentType: string;
  readonly width: number;
  readonly height: number;
  /** In bit/s. */
  readonly bitrate: number;
  /** Pictures in a second. */
  readonly framerate: number;
  /** Of encoders (webrtc-svc). */
  readonly scalabilityMode?: string;
  /** Of decoders: layers of several sizes. */
  readonly spatialScalability?: boolean;
}

/** W3C media-capabilities, AudioConfiguration. */
export interface AudioConfiguration {
  readonly contentType: string;
}

export interface MediaConfiguration {
  readonly type: 'webrtc';
  readonly video?: VideoConfiguration;
  readonly audio?: AudioConfiguration;
}

/** W3C media-capabilities, MediaCapabilitiesInfo. */
export interface MediaCapabilitiesInfo {
  readonly supported: boolean;
  readonly smooth: boolean;
  readonly powerEfficient: boolean;
}

/** Beyond 720p at 30 pictures a second, one core is not enough for every codec (decision 0006). */
const SMOOTH_PIXELS_PER_SECOND = 1_280 * 720 * 30;

/**
 * `navigator.mediaCapabilities` for Node.js, of media in calls: which codecs, and which layers of webrtc-svc, the engine can make and
 * read. Where there is no engine, none.
 */
export class MediaCapabilities {
  constructor(private readonly find: () => Promise<MediaEngine> = findEngine) {}

  async encodingInfo(configuration: MediaConfiguration): Promise<MediaCapabilitiesInfo> {
    return this.info(configuration, (engine, name, { scalabilityMode }) => {
      return scalabilityMode === undefined
        ? hasName(engine.encodes, name)
        : layersMade(engine, name, scalabilityMode) !== undefined;
    });
  }

  async decodingInfo(configuration: MediaConfiguration): Promise<MediaCapabilitiesInfo> {
    // Decoders of the engine show the highest of the layers that come: spatial ones are told by VP9 and AV1 alone.
    return this.info(configuration, (engine, name, { spatialScalability }) => {
      return hasName(engine.decodes, name) && (!spatialScalability || /^(vp9|av1)$/i.test(name));
    });
  }

  private async info(
    { type, video, audio }: MediaConfiguration,
    canDo: (engine: MediaEngine, name: string, video: Partial<VideoConfiguration>) => boolean,
  ): Promise<MediaCapabilitiesInfo> {
    if (type !== 'webrtc') throw new TypeError(`Capabilities are known of type "webrtc", not of "${String(type)}"`);
    if (!video && !audio) throw new TypeError('The configuration has neither video nor audio');
    const names = [video && nameOf(video, 'video'), audio && nameOf(audio, 'audio')];
    const engine = await this.find().catch(() => undefined);
    const [videoName, audioName] = names;
    const supported =
      engine !== undefined &&
      (!video || (videoName !== undefined && canDo(engine, videoName, video))) &&
      (!audio || (audioName !== undefined && canDo(engine, audioName, {})));
    const pixels = video ? video.width * video.height * video.framerate : 0;
    return { supported, smooth: supported && pixels <= SMOOTH_PIXELS_PER_SECOND, powerEfficient: false };
  }
}

/** The codec of a content type; undefined for one of another kind. */
function nameOf({ contentType }: { readonly contentType: string }, kind: 'video' | 'audio'): string | undefined {
  const [type = '', name = ''] = (contentType.split(';')[0] ?? '').trim().split('/');
  if (type === '' || name === '') throw new TypeError(`"${contentType}" is no content type`);
  return type.toLowerCase() === kind ? name : undefined;
}

function hasName(names: ReadonlySet<string>, name: string): boolean {
  return [...names].some((one) => one.toLowerCase() === name.toLowerCase());
}

export const mediaCapabilities = new MediaCapabilities();
