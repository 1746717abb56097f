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

/** What one page receives, as its browser counts it: by stream. */
interface Received {
  /** Pictures decoded. */
  readonly frames: Readonly<Record<string, number>>;
  /** Energy heard so far (W3C webrtc-stats, totalAudioEnergy). */
  readonly energies: Readonly<Record<string, number>>;
}

function received(tab: Tab): Promise<Received> {
  return tab.evaluate(async () => {
    const frames: Record<string, number> = {};
    const energies: Record<string, number> = {};
    if (!window.maruPeerConnections) throw new Error('the page was opened without RECORD_PEER_CONNECTIONS');
    for (const [index, connection] of window.maruPeerConnections.entries()) {
      if (connection.connectionState === 'closed') continue;
      for (const report of (await connection.getStats()).values()) {
        if (report.type !== 'inbound-rtp') continue;
        const stream = `${index} ${report.id}`;
        if (report.kind === 'video') frames[stream] = report.framesDecoded ?? 0;
        else energies[stream] = report.totalAudioEnergy ?? 0;
      }
    }
    return { frames, energies };
  }, undefined);
}

/** More pictures than a jitter buffer may still have held. */
const GOING_ON = 5;

/** Resolves once `tab` has decoded more video of at least `videos` senders, and heard more sound of at least `audios`, than when it was asked. */
export async function flows(
  tab: Tab,
  { videos, audios }: { readonly videos: number; readonly audios: number },
  timeoutMs = 60_000,
): Promise<void> {
  const before = await received(tab);
  const grown = (now: Received, what: keyof Received, isMore: (by: number) => boolean): number =>
    Object.entries(now[what]).filter(([stream, value]) => isMore(value - (before[what][stream] ?? 0))).length;
  await eventually(
    () => received(tab),
    (now) => grown(now, 'frames', (by) => by >= GOING_ON) >= videos && grown(now, 'energies', (by) => by > 0) >= audios,
    (now) =>
      `${tab.browserName}: wanted ${videos} videos and ${audios} sounds that go on; got ${JSON.stringify({ before, now })}. ${tab.complaints.join(' | ')}`,
    { timeoutMs, everyMs: 200 },
  );
}

/** The same of everybody, each in their own time. */
export async function allFlow(
  people: readonly { readonly tab: Tab }[],
  what: Parameters<typeof flows>[1],
  timeoutMs?: number,
): Promise<void> {
  await Promise.all(people.map(({ tab }) => flows(tab, what, timeoutMs)));
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

/** What this page's encoders have made of each size, and what kept them from more. */
export function videoSent(tab: Tab): Promise<readonly object[]> {
  return tab.evaluate(async () => {
    const told: object[] = [];
    for (const connection of window.maruPeerConnections ?? []) {
      if (connection.connectionState === 'closed') continue;
      for (const report of (await connection.getStats()).values()) {
        const { type, kind, rid, active, framesEncoded, targetBitrate, qualityLimitationReason, availableOutgoingBitrate } =
          report;
        if (type === 'outbound-rtp' && kind === 'video') {
          told.push({ rid, active, framesEncoded, targetBitrate, qualityLimitationReason });
        }
        if (type === 'candidate-pair' && availableOutgoingBitrate !== undefined) told.push({ availableOutgoingBitrate });
      }
    }
    return told;
  }, undefined);
}
