import { generateCertificateSync, nodeCrypto, systemClock, systemRandom } from '@maru/node';
import { type MediaDriver, type MediaReceiver, openMediaDriver, RECEIVED_INTS } from '@maru/node/media';
import { type CoreContext, DeadlineHeap, type Instant, NEVER, SILENT_LOG } from '@maru/protocol/core';
import { fingerprintOf } from '@maru/protocol/dtls';
import { isRtcp, RtcpBuilder } from '@maru/protocol/rtcp';
import { RtpPacketView } from '@maru/protocol/rtp';
import { DriverSocket } from '../worker/local-ends.js';
import { LightPeer, type LightSection } from './light-peer.js';

/** How often arrivals are told. */
const FEEDBACK_MS = 100;

/** Many light peers in one thread, on one driver: each with a local port of its own. */
export class Swarm implements MediaReceiver {
  readonly driver: MediaDriver;
  readonly peers = new Set<LightPeer>();
  /** Each packet that comes, still sealed. */
  onPacket: ((peer: LightPeer, view: RtpPacketView) => void) | undefined;
  private readonly context: CoreContext = { random: systemRandom, crypto: nodeCrypto, log: SILENT_LOG };
  private readonly certificate = generateCertificateSync();
  private readonly fingerprint = fingerprintOf(nodeCrypto, this.certificate.chain[0]!);
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
    options: Parameters<typeof openMediaDriver>[0] = {},
  ) {
    this.driver = openMediaDriver(options);
    this.driver.receiver = this;
    this.feedbackAt = systemClock.now() + FEEDBACK_MS;
    this.arm();
  }

  /** A peer with these sections; it offers and waits for an answer. */
  add(sections: readonly LightSection[]): LightPeer {
    const socket = this.driver.bind(this.host, 0, { bufferBytes: 512 * 1024 });
    const end = new DriverSocket(this.driver, this.host, this.driver.port(socket), socket);
    const now = systemClock.now();
    const peer = new LightPeer(this.driver, end, this.context, this.certificate, this.fingerprint, sections, now);
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

  /** The server's answer to its offer. */
  answer(peer: LightPeer, sdp: string): Promise<void> {
    const now = systemClock.now();
    const isConnected = new Promise<void>((resolve) => {
      peer.onConnected = resolve;
    });
    peer.answer(now, sdp);
    this.touched.push(peer);
    this.settle();
    return isConnected;
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
