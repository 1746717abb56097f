import type { MediaDriver } from '@maru/node/media';
import { type CoreContext, type DatagramSocket, type Instant, NEVER, type Path, type Waiting } from '@maru/protocol/core';
import type { Fingerprint, LocalCertificate, SrtpProfile } from '@maru/protocol/dtls';
import type { IceEvent } from '@maru/protocol/ice';
import { parseCandidate } from '@maru/protocol/ice';
import {
  type Agreement,
  type Codec,
  createAnswer,
  createOffer,
  type ExtensionWish,
  type LocalTransport,
  type MediaWish,
  mediaOutcome,
  midOf,
  NEW_NEGOTIATION,
  remoteCandidates,
  transportOutcome,
} from '@maru/protocol/jsep';
import { type RtcpBuilder, TwccRecorder } from '@maru/protocol/rtcp';
import { HEADER_EXTENSIONS, type RtpPacketView, readTransportSequence } from '@maru/protocol/rtp';
import { formatSdp, parseSdp, SdpMalformed } from '@maru/protocol/sdp';
import { PeerTransport, type TransportOutputs } from '@maru/protocol/transport';
import { candidateLines, type DriverSocket } from '../worker/local-ends.js';
import { SrtpKeys } from '../worker/srtp-keys.js';

/** The numbers that a light peer offers, the same in every section. */
export const LIGHT_TYPES = { opus: 111, vp8: 96, vp8Rtx: 97 } as const;
export const LIGHT_EXTENSIONS = { mid: 1, transportSequence: 2, audioLevel: 3, rid: 4 } as const;

const FEEDBACK = [
  { type: 'transport-cc', parameter: '' },
  { type: 'nack', parameter: '' },
  { type: 'nack', parameter: 'pli' },
];
const CODECS: Readonly<Record<'audio' | 'video', readonly Codec[]>> = {
  audio: [{ name: 'opus', clockRate: 48_000, channels: 2, parameters: '', feedback: [], preferredPayloadType: LIGHT_TYPES.opus }],
  video: [
    { name: 'VP8', clockRate: 90_000, parameters: '', feedback: FEEDBACK, preferredPayloadType: LIGHT_TYPES.vp8 },
    { name: 'rtx', clockRate: 90_000, parameters: '', feedback: [], preferredPayloadType: LIGHT_TYPES.vp8Rtx },
  ],
};
/** None is wanted. */
const NO_CHANNELS = { port: 5_000, maxMessageSize: 0 };
const EXTENSIONS: readonly ExtensionWish[] = (['mid', 'transport-cc', 'ssrc-audio-level', 'rid'] as const).map((name) => ({
  uri: HEADER_EXTENSIONS[name],
  direction: 'sendrecv',
}));

/** A section that a light peer offers. */
export interface LightSection {
  readonly kind: 'audio' | 'video';
  /** It sends from this SSRC; absent, and without {@link rids}: a slot. */
  readonly ssrc?: number;
  /** It sends simulcast under these names, lowest first: its packets tell mid and rid. */
  readonly rids?: readonly string[];
}

/** Whom light peers say they are, and what they protect media with. */
export interface LightIdentity {
  readonly certificate: LocalCertificate;
  readonly fingerprint: Fingerprint;
  /** What DTLS may agree on; absent: all that the stack has. */
  readonly srtpProfiles?: readonly SrtpProfile[];
}

/** What a light peer has got in all. */
export interface LightCounters {
  packets: number;
  bytes: number;
  /** That never came, as far as their numbers tell. */
  lost: number;
}

interface Source {
  first: number;
  highest: number;
  received: number;
}

/**
 * A WebRTC client that is as little of one as a server can tell: it offers or answers, checks, shakes hands and acknowledges what comes,
 * and looks at no payload. Thousands of them fit into one process.
 */
export class LightPeer implements TransportOutputs, Waiting {
  dueAt: Instant = NEVER;
  heapIndex = -1;
  readonly counters: LightCounters = { packets: 0, bytes: 0, lost: 0 };
  /** Where its packets go once ICE has a pair; -1 before. */
  address = -1;
  keys: SrtpKeys | undefined;
  /** How media is protected, once connected. */
  profile: SrtpProfile | undefined;
  state: 'new' | 'connecting' | 'connected' | 'failed' = 'new';
  onConnected: () => void = () => {};
  private readonly transport: PeerTransport;
  private readonly sources = new Map<number, Source>();
  private arrivals: TwccRecorder | undefined;
  /** The extension under which packets are numbered for feedback; undefined where that was not agreed. */
  private transportSequenceId: number | undefined;
  private readonly ownSsrc: number;
  private mediaSsrc = 0;
  private offered: ReturnType<typeof createOffer> | undefined;

  constructor(
    private readonly driver: MediaDriver,
    /** The local end that is its alone. */
    private readonly end: DriverSocket,
    private readonly context: CoreContext,
    private readonly identity: LightIdentity,
    /** What it offers; who answers takes what comes. */
    private readonly sections: readonly LightSection[],
    now: Instant,
  ) {
    this.ownSsrc = sections.find(({ ssrc }) => ssrc !== undefined)?.ssrc ?? context.random.uint32();
    this.transport = new PeerTransport({ ice: { role: 'controlling', localAddressFilter: () => true }, ...identity }, context);
    this.transport.ice.addHostSocket(now, end);
    this.transport.ice.gather(now, []);
  }

  get deadline(): Instant {
    return this.transport.deadline;
  }

  /** Of section `index`, once it has offered. */
  midOf(index: number): string {
    return this.offered ? midOf(this.offered, index) : '';
  }

  offer(): string {
    const tree = createOffer({
      identity: { id: '1', version: 1 },
      negotiation: NEW_NEGOTIATION,
      media: this.sections.map((section, index) => this.wishFor(section, index)),
      data: undefined,
      bundlePolicy: 'max-bundle',
      transport: () => this.describeTransport([]),
    });
    this.offered = tree;
    return formatSdp(tree);
  }

  /** Connects to who answered so. Throws where the answer makes no sense: it is a server's of ours, or one that we chose. */
  answer(now: Instant, text: string): void {
    const tree = parseSdp(text);
    if (tree instanceof SdpMalformed || !this.offered) throw new Error('the answer cannot be read');
    this.connect(now, { local: { type: 'offer', tree: this.offered }, remote: { type: 'answer', tree } });
  }

  /** Takes all media that `text` offers, sends none, and connects to who offered it. The answer, with its one candidate. */
  accept(now: Instant, text: string): string {
    const offer = parseSdp(text);
    if (offer instanceof SdpMalformed) throw new Error('the offer cannot be read');
    const answer = createAnswer({
      identity: { id: '1', version: 1 },
      offer,
      data: NO_CHANNELS,
      media: offer.media.flatMap(({ kind }, index) =>
        kind === 'audio' || kind === 'video' ? [{ ...this.wishFor({ kind }, index), mid: midOf(offer, index) }] : [],
      ),
      bundlePolicy: 'max-bundle',
      transport: () => {
        const { localAddress, localPort } = this.end;
        return this.describeTransport(
          candidateLines([{ address: localAddress, port: localPort, advertised: [localAddress] }], undefined),
        );
      },
    });
    this.connect(now, { local: { type: 'answer', tree: answer }, remote: { type: 'offer', tree: offer } });
    return formatSdp(answer);
  }

  /** STUN or DTLS. */
  receive(now: Instant, bytes: Uint8Array, path: Path): void {
    this.transport.receive(now, bytes, path);
  }

  /** An SRTP packet, sealed as it is: its header says all that is wanted of it. */
  count(now: Instant, view: RtpPacketView): void {
    const { ssrc, sequenceNumber } = view;
    this.counters.packets += 1;
    this.counters.bytes += view.length;
    this.mediaSsrc = ssrc;
    const source = this.sources.get(ssrc);
    if (!source) this.sources.set(ssrc, { first: sequenceNumber, highest: sequenceNumber, received: 1 });
    else {
      source.received += 1;
      const step = (sequenceNumber - source.highest) & 0xffff;
      if (step < 0x8000) source.highest += step;
    }
    if (this.transportSequenceId === undefined || !view.findExtension(this.transportSequenceId)) return;
    this.arrivals ??= new TwccRecorder();
    this.arrivals.received(now, readTransportSequence(view.bytes, view.valueOffset));
  }

  /** Packets that have not come, of all that were numbered. */
  get lost(): number {
    let lost = 0;
    for (const { first, highest, received } of this.sources.values()) lost += Math.max(0, highest - first + 1 - received);
    return lost;
  }

  /** Begins to count anew. */
  resetCounters(): void {
    this.sources.clear();
    this.counters.packets = this.counters.bytes = 0;
  }

  /** Tells what arrived (transport-wide feedback). */
  acknowledge(builder: RtcpBuilder): void {
    const { arrivals, keys } = this;
    if (!arrivals || !keys || this.address < 0) return;
    for (
      let packet = arrivals.build(this.ownSsrc, this.mediaSsrc);
      packet;
      packet = arrivals.build(this.ownSsrc, this.mediaSsrc)
    ) {
      if (builder.add(packet)) continue;
      keys.sendRtcp(this.address, builder.take());
      builder.add(packet);
    }
    if (!builder.isEmpty) keys.sendRtcp(this.address, builder.take());
  }

  advance(now: Instant): void {
    this.transport.advance(now);
  }

  settle(): void {
    this.transport.drain(this);
  }

  close(now: Instant): void {
    this.transport.close(now);
    this.transport.drain(this);
    this.transport.closeIce(now);
    this.transport.drain(this);
    this.keys?.end();
    if (this.address >= 0) this.driver.addresses.release(this.address);
  }

  // --- from the transport ---

  transmit(bytes: Uint8Array, path: Path, socket: DatagramSocket): void {
    socket.send(bytes, path);
  }

  write(): void {}

  iceEvent(event: IceEvent): void {
    if (event.type !== 'pair-selected') return;
    const path = this.transport.ice.selectedPath;
    if (path) this.address = this.end.addressOf(path);
    this.driver.addresses.hold(this.address);
  }

  dtlsEvent(event: { readonly type: string }): void {
    if (event.type === 'failed') this.state = 'failed';
    if (event.type !== 'connected') return;
    const material = this.transport.dtls.srtpKeyingMaterial();
    if (!material) return;
    this.keys = new SrtpKeys(this.driver, material, this.context.crypto);
    this.profile = material.profile;
    this.state = 'connected';
    this.onConnected();
  }

  channelEvent(): void {}

  message(): void {}

  private connect(now: Instant, agreement: Agreement): void {
    const outcome = transportOutcome(agreement);
    if (!outcome) throw new Error('every section was refused');
    this.state = 'connecting';
    this.transportSequenceId = agreement.local.tree.media
      .flatMap((_, index) => mediaOutcome(agreement, index)?.receive.extensions ?? [])
      .find(({ uri }) => uri === HEADER_EXTENSIONS['transport-cc'])?.id;
    this.transport.ice.setRemote(now, outcome.remoteIce, { isLite: outcome.isRemoteIceLite });
    for (const line of remoteCandidates(agreement.remote.tree, outcome.index).candidates) {
      const candidate = parseCandidate(line);
      if ('protocol' in candidate && candidate.protocol === 'udp') this.transport.ice.addRemoteCandidate(now, candidate);
    }
    this.transport.ice.endOfRemoteCandidates(now);
    this.transport.agree(now, { role: outcome.dtlsRole, remoteFingerprints: outcome.remoteFingerprints });
  }

  private describeTransport(candidates: readonly string[]): LocalTransport {
    return {
      ice: this.transport.ice.localCredentials,
      isIceLite: false,
      fingerprints: [this.identity.fingerprint],
      tlsId: undefined,
      candidates,
      isGatheringComplete: candidates.length > 0,
      role: undefined,
    };
  }

  private wishFor({ kind, ssrc, rids = [] }: LightSection, index: number): MediaWish {
    const isSending = ssrc !== undefined || rids.length > 0;
    return {
      kind,
      mid: undefined,
      isStopped: false,
      direction: isSending ? 'sendonly' : 'recvonly',
      codecs: CODECS[kind],
      hasPreferences: true,
      extensions: EXTENSIONS,
      streamIds: [],
      trackId: `light-${index}`,
      cname: 'light',
      sources: ssrc === undefined ? [] : [{ ssrc }],
      encodings: rids.map((rid) => ({ rid, isPaused: false })),
      takesSimulcast: false,
    };
  }
}
