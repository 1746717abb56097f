import type { Instant } from '../../core/index.js';
import { EndpointMap } from './endpoint-map.js';
import type { IpEndpoint } from './ip-endpoint.js';
import { Meter } from './meter.js';
import type { TurnLimits } from './settings.js';

/** What one group uses. */
export class UserUsage {
  allocations = 0;
  /** Ports kept by EVEN-PORT, which count as allocations until they lapse. */
  reservations = 0;
  readonly sent: Meter;
  readonly received: Meter;
  /** `sent` and `received` count from here on: what `resetUsage` wrote off; negative for what was used before the start. */
  bytesBefore = 0;

  constructor(
    readonly group: string,
    now: Instant,
  ) {
    this.sent = new Meter(now);
    this.received = new Meter(now);
  }

  /** Both ways, since the last reset. */
  get bytes(): number {
    return this.sent.bytes + this.received.bytes - this.bytesBefore;
  }

  reset(): void {
    this.bytesBefore = this.sent.bytes + this.received.bytes;
  }
}

/** Why an allocation is refused, and what with. */
export type QuotaRefusal = { readonly code: 486 | 508; readonly reason: string };

const USER_QUOTA: QuotaRefusal = { code: 486, reason: 'turn/quota/user' };
const BYTES_QUOTA: QuotaRefusal = { code: 486, reason: 'turn/quota/bytes' };
const ADDRESS_QUOTA: QuotaRefusal = { code: 486, reason: 'turn/quota/address' };
const TOTAL_QUOTA: QuotaRefusal = { code: 508, reason: 'turn/quota/total' };
const RESERVED: QuotaRefusal = { code: 508, reason: 'turn/quota/reserved' };

/** Groups whose bytes are remembered although they have no allocation; the oldest goes first. */
const MAX_IDLE_USERS = 20_000;

/** Who uses how much: the books of all quotas. */
export class UsageLedger {
  allocations = 0;
  private readonly users = new Map<string, UserUsage>();
  private readonly byAddress: EndpointMap<{ count: number }>;

  /** `keepsBytes`: whether bytes are limited, and so are to be remembered of groups without allocations. */
  constructor(
    seed: number,
    private readonly keepsBytes: () => boolean,
  ) {
    this.byAddress = new EndpointMap(seed);
  }

  userOf(group: string, now: Instant): UserUsage {
    let user = this.users.get(group);
    if (!user) {
      user = new UserUsage(group, now);
      this.users.set(group, user);
    }
    return user;
  }

  /** Groups that have or had allocations. */
  get groups(): Iterable<UserUsage> {
    return this.users.values();
  }

  get groupCount(): number {
    return this.users.size;
  }

  /** Whether one more allocation would be too much; ports are somebody else's matter. */
  refusal(user: UserUsage, client: IpEndpoint, limits: TurnLimits): QuotaRefusal | undefined {
    if (user.allocations + user.reservations >= limits.allocationsPerUser) return USER_QUOTA;
    if (user.bytes >= limits.bytesPerUser) return BYTES_QUOTA;
    if ((this.byAddress.getAddress(0, client)?.count ?? 0) >= limits.allocationsPerAddress) return ADDRESS_QUOTA;
    if (this.allocations >= limits.allocations) return TOTAL_QUOTA;
    const open = Math.floor(limits.allocations * (1 - limits.reservedShare));
    return this.allocations >= open && user.allocations > 0 ? RESERVED : undefined;
  }

  add(user: UserUsage, client: IpEndpoint): void {
    this.allocations += 1;
    user.allocations += 1;
    const entry = this.byAddress.getAddress(0, client);
    if (entry) entry.count += 1;
    else this.byAddress.set(0, addressOf(client), { count: 1 });
  }

  remove(user: UserUsage, client: IpEndpoint): void {
    this.allocations -= 1;
    user.allocations -= 1;
    const entry = this.byAddress.getAddress(0, client);
    if (entry) entry.count -= 1;
    if (entry?.count === 0) this.byAddress.delete(0, addressOf(client));
    this.forgetIfIdle(user);
  }

  /** Counts the allocation under another address (RFC 8016). */
  move(user: UserUsage, from: IpEndpoint, to: IpEndpoint): void {
    this.add(user, to);
    this.remove(user, from);
  }

  /** Lets bytes count that were relayed before the start. */
  restore(group: string, bytes: number, now: Instant): void {
    const user = this.userOf(group, now);
    user.bytesBefore -= bytes;
    this.forgetIfIdle(user);
  }

  /** Starts all byte counts anew: a month has passed. */
  reset(): void {
    for (const user of this.users.values()) {
      user.reset();
      this.forgetIfIdle(user);
    }
  }

  /** A group without allocations is remembered for its bytes alone. */
  forgetIfIdle(user: UserUsage): void {
    if (user.allocations + user.reservations > 0) return;
    if (user.bytes === 0 || !this.keepsBytes()) this.users.delete(user.group);
    else if (this.users.size > MAX_IDLE_USERS) this.forgetOldest();
  }

  private forgetOldest(): void {
    for (const user of this.users.values()) {
      if (user.allocations + user.reservations > 0) continue;
      this.users.delete(user.group);
      return;
    }
  }
}

function addressOf(endpoint: IpEndpoint): IpEndpoint {
  const address = endpoint.copy();
  address.port = 0;
  return address;
}
