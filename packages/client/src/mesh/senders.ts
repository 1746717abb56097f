import type { MediaMapping } from '@maru/signaling';
import type { PairLog } from '../inspector/pair-log.js';
import type { TrackKind } from '../stream.js';
import type { VideoCodecs } from './codec-preferences.js';
import { type OutgoingTrack, trackKey } from './outgoing.js';
import { planSending, type SendPlan, type Want } from './send-policy.js';

interface Sending {
  outgoing: OutgoingTrack;
  readonly transceiver: RTCRtpTransceiver;
  plan: SendPlan | undefined;
}

const WANT_ALL: Want = { active: true };

/** Puts the tracks that should go to one person onto the transceivers of one RTCPeerConnection, reusing sections that nobody uses. */
export class Senders {
  private readonly sendings = new Map<string, Sending>();
  private readonly wants = new Map<string, Want>();
  private parametersWork: Promise<void> = Promise.resolve();

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly codecs: VideoCodecs,
    private readonly log: PairLog,
  ) {}

  /** Makes what is sent equal to `outgoing`: adds, replaces and takes away. May make the browser ask for a negotiation. */
  sync(outgoing: readonly OutgoingTrack[]): void {
    const wanted = new Map(outgoing.map((item) => [trackKey(item.streamId, item.kind), item]));
    for (const [key, sending] of this.sendings) {
      if (!wanted.has(key)) this.detach(key, sending);
    }
    for (const [key, item] of wanted) {
      const sending = this.sendings.get(key);
      if (sending) this.update(sending, item);
      else this.attach(key, item);
    }
  }

  /** Which section carries which track, for the description that was just set. */
  mapping(): MediaMapping[] {
    const mapping: MediaMapping[] = [];
    for (const { outgoing, transceiver } of this.sendings.values()) {
      if (transceiver.mid === null || !sends(transceiver.direction)) continue;
      mapping.push({ mid: transceiver.mid, stream: outgoing.streamId, track: outgoing.kind });
    }
    return mapping;
  }

  /** What sits on a media section, for the figures. */
  byMid(mid: string): OutgoingTrack | undefined {
    for (const { outgoing, transceiver } of this.sendings.values()) if (transceiver.mid === mid) return outgoing;
    return undefined;
  }

  /** What the other side wants of a track; kept also for tracks that come later. */
  want(streamId: string, kind: TrackKind, want: Want): void {
    const key = trackKey(streamId, kind);
    this.wants.set(key, want);
    const sending = this.sendings.get(key);
    if (sending) this.placeTrack(sending);
  }

  /** Gives every encoder its plan; `receivers` is how many people get what we send. */
  applyPlans(receivers: number): void {
    for (const sending of this.sendings.values()) {
      const { outgoing } = sending;
      const size = outgoing.kind === 'video' ? (outgoing.track?.getSettings() ?? {}) : {};
      const plan = planSending({
        trackKind: outgoing.kind,
        streamKind: outgoing.streamKind,
        receivers,
        sourceWidth: size.width,
        sourceHeight: size.height,
        muted: outgoing.muted,
        want: this.wantOf(outgoing),
        maxBitrateBps: outgoing.maxBitrateBps,
        isAsIs: outgoing.isAsIs,
      });
      if (samePlan(plan, sending.plan)) continue;
      sending.plan = plan;
      this.parametersWork = this.parametersWork.then(() => this.setPlan(sending, plan));
    }
  }

  private attach(key: string, outgoing: OutgoingTrack): void {
    const transceiver = this.freeTransceiver(outgoing.kind) ?? this.addTransceiver(outgoing);
    const sending: Sending = { outgoing, transceiver, plan: undefined };
    this.sendings.set(key, sending);
    this.hint(outgoing);
    this.placeTrack(sending);
    transceiver.sender.setStreams?.(outgoing.wireStream);
    transceiver.direction = 'sendrecv';
    this.preferCodecs(transceiver, outgoing);
    this.log.call('addTrack', `${outgoing.kind} of ${outgoing.streamKind}`, {
      key: 'track-added',
      params: { kind: outgoing.kind, stream: outgoing.streamKind },
    });
  }

  private update(sending: Sending, outgoing: OutgoingTrack): void {
    const before = sending.outgoing.track;
    sending.outgoing = outgoing;
    if (before === outgoing.track) return;
    this.hint(outgoing);
    this.placeTrack(sending);
    sending.plan = undefined; // another device, another size
  }

  /** Firefox goes on sending audio whose encoding is not active: unwanted audio is taken off its sender altogether. */
  private placeTrack({ transceiver, outgoing }: Sending): void {
    const isUnwanted = outgoing.kind === 'audio' && !this.wantOf(outgoing).active;
    const track = isUnwanted ? null : outgoing.track;
    if (transceiver.sender.track !== track) this.replace(transceiver, track);
  }

  private wantOf({ streamId, kind }: OutgoingTrack): Want {
    return this.wants.get(trackKey(streamId, kind)) ?? WANT_ALL;
  }

  private detach(key: string, { transceiver, outgoing }: Sending): void {
    this.sendings.delete(key);
    this.wants.delete(key);
    this.replace(transceiver, null);
    transceiver.direction = 'recvonly';
    this.log.call('removeTrack', `${outgoing.kind} of ${outgoing.streamKind}`, {
      key: 'track-removed',
      params: { kind: outgoing.kind },
    });
  }

  /** A section that exists, sends nothing of ours and may: the other side's offer brought it, or one of our streams left it. */
  private freeTransceiver(kind: TrackKind): RTCRtpTransceiver | undefined {
    const taken = new Set([...this.sendings.values()].map(({ transceiver }) => transceiver));
    return this.connection
      .getTransceivers()
      .find(
        (transceiver) =>
          !taken.has(transceiver) &&
          transceiver.receiver.track.kind === kind &&
          transceiver.direction !== 'stopped' &&
          transceiver.currentDirection !== 'stopped',
      );
  }

  private addTransceiver({ track, kind, wireStream }: OutgoingTrack): RTCRtpTransceiver {
    return this.connection.addTransceiver(track ?? kind, { direction: 'sendrecv', streams: [wireStream] });
  }

  private replace(transceiver: RTCRtpTransceiver, track: MediaStreamTrack | null): void {
    const kind = track?.kind ?? transceiver.receiver.track.kind;
    this.log.call('replaceTrack', track?.label ?? null, { key: 'track-replaced', params: { kind } });
    transceiver.sender.replaceTrack(track).catch((error: unknown) => this.log.event('replaceTrack failed', String(error)));
  }

  /** Tells the encoder what matters where the page has not: the sharpness of a screen. */
  private hint({ track, streamKind, kind }: OutgoingTrack): void {
    if (!track || kind !== 'video' || streamKind !== 'screen') return;
    if (track.contentHint === '') track.contentHint = 'detail';
  }

  private preferCodecs(transceiver: RTCRtpTransceiver, { kind, streamKind, isAsIs }: OutgoingTrack): void {
    if (kind !== 'video' || !('setCodecPreferences' in transceiver)) return;
    if (isAsIs) return this.codecs.limit(transceiver); // which codec it is, its source knows
    const preferred = this.codecs.forPair(streamKind);
    if (!preferred) return;
    try {
      transceiver.setCodecPreferences(preferred);
      const first = preferred[0]?.mimeType ?? '';
      this.log.call('setCodecPreferences', first, {
        key: 'codec-preferred',
        params: { codec: first.replace('video/', ''), stream: streamKind },
      });
    } catch (error) {
      this.log.event('setCodecPreferences failed', String(error)); // the browser's own order does as well
    }
  }

  private async setPlan(sending: Sending, plan: SendPlan): Promise<void> {
    const { sender } = sending.transceiver;
    const parameters = sender.getParameters();
    if (sending.plan !== plan || parameters.encodings === undefined || parameters.encodings.length === 0) {
      if (sending.plan === plan) sending.plan = undefined; // not negotiated yet: the next round sets it
      return;
    }
    for (const encoding of parameters.encodings) writePlan(encoding, plan, sending.outgoing.kind);
    if (sending.outgoing.kind === 'video') {
      parameters.degradationPreference = sending.outgoing.streamKind === 'screen' ? 'maintain-resolution' : 'balanced';
    }
    try {
      await sender.setParameters(parameters);
      this.logPlan(sending.outgoing, plan);
    } catch (error) {
      sending.plan = undefined;
      this.log.event('setParameters failed', String(error));
    }
  }

  private logPlan({ kind }: OutgoingTrack, plan: SendPlan): void {
    const { active, maxBitrateBps, scaleResolutionDownBy } = plan;
    const params = { kind, active, maxBitrateBps, scale: scaleResolutionDownBy };
    this.log.call('setParameters', params, { key: 'bitrate-set', params });
  }
}

function writePlan(encoding: RTCRtpEncodingParameters, plan: SendPlan, kind: TrackKind): void {
  encoding.active = plan.active;
  encoding.maxBitrate = plan.maxBitrateBps;
  if (kind === 'audio') {
    encoding.priority = 'high'; // people forgive a blurred picture, not a broken voice
    return;
  }
  encoding.scaleResolutionDownBy = plan.scaleResolutionDownBy;
  if (plan.maxFramerate !== undefined) encoding.maxFramerate = plan.maxFramerate;
}

function sends(direction: RTCRtpTransceiverDirection): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

function samePlan(a: SendPlan, b: SendPlan | undefined): boolean {
  return (
    b !== undefined &&
    a.active === b.active &&
    a.maxBitrateBps === b.maxBitrateBps &&
    a.scaleResolutionDownBy === b.scaleResolutionDownBy &&
    a.maxFramerate === b.maxFramerate
  );
}
