import { LinkDirection, type LinkProfile, VirtualClock } from '@maru/netsim';
import { type Instant, SeededRandom } from '@maru/protocol/core';
import type { VideoCodec } from '@maru/protocol/payload';
import { SEAL_INTS, SealBatch, SealField } from '@maru/protocol/srtp';
import type { RouterEvent } from '../events.js';
import type { RouterLimits } from '../limits.js';
import type { Participant } from '../participant.js';
import { PublishedTrack } from '../published-track.js';
import { Router } from '../router.js';
import type { Session } from '../session.js';
import { Slot } from '../slot.js';
import { Subscription } from '../subscription.js';
import type { PipeOutlet, TrackPipe } from '../track-pipe.js';
import { StallingLink } from './stalling-link.js';
import { EXTENSIONS, TestPublisher, type VideoOptions } from './test-publisher.js';
import { TestSubscriber } from './test-subscriber.js';

const INBOX_BYTES = 1 << 20;
const CACHE_BYTES = 8 << 20;
const CACHE_SLAB = 1;
const PIPED_SLAB = 2;

/** A publisher and its way to the router. */
export interface SeatedPublisher {
  readonly participant: Participant;
  readonly publisher: TestPublisher;
  readonly video: PublishedTrack;
  readonly audio: PublishedTrack;
  readonly up: LinkDirection;
  readonly down: LinkDirection;
  stop(): void;
}

export interface PipedPublisher {
  readonly participant: Participant;
  readonly video: PublishedTrack;
  readonly audio: PublishedTrack;
  readonly pipes: ReadonlyMap<string, TrackPipe>;
  /** What went over, of which again, and of all that what was lost. */
  readonly counters: { packets: number; again: number; lost: number };
}

export interface SeatedSubscriber {
  readonly participant: Participant;
  readonly subscriber: TestSubscriber;
  readonly slots: readonly Slot[];
  readonly down: LinkDirection;
  readonly up: LinkDirection;
}

/** A router with publishers and subscribers behind links, under virtual time. */
export class Hall {
  readonly random: SeededRandom;
  readonly router: Router;
  readonly session: Session;
  readonly events: RouterEvent[] = [];
  packetsOut = 0;
  /** What broke; who it was has left. */
  readonly broken: unknown[] = [];
  /** Of the heads of packets, the longest. */
  largestHead = 0;
  private readonly inbox = new Uint8Array(INBOX_BYTES);
  private readonly cache = new Uint8Array(CACHE_BYTES);
  private readonly batch = new SealBatch(1_024);
  private readonly deliver = new Map<number, (bytes: Uint8Array, rollover: number) => void>();
  private readonly deliverRtcp = new Map<number, (bytes: Uint8Array) => void>();
  private cancel: () => void = () => {};
  private nextSsrc = 10_000;
  readonly data: { to: string; from: string; text: string }[] = [];

  private readonly piped = new Uint8Array(INBOX_BYTES);
  private pipedBytes = 0;
  onEvent: (event: RouterEvent) => void = () => {};

  constructor(
    seed = 1,
    limits: Partial<RouterLimits> = {},
    readonly clock = new VirtualClock(1_000),
  ) {
    this.random = new SeededRandom(seed);
    this.router = new Router({
      inbox: this.inbox,
      cache: this.cache,
      cacheSlab: CACHE_SLAB,
      piped: { bytes: this.piped, slab: PIPED_SLAB },
      batch: this.batch,
      send: () => this.send(),
      random: this.random,
      ntpOffsetMs: 3_900_000_000_000,
      limits,
    });
    this.session = this.router.openSession('hall');
  }

  get now(): Instant {
    return this.clock.now();
  }

  addPublisher(id: string, options: VideoOptions, link: LinkProfile = {}): SeatedPublisher {
    const participant = this.session.join({ id, extensions: EXTENSIONS });
    if ('code' in participant) throw new Error(participant.detail);
    const up = new LinkDirection(this.clock, this.random, link, () => {});
    const down = new LinkDirection(this.clock, this.random, { ...(link.delayMs ? { delayMs: link.delayMs } : {}) }, () => {});
    const publisher = new TestPublisher(id, options, this.random, (bytes) =>
      this.carry(up, bytes, (arrived) => this.receive(participant.handle, arrived)),
    );
    const video = participant.publish(this.now, publisher.description);
    const audio = participant.publish(this.now, publisher.audioDescription);
    if (!(video instanceof PublishedTrack) || !(audio instanceof PublishedTrack)) throw new Error('refused');
    participant.connect(this.now, participant.handle, participant.handle);
    this.deliverRtcp.set(participant.handle, (bytes) =>
      this.carry(down, bytes, (arrived) => publisher.receiveRtcp(this.now, arrived)),
    );
    let isStopped = false;
    const repeat = (intervalMs: number, task: () => void) => {
      const step = () => {
        if (isStopped) return;
        task();
        this.clock.schedule(this.now + intervalMs, step);
      };
      this.clock.schedule(this.now, step);
    };
    repeat(options.intervalMs ?? 33, () => publisher.sendPicture(this.now));
    if (options.audioBytes !== 0) repeat(20, () => publisher.sendAudio(this.now));
    repeat(500, () =>
      publisher.sendReports(this.now, (bytes) =>
        this.carry(up, bytes, (arrived) => {
          this.router.receiveRtcp(this.now, participant.handle, arrived);
          this.settle();
        }),
      ),
    );
    const stop = () => {
      isStopped = true;
    };
    return { participant, publisher, video, audio, up, down, stop };
  }

  addSubscriber(
    id: string,
    codec: VideoCodec,
    link: LinkProfile = {},
    slots: { audio: number; video: number } = { audio: 1, video: 1 },
    startBps?: number,
    back: LinkProfile & { readonly stallMs?: number } = link.delayMs ? { delayMs: link.delayMs } : {},
  ): SeatedSubscriber {
    const participant = this.session.join({ id, extensions: EXTENSIONS, ...(startBps ? { startBps } : {}) });
    if ('code' in participant) throw new Error(participant.detail);
    const way = (profile: LinkProfile) =>
      back.stallMs
        ? new StallingLink(this.clock, this.random, profile, back.stallMs)
        : new LinkDirection(this.clock, this.random, profile, () => {});
    const [down, up] = [way(link), way(back)];
    const subscriber = new TestSubscriber(id, codec, (bytes) =>
      this.carry(up, bytes, (arrived) => {
        this.router.receiveRtcp(this.now, participant.handle, arrived);
        this.settle();
      }),
    );
    this.deliver.set(participant.handle, (bytes, rollover) => {
      subscriber.sealed(this.now, bytes, rollover);
      this.carry(down, bytes, (arrived) => subscriber.receive(this.now, arrived));
    });
    this.deliverRtcp.set(participant.handle, (bytes) =>
      this.carry(down, bytes, (arrived) => subscriber.receiveRtcp(this.now, arrived)),
    );
    const made: Slot[] = [];
    for (const kind of ['audio', 'video'] as const) {
      for (let i = 0; i < slots[kind]; i++) {
        this.nextSsrc += 10;
        const slot = participant.addSlot(this.now, subscriber.slot(`${kind[0]}${i}`, kind, this.nextSsrc));
        if (!(slot instanceof Slot)) throw new Error(slot.detail);
        made.push(slot);
      }
    }
    for (const { nack } of subscriber.sections) nack.roundTripMs = Math.max(10, 2 * (link.delayMs ?? 0));
    participant.connect(this.now, participant.handle, participant.handle);
    this.repeat(20, () => subscriber.advance(this.now));
    this.repeat(60, () => subscriber.feedback());
    this.repeat(1_000, () => subscriber.report(this.now));
    return { participant, subscriber, slots: made, down, up };
  }

  /** A publisher of another hall, here by a pipe that loses this share of the packets. */
  addPiped(from: Hall, { participant, video, audio }: SeatedPublisher, loss = 0): PipedPublisher {
    const here = this.session.join({ id: participant.id, extensions: EXTENSIONS, isPiped: true });
    if ('code' in here) throw new Error(here.detail);
    const tracks = new Map<PublishedTrack, PublishedTrack>();
    const pipes = new Map<string, TrackPipe>();
    const counters = { packets: 0, again: 0, lost: 0 };
    const seen = new Set<string>();
    const outlet: PipeOutlet = {
      packet: (_track, { bytes, view: { offset, length, ssrc, sequenceNumber } }) => {
        const name = `${ssrc} ${sequenceNumber}`;
        if (seen.has(name)) counters.again += 1;
        seen.add(name);
        counters.packets += 1;
        if (this.random.unit() < loss) {
          counters.lost += 1;
          return;
        }
        const at = this.pipedBytes; // one that is sent again comes while others are not sent yet
        this.pipedBytes += length;
        this.piped.set(bytes.subarray(offset, offset + length), at);
        this.router.receivePiped(this.now, here.handle, at, length);
        this.settle();
        this.piped.fill(0xdb, at, this.pipedBytes);
        this.pipedBytes = at;
      },
      sourceAdded: (track, { index, ssrc }) => here.declareSource(tracks.get(track)!, index, ssrc),
      muteChanged: (track) => here.mute(tracks.get(track)!, track.isMuted),
      broke: (error) => this.broken.push(error),
    };
    for (const track of [video, audio]) {
      const piped = here.publish(this.now, track.description);
      if (!(piped instanceof PublishedTrack)) throw new Error(piped.detail);
      tracks.set(track, piped);
      pipes.set(track.id, participant.pipe(from.now, track, outlet));
      for (const source of track.sources)
        if (source) here.declareSource(piped, source.index, source.ssrc, source.width, source.height);
    }
    this.onEvent = (event) => {
      if (event.type === 'encodings-wanted' && event.participant === here.id) pipes.get(event.track)?.want(event.wanted);
    };
    this.deliverRtcp.set(here.handle, (bytes) => {
      participant.receiveFromPipe(outlet, bytes);
      from.settle();
    });
    this.settle();
    return { participant: here, video: tracks.get(video)!, audio: tracks.get(audio)!, pipes, counters };
  }

  subscribe({ participant }: { participant: Participant }, track: PublishedTrack, view = {}): Subscription {
    const subscription = participant.subscribe(this.now, track, view);
    if (!(subscription instanceof Subscription)) throw new Error(subscription.detail);
    this.settle();
    return subscription;
  }

  /** Lets time pass. */
  run(durationMs: number): void {
    this.settle();
    this.clock.run(durationMs);
  }

  /** What a worker does after each input. */
  settle(): void {
    this.router.advance(this.now);
    this.router.drain({
      rtcp: (handle, bytes) => this.deliverRtcp.get(handle)?.(new Uint8Array(bytes)),
      data: (handle, { from, bytes }) => {
        const to = this.router.participantOf(handle)!.id;
        this.data.push({ to, from, text: String.fromCharCode(...bytes.subarray(0, 40)) });
      },
      event: (event) => {
        this.events.push(event);
        this.onEvent(event);
      },
      broken: (handle, error) => {
        this.broken.push(error);
        this.router.participantOf(handle)?.leave();
      },
    });
    this.send();
    this.cancel();
    this.cancel = this.clock.schedule(this.router.deadline, () => this.settle());
  }

  /** The subscriber is reached another way from now on. */
  move({ participant, subscriber, down }: SeatedSubscriber): number {
    const address = 1_000 + this.deliver.size;
    this.deliver.set(address, (bytes, rollover) => {
      subscriber.sealed(this.now, bytes, rollover);
      this.carry(down, bytes, (arrived) => subscriber.receive(this.now, arrived));
    });
    participant.connect(this.now, address, participant.handle);
    this.settle();
    return address;
  }

  /** A packet that is opened, of whatever bytes. */
  inject({ handle }: Participant, bytes: Uint8Array): void {
    this.receive(handle, bytes);
  }

  repeat(intervalMs: number, task: () => void): void {
    const step = () => {
      task();
      this.clock.schedule(this.now + intervalMs, step);
    };
    this.clock.schedule(this.now + intervalMs, step);
  }

  private receive(handle: number, bytes: Uint8Array): void {
    this.inbox.set(bytes);
    this.router.receive(this.now, handle, 0, bytes.length);
    this.settle();
    this.inbox.fill(0xdb, 0, bytes.length);
  }

  private carry(link: LinkDirection, bytes: Uint8Array, arrive: (bytes: Uint8Array) => void): void {
    const end = { address: '10.0.0.1', port: 1 };
    link.carry({ protocol: 'udp', source: end, destination: end, bytes }, (packet) => {
      if (packet.protocol === 'udp') arrive(packet.bytes);
    });
  }

  /** What a driver does: puts heads and bodies together. */
  private send(): void {
    const { batch } = this;
    for (let row = 0; row < batch.count; row++) {
      const field = (index: number) => batch.table[row * SEAL_INTS + index]!;
      const slab = [this.inbox, this.cache, this.piped][field(SealField.slab)]!;
      const headBytes = field(SealField.headBytes);
      this.largestHead = Math.max(this.largestHead, headBytes);
      const bodyBytes = field(SealField.bodyBytes);
      const packet = new Uint8Array(headBytes + bodyBytes);
      packet.set(batch.heads.subarray(field(SealField.headOffset), field(SealField.headOffset) + headBytes));
      packet.set(slab.subarray(field(SealField.bodyOffset), field(SealField.bodyOffset) + bodyBytes), headBytes);
      this.packetsOut += 1;
      this.deliver.get(field(SealField.address))?.(packet, field(SealField.rollover));
    }
    batch.clear();
  }
}
