import { randomUUID } from 'node:crypto';
import type { LightPeer, Swarm } from '@maru/sfu/load';
import type { ServerMessage } from '@maru/signaling';
import { eventually } from './eventually.js';
import { SilentSeat } from './silent-seat.js';

let nextSsrc = 0x2000_0000;

/** Somebody in a hall who publishes a camera that films nothing: to the server and to all others one more to make room for, and no cost to the machine. */
export class LightGuest {
  private seat: SilentSeat | undefined;
  private readonly peer: LightPeer;
  private readonly stream = `light-${randomUUID()}`;
  private generation = 0;
  private refusal: string | undefined;

  private constructor(private readonly swarm: Swarm) {
    this.peer = swarm.add([
      { kind: 'audio', ssrc: nextSsrc++ },
      { kind: 'video', ssrc: nextSsrc++ },
    ]);
  }

  /** Resolves once it is connected to the media server. */
  static async enter(serverUrl: string, hall: string, name: string, swarm: Swarm): Promise<LightGuest> {
    const guest = new LightGuest(swarm);
    guest.seat = await SilentSeat.enter(serverUrl, hall, name, (message) => guest.receive(message));
    guest.seat.say({ type: 'publish', stream: { id: guest.stream, kind: 'camera', hasAudio: true, hasVideo: true } });
    guest.offer();
    await eventually(
      async () => guest.peer.state,
      (state) => state === 'connected',
      (state) => `${name} does not come in: ${guest.refusal ?? state}`,
      { timeoutMs: 60_000, everyMs: 10 },
    );
    return guest;
  }

  async leave(): Promise<void> {
    await this.seat?.leave();
    this.swarm.remove(this.peer);
  }

  private offer(): void {
    const sdp = this.peer.offer();
    const media = (['audio', 'video'] as const).map((track, index) => ({
      mid: this.peer.midOf(index),
      stream: this.stream,
      track,
    }));
    this.seat?.say({ type: 'media-signal', signal: { kind: 'offer', generation: ++this.generation, offer: 1, sdp, media } });
  }

  private receive(message: ServerMessage): void {
    if (message.type === 'failed') this.refusal = message.code;
    if (message.type !== 'media-signal') return;
    const { signal } = message;
    if (signal.kind === 'answer') void this.swarm.answer(this.peer, signal.sdp);
    if (signal.kind !== 'refused') return;
    this.refusal = signal.code;
    if (signal.retryAfterMs !== undefined) setTimeout(() => this.offer(), signal.retryAfterMs).unref();
  }
}
