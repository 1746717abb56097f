import {
  type LinkDirection,
  type LinkProfile,
  type Nat,
  type NatKind,
  type Packet,
  type VirtualHost,
  VirtualNetwork,
} from '@maru/netsim';
import { SeededRandom } from '@maru/protocol/core';
import {
  environmentOn,
  type MediaStreamTrack,
  peerConnectionIn,
  type RTCPeerConnection,
  type RTCStats,
  type RTCTrackEvent,
} from '../../../index.js';
import { Listener } from './listener.js';
import { Viewer } from './viewer.js';
import { VirtualCamera } from './virtual-camera.js';
import { VirtualMicrophone } from './virtual-microphone.js';

const CALLER = '192.0.2.1';
const CALLEE = '198.51.100.1';
const PATIENCE_MS = 120_000;
const TURN_MS = 1_000;

export interface CallOptions {
  readonly seed?: number;
  /** Of the way to the other one, which everybody who sends to it shares, and back if nothing else is said of that. */
  readonly link?: LinkProfile;
  readonly back?: LinkProfile;
  /** What monotonic time begins with. */
  readonly startAt?: number;
  /** A NAT before the caller. */
  readonly nat?: NatKind;
}

/** Is told of each packet on the way from the caller to the other one; sizes are those on the link. */
export interface Observer {
  readonly sent?: (bytes: number) => void;
  readonly arrived?: (bytes: number) => void;
  /** How long the packet waits for its turn. */
  readonly waited?: (ms: number) => void;
}

/** A call on a virtual network, from the one who films and speaks to the one who watches and listens: the whole stack, in virtual time. */
export class VirtualCall {
  readonly network: VirtualNetwork;
  readonly caller: RTCPeerConnection;
  readonly callee: RTCPeerConnection;
  readonly calleeHost: VirtualHost;
  readonly camera: VirtualCamera;
  readonly microphone: VirtualMicrophone;
  readonly nat: Nat | undefined;
  /** Every state that either connection went through after they were connected. */
  readonly states: string[] = [];
  /** Added to the wall clocks of both. */
  wallOffsetMs = 0;
  viewer!: Viewer;
  listener!: Listener;
  private readonly down: LinkDirection;

  private constructor(private readonly options: CallOptions) {
    const { seed = 1, link = {}, back = link, startAt = 0, nat } = options;
    this.network = new VirtualNetwork({ seed, startAt });
    const inner = nat && this.network.addNat({ outerAddresses: [CALLER], kind: nat });
    this.nat = inner?.nat;
    const host = inner
      ? this.network.addHost('caller', { in: inner.zone, addresses: ['10.0.0.2'] })
      : this.network.addHost('caller', { addresses: [CALLER] });
    this.calleeHost = this.network.addHost('callee', { addresses: [CALLEE], up: back, down: link });
    this.down = this.network.linkOf(CALLEE).down;
    this.caller = this.connectionOn(host, seed);
    this.callee = this.connectionOn(this.calleeHost, seed + 1_000);
    this.camera = new VirtualCamera(this.network.clock, new SeededRandom(seed + 2_000));
    this.microphone = new VirtualMicrophone(this.network.clock);
  }

  /** Resolves once both sides are connected and media flows. */
  static async begin(options: CallOptions = {}): Promise<VirtualCall> {
    const call = new VirtualCall(options);
    await call.connect();
    return call;
  }

  get now(): number {
    return this.network.clock.now();
  }

  /** What the way from the caller to the other one is like from now on. */
  set link(profile: LinkProfile) {
    this.down.profile = profile;
  }

  /** Whether packets get through, either way. */
  set isUp(isUp: boolean) {
    this.down.isUp = this.network.linkOf(CALLEE).up.isUp = isUp;
  }

  observe({ sent, arrived, waited }: Observer): void {
    const { down } = this;
    const carry = down.carry.bind(down);
    down.carry = (packet, arrive) => {
      if (packet.source.address !== CALLER) return carry(packet, arrive);
      const bytes = sizeOf(packet);
      sent?.(bytes);
      waited?.(down.queueingMs);
      carry(packet, (one) => {
        arrived?.(bytes);
        arrive(one);
      });
    };
  }

  /** Lets `durationMs` of the call pass, or less where `until` holds earlier. Media needs microtasks; promises of events get their turn once a second. */
  async run(durationMs: number, until?: () => boolean): Promise<boolean> {
    for (let left = durationMs; left > 0; left -= TURN_MS) {
      if (await this.network.clock.runAsync(Math.min(left, TURN_MS), microtask, until)) return true;
      await turn();
    }
    return false;
  }

  /** Lets time pass until `wanted` settles. */
  async until<Value>(wanted: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const mark = (): void => {
      isSettled = true;
    };
    wanted.then(mark, mark);
    await this.network.clock.runAsync(PATIENCE_MS, turn, () => isSettled);
    if (!isSettled) throw new Error(`not within ${PATIENCE_MS} ms of virtual time`);
    return wanted;
  }

  /** The one statistics object of this type and kind of a connection. */
  async stats(of: RTCPeerConnection, type: string, kind: 'audio' | 'video' = 'video'): Promise<Record<string, unknown>> {
    const report = await this.until(of.getStats());
    const found = [...report.values()].find((one) => one.type === type && (one as RTCStats & { kind?: string }).kind === kind);
    return (found ?? {}) as unknown as Record<string, unknown>;
  }

  close(): void {
    this.camera.rest();
    this.microphone.rest();
    this.caller.close();
    this.callee.close();
  }

  private get roundTripMs(): number {
    const { link = {}, back = link } = this.options;
    return (link.delayMs ?? 0) + (back.delayMs ?? 0);
  }

  private connectionOn(host: VirtualHost, seed: number): RTCPeerConnection {
    const environment = environmentOn(host, { random: new SeededRandom(seed) });
    const wallNow = (): number => environment.wallNow() + this.wallOffsetMs;
    return new (peerConnectionIn({ ...environment, wallNow }))();
  }

  private async connect(): Promise<void> {
    const { caller, callee } = this;
    this.trickle(caller, callee);
    this.trickle(callee, caller);
    caller.addTransceiver(this.camera.source.track, { direction: 'sendonly' });
    caller.addTransceiver(this.microphone.source.track, { direction: 'sendonly' });
    callee.addEventListener('track', (event) => this.watch((event as RTCTrackEvent).track));
    await this.until(this.negotiate());
    await this.until(Promise.all([connected(caller), connected(callee)]));
    for (const connection of [caller, callee]) {
      connection.addEventListener('connectionstatechange', () => this.states.push(connection.connectionState));
    }
    this.camera.film();
    this.microphone.speak();
  }

  private watch(track: MediaStreamTrack): void {
    if (track.kind === 'video') this.viewer = new Viewer(this.network.clock, track, this.roundTripMs);
    else this.listener = new Listener(this.network.clock, track);
  }

  private trickle(from: RTCPeerConnection, to: RTCPeerConnection): void {
    from.addEventListener('icecandidate', (event) => {
      const { candidate } = event as Event & { candidate: Parameters<RTCPeerConnection['addIceCandidate']>[0] };
      if (to.signalingState !== 'closed') to.addIceCandidate(candidate).catch(() => {}); // of a generation that was rolled back
    });
  }

  private async negotiate(): Promise<void> {
    const { caller, callee } = this;
    await caller.setLocalDescription();
    await callee.setRemoteDescription(caller.localDescription!);
    await callee.setLocalDescription();
    await caller.setRemoteDescription(callee.localDescription!);
  }
}

/** What is to be sent is gathered in one. */
async function microtask(): Promise<void> {}

/** Promises and ticks of Node.js have all run after a turn of its loop. */
async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

async function connected(connection: RTCPeerConnection): Promise<void> {
  while (connection.connectionState !== 'connected') {
    await new Promise((next) => connection.addEventListener('connectionstatechange', next, { once: true }));
  }
}

/** On the link: IPv4 and UDP with what they carry. */
function sizeOf(packet: Packet): number {
  return packet.protocol === 'udp' ? packet.bytes.length + 28 : packet.segment.bytes.length + 52;
}
