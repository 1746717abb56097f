import type { LightPeer } from '../load/light-peer.js';
import { Swarm } from '../load/swarm.js';
import { Chatter, MediaProcess, type MediaProcessOptions } from './media-process.js';
import { when } from './when.js';

/** How long the SDK waits before it asks a server again that has too much to do. */
const AGAIN_MS = 300;

/** Servers in processes of their own and who talks through them, for one test: {@link close} ends all of it. */
export class ProcessStage {
  private readonly closers: (() => unknown)[] = [];

  async server(options: MediaProcessOptions = {}): Promise<MediaProcess> {
    const started = await MediaProcess.start(options);
    this.closers.push(() => started.kill());
    return started;
  }

  swarm(): Swarm {
    const made = new Swarm('127.0.0.1');
    this.closers.push(() => made.end());
    return made;
  }

  chatter(among: Swarm, intervalMs: number): Chatter {
    const made = new Chatter(among, intervalMs);
    this.closers.push(() => made.stop());
    return made;
  }

  /** Before what is there now, this ends. */
  onClose(close: () => unknown): void {
    this.closers.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) await close();
  }
}

/** Joins; asks again as the SDK does where the server has too much to do at the moment. */
async function joined(server: MediaProcess, among: Swarm, session: string, name: string, ssrc: number): Promise<LightPeer> {
  for (;;) {
    const peer = await server.join(among, session, name, ssrc);
    if (typeof peer !== 'string') return peer;
    if (peer !== 'media/worker-overloaded') throw new Error(peer);
    await wait(AGAIN_MS);
  }
}

/** Two who talk to each other through the server. */
export async function talking(
  server: MediaProcess,
  among: Swarm,
  sound: Chatter,
  session: string,
  ssrc = 1,
): Promise<LightPeer[]> {
  const peers = await Promise.all([0, 1].map((i) => joined(server, among, session, `${session}-${i}`, ssrc + i)));
  peers.forEach((peer, i) => {
    sound.add(peer, ssrc + i);
  });
  return peers;
}

/** From when all of a call hear each other, what each misses is counted. */
export async function beginCount(call: readonly LightPeer[]): Promise<void> {
  await when(() => call.every(({ counters }) => counters.packets > 10));
  for (const peer of call) peer.resetCounters();
}

export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
