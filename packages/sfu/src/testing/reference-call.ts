import type { Hall } from './hall.js';
import { FRAME_MS, TestSource } from './test-camera.js';
import type { SeenFrame, TestClient } from './test-client.js';

/** How much later than before the last but five of a hundred pictures may come (INV-2). */
const ADDED_MS = 20;

/** Ada films and speaks, Bob watches: the call beside which others do their worst, and which must not notice (security catalogue, INV-2). */
export class ReferenceCall {
  private constructor(
    private readonly hall: Hall,
    readonly ada: TestClient,
    readonly bob: TestClient,
    readonly camera: TestSource,
    private readonly microphone: TestSource,
  ) {}

  /** Three seconds in. */
  static async begin(hall: Hall, link = {}): Promise<ReferenceCall> {
    const [ada, bob] = [await hall.connected('ada'), await hall.connected('bob', { link })];
    const [camera, microphone] = [new TestSource('video', 1), new TestSource('audio', 2)];
    ada.publish('ada-1', { video: camera, audio: microphone });
    await hall.until(ada.negotiate());
    hall.play(camera);
    hall.play(microphone);
    await hall.pass(3_000);
    return new ReferenceCall(hall, ada, bob, camera, microphone);
  }

  /**
   * What of INV-2 did not hold meanwhile, in words: more than one picture or sound of a hundred lost, pictures {@link ADDED_MS} late or twice, a
   * negotiation, more than one key frame that was asked for, an end. Empty where it was not harmed.
   */
  async harmOf(during: () => Promise<void>): Promise<string[]> {
    const { ada, bob, camera, microphone, hall } = this;
    const before = bob.framesOf(1);
    const [heard, spoken] = [bob.framesOf(2, 'audio').length, microphone.sent];
    const [sent, requests, offers] = [camera.sent, camera.keyFrameRequests, ada.offers + bob.offers];
    await during();
    await hall.pass(500);
    const after = bob.framesOf(1).slice(before.length);
    const due = camera.sent - sent;
    const addedMs = lateness(after) - lateness(before);
    const states = `${ada.participant.state} ${bob.participant.state}`;
    const harm: string[] = [];
    if (after.length < 0.99 * due - 3) harm.push(`${after.length} of ${due} pictures came`); // three are under way
    const [sounds, dueSounds] = [bob.framesOf(2, 'audio').length - heard, microphone.sent - spoken];
    if (sounds < 0.99 * dueSounds - 3) harm.push(`${sounds} of ${dueSounds} sounds came`);
    if (new Set(bob.framesOf(1).map(({ number }) => number)).size !== before.length + after.length)
      harm.push('pictures came twice');
    if (addedMs > ADDED_MS) harm.push(`pictures came ${addedMs} ms later`);
    if (camera.keyFrameRequests > requests + 1) harm.push(`${camera.keyFrameRequests - requests} key frames were asked for`);
    if (ada.offers + bob.offers !== offers) harm.push('it was negotiated');
    if (states !== 'connected connected') harm.push(states);
    return harm;
  }
}

/** By our clock and the camera's, when the last but five of a hundred frames came. */
function lateness(frames: readonly SeenFrame[]): number {
  const delays = frames.map(({ at, number }) => at - number * FRAME_MS).sort((a, b) => a - b);
  return delays[Math.floor(0.95 * (delays.length - 1))] ?? 0;
}
