import { isIP } from 'node:net';
import type { NetworkStack } from '@maru/protocol/core';
import { type IceServerUrl, parseIceServerUrl } from '@maru/protocol/ice';
import { ErrorCode, Nonce, parseNonceCookie, Realm, StunErrorCode, type StunMessage } from '@maru/protocol/stun';
import { explainAllocate, explainConnect, explainDistrust } from './cures.js';
import type { CheckReport, Step } from './report.js';
import { type Allocation, sourceAddressFor, TurnLink, type TurnLinkOptions } from './turn-link.js';

export interface CheckOptions {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly network: NetworkStack;
  readonly wallClock: () => number;
  /** Hears of each step as it is done. */
  readonly onStep: (step: Step) => void;
  /** Hears what is being waited for. */
  readonly onProgress: (text: string) => void;
}

type Facts = { -readonly [Key in keyof Omit<CheckReport, 'url' | 'works' | 'steps'>]: CheckReport[Key] };

/** Gets a real allocation, sends a packet through it and back, and says of each step what came of it. Never rejects. */
export async function checkTurn(options: CheckOptions): Promise<CheckReport> {
  const check = new TurnCheck(options);
  await check.run();
  return check.report();
}

class TurnCheck {
  private readonly steps: Step[] = [];
  private readonly facts: Facts = {};
  private readonly links: TurnLink[] = [];

  constructor(private readonly options: CheckOptions) {}

  report(): CheckReport {
    const { steps, facts } = this;
    const works = facts.relayRttMs !== undefined && steps.every(({ state }) => state !== 'problem');
    return { url: this.options.url, works, steps, ...facts };
  }

  async run(): Promise<void> {
    const url = this.readUrl();
    const address = url && (await this.resolve(url.host));
    if (!url || address === undefined) return;
    this.facts.address = address;
    try {
      const link = await this.connect(url, address);
      const allocation = link && (await this.allocate(link, url));
      if (link && allocation) await this.relay(link, allocation, url, address);
    } finally {
      for (const link of this.links) link.close();
    }
  }

  private readUrl(): IceServerUrl | undefined {
    const url = parseIceServerUrl(this.options.url);
    if (url?.kind === 'turn') return url;
    const cure = 'Write turn:host, turn:host:port?transport=tcp or turns:host:port.';
    if (url) this.add({ name: 'url', state: 'problem', detail: 'this is a STUN server; maru nat --server asks it', cure });
    else this.add({ name: 'url', state: 'problem', detail: `"${this.options.url}" is no TURN URL`, cure });
    return undefined;
  }

  private async resolve(host: string): Promise<string | undefined> {
    if (isIP(host) !== 0) return host;
    this.options.onProgress(`looking up ${host}`);
    const took = this.stopwatch();
    let found: readonly string[] = [];
    try {
      found = await this.options.network.resolveHost(host);
    } catch {
      // that there is none is the answer
    }
    const address = found.find((candidate) => isIP(candidate) === 4) ?? found[0];
    if (address === undefined) {
      const cure = 'Check the spelling, and that the name is in the DNS.';
      this.add({ name: 'resolve', state: 'problem', detail: `no address is known for ${host}`, cure, ms: took() });
      return undefined;
    }
    const others = found.length > 1 ? ` (and ${found.length - 1} more)` : '';
    this.add({ name: 'resolve', state: 'ok', detail: `${host} is ${address}${others}`, ms: took() });
    return address;
  }

  private async connect(url: IceServerUrl, address: string): Promise<TurnLink | undefined> {
    const took = this.stopwatch();
    if (url.transport === 'tcp' || url.isSecure) this.options.onProgress(`connecting to ${address} port ${url.port}`);
    let link: TurnLink;
    try {
      link = await this.open(url, address, this.onMessage);
    } catch (error) {
      this.add({ name: 'connect', state: 'problem', ...explainConnect(error, url), ms: took() });
      return undefined;
    }
    if (url.transport === 'udp' && !url.isSecure) {
      this.add({
        name: 'connect',
        state: 'ok',
        detail: `UDP to ${address} port ${url.port}; whether anybody is there shows next`,
      });
      return link;
    }
    this.add({
      name: 'connect',
      state: 'ok',
      detail: `${carriageOf(url)} to ${address} port ${url.port}`,
      ms: took(),
    });
    this.judgeTls(link, url.host);
    return link;
  }

  private judgeTls({ tlsPeer }: TurnLink, host: string): void {
    if (!tlsPeer) return;
    const problem = explainDistrust(tlsPeer, host, this.options.wallClock());
    if (problem) return this.add({ name: 'tls', state: 'problem', ...problem });
    const days = Math.floor((tlsPeer.notAfterMs - this.options.wallClock()) / 86_400_000);
    const detail = `${tlsPeer.protocol}; the certificate for ${tlsPeer.names.slice(0, 3).join(', ')} is good for ${days} more days`;
    if (days >= 14) this.add({ name: 'tls', state: 'ok', detail });
    else this.add({ name: 'tls', state: 'note', detail, cure: 'Renew it soon.' });
  }

  private challengedAt: (() => number) | undefined;
  private wasChallenged = false;

  /** The first answer should be a 401 that says what to sign with. */
  private readonly onMessage = (message: StunMessage): void => {
    if (this.wasChallenged || message.messageClass !== 'error' || !this.challengedAt) return;
    if (message.value(ErrorCode)?.code !== StunErrorCode.unauthenticated) return;
    this.wasChallenged = true;
    const nonce = message.value(Nonce);
    const features = nonce === undefined ? undefined : parseNonceCookie(nonce);
    const algorithms = features?.passwordAlgorithms ? 'MD5 or SHA-256' : 'MD5';
    const detail = `the server asks for a user of realm "${printable(message.value(Realm) ?? '')}" (${algorithms})`;
    this.add({ name: 'challenge', state: 'ok', detail, ms: this.challengedAt() });
  };

  private async allocate(link: TurnLink, url: IceServerUrl): Promise<Allocation | undefined> {
    this.options.onProgress('allocating');
    this.challengedAt = this.stopwatch();
    const took = this.stopwatch();
    const outcome = await link.allocate();
    if (outcome.type === 'failed') {
      const { username, wallClock } = this.options;
      this.add({ name: 'allocate', state: 'problem', ...explainAllocate(outcome, url, username, wallClock()), ms: took() });
      return undefined;
    }
    const { relayed, mapped } = outcome;
    this.facts.relayed = relayed;
    this.facts.mapped = mapped;
    if (!this.wasChallenged) {
      const cure = 'Anybody can use it as a proxy. Have it ask for credentials.';
      this.add({ name: 'challenge', state: 'problem', detail: 'the server gave an allocation without asking who we are', cure });
    }
    this.add({
      name: 'allocate',
      state: 'ok',
      detail: `relays at ${relayed.address} port ${relayed.port}, and sees us as ${mapped.address} port ${mapped.port}`,
      ms: took(),
    });
    return outcome;
  }

  /** Over a socket of ours; where the server may not reach us (it is beside us, say), between two allocations. */
  private async relay(link: TurnLink, allocation: Allocation, url: IceServerUrl, address: string): Promise<void> {
    const { network, onProgress } = this.options;
    onProgress('sending a packet through the relay and back');
    const took = this.stopwatch();
    const { mapped, relayed } = allocation;
    const socket = await network.openDatagram({ address: sourceAddressFor(relayed.address, network) });
    try {
      const code = await link.permit({ address: mapped.address, port: socket.localPort });
      if (code !== 'granted') {
        this.addForbidden(mapped.address, code);
        return this.addRelay(await this.throughTwo(link, allocation, url, address), allocation, address, true);
      }
      this.add({ name: 'permission', state: 'ok', detail: `peers at ${mapped.address} may use the relay`, ms: took() });
      const rttMs = await link.echo(socket, allocation);
      if (rttMs !== undefined) return this.addRelay({ rttMs, way: 'through the relay and back' }, allocation, address, true);
      // a server beside us relays to nobody at its own address
      const isBeside = mapped.address === relayed.address;
      this.addRelay(await this.throughTwo(link, allocation, url, address), allocation, address, isBeside);
    } finally {
      socket.close();
    }
  }

  private addForbidden(own: string, code: number): void {
    this.add({
      name: 'permission',
      state: 'note',
      detail: `the server ${code === StunErrorCode.forbidden ? 'forbids' : `answered ${code} to`} our own address ${own} as a peer, as it should for private ones and its own`,
      cure: 'A second allocation takes our place, and the two relay to each other.',
    });
  }

  /** A packet from a second allocation to the first and back. */
  private async throughTwo(link: TurnLink, here: Allocation, url: IceServerUrl, address: string): Promise<Trip> {
    const way = 'through two relays and back';
    const other = await this.open(url, address);
    const there = await other.allocate();
    if (there.type === 'failed' || !(await permitBoth(link, other, here, there))) return { rttMs: undefined, way };
    return { rttMs: await link.echoBetween(other, here, there), way };
  }

  /** `isWhole`: whether this is all that could be expected. */
  private addRelay({ rttMs, way }: Trip, { relayed }: Allocation, address: string, isWhole: boolean): void {
    const letIn = `Let UDP in to the relay ports of the server (this one is ${relayed.port}), and see that ${relayed.address} is an address that others reach.`;
    if (rttMs !== undefined) {
      this.facts.relayRttMs = rttMs;
      const detail = isWhole ? `a packet went ${way}` : `a packet went ${way}, but none came from here to the relay`;
      this.add({ name: 'relay', state: isWhole ? 'ok' : 'note', detail, ms: rttMs, ...(!isWhole && { cure: letIn }) });
      return;
    }
    const isHidden = isPrivate(relayed.address) && !isPrivate(address);
    const cure = isHidden
      ? `The server tells clients its private address ${relayed.address}: set externalAddresses to its public one.`
      : letIn;
    this.add({ name: 'relay', state: 'problem', detail: `no packet came ${way}`, cure });
  }

  private async open(parsed: IceServerUrl, address: string, onMessage?: (message: StunMessage) => void): Promise<TurnLink> {
    const { username, password, network } = this.options;
    const options: TurnLinkOptions = {
      parsed,
      address,
      username,
      password,
      allowUnverified: true,
      ...(onMessage && { onMessage }),
    };
    const link = await TurnLink.open(options, network);
    this.links.push(link);
    return link;
  }

  private add(step: Step): void {
    this.options.onProgress('');
    this.steps.push(step);
    this.options.onStep(step);
  }

  private stopwatch(): () => number {
    const { clock } = this.options.network;
    const startedAt = clock.now();
    return () => clock.now() - startedAt;
  }
}

function carriageOf({ isSecure, transport }: IceServerUrl): string {
  if (transport === 'udp') return isSecure ? 'DTLS over UDP' : 'UDP';
  return isSecure ? 'TLS over TCP' : 'TCP';
}

interface Trip {
  readonly rttMs: number | undefined;
  readonly way: string;
}

async function permitBoth(link: TurnLink, other: TurnLink, here: Allocation, there: Allocation): Promise<boolean> {
  return (await link.permit(there.relayed)) === 'granted' && (await other.permit(here.relayed)) === 'granted';
}

/** What a server says is not let into a terminal as it is. */
const printable = (text: string): string => text.slice(0, 128).replaceAll(/[^\x20-\x7e\u00a1-\uffff]/g, '?');

const isPrivate = (address: string): boolean =>
  /^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::1$|f[cd]|fe80:)/i.test(
    address,
  );
