import type { Tab } from './browser.js';
import { eventually } from './eventually.js';

/**
 * Runs before the page's own scripts: keeps every RTCPeerConnection that the page makes, so that tests can ask the browser
 * itself what arrived. The page sees the browser's own class.
 */
export const RECORD_PEER_CONNECTIONS = `(() => {
  const made = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = new Proxy(Original, {
    construct(target, argv, newTarget) {
      const connection = Reflect.construct(target, argv, newTarget);
      made.push(connection);
      return connection;
    },
  });
  window.maruPeerConnections = made;
})();`;

declare global {
  interface Window {
    maruPeerConnections?: RTCPeerConnection[];
  }
}

/** What one page receives, as its browser counts it. */
export interface Received {
  /** Streams of video whose decoded frames are counted. */
  readonly frames: readonly number[];
  /** Energy heard so far, a stream each (W3C webrtc-stats, totalAudioEnergy). */
  readonly energies: readonly number[];
}

export function received(tab: Tab): Promise<Received> {
  return tab.evaluate(async () => {
    const frames: number[] = [];
    const energies: number[] = [];
    if (!window.maruPeerConnections) throw new Error('the page was opened without RECORD_PEER_CONNECTIONS');
    for (const connection of window.maruPeerConnections) {
      if (connection.connectionState === 'closed') continue;
      for (const report of (await connection.getStats()).values()) {
        if (report.type !== 'inbound-rtp') continue;
        if (report.kind === 'video') frames.push(report.framesDecoded ?? 0);
        else energies.push(report.totalAudioEnergy ?? 0);
      }
    }
    return { frames, energies };
  }, undefined);
}

/** Resolves once `tab` decodes video of at least `videos` senders and hears sound of at least `audios`, all of them still going on. */
export async function flows(
  tab: Tab,
  { videos, audios }: { readonly videos: number; readonly audios: number },
  timeoutMs = 45_000,
): Promise<void> {
  let now = await received(tab);
  let before = now;
  const goingOn = (after: readonly number[], first: readonly number[]): number =>
    after.filter((value, i) => value > (first[i] ?? 0)).length;
  await eventually(
    async () => {
      before = now;
      now = await received(tab);
      return { videos: goingOn(now.frames, before.frames), audios: goingOn(now.energies, before.energies) };
    },
    (going) => going.videos >= videos && going.audios >= audios,
    () =>
      `${tab.browserName}: wanted ${videos} videos and ${audios} sounds that go on; got ${JSON.stringify({ before, now })}. ${tab.complaints.join(' | ')}`,
    { timeoutMs, everyMs: 500 },
  );
}

/** How many key frames this page's encoders have made. */
export function keyFramesSent(tab: Tab): Promise<number> {
  return tab.evaluate(async () => {
    let sum = 0;
    for (const connection of window.maruPeerConnections ?? []) {
      if (connection.connectionState === 'closed') continue;
      for (const report of (await connection.getStats()).values()) {
        if (report.type === 'outbound-rtp' && report.kind === 'video') sum += report.keyFramesEncoded ?? 0;
      }
    }
    return sum;
  }, undefined);
}
