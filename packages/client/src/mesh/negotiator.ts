import type { PairLog } from '../inspector/pair-log.js';

/** Most candidates of the other side that are looked at for one ICE generation. */
const MAX_REMOTE_CANDIDATES = 64;

/** What the negotiation of one RTCPeerConnection needs of the rest. */
export interface NegotiatorHooks {
  /** Send this description to the other side. */
  sendDescription(description: RTCSessionDescription): void;
  /** Send this candidate, or the end of candidates. */
  sendCandidate(candidate: RTCIceCandidate | null): void;
  /** An offer is set and about to be answered: the last moment to put own tracks on the sections it offers. */
  beforeAnswer(): void;
  /** The browser refused something that should have worked: the pair is beyond repair with this RTCPeerConnection. */
  broke(error: unknown): void;
}

/**
 * Perfect negotiation (W3C webrtc, "perfect negotiation example"; RFC 9429 §4.1.8.2 for rollback) over one RTCPeerConnection: either side may offer at
 * any time; when both do, the polite one gives way. Candidates are kept until the description that they belong to is set.
 */
export class Negotiator {
  private makingOffer = false;
  private ignoringOffer = false;
  /** Our offer is taken back and theirs not set yet. */
  private yielding = false;
  private settingRemoteAnswer = false;
  private work: Promise<void> = Promise.resolve();
  private closed = false;
  private early: (RTCIceCandidateInit | null)[] = [];
  private candidateCount = 0;
  private remoteUfrags = '';
  /** Descriptions being set: candidates of theirs wait, so that the other side hears of a description before its candidates. */
  private settingLocal = 0;
  private readonly held: (RTCIceCandidate | null)[] = [];

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly polite: boolean,
    private readonly hooks: NegotiatorHooks,
    private readonly log: PairLog,
  ) {
    connection.onnegotiationneeded = () => void this.offer();
    connection.onicecandidate = ({ candidate }) => this.foundCandidate(candidate);
  }

  /** Takes the other side's description. `whenApplied` runs once it is set, before an offer is answered. Resolves to whether it was used. */
  receiveDescription(description: RTCSessionDescriptionInit, whenApplied: () => void): Promise<void> {
    return this.enqueue(() => this.applyDescription(description, whenApplied));
  }

  /** Takes the other side's candidate, or null for the end of them. */
  receiveCandidate(candidate: RTCIceCandidateInit | null): Promise<void> {
    return this.enqueue(() => this.applyCandidate(candidate));
  }

  close(): void {
    this.closed = true;
    this.connection.onnegotiationneeded = null;
    this.connection.onicecandidate = null;
    this.early = [];
  }

  /** One signal after the other: the next is looked at when the browser is done with the one before. */
  private enqueue(task: () => Promise<void>): Promise<void> {
    this.work = this.work
      .then(() => (this.closed ? undefined : task()))
      .catch((error: unknown) => {
        if (!this.closed) this.hooks.broke(error);
      });
    return this.work;
  }

  private async offer(): Promise<void> {
    if (this.yielding) return; // asked again, if it is still needed, once theirs is answered
    this.log.event('negotiationneeded', null, { key: 'negotiation-needed', params: {} });
    try {
      this.makingOffer = true;
      await this.setLocal();
    } catch (error) {
      if (!this.closed) this.hooks.broke(error);
    } finally {
      this.makingOffer = false;
    }
  }

  private async applyDescription(description: RTCSessionDescriptionInit, whenApplied: () => void): Promise<void> {
    const { connection } = this;
    const readyForOffer = !this.makingOffer && (connection.signalingState === 'stable' || this.settingRemoteAnswer);
    const collides = description.type === 'offer' && !readyForOffer;
    this.ignoringOffer = !this.polite && collides;
    if (this.ignoringOffer) return this.logGlare('glare-ignored');
    if (collides) await this.takeOfferBack();
    if (description.type === 'answer' && connection.signalingState !== 'have-local-offer') return; // answers an offer that was rolled back
    await this.setRemote(description).finally(() => {
      this.yielding = false;
    });
    whenApplied();
    await this.addEarlyCandidates();
    if (description.type !== 'offer' || this.closed) return;
    this.hooks.beforeAnswer();
    await this.setLocal();
  }

  /**
   * Takes the own offer back before the other side's is set. setRemoteDescription would do so by itself, but Chromium first holds the header
   * extensions of the new offer against those of the old one, and refuses when numbers were given out differently.
   */
  private async takeOfferBack(): Promise<void> {
    this.logGlare('glare-yielded');
    this.yielding = true;
    try {
      await this.connection.setLocalDescription({ type: 'rollback' });
    } catch (error) {
      const nothingToTakeBack = error instanceof DOMException && error.name === 'InvalidStateError';
      if (!nothingToTakeBack) throw error;
    }
  }

  private async setRemote(description: RTCSessionDescriptionInit): Promise<void> {
    const { type, sdp = '' } = description;
    this.settingRemoteAnswer = type === 'answer';
    this.log.call('setRemoteDescription', { type }, { key: 'remote-description-set', params: { type } });
    this.log.description('remote', type, sdp);
    try {
      await this.connection.setRemoteDescription(description);
    } finally {
      this.settingRemoteAnswer = false;
    }
    this.rememberUfrags(sdp);
  }

  private async setLocal(): Promise<void> {
    this.settingLocal += 1;
    try {
      await this.connection.setLocalDescription();
      this.sendLocal();
    } finally {
      this.settingLocal -= 1;
    }
    if (this.settingLocal === 0) for (const candidate of this.held.splice(0)) this.sendCandidate(candidate);
  }

  private sendLocal(): void {
    const description = this.connection.localDescription;
    if (!description || this.closed) return;
    const { type, sdp } = description;
    this.log.call('setLocalDescription', { type }, { key: type === 'offer' ? 'offer-made' : 'answer-made', params: {} });
    this.log.description('local', type, sdp);
    this.hooks.sendDescription(description);
  }

  private foundCandidate(candidate: RTCIceCandidate | null): void {
    if (!candidate) {
      this.log.event('icecandidate', null, { key: 'gathering-done', params: {} });
    } else {
      if (candidate.candidate === '') return; // the end of one generation's candidates; null comes as well
      this.log.event('icecandidate', candidate.candidate, {
        key: 'local-candidate-found',
        params: { type: candidate.type ?? '', protocol: candidate.protocol ?? '' },
      });
      this.log.candidate('local', candidate.toJSON());
      if (candidate.tcpType === 'active') return; // RFC 6544 §4.5: it only ever calls; the called learns of it by the call
    }
    if (this.settingLocal > 0) this.held.push(candidate);
    else this.sendCandidate(candidate);
  }

  private sendCandidate(candidate: RTCIceCandidate | null): void {
    if (!this.closed) this.hooks.sendCandidate(candidate);
  }

  private async applyCandidate(candidate: RTCIceCandidateInit | null): Promise<void> {
    if (!this.connection.remoteDescription) {
      if (this.early.length < MAX_REMOTE_CANDIDATES) this.early.push(candidate);
      this.log.event('candidate', candidate?.candidate ?? null, { key: 'candidate-queued', params: {} });
      return;
    }
    await this.addCandidate(candidate);
  }

  private async addEarlyCandidates(): Promise<void> {
    const { early } = this;
    this.early = [];
    for (const candidate of early) await this.addCandidate(candidate);
  }

  private async addCandidate(candidate: RTCIceCandidateInit | null): Promise<void> {
    const ufrag = candidate?.usernameFragment;
    if (ufrag && !this.remoteUfrags.includes(`\n${ufrag}\n`)) return this.logStale(candidate);
    this.candidateCount += 1;
    if (this.candidateCount > MAX_REMOTE_CANDIDATES) return;
    if (candidate) this.log.candidate('remote', candidate);
    this.log.call('addIceCandidate', candidate?.candidate ?? null, { key: 'remote-candidate-received', params: {} });
    try {
      await this.connection.addIceCandidate(candidate ?? undefined);
    } catch (error) {
      // one candidate that the browser does not understand is no reason to give up the others
      if (!this.ignoringOffer) this.log.event('addIceCandidate failed', String(error), { key: 'candidate-error', params: {} });
    }
  }

  /** A candidate belongs to the ICE generation of its ufrag (RFC 8839 §5.4, RFC 8838 §5): those of others are not for this one. */
  private rememberUfrags(sdp: string): void {
    const ufrags = `\n${[...sdp.matchAll(/^a=ice-ufrag:([^\r\n]+)/gm)].map((match) => match[1]).join('\n')}\n`;
    if (ufrags !== this.remoteUfrags) this.candidateCount = 0;
    this.remoteUfrags = ufrags;
  }

  private logGlare(key: 'glare-ignored' | 'glare-yielded'): void {
    this.log.event('offer', null, { key, params: { polite: this.polite } });
  }

  private logStale(candidate: RTCIceCandidateInit): void {
    this.log.event('candidate', candidate.candidate ?? null, { key: 'candidate-stale', params: {} });
  }
}
