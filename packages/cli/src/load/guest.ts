import { randomUUID } from 'node:crypto';
import type { LightPeer, LightSection, Swarm } from '@maru/sfu/load';
import type { ServerMessage, StreamSpec } from '@maru/signaling';
import { SessionError } from '../session/hall-link.js';
import { VERSION } from '../session/session-command.js';
import { SignalingClient } from '../session/signaling-client.js';

/** How long somebody may take to come in. */
const ENTRY_MS = 30_000;

export interface GuestSettings {
  readonly server: URL;
  readonly token: string;
  readonly ca: string | undefined;
  readonly swarm: Swarm;
  readonly sections: readonly LightSection[];
  /** What it publishes: its first section is the voice, its second the picture. */
  readonly publishes: boolean;
}

/** One who takes part: a seat in signaling, and one connection to the media server. */
export class Guest {
  readonly peer: LightPeer;
  /** From the first word to the first packet that may be sent. */
  entryMs = 0;
  private readonly signaling: SignalingClient;
  private onAnswer: ((sdp: string) => void) | undefined;
  private onFailure: ((error: Error) => void) | undefined;

  private constructor(private readonly settings: GuestSettings) {
    this.peer = settings.swarm.add(settings.sections);
    this.signaling = new SignalingClient(
      { server: settings.server, token: settings.token, version: VERSION, ...(settings.ca && { ca: settings.ca }) },
      {
        welcomed: () => this.offer(),
        message: (message) => this.receive(message),
        carrying: () => {},
        ended: (code, detail) => this.onFailure?.(new SessionError(code, detail)),
      },
    );
  }

  /** Resolves once media may flow; rejects with why it may not. */
  static async enter(settings: GuestSettings): Promise<Guest> {
    const startedAt = performance.now();
    const guest = new Guest(settings);
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = await new Promise<string>((resolve, reject) => {
        guest.onAnswer = resolve;
        guest.onFailure = reject;
        timer = setTimeout(() => reject(new SessionError('load/no-answer', 'no answer came in time')), ENTRY_MS);
      });
      await Promise.race([
        settings.swarm.answer(guest.peer, answer),
        new Promise((_, reject) => {
          timer = setTimeout(() => reject(new SessionError('load/no-path', 'no packet came through in time')), ENTRY_MS);
        }),
      ]);
    } catch (error) {
      void guest.leave();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    guest.entryMs = performance.now() - startedAt;
    return guest;
  }

  leave(): Promise<void> {
    return this.signaling.leave();
  }

  private offer(): void {
    const { peer, settings } = this;
    const id = `load-${randomUUID()}`;
    if (settings.publishes) {
      const stream: StreamSpec = { id, kind: 'camera', hasAudio: true, hasVideo: true };
      this.signaling.send({ type: 'publish', stream });
    }
    const sdp = peer.offer();
    const media = settings.publishes
      ? [
          { mid: peer.midOf(0), stream: id, track: 'audio' as const },
          { mid: peer.midOf(1), stream: id, track: 'video' as const },
        ]
      : [];
    this.signaling.send({ type: 'media-signal', signal: { kind: 'offer', generation: 1, offer: 1, sdp, media } });
  }

  private receive(message: ServerMessage): void {
    if (message.type === 'failed') this.onFailure?.(new SessionError(message.code, message.detail));
    if (message.type !== 'media-signal') return;
    const { signal } = message;
    if (signal.kind === 'answer') this.onAnswer?.(signal.sdp);
    else if (signal.kind === 'refused') this.onFailure?.(new SessionError(signal.code, signal.detail));
  }
}
