import { IpEndpoint } from '../ip-endpoint.js';
import { hiddenIpv4, isOnlyDisguise, unmaskPrefix } from './disguise.js';
import { contains, type Prefix, parsePrefixes, type Words } from './prefix.js';
import { SPECIAL_BLOCKS, type SpecialPurpose } from './special-purpose.js';

/** Whether relaying to a peer is right, or why not. */
export type PeerVerdict = 'allowed' | 'own' | 'denied' | 'not-listed' | SpecialPurpose;

export interface PeerPolicyRules {
  /**
   * Blocks that may be relayed to although they are special: `10.1.0.0/16`, `10.0.0.1-10.0.0.9`, `fd00::/8`. One opens a special
   * block only if it is at least as narrow: `0.0.0.0/0` opens none.
   */
  readonly allow?: readonly string[];
  /** Blocks that may not, although they are public. The narrowest rule decides; of equal ones, this. */
  readonly deny?: readonly string[];
  /** Nothing but what {@link allow} names: a server that relays to media nodes alone. */
  readonly onlyAllowed?: boolean;
  /**
   * What is ours: addresses (`192.0.2.1`) and endpoints (`10.0.0.5:6379`, `[fd00::5]:5432`) of this server and of what stands behind
   * it. No allow rule opens them.
   */
  readonly own?: readonly string[];
  /**
   * Endpoints that may be relayed to whatever else is said, own ones included: `10.0.0.5:7000`, `10.0.0.5:7000-7999`,
   * `[fd00::5]:*` for all ports.
   */
  readonly allowEndpoints?: readonly string[];
}

/** An entry of a list that says nothing: a server must not start with it. */
export class PeerPolicyError extends Error {
  constructor(
    readonly list: keyof PeerPolicyRules,
    readonly entry: string,
  ) {
    super(`turn ${list}: ${JSON.stringify(entry)} is no ${EXPECTED[list]}`);
    this.name = 'PeerPolicyError';
  }
}

const EXPECTED: Readonly<Record<keyof PeerPolicyRules, string>> = {
  allow: 'address, block (address/bits) or range (first-last)',
  deny: 'address, block (address/bits) or range (first-last)',
  own: 'address or endpoint (address:port)',
  allowEndpoints: 'endpoint (address:port, address:first-last or address:*)',
  onlyAllowed: 'boolean',
};

/** An address and a range of its ports. */
interface Endpoints extends Words {
  readonly firstPort: number;
  readonly lastPort: number;
}

/** A block of global unicast IPv6 (RFC 4291 §2.4): what is outside, and no disguise, is nowhere. */
const GLOBAL_UNICAST: Prefix = { w0: 0x2000_0000, w1: 0, w2: 0, w3: 0, bits: 3 };

/**
 * To whom a server relays. Without rules: to nobody in the special-purpose registries, in whatever form the address is written.
 * One verdict for permissions, channels, Send indications, TCP connections and mobility.
 */
export class PeerPolicy {
  private constructor(
    private readonly allow: readonly Prefix[],
    private readonly deny: readonly Prefix[],
    private readonly own: readonly Endpoints[],
    private readonly endpoints: readonly Endpoints[],
    private readonly onlyAllowed: boolean,
  ) {}

  /** Throws {@link PeerPolicyError}, which names the entry, when a rule is malformed. */
  static of(rules: PeerPolicyRules = {}): PeerPolicy {
    const { allow = [], deny = [], own = [], allowEndpoints = [], onlyAllowed = false } = rules;
    return new PeerPolicy(
      allow.flatMap((entry) => blocksOf('allow', entry)),
      deny.flatMap((entry) => blocksOf('deny', entry)),
      own.map((entry) => endpointsOf('own', entry)),
      allowEndpoints.map((entry) => endpointsOf('allowEndpoints', entry)),
      onlyAllowed,
    );
  }

  /** The same policy with more addresses that are ours, all ports of them. */
  withOwn(addresses: readonly Words[]): PeerPolicy {
    const own = addresses.map(({ w0, w1, w2, w3 }) => ({ w0, w1, w2, w3, firstPort: 0, lastPort: 65_535 }));
    return new PeerPolicy(this.allow, this.deny, [...this.own, ...own], this.endpoints, this.onlyAllowed);
  }

  /** The same for every form of an address. Port 0 stands for the address as a whole. */
  verdict(peer: IpEndpoint): PeerVerdict {
    const { port } = peer;
    const hidden = hiddenIpv4(peer);
    for (const ipv4 of hidden) {
      const verdict = this.plainVerdict({ w0: 0, w1: 0, w2: 0xffff, w3: ipv4 }, port);
      if (verdict !== 'allowed') return verdict;
    }
    if (!isOnlyDisguise(peer)) return this.plainVerdict(peer, port);
    return peer.isIpv4 || !longest(this.deny, peer) ? 'allowed' : 'denied'; // `deny 2002::/16` means the form itself
  }

  private plainVerdict(address: Words, port: number): PeerVerdict {
    if (this.endpoints.some((open) => isSameAddress(open, address) && (port === 0 || covers(open, port)))) return 'allowed';
    if (this.own.some((own) => isSameAddress(own, address) && covers(own, port))) return 'own';
    const allowed = longest(this.allow, address)?.bits ?? -1;
    const denied = longest(this.deny, address)?.bits ?? -1;
    if (denied >= 0 && denied >= allowed) return 'denied';
    const special = specialBlockOf(address);
    if (special && special.bits > allowed) return special.purpose;
    return this.onlyAllowed && allowed < 0 ? 'not-listed' : 'allowed';
  }
}

function covers({ firstPort, lastPort }: Endpoints, port: number): boolean {
  return port >= firstPort && port <= lastPort;
}

function specialBlockOf(address: Words): { bits: number; purpose: SpecialPurpose } | undefined {
  let found: { bits: number; purpose: SpecialPurpose } | undefined;
  for (const { prefix, purpose } of SPECIAL_BLOCKS)
    if (contains(prefix, address) && prefix.bits > (found?.bits ?? -1)) found = { bits: prefix.bits, purpose };
  if (found) return found;
  const isIpv4 = address.w0 === 0 && address.w1 === 0 && address.w2 === 0xffff;
  return isIpv4 || contains(GLOBAL_UNICAST, address) ? undefined : { bits: GLOBAL_UNICAST.bits, purpose: 'not-global' };
}

function longest(prefixes: readonly Prefix[], address: Words): Prefix | undefined {
  let found: Prefix | undefined;
  for (const prefix of prefixes) if (contains(prefix, address) && prefix.bits > (found?.bits ?? -1)) found = prefix;
  return found;
}

function isSameAddress(a: Words, b: Words): boolean {
  return a.w3 === b.w3 && a.w2 === b.w2 && a.w1 === b.w1 && a.w0 === b.w0;
}

function blocksOf(list: 'allow' | 'deny', entry: string): readonly Prefix[] {
  const prefixes = parsePrefixes(entry);
  if (!prefixes) throw new PeerPolicyError(list, entry);
  return prefixes.map(unmaskPrefix);
}

const ENDPOINT = /^(?:\[([^\]]+)\]|([\d.]+)):(?:(\*)|(\d{1,5})(?:-(\d{1,5}))?)$/;

/** `address:port`, `address:first-last`, `address:*`, IPv6 addresses in brackets; for what is own, the address alone is all of it. */
function endpointsOf(list: 'own' | 'allowEndpoints', entry: string): Endpoints {
  const text = entry.trim();
  const match = ENDPOINT.exec(text);
  const address = IpEndpoint.of(match?.[1] ?? match?.[2] ?? text, 0);
  if (!address || (!match && list === 'allowEndpoints')) throw new PeerPolicyError(list, entry);
  const isWhole = !match || match[3] !== undefined;
  const firstPort = isWhole ? 0 : Number(match[4]);
  const lastPort = isWhole ? 65_535 : Number(match[5] ?? match[4]);
  if (firstPort > lastPort || lastPort > 65_535 || (!isWhole && firstPort === 0)) throw new PeerPolicyError(list, entry);
  const [ipv4] = isOnlyDisguise(address) ? hiddenIpv4(address) : [];
  const { w0, w1, w2, w3 } = ipv4 === undefined ? address : address.setIpv4Word(ipv4, 0);
  return { w0, w1, w2, w3, firstPort, lastPort };
}
