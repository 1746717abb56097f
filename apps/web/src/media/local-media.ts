import { preferences } from '../preferences/current.js';
import { Store } from '../ui/store.js';
import { canBlur, setBlur } from './blur.js';
import { type Device, INSECURE, type MediaProblem, problemOf } from './problem.js';

/** How a camera or microphone stands. `off` is a choice, `failed` is not. */
export type InputState =
  | { readonly name: 'off' }
  | { readonly name: 'starting' }
  | { readonly name: 'live'; readonly track: MediaStreamTrack }
  | { readonly name: 'failed'; readonly problem: MediaProblem };

const OFF: InputState = { name: 'off' };
const STARTING: InputState = { name: 'starting' };

export interface Devices {
  readonly cameras: readonly MediaDeviceInfo[];
  readonly microphones: readonly MediaDeviceInfo[];
  readonly speakers: readonly MediaDeviceInfo[];
}

/** Told when a device went away while in use, and what took its place. */
export interface DeviceLoss {
  readonly device: Device;
  readonly label: string;
  readonly replacement: string | undefined;
}

/**
 * This browser's camera and microphone, before and during a call: the one owner of their tracks. Turning the camera off stops it, so
 * that its light goes out; turning the microphone off keeps the track, silent, so that it comes back without a gap.
 */
export class LocalMedia extends Store {
  camera: InputState = OFF;
  microphone: InputState = OFF;
  devices: Devices = { cameras: [], microphones: [], speakers: [] };
  /** Which way a phone's camera looks. */
  facing: 'user' | 'environment' = 'user';
  /** The browser is asking the person at this moment. */
  asking = false;
  onDeviceLost: ((loss: DeviceLoss) => void) | undefined;
  private microphoneIsOn = preferences.current.microphoneOn;
  private cameraIsWanted = preferences.current.cameraOn;
  private closed = false;
  private readonly stopListening: () => void;

  constructor() {
    super();
    const mediaDevices = deviceApi();
    const refresh = (): void => void this.refreshDevices();
    mediaDevices?.addEventListener('devicechange', refresh);
    const stopWatching = this.watchPermissions();
    this.stopListening = () => {
      mediaDevices?.removeEventListener('devicechange', refresh);
      stopWatching();
    };
  }

  /** Whether the others can hear us: there is a microphone, and it is on. */
  get microphoneOn(): boolean {
    return this.microphone.name === 'live' && this.microphoneIsOn;
  }

  /** Whether the microphone will be on once there is one. */
  get microphoneWanted(): boolean {
    return this.microphoneIsOn;
  }

  get cameraOn(): boolean {
    return this.camera.name === 'live';
  }

  get videoTrack(): MediaStreamTrack | undefined {
    return this.camera.name === 'live' ? this.camera.track : undefined;
  }

  get audioTrack(): MediaStreamTrack | undefined {
    return this.microphone.name === 'live' ? this.microphone.track : undefined;
  }

  get canFlip(): boolean {
    return this.devices.cameras.length > 1 && matchMedia('(pointer: coarse)').matches;
  }

  get canBlur(): boolean {
    return this.videoTrack !== undefined && canBlur(this.videoTrack);
  }

  /** Opens what the person had last time, both in one question. One that is missing does not take the other with it. */
  async open(): Promise<void> {
    const api = deviceApi();
    if (!api) {
      this.camera = this.microphone = { name: 'failed', problem: INSECURE };
      this.changed();
      return;
    }
    await this.refreshDevices();
    const wantsCamera = this.cameraIsWanted;
    this.camera = wantsCamera ? STARTING : OFF;
    this.microphone = STARTING;
    this.askingWhile(true);
    if (wantsCamera && (await this.openBoth(api))) return this.opened();
    await this.openOne('microphone');
    if (wantsCamera) await this.openOne('camera');
    return this.opened();
  }

  private async opened(): Promise<void> {
    this.askingWhile(false);
    await this.refreshDevices(); // now with labels
  }

  private async openBoth(api: MediaDevices): Promise<boolean> {
    try {
      const stream = await api.getUserMedia({ audio: this.audioConstraints(), video: this.videoConstraints() });
      const [audio] = stream.getAudioTracks();
      const [video] = stream.getVideoTracks();
      if (audio) this.take('microphone', audio);
      if (video) this.take('camera', video);
      return true;
    } catch (error) {
      const problem = problemOf(error);
      if (problem.type !== 'refused' && problem.type !== 'dismissed') return false; // perhaps one of them works alone
      const denied = problem.type === 'refused' ? await deniedDevices() : [];
      if (denied.length === 1) return false; // a rule keeps one of them; the other is asked for alone
      this.camera = this.microphone = { name: 'failed', problem };
      return true;
    }
  }

  private async openOne(device: Device): Promise<void> {
    this[device] = STARTING;
    this.changed();
    try {
      const track = await this.request(device);
      if (this[device].name === 'starting') this.take(device, track);
      else track.stop(); // switched off meanwhile
    } catch (error) {
      this[device] = { name: 'failed', problem: problemOf(error) };
    }
    this.changed();
  }

  private async request(device: Device): Promise<MediaStreamTrack> {
    const api = deviceApi();
    if (!api) throw new Error(INSECURE.detail);
    const stream = await api.getUserMedia(
      device === 'camera' ? { video: this.videoConstraints() } : { audio: this.audioConstraints() },
    );
    const [track] = stream.getTracks();
    if (!track) throw new Error(`the browser gave no ${device}`);
    return track;
  }

  private take(device: Device, track: MediaStreamTrack): void {
    if (this.closed) {
      track.stop();
      return;
    }
    const before = this[device];
    if (before.name === 'live') before.track.stop();
    if (device === 'microphone') track.enabled = this.microphoneIsOn;
    else {
      track.contentHint = 'motion';
      if (preferences.current.blur && canBlur(track)) void setBlur(track, true);
    }
    track.addEventListener('ended', () => void this.replaceLost(device, track), { once: true });
    this[device] = { name: 'live', track };
  }

  /** A device was unplugged while in use: the next best takes its place. */
  private async replaceLost(device: Device, track: MediaStreamTrack): Promise<void> {
    const state = this[device];
    if (this.closed || state.name !== 'live' || state.track !== track) return;
    await this.refreshDevices();
    await this.openOne(device);
    const now = this[device];
    this.onDeviceLost?.({
      device,
      label: track.label,
      replacement: now.name === 'live' ? now.track.label : undefined,
    });
  }

  async setCamera(on: boolean): Promise<void> {
    this.cameraIsWanted = on;
    preferences.change({ cameraOn: on });
    if (on) {
      if (this.camera.name === 'live' || this.camera.name === 'starting') return;
      await this.openOne('camera');
      await this.refreshDevices();
      return;
    }
    if (this.camera.name === 'live') this.camera.track.stop();
    this.camera = OFF;
    this.changed();
  }

  async setMicrophone(on: boolean, remember = true): Promise<void> {
    this.microphoneIsOn = on;
    if (remember) preferences.change({ microphoneOn: on });
    if (this.microphone.name === 'live') this.microphone.track.enabled = on;
    else if (on && this.microphone.name !== 'starting') {
      await this.openOne('microphone');
      await this.refreshDevices();
    }
    this.changed();
  }

  /** Asks again for what failed, after the person did something about it. */
  async retry(): Promise<void> {
    this.askingWhile(true);
    if (this.camera.name === 'failed' && this.microphone.name === 'failed') {
      this.cameraIsWanted = true;
      await this.open();
    } else {
      if (this.camera.name === 'failed') await this.openOne('camera');
      if (this.microphone.name === 'failed') await this.openOne('microphone');
      await this.opened();
    }
  }

  async chooseCamera(id: string): Promise<void> {
    preferences.change({ cameraId: id });
    this.cameraIsWanted = true;
    await this.exchange('camera');
  }

  async chooseMicrophone(id: string): Promise<void> {
    preferences.change({ microphoneId: id });
    await this.exchange('microphone');
  }

  chooseSpeaker(id: string): void {
    preferences.change({ speakerId: id });
    this.changed();
  }

  /** Front or back camera of a phone. */
  async flip(): Promise<void> {
    this.facing = this.facing === 'user' ? 'environment' : 'user';
    preferences.change({ cameraId: undefined });
    await this.exchange('camera');
  }

  async setBlur(on: boolean): Promise<void> {
    preferences.change({ blur: on });
    if (this.videoTrack && canBlur(this.videoTrack)) await setBlur(this.videoTrack, on);
    this.changed();
  }

  /** Phones have one camera at a time: the old one stops before the new one starts. A microphone is exchanged without a gap. */
  private async exchange(device: Device): Promise<void> {
    const before = this[device];
    if (device === 'camera' && before.name === 'live') before.track.stop();
    if (device === 'camera' || before.name !== 'live') {
      await this.openOne(device);
    } else {
      try {
        this.take(device, await this.request(device));
      } catch (error) {
        this[device] = { name: 'failed', problem: problemOf(error) };
      }
    }
    await this.refreshDevices();
  }

  private async refreshDevices(): Promise<void> {
    const all = (await deviceApi()?.enumerateDevices()) ?? [];
    const of = (kind: MediaDeviceKind): MediaDeviceInfo[] => all.filter((device) => device.kind === kind);
    this.devices = { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') };
    this.changed();
  }

  private videoConstraints(): MediaTrackConstraints {
    const { cameraId } = preferences.current;
    return {
      width: { ideal: 1280 },
      height: { ideal: 720 },
      frameRate: { ideal: 30, max: 30 },
      ...(cameraId ? { deviceId: { ideal: cameraId } } : { facingMode: { ideal: this.facing } }),
    };
  }

  private audioConstraints(): MediaTrackConstraints {
    const { microphoneId } = preferences.current;
    return {
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
      ...(microphoneId ? { deviceId: { ideal: microphoneId } } : {}),
    };
  }

  /** Permission given back in the browser's settings is taken up by itself, where the browser tells of it. */
  private watchPermissions(): () => void {
    let stopped = false;
    const statuses: PermissionStatus[] = [];
    const onChange = (event: Event): void => {
      const { target } = event;
      if (target instanceof PermissionStatus && target.state === 'granted' && !this.asking) void this.retryRefused();
    };
    for (const name of ['camera', 'microphone'] as const) {
      navigator.permissions?.query({ name: name as PermissionName }).then(
        (status) => {
          if (stopped) return;
          statuses.push(status);
          status.addEventListener('change', onChange);
        },
        () => undefined, // this browser does not tell; the button is there
      );
    }
    return () => {
      stopped = true;
      for (const status of statuses) status.removeEventListener('change', onChange);
    };
  }

  private async retryRefused(): Promise<void> {
    const refused = [this.camera, this.microphone].some(
      (state) => state.name === 'failed' && (state.problem.type === 'refused' || state.problem.type === 'dismissed'),
    );
    if (refused) await this.retry();
  }

  private askingWhile(asking: boolean): void {
    this.asking = asking;
    this.changed();
  }

  /** Frees the devices. Harmless when done twice. */
  close(): void {
    this.closed = true;
    this.stopListening();
    for (const state of [this.camera, this.microphone]) if (state.name === 'live') state.track.stop();
    this.camera = this.microphone = OFF;
    this.changed();
  }
}

/** Which devices a rule of the browser keeps from this page, where it tells. */
async function deniedDevices(): Promise<Device[]> {
  const denied: Device[] = [];
  for (const device of ['camera', 'microphone'] as const) {
    try {
      const { state } = await navigator.permissions.query({ name: device as PermissionName });
      if (state === 'denied') denied.push(device);
    } catch {
      return []; // this browser does not tell
    }
  }
  return denied;
}

/** The devices, or undefined where the browser hides them: pages opened without encryption. */
function deviceApi(): MediaDevices | undefined {
  const api: MediaDevices | undefined = navigator.mediaDevices;
  return api && 'getUserMedia' in api ? api : undefined;
}
