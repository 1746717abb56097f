import {
  type GeneratedCertificate,
  generateCertificate,
  generateCertificateSync,
  type KeyAlgorithm,
  nodeCrypto,
  nodeNetwork,
  systemRandom,
} from '@maru/node';
import { type CoreContext, type NetworkStack, SILENT_LOG } from '@maru/protocol/core';
import type { IceOptions } from '@maru/protocol/ice';
import { CertificateStock } from './certificate-stock.js';
import { isTrustedServer } from './server-trust.js';
import { fallAsleep, stayAwake } from './vigil.js';

/** What a host can say about all ICE agents on it, and no page of a browser can: filters, 1:1 NAT, TCP, budgets. */
export type HostIceOptions = Pick<
  IceOptions,
  'tcp' | 'hostAddresses' | 'resolveMdns' | 'localAddressFilter' | 'remoteAddressFilter' | 'addressRewrites' | 'limits' | 'timing'
>;

/** The world that a connection lives in: Node.js's by default, a simulated one in tests. */
export interface Environment {
  readonly ice?: HostIceOptions;
  /** Answers for `address` under `name` (below `.local`) until the function returned is called. */
  publishName?(name: string, address: string): () => void;
  /** Sockets and the monotonic clock. */
  readonly network: NetworkStack;
  readonly context: CoreContext;
  /** Whether a TURN server over DTLS is who it should be; `chain` is its certificates in DER. */
  isTrustedServer(chain: readonly Uint8Array[], serverName: string): boolean;
  /** Wall time in milliseconds since 1970. */
  wallNow(): number;
  /** Runs `task` soon, after what runs now and its promises: an event loop task in the words of HTML. */
  queueTask(task: () => void): void;
  /** Has the event loop look for datagrams without sleeping, for so long. Absent where time is not real. */
  stayAwake?(forMs: number): void;
  /** Ends that. */
  fallAsleep?(): void;
  /** A certificate for a connection that was given none. */
  defaultCertificate(): GeneratedCertificate;
  generateCertificate(options: { readonly algorithm: KeyAlgorithm; readonly lifetimeMs?: number }): Promise<GeneratedCertificate>;
}

const wallNow = (): number => performance.timeOrigin + performance.now();
/** When a connection that has taken its certificate mostly waits for its peer. */
const REFILL_AFTER_MS = 2;
const certificates = new CertificateStock({
  now: generateCertificateSync,
  ahead: generateCertificate,
  wallNow,
  later: (task) => void setTimeout(task, REFILL_AFTER_MS).unref(),
});

/** Node.js: real sockets, the system's clock and randomness. */
export const nodeEnvironment: Environment = {
  network: nodeNetwork,
  publishName: (name, address) => nodeNetwork.mdns.publish(name, [address]),
  context: { random: systemRandom, crypto: nodeCrypto, log: SILENT_LOG },
  isTrustedServer: (chain, serverName) => isTrustedServer(chain, serverName, Date.now()),
  wallNow,
  queueTask: (task) => void setImmediate(task),
  stayAwake,
  fallAsleep,
  defaultCertificate: () => certificates.take(),
  generateCertificate: (options) => generateCertificate(options),
};

/** Node.js with another network under it, such as a host of `@maru/netsim`: time, too, is then that network's. */
export function environmentOn(network: NetworkStack, context: Partial<CoreContext> = {}): Environment {
  const { clock } = network;
  const wallOffset = Date.now() - clock.now();
  const { publishName: _onTheRealNetwork, stayAwake: _inRealTime, fallAsleep: _asWell, ...rest } = nodeEnvironment;
  return {
    ...rest,
    network,
    context: { ...nodeEnvironment.context, ...context },
    wallNow: () => wallOffset + clock.now(),
    queueTask: (task) => void clock.schedule(clock.now(), task),
  };
}

/** Where a class of connections says which world its objects live in. */
export const ENVIRONMENT: unique symbol = Symbol('environment');
