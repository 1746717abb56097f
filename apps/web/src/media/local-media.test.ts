import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalMedia } from './local-media.js';

/** A track that can be unplugged. */
class FakeTrack extends EventTarget {
  enabled = true;
  contentHint = '';
  readyState: 'live' | 'ended' = 'live';

  constructor(
    readonly kind: 'audio' | 'video',
    readonly label: string,
  ) {
    super();
  }
  stop() {
    this.readyState = 'ended';
  }
  getConstraints() {
    return {};
  }
  unplug() {
    this.stop();
    this.dispatchEvent(new Event('ended'));
  }
}

type Answer = 'ok' | [name: string, message: string];

/** A browser with a camera and a microphone that answer as the test says. */
class FakeBrowser extends EventTarget {
  camera: Answer = 'ok';
  microphone: Answer = 'ok';
  /** What a question for both at once is answered when one of them says no. */
  permissions: Record<string, PermissionState> = { camera: 'granted', microphone: 'granted' };
  asked: string[] = [];
  private made = 0;

  async getUserMedia({ audio, video }: MediaStreamConstraints) {
    this.asked.push([video && 'camera', audio && 'microphone'].filter(Boolean).join('+'));
    for (const answer of [video ? this.camera : 'ok', audio ? this.microphone : 'ok']) {
      if (answer !== 'ok') throw Object.assign(new Error(answer[1]), { name: answer[0] });
    }
    const tracks: FakeTrack[] = [];
    if (audio) tracks.push(new FakeTrack('audio', `microphone ${++this.made}`));
    if (video) tracks.push(new FakeTrack('video', `camera ${++this.made}`));
    return {
      getTracks: () => tracks,
      getAudioTracks: () => tracks.filter((track) => track.kind === 'audio'),
      getVideoTracks: () => tracks.filter((track) => track.kind === 'video'),
    };
  }
  async enumerateDevices() {
    return [];
  }
}

let browser: FakeBrowser;

beforeEach(() => {
  browser = new FakeBrowser();
  const query = async ({ name }: { name: string }) => Object.assign(new EventTarget(), { state: browser.permissions[name] });
  vi.stubGlobal('navigator', { mediaDevices: browser, permissions: { query }, languages: ['en'] });
  vi.stubGlobal('document', { documentElement: { dataset: {}, lang: 'en' } });
});
afterEach(() => vi.unstubAllGlobals());

const opened = async () => {
  const media = new LocalMedia();
  await media.open();
  return media;
};

test('both are asked for in one question', async () => {
  const media = await opened();
  expect(browser.asked).toEqual(['camera+microphone']);
  expect([media.cameraOn, media.microphoneOn]).toEqual([true, true]);
});

test('a camera that is missing or in use does not take the microphone with it', async () => {
  for (const answer of [
    ['NotFoundError', 'Requested device not found'],
    ['NotReadableError', 'Could not start video source'],
  ] as const) {
    browser.camera = [...answer];
    const media = await opened();
    expect(media.microphoneOn).toBe(true);
    expect(media.camera).toMatchObject({
      name: 'failed',
      problem: { type: answer[0] === 'NotFoundError' ? 'missing' : 'in-use' },
    });
  }
});

test('a person who says no is not asked again at once', async () => {
  browser.camera = browser.microphone = ['NotAllowedError', 'Permission denied'];
  const media = await opened();
  expect(browser.asked).toEqual(['camera+microphone']);
  expect(media.camera).toMatchObject({ name: 'failed', problem: { type: 'refused' } });
  expect(media.microphone).toMatchObject({ name: 'failed', problem: { type: 'refused' } });
});

test('a rule against the camera alone leaves the microphone', async () => {
  browser.camera = ['NotAllowedError', 'Permission denied'];
  browser.permissions = { camera: 'denied', microphone: 'granted' };
  const media = await opened();
  expect(media.microphoneOn).toBe(true);
  expect(media.camera).toMatchObject({ name: 'failed', problem: { type: 'refused' } });
});

test('a page without encryption has no devices, and says so', async () => {
  vi.stubGlobal('navigator', { languages: ['en'] });
  const media = await opened();
  expect(media.camera).toMatchObject({ name: 'failed', problem: { type: 'insecure' } });
});

test('switching the camera off stops it; switching the microphone off keeps it, silent', async () => {
  const media = await opened();
  const [camera, microphone] = [media.videoTrack, media.audioTrack];
  await media.setCamera(false);
  await media.setMicrophone(false);
  expect([camera?.readyState, microphone?.readyState, microphone?.enabled]).toEqual(['ended', 'live', false]);
  expect([media.cameraOn, media.microphoneOn]).toEqual([false, false]);
  await media.setCamera(true);
  await media.setMicrophone(true);
  expect(media.audioTrack).toBe(microphone);
  expect(media.videoTrack).not.toBe(camera);
});

test('an unplugged device is replaced by the next one, and that is told', async () => {
  const media = await opened();
  const lost = new Promise((resolve) => {
    media.onDeviceLost = resolve;
  });
  (media.audioTrack as unknown as FakeTrack).unplug();
  expect(await lost).toEqual({ device: 'microphone', label: 'microphone 1', replacement: 'microphone 3' });
  expect(media.microphoneOn).toBe(true);
});

test('what was refused works once the person allows it and tries again', async () => {
  browser.camera = browser.microphone = ['NotAllowedError', 'Permission denied'];
  const media = await opened();
  browser.camera = browser.microphone = 'ok';
  await media.retry();
  expect([media.cameraOn, media.microphoneOn]).toEqual([true, true]);
});

test('closing frees the devices', async () => {
  const media = await opened();
  const tracks = [media.videoTrack, media.audioTrack];
  media.close();
  expect(tracks.map((track) => track?.readyState)).toEqual(['ended', 'ended']);
  expect([media.cameraOn, media.microphoneOn]).toEqual([false, false]);
});
