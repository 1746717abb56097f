type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

interface Section {
  readonly mid: string;
  readonly kind: 'audio' | 'video' | 'application';
  readonly direction: Direction;
}

interface Sdp {
  readonly ufrag: string;
  readonly sections: readonly Section[];
}

class FakeTransceiver {
  mid: string | null = null;
  currentDirection: Direction | null = null;
  readonly sender: {
    track: unknown;
    replaceTrack(track: unknown): Promise<void>;
    getParameters(): object;
    setParameters(): Promise<void>;
  };
  readonly receiver: { track: { kind: string }; getStats(): Promise<Map<string, object>> };
  /** Pictures or packets that have come, as `getStats` tells. */
  arrived = 0;
  /** What the last negotiation said of our side. */
  negotiated: Direction | undefined;

  constructor(
    readonly kind: 'audio' | 'video',
    private wished: Direction,
    private readonly changed: () => void,
  ) {
    this.receiver = {
      track: { kind },
      getStats: async () =>
        new Map([['in', { type: 'inbound-rtp', framesDecoded: this.arrived, packetsReceived: this.arrived }]]),
    };
    this.sender = {
      track: null,
      replaceTrack: async (track) => void (this.sender.track = track),
      getParameters: () => ({ encodings: [] }),
      setParameters: async () => undefined,
    };
  }

  get direction(): Direction {
    return this.wished;
  }

  set direction(direction: Direction) {
    this.wished = direction;
    this.changed();
  }
}

/** How long an operation takes, in turns of the event loop: random in tests, so that every order of things happens. */
export type Latency = () => number;

let made = 0;

/** What every description of a browser says of DTLS. */
const DTLS = `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\na=setup:actpass\r\n`;

/**
 * An RTCPeerConnection that behaves as the specification says as far as negotiation goes: states, the operations chain, implicit rollback, when
 * `negotiationneeded` fires, and which candidates are refused. It moves no media.
 */
export class FakePeerConnection {
  signalingState: RTCSignalingState = 'stable';
  connectionState: RTCPeerConnectionState = 'new';
  iceConnectionState: RTCIceConnectionState = 'new';
  iceGatheringState: RTCIceGatheringState = 'new';
  onnegotiationneeded: (() => void) | null = null;
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  onicegatheringstatechange: (() => void) | null = null;
  onsignalingstatechange: (() => void) | null = null;
  onicecandidateerror: (() => void) | null = null;
  ontrack: (() => void) | null = null;
  readonly channels: { label: string; id: number }[] = [];
  readonly candidatesAdded: string[] = [];
  readonly transceivers: FakeTransceiver[] = [];
  rollbacks = 0;
  closed = false;
  private readonly name = `p${++made}`;
  private currentLocal: RTCSessionDescriptionInit | null = null;
  private currentRemote: RTCSessionDescriptionInit | null = null;
  private pendingLocal: RTCSessionDescriptionInit | null = null;
  private pendingRemote: RTCSessionDescriptionInit | null = null;
  private chain: Promise<unknown> = Promise.resolve();
  private chained = 0;
  private generation = 0;
  private restartWanted = false;
  private hasApplication = false;
  private eventQueued = false;
  /** Mids given in an offer that may still be rolled back. */
  private provisional: FakeTransceiver[] = [];

  constructor(private readonly latency: Latency = () => 1) {}

  get localDescription(): RTCSessionDescriptionInit | null {
    return this.pendingLocal ?? this.currentLocal;
  }

  get remoteDescription(): RTCSessionDescriptionInit | null {
    return this.pendingRemote ?? this.currentRemote;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.transceivers;
  }

  addTransceiver(
    trackOrKind: { kind: 'audio' | 'video' } | 'audio' | 'video',
    { direction = 'sendrecv' as Direction } = {},
  ): FakeTransceiver {
    const kind = typeof trackOrKind === 'string' ? trackOrKind : trackOrKind.kind;
    const transceiver = new FakeTransceiver(kind, direction, () => this.updateNeed());
    if (typeof trackOrKind !== 'string') transceiver.sender.track = trackOrKind;
    this.transceivers.push(transceiver);
    this.updateNeed();
    return transceiver;
  }

  createDataChannel(label: string, { id }: { id: number }): object {
    this.channels.push({ label, id });
    this.updateNeed();
    return { label, readyState: 'connecting', send: () => undefined };
  }

  restartIce(): void {
    this.restartWanted = true;
    this.updateNeed();
  }

  setLocalDescription(): Promise<void> {
    return this.enqueue(() => {
      if (this.signalingState === 'have-remote-offer') this.setAnswer();
      else if (this.signalingState === 'stable' || this.signalingState === 'have-local-offer') this.setOffer();
    });
  }

  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    return this.enqueue(() => {
      if (description.type === 'offer') {
        if (this.signalingState === 'have-local-offer') this.rollback();
        if (this.signalingState !== 'stable') throw new Error(`InvalidStateError: an offer in ${this.signalingState}`);
        this.pendingRemote = description;
        this.takeSections(read(description));
        this.enterState('have-remote-offer');
        return;
      }
      if (this.signalingState !== 'have-local-offer') throw new Error(`InvalidStateError: an answer in ${this.signalingState}`);
      this.agree(read(this.pendingLocal!), read(description));
      this.currentRemote = description;
      this.currentLocal = this.pendingLocal;
      this.pendingLocal = this.pendingRemote = null;
      this.enterState('stable');
    });
  }

  addIceCandidate(candidate?: RTCIceCandidateInit): Promise<void> {
    return this.enqueue(() => {
      const { remoteDescription } = this;
      if (!remoteDescription) throw new Error('InvalidStateError: a candidate before any description');
      if (candidate?.usernameFragment && candidate.usernameFragment !== read(remoteDescription).ufrag)
        throw new Error('OperationError: unknown ufrag');
      this.candidatesAdded.push(candidate?.candidate ?? 'end');
    });
  }

  async getStats(): Promise<Map<string, unknown>> {
    return new Map();
  }

  setConfiguration(): void {}

  close(): void {
    this.closed = true;
    this.signalingState = 'closed';
    this.connectionState = 'closed';
  }

  /** For tests: the path as the browser would report it. */
  setConnectionState(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.iceConnectionState = state === 'connecting' ? 'checking' : state;
    this.onconnectionstatechange?.();
  }

  /** What both descriptions in force agree on: equal on both sides when they are in step. */
  get agreement(): string {
    const local = this.currentLocal && read(this.currentLocal);
    const remote = this.currentRemote && read(this.currentRemote);
    return JSON.stringify([local?.ufrag, remote?.ufrag].sort());
  }

  private setOffer(): void {
    if (this.restartWanted || this.generation === 0) this.generation += 1;
    let next =
      Math.max(
        -1,
        ...this.transceivers.map(({ mid }) => Number(mid ?? -1)),
        this.hasApplication || this.channels.length > 0 ? 0 : -1,
      ) + 1;
    const sections: Section[] =
      this.channels.length > 0 || this.hasApplication ? [{ mid: '0', kind: 'application', direction: 'sendrecv' }] : [];
    for (const transceiver of this.transceivers) {
      if (transceiver.mid === null) {
        transceiver.mid = String(next++);
        this.provisional.push(transceiver);
      }
      sections.push({ mid: transceiver.mid, kind: transceiver.kind, direction: transceiver.direction });
    }
    this.pendingLocal = this.write('offer', sections);
    this.enterState('have-local-offer');
    this.gather();
  }

  private setAnswer(): void {
    const offer = read(this.pendingRemote!);
    if (this.generation === 0 || read(this.currentRemote ?? { type: 'offer', sdp: '' }).ufrag !== offer.ufrag)
      this.generation += 1;
    const sections = offer.sections.map((section) => {
      const transceiver = this.transceivers.find(({ mid }) => mid === section.mid);
      return { ...section, direction: transceiver ? both(transceiver.direction, flip(section.direction)) : section.direction };
    });
    const answer = this.write('answer', sections);
    this.agree(read(answer), offer);
    this.currentLocal = answer;
    this.currentRemote = this.pendingRemote;
    this.pendingLocal = this.pendingRemote = null;
    this.enterState('stable');
    this.gather();
  }

  private rollback(): void {
    this.rollbacks += 1;
    for (const transceiver of this.provisional) transceiver.mid = null;
    this.provisional = [];
    this.pendingLocal = null;
    this.enterState('stable', false);
  }

  private agree(ours: Sdp, theirs: Sdp): void {
    this.provisional = [];
    this.restartWanted = false;
    if (ours.sections.some(({ kind }) => kind === 'application')) this.hasApplication = true;
    for (const transceiver of this.transceivers) {
      const mine = ours.sections.find(({ mid }) => mid === transceiver.mid);
      const other = theirs.sections.find(({ mid }) => mid === transceiver.mid);
      if (mine && other) transceiver.currentDirection = both(mine.direction, flip(other.direction));
      if (mine) transceiver.negotiated = transceiver.direction;
    }
  }

  private takeSections({ sections }: Sdp): void {
    for (const { mid, kind } of sections) {
      if (kind === 'application' || this.transceivers.some((one) => one.mid === mid)) continue;
      const transceiver = new FakeTransceiver(kind, 'recvonly', () => this.updateNeed());
      transceiver.mid = mid;
      this.transceivers.push(transceiver);
    }
  }

  private gather(): void {
    const ufrag = `${this.name}g${this.generation}`;
    void Promise.resolve().then(() => {
      for (const candidate of [`${ufrag}-1`, `${ufrag}-2`]) {
        const value = { candidate, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: ufrag };
        this.onicecandidate?.({ candidate: { ...value, toJSON: () => value } });
      }
    });
  }

  private write(type: RTCSdpType, sections: readonly Section[]): RTCSessionDescriptionInit {
    const ufrag = `${this.name}g${this.generation}`;
    return {
      type,
      sdp: `v=0\r\na=ice-ufrag:${ufrag}\r\na=ice-pwd:secretsecretsecretsecret\r\n${DTLS}a=fake:${JSON.stringify({ ufrag, sections })}\r\n`,
    };
  }

  private enterState(state: RTCSignalingState, update = true): void {
    this.signalingState = state;
    this.onsignalingstatechange?.();
    if (update && state === 'stable') this.updateNeed();
  }

  /** W3C webrtc, "update the negotiation-needed flag". */
  private updateNeed(): void {
    if (this.eventQueued) return;
    this.eventQueued = true;
    void this.turns(1).then(() => {
      this.eventQueued = false;
      if (this.closed || this.signalingState !== 'stable' || !this.isNeeded()) return;
      if (this.chained > 0) return void this.chain.then(() => this.updateNeed());
      this.onnegotiationneeded?.();
    });
  }

  private isNeeded(): boolean {
    const isNew = (transceiver: FakeTransceiver): boolean =>
      transceiver.mid === null || transceiver.negotiated !== transceiver.direction;
    return this.restartWanted || (this.channels.length > 0 && !this.hasApplication) || this.transceivers.some(isNew);
  }

  private enqueue(task: () => void): Promise<void> {
    this.chained += 1;
    const result = this.chain.then(async () => {
      await this.turns(this.latency());
      if (!this.closed) task();
    });
    this.chain = result
      .catch(() => undefined)
      .then(() => {
        this.chained -= 1;
        if (this.chained === 0 && this.signalingState === 'stable') this.updateNeed();
      });
    return result;
  }

  private async turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
  }
}

/** The answer of a server that takes everything, as `sfu` does: what is sent it receives, and it sends into the rest. */
export function answerTo(offer: string): string {
  const { sections } = read({ type: 'offer', sdp: offer });
  const answered = { ufrag: 'server', sections: sections.map((section) => ({ ...section, direction: flip(section.direction) })) };
  return `v=0\r\na=ice-ufrag:server\r\na=ice-pwd:secretsecretsecretsecret\r\n${DTLS}a=fake:${JSON.stringify(answered)}\r\n`;
}

/** Mids of the sections of a kind in which whoever offered only receives. */
export function slotsOf(offer: string, kind: 'audio' | 'video'): string[] {
  const { sections } = read({ type: 'offer', sdp: offer });
  return sections.filter((section) => section.kind === kind && section.direction === 'recvonly').map(({ mid }) => mid);
}

function read({ sdp = '' }: RTCSessionDescriptionInit): Sdp {
  const json = /^a=fake:(.*)$/m.exec(sdp)?.[1];
  return json ? JSON.parse(json) : { ufrag: '', sections: [] };
}

function flip(direction: Direction): Direction {
  return direction === 'sendonly' ? 'recvonly' : direction === 'recvonly' ? 'sendonly' : direction;
}

function both(a: Direction, b: Direction): Direction {
  const sends = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'sendonly';
  const receives = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'recvonly';
  const send = sends(a) && sends(b);
  const receive = receives(a) && receives(b);
  return send ? (receive ? 'sendrecv' : 'sendonly') : receive ? 'recvonly' : 'inactive';
}
