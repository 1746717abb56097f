import type { MediaMapping } from '@maru/signaling';
import type { PairLog } from '../inspector/pair-log.js';
import type { VideoCodecs } from '../mesh/codec-preferences.js';
import { type OutgoingTrack, trackKey } from '../mesh/outgoing.js';
import { type EncodingPlan, planUpload, type Rid, ridsOf, samePlans } from './layers.js';

/** One track of ours on its way up. */
interface Upload {
  outgoing: OutgoingTrack;
  readonly section: Section;
  plans: readonly EncodingPlan[] | undefined;
}

/** A section that sends, with the encodings that it was made with: it serves later tracks of the same sort. */
interface Section {
  readonly transceiver: RTCRtpTransceiver;
  readonly sort: string;
  readonly rids: readonly Rid[];
}

const NOBODY: ReadonlySet<string> = new Set();

/** Puts our tracks onto sections that only send, each once, in the layers that the server may choose from. */
export class Uploads {
  private readonly uploads = new Map<string, Upload>();
  private readonly sections: Section[] = [];
  private readonly unwanted = new Map<string, ReadonlySet<string>>();
  private parametersWork: Promise<void> = Promise.resolve();

  constructor(
    private readonly connection: RTCPeerConnection,
    private readonly codecs: VideoCodecs,
    private readonly log: PairLog,
  ) {}

  /** Makes what goes up equal to `outgoing`. May make the browser ask for a negotiation. */
  sync(outgoing: readonly OutgoingTrack[]): void {
    const wanted = new Map(outgoing.map((item) => [trackKey(item.streamId, item.kind), item]));
    for (const [key, upload] of this.uploads) if (!wanted.has(key)) this.detach(key, upload);
    for (const [key, item] of wanted) {
      const upload = this.uploads.get(key);
      if (upload) this.update(upload, item);
      else this.attach(key, item);
    }
    this.applyPlans();
  }

  /** Which section carries which track, for the offer that was just set. */
  mapping(): MediaMapping[] {
    return [...this.uploads.values()].flatMap(({ outgoing, section: { transceiver } }) =>
      transceiver.mid === null ? [] : [{ mid: transceiver.mid, stream: outgoing.streamId, track: outgoing.kind }],
    );
  }

  /** The sections that carry what somebody says into a microphone, not the sound of a shared tab or what is sent as it is. */
  get speechMids(): ReadonlySet<string> {
    const mids = [...this.uploads.values()].flatMap(({ outgoing, section: { transceiver } }) =>
      outgoing.kind === 'audio' && outgoing.streamKind === 'camera' && !outgoing.isAsIs ? [transceiver.mid] : [],
    );
    return new Set(mids.filter((mid) => mid !== null));
  }

  /** What sits on a media section, for the figures. */
  byMid(mid: string): OutgoingTrack | undefined {
    for (const { outgoing, section } of this.uploads.values()) if (section.transceiver.mid === mid) return outgoing;
    return undefined;
  }

  /** The server says which layers of a track anybody gets; kept also for tracks that come later. */
  wish(streamId: string, layers: readonly { readonly rid: string; readonly active: boolean }[]): void {
    this.unwanted.set(streamId, new Set(layers.filter(({ active }) => !active).map(({ rid }) => rid)));
    this.applyPlans();
  }

  /** Gives every encoder its plan; looked at again each second, since a camera may tell its size only after its first frame. */
  applyPlans(): void {
    for (const upload of this.uploads.values()) {
      const { outgoing, section } = upload;
      const size = outgoing.kind === 'video' ? (outgoing.track?.getSettings() ?? {}) : {};
      const plans = planUpload({
        trackKind: outgoing.kind,
        streamKind: outgoing.streamKind,
        rids: section.rids,
        sourceWidth: size.width,
        sourceHeight: size.height,
        muted: outgoing.muted,
        unwanted: outgoing.kind === 'video' ? (this.unwanted.get(outgoing.streamId) ?? NOBODY) : NOBODY,
        maxBitrateBps: outgoing.maxBitrateBps,
        isAsIs: outgoing.isAsIs,
      });
      if (samePlans(plans, upload.plans)) continue;
      upload.plans = plans;
      this.parametersWork = this.parametersWork.then(() => this.setPlans(upload, plans));
    }
  }

  private attach(key: string, outgoing: OutgoingTrack): void {
    const section = this.freeSection(outgoing) ?? this.addSection(outgoing);
    const upload: Upload = { outgoing, section, plans: undefined };
    this.uploads.set(key, upload);
    this.hint(outgoing);
    const { transceiver } = section;
    if (transceiver.sender.track !== outgoing.track) this.replace(transceiver, outgoing.track);
    transceiver.sender.setStreams?.(outgoing.wireStream);
    if (transceiver.direction !== 'sendonly') transceiver.direction = 'sendonly';
    this.log.call('addTrack', `${outgoing.kind} of ${outgoing.streamKind}`, {
      key: 'track-added',
      params: { kind: outgoing.kind, stream: outgoing.streamKind },
    });
  }

  private update(upload: Upload, outgoing: OutgoingTrack): void {
    const before = upload.outgoing.track;
    upload.outgoing = outgoing;
    if (before === outgoing.track) return;
    this.hint(outgoing);
    this.replace(upload.section.transceiver, outgoing.track);
    upload.plans = undefined; // another device, another size
  }

  private detach(key: string, { section: { transceiver }, outgoing }: Upload): void {
    this.uploads.delete(key);
    this.unwanted.delete(outgoing.streamId);
    this.replace(transceiver, null);
    transceiver.direction = 'inactive';
    this.log.call('removeTrack', `${outgoing.kind} of ${outgoing.streamKind}`, {
      key: 'track-removed',
      params: { kind: outgoing.kind },
    });
  }

  private freeSection(outgoing: OutgoingTrack): Section | undefined {
    const taken = new Set([...this.uploads.values()].map(({ section }) => section));
    const sort = sortOf(outgoing);
    return this.sections.find((section) => !taken.has(section) && section.sort === sort && section.transceiver.mid !== null);
  }

  private addSection(outgoing: OutgoingTrack): Section {
    const { track, kind, wireStream, streamKind } = outgoing;
    const { width, height } = track?.getSettings() ?? {};
    const rids = kind === 'video' && !outgoing.isAsIs ? ridsOf(streamKind, width, height) : [];
    const transceiver = this.connection.addTransceiver(track ?? kind, {
      direction: 'sendonly',
      streams: [wireStream],
      ...(rids.length > 0 && { sendEncodings: this.encodings(outgoing, rids, width, height) }),
    });
    this.preferCodecs(transceiver, outgoing);
    const section: Section = { transceiver, sort: sortOf(outgoing), rids };
    this.sections.push(section);
    return section;
  }

  private encodings(
    { kind, streamKind, muted, maxBitrateBps, isAsIs }: OutgoingTrack,
    rids: readonly Rid[],
    sourceWidth: number | undefined,
    sourceHeight: number | undefined,
  ): RTCRtpEncodingParameters[] {
    const situation = {
      trackKind: kind,
      streamKind,
      rids,
      sourceWidth,
      sourceHeight,
      muted,
      unwanted: NOBODY,
      maxBitrateBps,
      isAsIs,
    };
    return planUpload(situation).map((plan) => ({ ...parametersOf(plan), rid: plan.rid!, ...LAYERED }));
  }

  private replace(transceiver: RTCRtpTransceiver, track: MediaStreamTrack | null): void {
    const kind = track?.kind ?? transceiver.receiver.track.kind;
    this.log.call('replaceTrack', track?.label ?? null, { key: 'track-replaced', params: { kind } });
    transceiver.sender.replaceTrack(track).catch((error: unknown) => this.log.event('replaceTrack failed', String(error)));
  }

  /** Tells the encoder what matters where the page has not: the sharpness of a screen. */
  private hint({ track, streamKind, kind }: OutgoingTrack): void {
    if (track && kind === 'video' && streamKind === 'screen' && track.contentHint === '') track.contentHint = 'detail';
  }

  private preferCodecs(transceiver: RTCRtpTransceiver, { kind, isAsIs }: OutgoingTrack): void {
    const codecs = kind === 'video' && !isAsIs ? this.codecs.forUpload() : undefined;
    if (!codecs || !('setCodecPreferences' in transceiver)) return;
    try {
      transceiver.setCodecPreferences(codecs);
    } catch (error) {
      this.log.event('setCodecPreferences failed', String(error)); // the browser's own order does as well
    }
  }

  private async setPlans(upload: Upload, plans: readonly EncodingPlan[]): Promise<void> {
    const { sender } = upload.section.transceiver;
    const parameters = sender.getParameters();
    if (upload.plans !== plans || !parameters.encodings || parameters.encodings.length === 0) {
      if (upload.plans === plans) upload.plans = undefined; // not negotiated yet: the next round sets it
      return;
    }
    for (const [index, encoding] of parameters.encodings.entries()) {
      const plan = plans.find(({ rid }) => rid !== undefined && rid === encoding.rid) ?? plans[index];
      if (plan) Object.assign(encoding, parametersOf(plan), upload.outgoing.kind === 'audio' && { priority: 'high' });
    }
    if (upload.outgoing.kind === 'video') {
      parameters.degradationPreference = upload.outgoing.streamKind === 'screen' ? 'maintain-resolution' : 'balanced';
    }
    try {
      await sender.setParameters(parameters);
      this.logPlans(upload.outgoing, plans);
    } catch (error) {
      upload.plans = undefined;
      this.log.event('setParameters failed', String(error));
    }
  }

  private logPlans({ kind }: OutgoingTrack, plans: readonly EncodingPlan[]): void {
    for (const { rid, active, maxBitrateBps, scaleResolutionDownBy } of plans) {
      const params = { kind, active, maxBitrateBps, scale: scaleResolutionDownBy };
      this.log.call('setParameters', { ...params, rid: rid ?? null }, { key: 'bitrate-set', params });
    }
  }
}

/** Temporal layers let the server halve the frames of somebody whose line is slow without asking the sender. */
const LAYERED = { scalabilityMode: 'L1T3' } as const;

function parametersOf({
  active,
  maxBitrateBps,
  scaleResolutionDownBy,
  maxFramerate,
  rid,
}: EncodingPlan): RTCRtpEncodingParameters {
  return {
    active,
    maxBitrate: maxBitrateBps,
    ...(rid !== undefined && { scaleResolutionDownBy }),
    ...(maxFramerate !== undefined && { maxFramerate }),
  };
}

/** Tracks of one sort may follow one another on a section. */
function sortOf({ kind, streamKind, isAsIs }: OutgoingTrack): string {
  if (isAsIs) return `${kind} as it is`;
  return kind === 'audio' ? 'audio' : streamKind === 'screen' ? 'screen' : 'camera';
}
