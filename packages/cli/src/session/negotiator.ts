import type { RTCIceCandidate, RTCPeerConnection, RTCSessionDescription } from '@maru/webrtc';

/** Most candidates of the other side that are looked at for one description: it may send as many as it likes. */
const MAX_REMOTE_CANDIDATES = 64;

export interface NegotiatorHooks {
  sendDescription(description: RTCSessionDescription): void;
  sendCandidate(candidate: RTCIceCandidate | null): void;
  /** An offer is set and about to be answered: the last moment to put tracks on its sections. */
  beforeAnswer(): void;
  /** Beyond repair with this RTCPeerConnection. */
  broke(error: unknown): void;
}

export interface CandidateLike {
  readonly candidate: string;
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number | null;
  readonly usernameFragment: string | null;
}

export interface DescriptionLike {
  readonly type: 'offer' | 'answer' | 'pranswer' | 'rollback';
  readonly sdp: string;
}

/** Perfect negotiation (W3C webrtc, "perfect negotiation example") over one RTCPeerConnection. */
export class Negotiator {
  private isOffering = false;
  private isIgnoring = false;
  private isClosed = false;
  private work: Promise<void> = Promise.resolve();
  private readonly early: (CandidateLike | null)[] = [];
  private candidates = 0;

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly polite: boolean,
    private readonly hooks: NegotiatorHooks,
  ) {
    connection.onnegotiationneeded = () => void this.offer();
    connection.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate !== '' && !this.isClosed) hooks.sendCandidate(candidate);
    };
  }

  description(description: DescriptionLike, applied: () => void): void {
    this.enqueue(() => this.apply(description, applied));
  }

  candidate(candidate: CandidateLike | null): void {
    this.enqueue(() => this.addCandidate(candidate));
  }

  close(): void {
    this.isClosed = true;
    this.connection.onnegotiationneeded = this.connection.onicecandidate = null;
  }

  private enqueue(task: () => Promise<void>): void {
    this.work = this.work
      .then(() => (this.isClosed ? undefined : task()))
      .catch((error: unknown) => {
        if (!this.isClosed) this.hooks.broke(error);
      });
  }

  private async offer(): Promise<void> {
    this.isOffering = true;
    try {
      await this.setLocal();
    } catch (error) {
      if (!this.isClosed) this.hooks.broke(error);
    } finally {
      this.isOffering = false;
    }
  }

  private async setLocal(): Promise<void> {
    await this.connection.setLocalDescription();
    const { localDescription } = this.connection;
    if (localDescription && !this.isClosed) this.hooks.sendDescription(localDescription);
  }

  private async apply(description: DescriptionLike, applied: () => void): Promise<void> {
    const { connection } = this;
    const isOffer = description.type === 'offer';
    const collides = isOffer && (this.isOffering || connection.signalingState !== 'stable');
    this.isIgnoring = collides && !this.polite;
    if (this.isIgnoring) return;
    if (description.type === 'answer' && connection.signalingState !== 'have-local-offer') return; // answers an offer taken back
    await connection.setRemoteDescription(description);
    this.candidates = 0;
    applied();
    for (const candidate of this.early.splice(0)) await this.addCandidate(candidate);
    if (!isOffer || this.isClosed) return;
    this.hooks.beforeAnswer();
    await this.setLocal();
  }

  private async addCandidate(candidate: CandidateLike | null): Promise<void> {
    if (this.candidates >= MAX_REMOTE_CANDIDATES) return;
    if (!this.connection.remoteDescription) {
      if (this.early.length < MAX_REMOTE_CANDIDATES) this.early.push(candidate);
      return;
    }
    this.candidates += candidate ? 1 : 0;
    try {
      await this.connection.addIceCandidate(candidate ?? undefined);
    } catch {
      // One that cannot be used, or of an offer that was ignored, is no reason to give up the others.
    }
  }
}
