import type { RemoteCandidate } from './candidate.js';
import type { Route } from './route.js';

/** Authentic checks that are kept until the peer's description is here. */
const MAX_CHECKS = 16;
/** A ClientHello of today's browsers takes two datagrams; it may have been repeated by the time the description comes. */
const MAX_DATAGRAMS = 4;
const MAX_BYTES = 8_192;

/** An authentic check that came before the peer's description did (RFC 8445 §7.3: it is answered, and counts later). */
export interface EarlyCheck {
  /** Where it came from, which is all that is known of the peer so far. */
  readonly candidate: RemoteCandidate;
  readonly route: Route;
  readonly remoteUfrag: string;
  readonly priority: number;
  useCandidate: boolean;
  /** What came after it on the same way: the peer has our answer to its check, and may begin (RFC 8445 §12.1). */
  readonly data: Uint8Array[];
}

/** What is known of a peer that has our description while we still wait for its. Bounded: only a few senders, a few bytes. */
export class EarlyChecks {
  private checks: EarlyCheck[] = [];
  private datagrams = 0;
  private bytes = 0;

  /** The peer as its checks show it. */
  get candidates(): readonly RemoteCandidate[] {
    return this.checks.map(({ candidate }) => candidate);
  }

  /** The check that came this way before. */
  find(route: Route): EarlyCheck | undefined {
    return this.checks.find((early) => isSameWay(early.route, route));
  }

  get isFull(): boolean {
    return this.checks.length >= MAX_CHECKS;
  }

  add(check: Omit<EarlyCheck, 'data'>): void {
    this.checks.push({ ...check, data: [] });
  }

  /** Keeps a copy of data that came on the way of an early check. False when there was none, or no room. */
  keepData(route: Route, data: Uint8Array): boolean {
    const early = this.find(route);
    if (!early || this.datagrams >= MAX_DATAGRAMS || this.bytes + data.length > MAX_BYTES) return false;
    early.data.push(new Uint8Array(data));
    this.datagrams += 1;
    this.bytes += data.length;
    return true;
  }

  /** All of them; none stay. */
  takeAll(): readonly EarlyCheck[] {
    const all = this.checks;
    this.checks = [];
    this.datagrams = this.bytes = 0;
    return all;
  }
}

function isSameWay(a: Route, b: Route): boolean {
  return a === b || (a.base === b.base && a.remoteAddress === b.remoteAddress && a.remotePort === b.remotePort);
}
