// Two pages that call each other through a relay and no other way: what each does, and how they find each other.

import type { Tab } from './browser.js';
import { eventually } from './eventually.js';

/** What a page holds of its side. */
interface RelayedSide {
  pc: RTCPeerConnection;
  describe(): Promise<string>;
}

declare global {
  interface Window {
    relayed: RelayedSide;
  }
}

/** What the page is told of the relay. */
export interface RelayServer {
  readonly urls: string;
  readonly username: string;
  readonly credential: string;
}

/** Sends camera and microphone, and gathers relayed candidates alone. Runs in the page. */
async function prepare(server: RelayServer): Promise<void> {
  const pc = new RTCPeerConnection({ iceTransportPolicy: 'relay', iceServers: [server] });
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240 } });
  for (const track of media.getTracks()) pc.addTrack(track, media);
  pc.ontrack = ({ streams: [stream], track }) => {
    if (track.kind !== 'video' || !stream) return;
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = stream;
    document.body.append(video);
    void video.play();
  };
  const describe = async (): Promise<string> => {
    await pc.setLocalDescription();
    while (pc.iceGatheringState !== 'complete')
      await new Promise((next) => pc.addEventListener('icegatheringstatechange', next, { once: true }));
    return pc.localDescription!.sdp;
  };
  window.relayed = { pc, describe };
}

const apply = ([type, sdp]: [RTCSdpType, string]): Promise<void> => window.relayed.pc.setRemoteDescription({ type, sdp });
const describe = (): Promise<string> => window.relayed.describe();

/** Frames decoded so far, and how the selected pair's local candidate reaches the relay. Runs in the page. */
async function look(): Promise<{ frames: number; candidateType: string; relayProtocol: string | undefined }> {
  const reports = [...(await window.relayed.pc.getStats()).values()];
  const frames = reports.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')?.framesDecoded ?? 0;
  const pairs = reports.filter(({ type, state }) => type === 'candidate-pair' && state === 'succeeded');
  const pair = pairs.find(({ nominated, selected }) => nominated || selected) ?? pairs[0];
  const local = reports.find(({ id }) => id === pair?.localCandidateId);
  return { frames, candidateType: local?.candidateType ?? '', relayProtocol: local?.relayProtocol };
}

/** Connects the two through `server`; resolves with the candidates that each sent. */
export async function callThrough(server: RelayServer, caller: Tab, callee: Tab): Promise<readonly (readonly string[])[]> {
  await Promise.all([caller, callee].map((tab) => tab.evaluate(prepare, server)));
  const offer = await caller.evaluate(describe, undefined);
  await callee.evaluate(apply, ['offer', offer]);
  const answer = await callee.evaluate(describe, undefined);
  await caller.evaluate(apply, ['answer', answer]);
  return [offer, answer].map((sdp) => sdp.split('\r\n').filter((line) => line.startsWith('a=candidate:')));
}

/** Resolves with what the page sees once it has decoded `frames` frames, and tells by which pair: Firefox leaves that out of a report at times. */
export function decodes(tab: Tab, frames: number): ReturnType<typeof look> {
  return eventually(
    () => tab.evaluate(look, undefined),
    (seen) => seen.frames >= frames && seen.candidateType !== '',
    (seen) => `${tab.browserName}: wanted ${frames} decoded pictures and the pair that they came by; got ${JSON.stringify(seen)}`,
    { timeoutMs: 60_000, everyMs: 200 },
  );
}
