import type { IceServer } from '@maru/signaling';
import { isLocalName } from '../../http/web-app.js';
import type { TurnTransport } from '../config/turn-config.js';
import type { TimeLimitedCredential } from './time-limited.js';

/** A port of the relay as clients are told of it. */
export interface RelayPort {
  readonly transport: TurnTransport;
  readonly port: number;
}

/** The relay, for whoever hands out its credentials. */
export interface RelayIssuer {
  /** Best first. */
  readonly ports: readonly RelayPort[];
  /** Undefined: there is no secret to sign with. */
  issue(user: string, ttlSeconds: number): TimeLimitedCredential | undefined;
}

/** Servers as a browser takes them, and until when their credentials are good. */
export interface IceServerOffer {
  readonly iceServers: IceServer[];
  readonly expiresAtMs: number | undefined;
}

export interface IceServersContext {
  /** Servers that the operator named. */
  readonly configured: readonly IceServer[];
  /** The host of the public address, if the operator said one. */
  readonly publicHost: string | undefined;
  /** An address of this machine for those who call it localhost: browsers look for no relay at their own loopback. */
  readonly networkHost: () => string | undefined;
  readonly relay: () => RelayIssuer | undefined;
}

/** Hands out STUN and TURN servers: those that the operator named, then the server's own relay with fresh credentials. */
export class IceServers {
  constructor(private readonly context: IceServersContext) {}

  /** For `user`, who calls this server `calledHost` (the `Host` of the request). */
  offer(user: string, calledHost: string | undefined, ttlSeconds: number): IceServerOffer {
    const { configured, relay: relayOf } = this.context;
    const relay = relayOf();
    const credential = relay?.issue(user, ttlSeconds);
    const host = this.hostFor(calledHost);
    if (!relay || !credential || host === undefined) return { iceServers: [...configured], expiresAtMs: undefined };
    const { username, credential: password, expiresAtMs } = credential;
    const turn = { urls: relay.ports.map((port) => turnUrl(host, port)), username, credential: password };
    const stunPort = relay.ports.find(({ transport }) => transport === 'udp');
    const stun = stunPort ? [{ urls: [`stun:${host}:${stunPort.port}`] }] : [];
    return { iceServers: [...configured, ...stun, turn], expiresAtMs };
  }

  private hostFor(calledHost: string | undefined): string | undefined {
    const { publicHost, networkHost } = this.context;
    if (publicHost !== undefined) return publicHost;
    const called = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::\d{1,5})?$/.exec(calledHost ?? '')?.[1];
    if (called !== undefined && !isLocalName(called)) return called;
    const own = networkHost();
    return own === undefined ? called : bracketed(own);
  }
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

function turnUrl(host: string, { transport, port }: RelayPort): string {
  const scheme = transport === 'tls' || transport === 'dtls' ? 'turns' : 'turn';
  const carrier = transport === 'tcp' || transport === 'tls' ? 'tcp' : 'udp';
  return `${scheme}:${host}:${port}?transport=${carrier}`;
}
