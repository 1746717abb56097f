import { generateCertificateSync, nodeCrypto, systemClock, systemRandom } from '@maru/node';
import { type MediaDriver, type MediaDriverOptions, type MediaReceiver, openMediaDriver, RECEIVED_INTS } from '@maru/node/media';
import { type CoreContext, DeadlineHeap, type Instant, NEVER, SILENT_LOG } from '@maru/protocol/core';
import { fingerprintOf, type SrtpProfile } from '@maru/protocol/dtls';
import { isRtcp, RtcpBuilder } from '@maru/protocol/rtcp';
import { RtpPacketView } from '@maru/protocol/rtp';
import { DriverSocket } from '../worker/local-ends.js';
import { type LightIdentity, LightPeer, type LightSection } from './light-peer.js';

/** How often arrivals are told. */
const FEEDBACK_MS = 100;

export interface SwarmOptions extends MediaDriverOptions {
  /** See {@link LightIdentity}. */
  readonly srtpProfiles?: readonly SrtpProfile[];
}

/** Many light peers in one thread, on one driver: each with a local port of its own. */
export class Swarm implements MediaReceiver {
  readonly driver: MediaDriver;
  readonly peers = new Set<LightPeer>();
  /** Each packet that comes, still sealed. */
  onPacket: ((peer: LightPeer, view: RtpPacketView) => void) | undefined;
  private readonly context: CoreContext = { random: systemRandom, crypto: nodeCrypto, log: SILENT_LOG };
  private readonly identity: LightIdentity;
  private readonly sockets = new Map<LightPeer, number>();
  private readonly byLocalPort = new Map<number, LightPeer>();
  private readonly byAddress: (LightPeer | undefined)[] = [];
  private readonly deadlines = new DeadlineHeap<LightPeer>();
  private readonly view = new RtpPacketView();
  private readonly builder = new RtcpBuilder();
  private touched: LightPeer[] = [];
  private feedbackAt: Instant = 0;
  private cancelTimer: (() => void) | undefined;
  private armedFor: Instant = NEVER;
  private hasEnded = false;

  constructor(
    private readonly host: string,
    { srtpProfiles, ...options }: SwarmOptions = {},
  ) {
    const certificate = generateCertificateSync();
    const fingerprint = fingerprintOf(nodeCrypto, certificate.chain[0]!);
    this.identity = { certificate, fingerprint, ...(srtpProfiles && { srtpProfiles }) };
    this.driver = openMediaDriver(options);
    this.driver.receiver = this;
    this.feedbackAt = systemClock.now() + FEEDBACK_MS;
    this.arm();
  }

  /** A peer that offers these sections and waits for an answer; one without takes an offer. */
  add(sections: readonly LightSection[]): LightPeer {
    const socket = this.driver.bind(this.host, 0, { bufferBytes: 512 * 1024 });
    const end = new DriverSocket(this.driver, this.host, this.driver.port(socket), socket);
    const now = systemClock.now();
    const peer = new LightPeer(this.driver, end, this.context, this.identity, sections, now);
    this.peers.add(peer);
    this.sockets.set(peer, socket);
    this.byLocalPort.set(end.localPort, peer);
    return peer;
  }

  /** A peer says goodbye and goes. */
  remove(peer: LightPeer): void {
    const socket = this.sockets.get(peer);
    if (socket === undefined || this.hasEnded) return;
    peer.close(systemClock.now());
    this.driver.flush();
    this.deadlines.cancel(peer);
    this.peers.delete(peer);
    this.sockets.delete(peer);
    this.byLocalPort.delete(this.driver.port(socket));
    if (this.byAddress[peer.address] === peer) {
      this.byAddress[peer.address] = undefined;
      this.driver.addresses.release(peer.address);
    }
    this.driver.close(socket);
  }

  /** The server's answer to its offer: comes back when it is connected. */
  answer(peer: LightPeer, sdp: string): Promise<void> {
    const isConnected = connectionOf(peer);
    peer.answer(systemClock.now(), sdp);
    this.touched.push(peer);
    this.settle();
    return isConnected;
  }

  /** The server's offer: its answer, and when it is connected. */
  accept(peer: LightPeer, sdp: string): { readonly answer: string; readonly isConnected: Promise<void> } {
    const isConnected = connectionOf(peer);
    const answer = peer.accept(systemClock.now(), sdp);
    this.touched.push(peer);
    this.settle();
    return { answer, isConnected };
  }

  received(count: number): void {
    const now = systemClock.now();
    const { received, inbox } = this.driver;
    for (let at = 0; at < count * RECEIVED_INTS; at += RECEIVED_INTS) {
      const offset = received[at]!;
      const length = received[at + 1]!;
      const address = received[at + 2]!;
      const first = inbox[offset]!;
      const peer = this.byAddress[address] ?? this.ownerOf(address);
      if (!peer) continue;
      if (first >= 128 && first <= 191) {
        if (isRtcp(inbox, offset) || this.view.wrapHeader(inbox, offset, length)) continue;
        peer.count(now, this.view);
        this.onPacket?.(peer, this.view);
      } else {
        peer.receive(now, inbox.subarray(offset, offset + length), this.driver.addresses.pathOf(address));
        this.touched.push(peer);
      }
    }
    this.settle();
  }

  toStream(): void {}

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.cancelTimer?.();
    const now = systemClock.now();
    for (const peer of this.peers) peer.close(now);
    this.driver.flush();
    this.driver.end();
  }

  private ownerOf(address: number): LightPeer | undefined {
    const peer = this.byLocalPort.get(this.driver.addresses.pathOf(address).localPort);
    if (peer && this.driver.addresses.hold(address)) this.byAddress[address] = peer;
    return peer;
  }

  private settle(): void {
    const { touched } = this;
    this.touched = [];
    for (const peer of touched) {
      peer.settle();
      if (peer.deadline < peer.dueAt) this.deadlines.schedule(peer, peer.deadline);
    }
    this.driver.flush();
    this.arm();
  }

  private arm(): void {
    const at = Math.min(this.deadlines.next, this.feedbackAt);
    if (at >= this.armedFor || this.hasEnded) return;
    this.cancelTimer?.();
    this.armedFor = at;
    this.cancelTimer = systemClock.schedule(at, this.onTimer);
  }

  private readonly onTimer = (): void => {
    const now = systemClock.now();
    this.armedFor = NEVER;
    this.cancelTimer = undefined;
    for (let due = this.deadlines.take(now); due; due = this.deadlines.take(now)) {
      due.advance(now);
      this.touched.push(due);
    }
    if (now >= this.feedbackAt) {
      this.feedbackAt = now + FEEDBACK_MS;
      for (const peer of this.peers) peer.acknowledge(this.builder);
    }
    this.settle();
  };
}

function connectionOf(peer: LightPeer): Promise<void> {
  return new Promise((resolve) => {
    peer.onConnected = resolve;
  });
}
