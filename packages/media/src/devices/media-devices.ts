import { MediaStream } from '@maru/webrtc';
import { findEngine } from '../engine/find-engine.js';
import type { MediaEngine } from '../engine/media-engine.js';
import { chooseDevice, chooseNumber, type TrackConstraints } from './constraints.js';
import { type DeviceInfo, type DeviceKind, listDevices } from './device-list.js';
import { openPictures, openSound } from './open-device.js';

export interface StreamConstraints {
  readonly audio?: boolean | TrackConstraints;
  readonly video?: boolean | TrackConstraints;
}

/** What of the machine is looked at; tests give their own. */
export interface DeviceWorld {
  engine(): Promise<MediaEngine>;
  devices(): readonly DeviceInfo[];
  /** The X display; undefined where there is none. */
  readonly display: string | undefined;
}

const nodeWorld: DeviceWorld = {
  engine: findEngine,
  devices: listDevices,
  get display() {
    return process.env['DISPLAY'];
  },
};

const SOUND_FORMAT = { sampleRate: 48_000, channels: 1 } as const;
const LARGEST = { width: 7_680, height: 4_320, frameRate: 60 } as const;

const constraintsOf = (given: boolean | TrackConstraints): TrackConstraints => (typeof given === 'object' ? given : {});

/** `navigator.mediaDevices` for Node.js: cameras and microphones of Linux, and X displays (mediacapture-streams, screen-capture). */
export class MediaDevices {
  constructor(private readonly world: DeviceWorld = nodeWorld) {}

  async enumerateDevices(): Promise<DeviceInfo[]> {
    return [...this.world.devices()];
  }

  /** Rejects with the errors of the specification: TypeError, NotFoundError, NotAllowedError, NotReadableError, OverconstrainedError. */
  async getUserMedia({ audio = false, video = false }: StreamConstraints = {}): Promise<MediaStream> {
    if (!audio && !video) throw new TypeError('At least one of audio and video must be asked for');
    const camera = video && this.choose('videoinput', constraintsOf(video));
    const microphone = audio && this.choose('audioinput', constraintsOf(audio));
    const format = video && pictureFormat(constraintsOf(video), 1_280, 720, 30);
    const engine = await this.engine();
    const stream = new MediaStream();
    try {
      if (camera && format) {
        const input = { type: 'camera', device: camera.deviceId, width: format.width, height: format.height } as const;
        stream.addTrack((await openPictures(engine, input, format, camera.label)).track);
      }
      if (microphone) {
        const input = { type: 'microphone', device: microphone.deviceId } as const;
        stream.addTrack((await openSound(engine, input, SOUND_FORMAT, microphone.label)).track);
      }
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      throw error;
    }
    return stream;
  }

  /** The X display, without sound. */
  async getDisplayMedia({ video = true }: StreamConstraints = {}): Promise<MediaStream> {
    if (!video) throw new TypeError('A screen is pictures: video must be asked for');
    const { display } = this.world;
    if (!display) throw new DOMException('There is no X display: DISPLAY is not set', 'NotFoundError');
    const format = pictureFormat(constraintsOf(video), 1_280, 720, 15);
    const source = await openPictures(await this.engine(), { type: 'screen', display }, format, `screen ${display}`);
    source.track.contentHint = 'detail';
    return new MediaStream([source.track]);
  }

  private choose(kind: DeviceKind, constraints: TrackConstraints): DeviceInfo {
    const devices = this.world.devices().filter((device) => device.kind === kind);
    const name = kind === 'videoinput' ? 'camera' : 'microphone';
    if (devices.length === 0) throw new DOMException(`There is no ${name}`, 'NotFoundError');
    return chooseDevice(constraints, devices);
  }

  private async engine(): Promise<MediaEngine> {
    try {
      return await this.world.engine();
    } catch (error) {
      throw new DOMException(error instanceof Error ? error.message : String(error), 'NotReadableError');
    }
  }
}

function pictureFormat(constraints: TrackConstraints, width: number, height: number, frameRate: number) {
  return {
    width: chooseNumber(constraints, 'width', width, 32, LARGEST.width) & ~1,
    height: chooseNumber(constraints, 'height', height, 32, LARGEST.height) & ~1,
    frameRate: chooseNumber(constraints, 'frameRate', frameRate, 1, LARGEST.frameRate),
  };
}

export const mediaDevices = new MediaDevices();
