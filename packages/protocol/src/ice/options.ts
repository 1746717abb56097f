import type { HostAddress } from '../core/index.js';
import type { IceCredentials } from './credentials.js';
import type { RelayFactory } from './relay.js';
import type { IceServerUrl } from './server-url.js';
import type { IceRole } from './state.js';

/** One STUN or TURN server, by one URL. */
export interface IceServer extends IceServerUrl {
  readonly username?: string;
  readonly credential?: string;
}

/** Maps a private address of ours to the public one that stands for it (1:1 NAT, as clouds have). */
export interface AddressRewrite {
  readonly localAddress: string;
  readonly publicAddress: string;
  /** 'replace' hides the private address; 'add' offers both. */
  readonly mode: 'replace' | 'add';
}

/** What an agent is made with. Everything has a default but the role. */
export interface IceOptions {
  /** The role that the agent starts in (RFC 8445 §6.1.1); {@link IceAgent.setRole} changes it before checks begin. */
  readonly role: IceRole;
  /** 'lite' answers checks and sends none (RFC 8445 §2.5): for servers that everybody can reach. Default 'full'. */
  readonly mode?: 'full' | 'lite';
  /** Generated when not given. */
  readonly credentials?: IceCredentials;
  /** Where to learn reflexive and relayed addresses from. */
  readonly servers?: readonly IceServer[];
  /** 'relay' offers and uses relayed candidates only, and tells nobody any other address. Default 'all'. */
  readonly transportPolicy?: 'all' | 'relay';
  /** Makes TURN clients. Without it `turn:` servers give an error 701. */
  readonly relayFactory?: RelayFactory;
  /** Which TCP candidates to offer (RFC 6544). Default: active only, as browsers do. */
  readonly tcp?: { readonly active: boolean; readonly passive: boolean };
  /** 'mdns' offers names below `.local` in place of host addresses; the driver registers them. Default 'plain'. */
  readonly hostAddresses?: 'plain' | 'mdns';
  /** Whether the names that a peer offers are looked up. Default true; servers say false. */
  readonly resolveMdns?: boolean;
  /** Which of our addresses may be used. Loopback is left out unless this says otherwise. */
  readonly localAddressFilter?: (address: HostAddress) => boolean;
  /** Which addresses of a peer we will send to; a peer cannot make us scan what this refuses. */
  readonly remoteAddressFilter?: (address: string, port: number) => boolean;
  readonly addressRewrites?: readonly AddressRewrite[];
  readonly limits?: Partial<IceLimits>;
  readonly timing?: Partial<IceTiming>;
}

/** What a peer can make us hold or do (security budget). */
export interface IceLimits {
  /** Remote candidates of one generation, peer reflexive ones included. */
  readonly remoteCandidates: number;
  /** Candidate pairs (RFC 8445 §6.1.2.5). */
  readonly pairs: number;
  /** Names of the peer looked up at once and in one generation. */
  readonly mdnsLookups: number;
  /** TCP connections that are open or being opened. */
  readonly tcpConnections: number;
  /** Relayed addresses asked for at one server. */
  readonly relaysPerServer: number;
}

export const DEFAULT_LIMITS: IceLimits = {
  remoteCandidates: 64,
  pairs: 100,
  mdnsLookups: 8,
  tcpConnections: 16,
  relaysPerServer: 2,
};

/** All times of an agent, in milliseconds. */
export interface IceTiming {
  /** Ta: between two new checks or gathering requests (RFC 8445 §14.2). */
  readonly pacingMs: number;
  /** RTO of checks, at least (RFC 8445 §14.3). */
  readonly rtoMs: number;
  /** How often one check is sent (RFC 8489 §6.2.1, Rc). */
  readonly checkTries: number;
  /** How long the controlling side waits for a better pair once it has one that works. */
  readonly nominationPatienceMs: number;
  /** Mean time between consent checks, randomised by a fifth (RFC 7675 §5.1). */
  readonly consentIntervalMs: number;
  /** Consent lapses this long after the last answer (RFC 7675 §5.1). */
  readonly consentExpiryMs: number;
  /** Nothing heard for so long: disconnected. */
  readonly disconnectedMs: number;
  /** How long to wait for a peer before failing, at least (RFC 8863 §3). */
  readonly patienceMs: number;
  /** How long the driver may take to look up a name of the peer. */
  readonly mdnsTimeoutMs: number;
  /** A TCP connection that carried no valid check for so long is closed. */
  readonly unclaimedStreamMs: number;
  /** How long gathering waits for a server in all. */
  readonly gatheringTimeoutMs: number;
}

export const DEFAULT_TIMING: IceTiming = {
  pacingMs: 50,
  rtoMs: 500,
  checkTries: 7,
  nominationPatienceMs: 500,
  consentIntervalMs: 5_000,
  consentExpiryMs: 30_000,
  disconnectedMs: 5_000,
  patienceMs: 39_500,
  mdnsTimeoutMs: 5_000,
  unclaimedStreamMs: 5_000,
  gatheringTimeoutMs: 9_500,
};

/** Agents that were told the same share what follows from it. */
const knownLimits = new WeakMap<Partial<IceLimits>, IceLimits>();
const knownTimings = new WeakMap<Partial<IceTiming>, IceTiming>();

export function completeLimits(told: Partial<IceLimits> = DEFAULT_LIMITS): IceLimits {
  const known = knownLimits.get(told) ?? { ...DEFAULT_LIMITS, ...told };
  knownLimits.set(told, known);
  return known;
}

export function completeTiming(told: Partial<IceTiming> = DEFAULT_TIMING): IceTiming {
  const known = knownTimings.get(told) ?? { ...DEFAULT_TIMING, ...told };
  knownTimings.set(told, known);
  return known;
}
