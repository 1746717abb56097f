import { ByteWriter } from '@maru/protocol/bytes';
import { SeededRandom } from '@maru/protocol/core';
import type { PayloadCodec } from '@maru/protocol/jsep';
import { decodeRtcp, encodeRtcp, type RtcpPacket } from '@maru/protocol/rtcp';
import { HEADER_EXTENSIONS, type HeaderExtensionName, RtpPacketView, RtpPacketWriter } from '@maru/protocol/rtp';
import type { Direction, ExtensionMap } from '@maru/protocol/sdp';
import { newEncodings } from '../../encodings.js';
import type { MediaHost } from '../../slots.js';
import type { MediaKind, MediaStreamTrack } from '../../track.js';
import { TransceiverEntry } from '../../transceiver-entry.js';
import type { ReceivedMedia } from '../encoded-media.js';
import { MediaSession } from '../media-session.js';

/** What a transceiver of a bench has agreed on. */
export interface BenchTransceiver {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly codecs: readonly PayloadCodec[];
  /** By the number under which they travel. */
  readonly extensions?: Readonly<Partial<Record<HeaderExtensionName, number>>>;
  readonly track?: MediaStreamTrack;
  readonly direction?: Direction;
  readonly rids?: readonly string[];
}

/** A packet as a test writes it. */
export interface BenchPacket {
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly rtpTimestamp?: number;
  readonly ssrc: number;
  readonly marker?: boolean;
  readonly csrcs?: readonly number[];
  readonly extensions?: readonly { readonly id: number; readonly value: readonly number[] }[];
  readonly payload: Uint8Array;
}

/** A media session with no transport under it: packets are put in by hand, and what comes out is kept. */
export class SessionBench {
  now = 1_000;
  readonly session: MediaSession;
  readonly received: ReceivedMedia[] = [];
  readonly played: { readonly media: ReceivedMedia; readonly at: number }[] = [];
  readonly tones: string[] = [];
  readonly sent: Uint8Array[] = [];
  readonly reports: RtcpPacket[] = [];
  private readonly entries: TransceiverEntry[] = [];
  private readonly random = new SeededRandom(1);

  constructor() {
    this.session = new MediaSession({
      random: this.random,
      now: () => this.now,
      wallNow: () => 1_700_000_000_000 + this.now,
      wake: () => {},
      arrived: () => {},
      ended: () => {},
      received: (_, media, hold) => {
        this.received.push(media);
        hold(media);
      },
      receivedInTime: (_, media) => this.played.push({ media, at: this.now }),
      toned: (_, { type, event, duration }) => this.tones.push(`${type} ${event} ${duration}`),
      roundTripMs: () => 20,
    });
    this.session.connect(this.now);
  }

  /** A transceiver on which both sides have agreed. */
  add({ mid, kind, codecs, extensions = {}, track, direction = 'sendrecv', rids = [] }: BenchTransceiver): TransceiverEntry {
    const init = {
      kind,
      track: track ?? null,
      streamIds: [],
      direction,
      encodings: newEncodings(
        kind,
        rids.map((rid) => ({ rid, active: true })),
      ),
      cname: 'bench',
      isOfAddTrack: false,
      isOfRemote: false,
    };
    const entry = new TransceiverEntry(idleHost(), this.random, init, () => {});
    const maps = Object.entries(extensions).map(
      ([name, id]): ExtensionMap => ({ id, uri: HEADER_EXTENSIONS[name as HeaderExtensionName] }),
    );
    const negotiated = { codecs, extensions: maps, isReducedSize: true };
    entry.slots.mid = mid;
    entry.slots.currentDirection = direction;
    entry.slots.sender.negotiated = entry.slots.receiver.negotiated = negotiated;
    this.entries.push(entry);
    this.configure();
    return entry;
  }

  configure(): void {
    this.session.configure(this.entries);
  }

  /** The other side sends `packet`; it arrives now. */
  receive(packet: BenchPacket): void {
    const bytes = encodePacket(packet);
    this.session.receiveRtp(this.now, bytes, 0, bytes.length);
    this.drain();
  }

  receiveRtcp(packet: RtcpPacket): void {
    const writer = new ByteWriter(new Uint8Array(1_500));
    encodeRtcp(packet, writer);
    this.session.receiveRtcp(this.now, writer.written, 0, writer.length);
    this.drain();
  }

  /** Lets time pass, stopping at every deadline. */
  pass(durationMs: number): void {
    const end = this.now + durationMs;
    while (this.now < end) {
      this.now = Math.min(end, Math.max(this.now + 0.1, this.session.deadline));
      this.session.advance(this.now);
      this.drain();
    }
  }

  /** What was sent since the last time this was asked, as views. */
  takeSent(): RtpPacketView[] {
    return this.sent.splice(0).map((bytes) => {
      const view = new RtpPacketView();
      view.wrap(bytes);
      return view;
    });
  }

  private drain(): void {
    this.session.drain({
      rtp: (bytes, offset, length) => this.sent.push(bytes.slice(offset, offset + length)),
      rtcp: (bytes, offset, length) => this.reports.push(...decodeRtcp(bytes.slice(offset, offset + length)).packets),
    });
  }
}

export function encodePacket(packet: BenchPacket): Uint8Array {
  const bytes = new Uint8Array(1_500);
  const { payloadType, sequenceNumber, rtpTimestamp = 0, ssrc, marker = false, csrcs = [], extensions = [], payload } = packet;
  const writer = new RtpPacketWriter().begin(bytes, 0, bytes.length, payloadType, marker, sequenceNumber, rtpTimestamp, ssrc);
  for (const csrc of csrcs) writer.csrc(csrc);
  for (const { id, value } of extensions) writer.copyExtension(id, Uint8Array.from(value), 0, value.length);
  writer.payload(payload);
  return bytes.slice(0, writer.finish());
}

/** A connection that does nothing for its transceivers. */
function idleHost(): MediaHost {
  const nothing = (): void => {};
  return {
    isClosed: false,
    enqueue: (operation) => operation(),
    updateNegotiationNeeded: nothing,
    task: () => Promise.resolve(),
    queueTask: nothing,
    schedule: () => nothing,
    mediaChanged: nothing,
    requestKeyFrames: nothing,
    askForKeyFrame: nothing,
    recentSources: () => ({ contributing: [], synchronization: [] }),
    stats: () => Promise.reject(new Error('a bench has no statistics')),
  };
}
