import type { IncomingMessage } from 'node:http';

/** Whether the request came over TLS, here or at a proxy that is trusted. */
export const isEncrypted = (request: IncomingMessage): boolean =>
  'encrypted' in request.socket && request.socket.encrypted === true;

/** Which pages may use the server: those that it serves itself, and those that the operator lists. */
export class OriginPolicy {
  private readonly allowed: ReadonlySet<string>;

  constructor(allowed: readonly string[]) {
    this.allowed = new Set(allowed);
  }

  /** Whether a request with this `Origin` to this `Host` is welcome. Without an origin it is no page's. Exact matches only (S-83). */
  admits(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined) return true;
    if (this.allowed.has(origin)) return true;
    return host !== undefined && (origin === `https://${host}` || origin === `http://${host}`);
  }

  /** Whether the operator lists `origin`: then answers to it carry CORS headers. */
  isListed(origin: string | undefined): origin is string {
    return origin !== undefined && this.allowed.has(origin);
  }
}
