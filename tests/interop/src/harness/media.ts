import type { Tab } from './browser.js';

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
  const giveUpAt = Date.now() + timeoutMs;
  let before = await received(tab);
  for (;;) {
    await new Promise((next) => setTimeout(next, 500));
    const now = await received(tab);
    const moving = now.frames.filter((frames, i) => frames > (before.frames[i] ?? 0)).length;
    const sounding = now.energies.filter((energy, i) => energy > (before.energies[i] ?? 0)).length;
    if (moving >= videos && sounding >= audios) return;
    if (Date.now() > giveUpAt) {
      throw new Error(
        `${tab.browserName}: wanted ${videos} videos and ${audios} sounds that go on; got ${JSON.stringify({ before, now })}. ${tab.complaints.join(' | ')}`,
      );
    }
    before = now;
  }
}
