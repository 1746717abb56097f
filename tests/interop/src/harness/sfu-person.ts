// Somebody in a browser whose media goes through a MediaServer that the test holds: no signaling but the test itself.

import { type MediaParticipant, MediaRefusal, type MediaServer, type ParticipantEvent, type TrackName } from '@maru/sfu';
import type { Browser, Tab } from './browser.js';
import type { EmptyPage } from './data-page.js';
import { eventually } from './eventually.js';

/** What a page holds: see {@link prepare}. */
interface SfuSide {
  pc: RTCPeerConnection;
  offer(iceRestart: boolean): Promise<{ sdp: string; mids: Record<string, string> }>;
}

declare global {
  interface Window {
    sfu: SfuSide;
  }
}

export interface SfuPersonOptions {
  readonly session?: string;
  readonly slots?: { readonly audio: number; readonly video: number };
  /** Rids of its camera, from the lowest up; none: one encoding. */
  readonly rids?: readonly string[];
  readonly publishes?: boolean;
  /** Takes out of our answer what this does not let through: `tcp` leaves candidates of TCP alone. */
  readonly only?: 'tcp' | 'udp';
  readonly codec?: string;
}

/** Sent to the page whole: a connection with slots to receive in, and a camera and a microphone that are not real. */
async function prepare({
  slots,
  rids,
  publishes,
  codec,
}: {
  slots: { audio: number; video: number };
  rids: readonly string[];
  publishes: boolean;
  codec: string | undefined;
}): Promise<void> {
  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  pc.createDataChannel('maru-media', { negotiated: true, id: 0 });
  pc.ontrack = ({ track }) => {
    const element = document.createElement(track.kind === 'video' ? 'video' : 'audio');
    element.autoplay = true;
    if (element instanceof HTMLVideoElement) element.muted = true;
    element.srcObject = new MediaStream([track]);
    document.body.append(element);
  };
  const addSlots = (kind: 'audio' | 'video', count: number): void => {
    for (let i = 0; i < count; i++) pc.addTransceiver(kind, { direction: 'recvonly' });
  };
  addSlots('audio', slots.audio);
  addSlots('video', slots.video);
  const sending: Record<string, RTCRtpTransceiver> = {};
  if (publishes) {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360 } });
    sending['audio'] = pc.addTransceiver(stream.getAudioTracks()[0]!, { direction: 'sendonly', streams: [stream] });
    const scale = [4, 2, 1].slice(3 - rids.length);
    sending['video'] = pc.addTransceiver(stream.getVideoTracks()[0]!, {
      direction: 'sendonly',
      streams: [stream],
      ...(rids.length > 0 && { sendEncodings: rids.map((rid, i) => ({ rid, scaleResolutionDownBy: scale[i]! })) }),
    });
    if (codec) {
      const { codecs } = RTCRtpReceiver.getCapabilities('video')!;
      const isWanted = ({ mimeType }: { mimeType: string }): boolean => mimeType.toLowerCase() === `video/${codec}`.toLowerCase();
      sending['video'].setCodecPreferences([
        ...codecs.filter(isWanted),
        ...codecs.filter(({ mimeType }) => mimeType === 'video/rtx'),
      ]);
    }
  }
  const offer = async (iceRestart: boolean): Promise<{ sdp: string; mids: Record<string, string> }> => {
    if (iceRestart) pc.restartIce();
    await pc.setLocalDescription();
    const mids: Record<string, string> = {};
    for (const [kind, { mid }] of Object.entries(sending)) if (mid !== null) mids[kind] = mid;
    return { sdp: pc.localDescription!.sdp, mids };
  };
  window.sfu = { pc, offer };
}

const onPage = {
  offer: (iceRestart: boolean) => window.sfu.offer(iceRestart),
  answer: (sdp: string) => window.sfu.pc.setRemoteDescription({ type: 'answer', sdp }),
  state: () => window.sfu.pc.connectionState,
  /** Frames decoded, and energy heard, by mid. */
  received: async (): Promise<Record<string, { frames: number; energy: number; width: number }>> => {
    const all: Record<string, { frames: number; energy: number; width: number }> = {};
    for (const report of (await window.sfu.pc.getStats()).values()) {
      if (report.type !== 'inbound-rtp') continue;
      all[report.mid ?? report.id] = {
        frames: report.framesDecoded ?? 0,
        energy: report.totalAudioEnergy ?? 0,
        width: report.frameWidth ?? 0,
      };
    }
    return all;
  },
};

/** A person in a tab, in a session of a media server. */
export class SfuPerson {
  readonly events: ParticipantEvent[] = [];
  readonly slots = new Map<string, TrackName | null>();
  offers = 0;
  private readonly participant: MediaParticipant;

  private constructor(
    server: MediaServer,
    readonly name: string,
    readonly tab: Tab,
    private readonly options: SfuPersonOptions,
  ) {
    const joined = server.join({
      session: options.session ?? 'hall',
      connection: name,
      permissions: { publish: true, subscribe: true, data: true },
      onEvent: (event) => {
        this.events.push(event);
        if (event.type === 'slots-changed') for (const { mid, source } of event.slots) this.slots.set(mid, source);
      },
    });
    if (joined instanceof MediaRefusal) throw new Error(joined.detail);
    this.participant = joined;
  }

  static async enter(
    server: MediaServer,
    name: string,
    page: EmptyPage,
    browser: Browser,
    options: SfuPersonOptions = {},
  ): Promise<SfuPerson> {
    const tab = await page.openIn(browser);
    const { slots = { audio: 2, video: 2 }, rids = [], publishes = true, codec } = options;
    await tab.evaluate(prepare, { slots, rids, publishes, codec });
    const person = new SfuPerson(server, name, tab, options);
    if (publishes) person.participant.publish({ stream: `${name}-camera`, hasAudio: true, hasVideo: true });
    await person.negotiate();
    await person.isConnected();
    return person;
  }

  get media(): MediaParticipant {
    return this.participant;
  }

  async negotiate(iceRestart = false): Promise<void> {
    const { sdp, mids } = await this.tab.evaluate(onPage.offer, iceRestart);
    this.offers += 1;
    const media = (['audio', 'video'] as const).flatMap((track) => {
      const mid = mids[track];
      return mid === undefined ? [] : [{ mid, stream: `${this.name}-camera`, track }];
    });
    const answer = await this.participant.offer({ sdp, media });
    if (answer instanceof MediaRefusal) throw new Error(`${answer.code}: ${answer.detail}`);
    const { only } = this.options;
    const without = only && new RegExp(`a=candidate:\\S+ 1 ${only === 'tcp' ? 'udp' : 'tcp'} .*\r\n`, 'gi');
    await this.tab.evaluate(onPage.answer, without ? answer.sdp.replace(without, '') : answer.sdp);
  }

  async isConnected(): Promise<void> {
    await this.tab.until(`${this.name} is connected`, () => window.sfu.pc.connectionState === 'connected', undefined);
  }

  /** Mids of slots that show this source. */
  midsOf(connection: string, track: 'audio' | 'video'): string[] {
    return [...this.slots].flatMap(([mid, source]) =>
      source && source.connection === connection && source.track === track ? [mid] : [],
    );
  }

  /** Resolves once it decodes video and hears sound of `connection`, and both go on. */
  async watches(connection: string, least = 10): Promise<void> {
    let first: Awaited<ReturnType<typeof onPage.received>> | undefined;
    await eventually(
      async () => {
        const now = await this.tab.evaluate(onPage.received, undefined);
        first ??= now;
        const gain = (track: 'audio' | 'video', value: 'frames' | 'energy'): number =>
          Math.max(0, ...this.midsOf(connection, track).map((mid) => (now[mid]?.[value] ?? 0) - (first?.[mid]?.[value] ?? 0)));
        return { frames: gain('video', 'frames'), energy: gain('audio', 'energy'), now };
      },
      ({ frames, energy }) => frames >= least && energy > 0,
      async (seen) =>
        `${this.name} (${this.tab.browserName}) does not get ${connection}: ${JSON.stringify(seen)}; slots ${JSON.stringify([...this.slots])}; ` +
        `log ${JSON.stringify((await this.participant.log()).map(({ event, fields }) => [event, fields]))}`,
      { timeoutMs: 30_000, everyMs: 300 },
    );
  }

  received(): ReturnType<typeof onPage.received> {
    return this.tab.evaluate(onPage.received, undefined);
  }

  async leave(): Promise<void> {
    this.participant.close();
    await this.tab.close();
  }
}
