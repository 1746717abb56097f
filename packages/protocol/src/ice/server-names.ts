import { familyOf } from '../stun/index.js';
import type { RequestId } from './events.js';
import { OpenRequests, type Requester } from './open-requests.js';

/** Gets the addresses of a server, or learns that it has none. */
type Taker = (addresses: readonly string[]) => void;

/** The addresses of STUN and TURN servers: each name is looked up once in a gathering, whoever asks. */
export class ServerNames {
  private readonly lookups: OpenRequests<string>;
  private readonly known = new Map<string, readonly string[]>();
  private readonly waiting = new Map<string, Taker[]>();

  constructor(requester: Requester) {
    this.lookups = new OpenRequests(requester);
  }

  get isLookingUp(): boolean {
    return this.waiting.size > 0;
  }

  /** Calls `take` with the addresses of `host`, now or once they are known; with none when there are none. */
  resolve(host: string, take: Taker): void {
    if (familyOf(host)) return take([host]);
    const known = this.known.get(host);
    if (known) return take(known);
    const waiting = this.waiting.get(host);
    if (waiting) {
      waiting.push(take);
      return;
    }
    this.waiting.set(host, [take]);
    this.lookups.ask(host, (request) => ({ type: 'resolve-host', request, name: host, kind: 'server' }));
  }

  /** The answer to a lookup, empty when it failed. False when it was no request of ours. */
  answered(request: RequestId, addresses: readonly string[]): boolean {
    const host = this.lookups.take(request);
    if (host !== undefined) this.settle(host, addresses);
    return host !== undefined;
  }

  /** Whoever still waits is told that there is no address. */
  giveUp(): void {
    this.lookups.clear();
    for (const host of [...this.waiting.keys()]) this.settle(host, []);
  }

  close(): void {
    this.lookups.clear();
    this.waiting.clear();
  }

  private settle(host: string, addresses: readonly string[]): void {
    if (addresses.length > 0) this.known.set(host, addresses); // what failed is asked anew by the next gathering
    const waiting = this.waiting.get(host) ?? [];
    this.waiting.delete(host);
    for (const take of waiting) take(addresses);
  }
}
