import type { Instant } from '@maru/protocol/core';
import {
  type Environment,
  peerConnectionIn,
  type RTCDataChannel,
  type RTCPeerConnection,
  type RTCRtpTransceiver,
  receiveEncoded,
} from '@maru/webrtc';
import type { ParticipantEvent, TrackName } from '../media-server/events.js';
import type { MediaServer } from '../media-server/media-server.js';
import type { MediaOffer, MediaParticipant, MediaPermissions } from '../media-server/participant.js';
import { MediaRefusal } from '../media-server/refusal.js';
import { signatureOf, type TestSource } from './test-camera.js';

export interface TestClientOptions {
  readonly session?: string;
  readonly slots?: { readonly audio: number; readonly video: number };
  readonly permissions?: Partial<MediaPermissions>;
}

/** A frame that a client got: in which slot, and what it says of itself. */
export interface SeenFrame {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly number: number;
  readonly mark: number;
  readonly place: number;
  readonly isKeyFrame: boolean;
  readonly at: Instant;
}

const EVERYTHING: MediaPermissions = { publish: true, subscribe: true, data: true };

/** A client as the SDK is one: a connection that offers, slots to receive in, and whatever it publishes. */
export class TestClient {
  readonly pc: RTCPeerConnection;
  readonly control: RTCDataChannel;
  readonly participant: MediaParticipant;
  readonly events: ParticipantEvent[] = [];
  readonly seen: SeenFrame[] = [];
  readonly messages: unknown[] = [];
  readonly sources = new Map<string, TrackName | null>();
  offers = 0;
  /** Its page has no room for more. */
  wantsNoMoreSlots = false;
  onEvent: (event: ParticipantEvent) => void = () => {};
  private readonly media: { transceiver: RTCRtpTransceiver; stream: string; track: 'audio' | 'video' }[] = [];
  private negotiating: Promise<void> = Promise.resolve();

  constructor(
    /** Where to join; or the participant that it already is. */
    server: MediaServer | MediaParticipant,
    readonly name: string,
    private readonly environment: Environment,
    { session = 'hall', slots = { audio: 2, video: 2 }, permissions }: TestClientOptions = {},
  ) {
    this.pc = new (peerConnectionIn(environment))();
    this.control = this.pc.createDataChannel('maru-media', { negotiated: true, id: 0 });
    this.control.binaryType = 'arraybuffer';
    this.control.onmessage = (event) => this.messages.push((event as MessageEvent).data);
    this.addSlots('audio', slots.audio);
    this.addSlots('video', slots.video);
    if (!('join' in server)) {
      this.participant = server;
      return;
    }
    const joined = server.join({
      session,
      connection: name,
      permissions: { ...EVERYTHING, ...permissions },
      onEvent: (event) => this.take(event),
    });
    if (joined instanceof MediaRefusal) throw new Error(joined.code);
    this.participant = joined;
  }

  addSlots(kind: 'audio' | 'video', count: number): void {
    for (let i = 0; i < count; i++) {
      const transceiver = this.pc.addTransceiver(kind, { direction: 'recvonly' });
      receiveEncoded(transceiver.receiver.track, ({ data, isKeyFrame }) =>
        this.seen.push({
          mid: transceiver.mid ?? '',
          kind,
          isKeyFrame,
          at: this.environment.network.clock.now(),
          ...signatureOf(data),
        }),
      );
    }
  }

  /** Publishes a stream of these; `rids` makes its video a simulcast. */
  publish(
    stream: string,
    sources: { readonly audio?: TestSource; readonly video?: TestSource },
    rids: readonly string[] = [],
  ): void {
    for (const [track, source] of Object.entries(sources) as ['audio' | 'video', TestSource][]) {
      const sendEncodings = track === 'video' && rids.length > 0 ? { sendEncodings: rids.map((rid) => ({ rid })) } : {};
      const transceiver = this.pc.addTransceiver(source.track, { direction: 'sendonly', ...sendEncodings });
      this.media.push({ transceiver, stream, track });
    }
    const { audio, video } = sources;
    this.participant.publish({ stream, hasAudio: audio !== undefined, hasVideo: video !== undefined });
  }

  /** One round of offer and answer; rounds follow one another. */
  negotiate(options: { readonly iceRestart?: boolean } = {}): Promise<void> {
    this.negotiating = this.negotiating.then(async () => {
      if (this.pc.signalingState === 'closed') return;
      if (options.iceRestart) this.pc.restartIce();
      await this.pc.setLocalDescription();
      this.offers += 1;
      const answer = await this.participant.offer(this.offer());
      if (answer instanceof MediaRefusal) throw new Error(`${answer.code}: ${answer.detail}`);
      await this.pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    });
    return this.negotiating;
  }

  offer(): MediaOffer {
    const media = this.media.flatMap(({ transceiver: { mid }, stream, track }) => (mid === null ? [] : [{ mid, stream, track }]));
    return { sdp: this.pc.localDescription!.sdp, media };
  }

  /** Of the frames that came, those with this mark. */
  framesOf(mark: number, kind: 'audio' | 'video' = 'video'): SeenFrame[] {
    return this.seen.filter((frame) => frame.mark === mark && frame.kind === kind);
  }

  close(): void {
    this.participant.close();
    this.pc.close();
  }

  take(event: ParticipantEvent): void {
    this.events.push(event);
    if (event.type === 'slots-changed') for (const { mid, source } of event.slots) this.sources.set(mid, source);
    if (event.type === 'slots-wanted' && !this.wantsNoMoreSlots) this.haveSlots(event);
    if (event.type === 'restart-wanted') this.negotiate({ iceRestart: true }).catch(() => {}); // refused: too soon after the last one
    this.onEvent(event);
  }

  private haveSlots(wanted: { readonly audio: number; readonly video: number }): void {
    const count = (kind: string): number =>
      this.pc.getTransceivers().filter(({ direction, receiver }) => direction === 'recvonly' && receiver.track.kind === kind)
        .length;
    for (const kind of ['audio', 'video'] as const) {
      const has = count(kind);
      if (has < wanted[kind]) this.addSlots(kind, Math.max(wanted[kind], 2 * has) - has); // doubled, so that it is soon over
    }
    void this.negotiate();
  }
}
