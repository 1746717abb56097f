/** What a `stun:` or `turn:` URL says (RFC 7064, RFC 7065). */
export interface IceServerUrl {
  /** As it was written: events and statistics quote it. */
  readonly url: string;
  readonly kind: 'stun' | 'turn';
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
  /** `stuns:` and `turns:`: TLS over TCP, DTLS over UDP. */
  readonly isSecure: boolean;
}

const DEFAULT_PORT = 3478;
const DEFAULT_SECURE_PORT = 5349;

const SYNTAX = /^(stuns?|turns?):(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]+)(?::([0-9]{0,5}))?(?:\?transport=(udp|tcp))?$/i;

/** Reads the URL of an ICE server; undefined when it is none. `stun:` URLs have no query (RFC 7064 §3.1). */
export function parseIceServerUrl(url: string): IceServerUrl | undefined {
  const match = SYNTAX.exec(url);
  if (!match) return undefined;
  const scheme = match[1]!.toLowerCase();
  const kind = scheme.startsWith('stun') ? 'stun' : 'turn';
  const isSecure = scheme.endsWith('s');
  if (kind === 'stun' && match[4] !== undefined) return undefined;
  const port = match[3] ? Number(match[3]) : isSecure ? DEFAULT_SECURE_PORT : DEFAULT_PORT;
  if (port < 1 || port > 65_535) return undefined;
  const transport = match[4] ? (match[4].toLowerCase() === 'tcp' ? 'tcp' : 'udp') : isSecure ? 'tcp' : 'udp';
  return { url, kind, host: match[2]!.replace(/^\[|\]$/g, ''), port, transport, isSecure };
}
