import type { Instant } from '../../core/index.js';
import { CHANNEL_HEADER_BYTES } from '../channel-data.js';
import type { Allocation } from './allocation.js';
import type { Channel } from './channel.js';
import type { PacketSink } from './contract.js';
import type { Counters } from './counters.js';
import { type DataIndicationWriter, MAX_INDICATION_DATA_BYTES } from './data-indication.js';
import { EndpointMap } from './endpoint-map.js';
import type { IpEndpoint } from './ip-endpoint.js';
import { type Meter, rateOf } from './meter.js';
import { PeerEntry, type PeerRoute } from './peer-entry.js';
import type { Permission } from './permission.js';
import type { RelaySocket } from './relay-socket.js';
import { SendIndicationReader } from './send-indication.js';
import type { TurnLimits } from './settings.js';

/** Answers how an endpoint may be reached: the peer policy, with what only the server knows. */
export type RouteOf = (endpoint: IpEndpoint) => PeerRoute;

/**
 * What happens to packets between clients and peers (RFC 8656 §11, §12): look-ups by integers, no object, no string, one call of the
 * sink. All that a packet can be dropped for is counted.
 */
export class DataPath {
  readonly channels: EndpointMap<Channel>;
  readonly permissions: EndpointMap<Permission>;
  /** UDP relays that are open, by relayed address. */
  readonly relays: EndpointMap<RelaySocket>;
  private readonly indication = new SendIndicationReader();

  private allocationRate = 0;
  private userRate = 0;
  private userBytes = 0;
  private limitsBytes = false;

  constructor(
    limits: TurnLimits,
    private readonly packets: PacketSink,
    private readonly dropped: Counters,
    private readonly routeOf: RouteOf,
    private readonly writer: DataIndicationWriter,
    seed: number,
  ) {
    this.limits = limits;
    this.channels = new EndpointMap(seed);
    this.permissions = new EndpointMap(seed ^ 0x2545_f491);
    this.relays = new EndpointMap(seed ^ 0x1b56_c4e9);
  }

  /** Takes other limits from now on. */
  set limits({ allocationBps, userBps, bytesPerUser }: TurnLimits) {
    this.allocationRate = rateOf(allocationBps);
    this.userRate = rateOf(userBps);
    this.userBytes = bytesPerUser;
    this.limitsBytes = bytesPerUser !== Number.POSITIVE_INFINITY;
  }

  /** ChannelData from a client: the padding that streams must have and datagrams may have is left out (RFC 8656 §12.5, §12.6). */
  channelData(now: Instant, allocation: Allocation, bytes: Uint8Array, offset: number, length: number): void {
    if (length < CHANNEL_HEADER_BYTES) return this.dropped.count('turn/channel-data/too-short');
    const dataLength = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
    if (dataLength + CHANNEL_HEADER_BYTES > length) return this.dropped.count('turn/channel-data/truncated');
    const channel = allocation.channels?.get((bytes[offset]! << 8) | bytes[offset + 1]!);
    if (channel === undefined || channel.expiresAt <= now) return this.dropped.count('turn/channel-data/unknown-channel');
    this.toPeer(now, channel.permission.relay, channel.peer, bytes, offset + CHANNEL_HEADER_BYTES, dataLength, false);
  }

  /** A Send indication from a client (RFC 8656 §11.2). */
  sendIndication(now: Instant, allocation: Allocation, bytes: Uint8Array, offset: number, length: number): void {
    const { indication } = this;
    const problem = indication.read(bytes, offset, length);
    if (problem !== undefined) return this.dropped.count(problem);
    const { peer: endpoint, dataOffset, dataLength, dontFragment } = indication;
    const relay = allocation.relayOf(endpoint.isIpv4);
    const permission = relay && this.permissions.getAddress(relay.scope, endpoint);
    if (relay === undefined || permission === undefined || permission.relay !== relay || permission.expiresAt <= now)
      return this.dropped.count('turn/send/no-permission');
    if (relay.transport === 'tcp' || endpoint.port === 0) return this.dropped.count('turn/send/not-possible');
    this.toPeer(now, relay, this.peerOf(permission, endpoint), bytes, dataOffset, dataLength, dontFragment);
  }

  /** A packet from a peer, at one of our relayed addresses (RFC 8656 §11.3, §12.7). */
  fromPeer(now: Instant, relay: RelaySocket, peer: IpEndpoint, bytes: Uint8Array, offset: number, length: number): void {
    const channel = this.channels.get(relay.scope, peer);
    const permission = channel === undefined ? this.permissions.getAddress(relay.scope, peer) : channel.permission;
    if (permission === undefined || permission.expiresAt <= now) return this.dropped.count('turn/peer/no-permission');
    const { allocation } = permission.relay; // of relays that share a port, the one that the peer belongs to
    if (allocation.state !== 'active' || allocation.client.isClosed) return this.dropped.count('turn/peer/no-allocation');
    if (!this.admits(now, allocation, allocation.received, allocation.usage.received, length)) return;
    if (channel !== undefined && channel.expiresAt > now)
      return this.packets.toChannel(allocation.client, channel.number, bytes, offset, length);
    if (length > MAX_INDICATION_DATA_BYTES) return this.dropped.count('turn/peer/too-long');
    const size = this.writer.data(peer, bytes, offset, length);
    this.packets.toClient(allocation.client, this.writer.bytes, 0, size);
  }

  private toPeer(
    now: Instant,
    relay: RelaySocket,
    peer: PeerEntry,
    bytes: Uint8Array,
    offset: number,
    length: number,
    dontFragment: boolean,
  ): void {
    if (peer.route === 'refused') return this.dropped.count('turn/send/forbidden');
    const { allocation } = relay;
    if (!this.admits(now, allocation, allocation.sent, allocation.usage.sent, length)) return;
    if (peer.route === 'socket') this.packets.toPeer(relay, peer, bytes, offset, length, dontFragment);
    else this.toRelay(now, relay, peer, bytes, offset, length);
  }

  /** To another allocation of this server: never by a socket, so that nothing but relays can be reached, and never round. */
  private toRelay(now: Instant, from: RelaySocket, peer: PeerEntry, bytes: Uint8Array, offset: number, length: number): void {
    const to = this.relays.get(0, peer.endpoint);
    if (to === undefined) {
      if (!this.packets.toSibling?.(from, peer.endpoint, bytes, offset, length)) this.dropped.count('turn/hairpin/no-relay');
      return;
    }
    if (to.allocation === from.allocation) return this.dropped.count('turn/hairpin/self');
    this.fromPeer(now, to, from.relayed, bytes, offset, length);
  }

  private peerOf(permission: Permission, endpoint: IpEndpoint): PeerEntry {
    const bound = this.channels.get(permission.relay.scope, endpoint);
    if (bound !== undefined) return bound.peer;
    return permission.peerAt(endpoint.port) ?? permission.remember(new PeerEntry(endpoint.copy(), this.routeOf(endpoint)));
  }

  /** Counts a packet, unless a limit is reached: of the allocation's rate, the user's rate, the user's bytes. */
  private admits(now: Instant, { usage }: Allocation, own: Meter, users: Meter, length: number): boolean {
    const fits =
      own.fits(now, length, this.allocationRate) &&
      users.fits(now, length, this.userRate) &&
      (!this.limitsBytes || usage.bytes + length <= this.userBytes);
    if (fits) {
      own.count(length);
      users.count(length);
      return true;
    }
    own.dropped += 1;
    users.dropped += 1;
    this.dropped.count('turn/limit/bandwidth');
    return false;
  }
}
