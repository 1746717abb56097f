import {
  type CoreContext,
  type Instant,
  Malformed,
  NEVER,
  OutputQueue,
  type Outputs,
  type Path,
  type ProtocolCore,
} from '../core/index.js';
import { ChangeRequest, type ChangeRequestFlags, MappedAddress, OtherAddress, XorMappedAddress } from './attributes/index.js';
import { StunEncoder } from './encoder.js';
import { canonicalIpAddress, type TransportAddress } from './ip-address.js';
import { decodeStunMessage, type StunMessage } from './message.js';
import { StunMethod } from './registry.js';
import { newTransactionId, type RetransmitPolicy, StunTransaction, transactionKey } from './transaction.js';

/** How a NAT chooses the mapped address by destination (RFC 4787 §4.1); 'direct' when there is no NAT. */
export type MappingBehaviour = 'direct' | 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent' | 'unknown';

/** Whose packets a NAT or firewall lets in (RFC 4787 §5). */
export type FilteringBehaviour = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent' | 'unknown';

/** What one server let us find out. */
export interface BehaviourReport {
  /** Undefined: the server did not answer at all, UDP is blocked or the server is not there. */
  readonly mappedAddress: TransportAddress | undefined;
  /** The server's second address, which all but the first answer needs. */
  readonly otherAddress: TransportAddress | undefined;
  readonly mapping: MappingBehaviour;
  readonly filtering: FilteringBehaviour;
  /** Whether two hosts behind the NAT reach each other by its outside; undefined when it could not be tried. */
  readonly hairpin: boolean | undefined;
  /** Of the first answer. */
  readonly rttMs: number | undefined;
}

export type BehaviourEvent =
  | { readonly type: 'step'; readonly step: Step }
  | { readonly type: 'report'; readonly report: BehaviourReport };

/**
 * The tests in the order in which they run: filtering before mapping, because sending to the second address opens what
 * the filtering test must find shut (RFC 5780 §4.3, §4.4, §5).
 */
type Step =
  | 'binding'
  | 'filtering-other-address'
  | 'filtering-other-port'
  | 'mapping-other-address'
  | 'mapping-other-port'
  | 'hairpin';

/** A missing answer is a result here, not a failure: wait 3.5 s for it, with three tries, instead of 39.5. */
const PATIENCE: RetransmitPolicy = { rtoMs: 500, rc: 3, rm: 4 };

/** Finds out how the NAT before us behaves, with one socket and one server of two addresses (RFC 5780 §4). */
export class BehaviourDiscovery implements ProtocolCore<BehaviourEvent> {
  private readonly queue = new OutputQueue<BehaviourEvent>(128);
  private readonly encoder = new StunEncoder();
  private step: Step | undefined;
  private transaction: StunTransaction | undefined;
  private request = new Uint8Array(0);
  private requestKey = '';
  private path: Path;
  private mapped: TransportAddress | undefined;
  private secondMapped: TransportAddress | undefined;
  private other: TransportAddress | undefined;
  private mapping: MappingBehaviour = 'unknown';
  private filtering: FilteringBehaviour = 'unknown';
  private hairpin: boolean | undefined;
  private rttMs: number | undefined;

  /** `server` is the path from the socket to the server, `pathTo` the way to its other addresses from the same socket. */
  constructor(
    now: Instant,
    private readonly server: Path,
    private readonly pathTo: (address: string, port: number) => Path,
    private readonly context: CoreContext,
  ) {
    this.path = server;
    this.begin(now, 'binding');
  }

  get deadline(): Instant {
    return this.transaction?.deadline ?? NEVER;
  }

  receive(now: Instant, bytes: Uint8Array, _path: Path): void {
    const message = decodeStunMessage(bytes);
    if (message instanceof Malformed || message.method !== StunMethod.binding) return;
    if (!this.transaction || transactionKey(message.transactionId) !== this.requestKey) return;
    if (this.step === 'hairpin') {
      if (message.messageClass === 'request') this.onHairpin(now, true);
      return;
    }
    const rttMs = this.transaction.finish(now);
    if (message.messageClass === 'success') this.onAnswer(now, message, rttMs);
    else if (message.messageClass === 'error') this.onSilence(now);
  }

  advance(now: Instant): void {
    const due = this.transaction?.poll(now);
    if (due === 'send') this.queue.transmit(this.request, this.path);
    else if (due === 'timeout') this.onSilence(now);
  }

  drain(outputs: Outputs<BehaviourEvent>): void {
    this.queue.drain(outputs);
  }

  private onAnswer(now: Instant, message: StunMessage, rttMs: number | undefined): void {
    const mapped = message.value(XorMappedAddress) ?? message.value(MappedAddress);
    switch (this.step) {
      case 'binding':
        this.mapped = mapped;
        this.other = message.value(OtherAddress);
        this.rttMs = rttMs;
        return this.begin(now, this.other ? 'filtering-other-address' : 'hairpin');
      case 'filtering-other-address':
        this.filtering = 'endpoint-independent';
        return this.begin(now, 'mapping-other-address');
      case 'filtering-other-port':
        this.filtering = 'address-dependent';
        return this.begin(now, 'mapping-other-address');
      case 'mapping-other-address':
        this.secondMapped = mapped;
        if (!isSame(mapped, this.mapped)) return this.begin(now, 'mapping-other-port');
        this.mapping = 'endpoint-independent';
        return this.begin(now, 'hairpin');
      case 'mapping-other-port':
        this.mapping = isSame(mapped, this.secondMapped) ? 'address-dependent' : 'address-and-port-dependent';
        return this.begin(now, 'hairpin');
      default:
        return;
    }
  }

  /** No answer, or an error: which of the two says the same here. */
  private onSilence(now: Instant): void {
    switch (this.step) {
      case 'binding':
        return this.report();
      case 'filtering-other-address':
        return this.begin(now, 'filtering-other-port');
      case 'filtering-other-port':
        this.filtering = 'address-and-port-dependent';
        return this.begin(now, 'mapping-other-address');
      case 'hairpin':
        return this.onHairpin(now, false);
      default:
        return this.begin(now, 'hairpin');
    }
  }

  private onHairpin(now: Instant, works: boolean): void {
    this.transaction?.finish(now);
    this.hairpin = works;
    this.report();
  }

  private begin(now: Instant, step: Step): void {
    this.step = step;
    if (step === 'hairpin' && (this.isDirect || !this.mapped)) return this.report(); // nothing to be reflected by
    this.queue.event({ type: 'step', step });
    const target = this.targetOf(step);
    this.path = isSame(target, { address: this.server.remoteAddress, port: this.server.remotePort })
      ? this.server
      : this.pathTo(target.address, target.port);
    const id = newTransactionId(this.context.random);
    this.requestKey = transactionKey(id);
    this.request = this.encoder
      .start('request', StunMethod.binding, id)
      .addIf(ChangeRequest, changeOf(step))
      .fingerprint()
      .finish()
      .slice();
    this.transaction = new StunTransaction(now, PATIENCE);
    this.advance(now);
  }

  private targetOf(step: Step): TransportAddress {
    const { remoteAddress, remotePort } = this.server;
    if (step === 'hairpin' && this.mapped) return this.mapped;
    if (this.other && step === 'mapping-other-address') return { address: this.other.address, port: remotePort };
    if (this.other && step === 'mapping-other-port') return this.other;
    return { address: remoteAddress, port: remotePort };
  }

  /** A socket bound to a wildcard cannot know that it is direct: its own address is not that of any packet. */
  private get isDirect(): boolean {
    const { localAddress, localPort } = this.server;
    return isSame(this.mapped, { address: canonicalIpAddress(localAddress) ?? localAddress, port: localPort });
  }

  private report(): void {
    this.step = undefined;
    this.transaction = undefined;
    this.queue.event({
      type: 'report',
      report: {
        mappedAddress: this.mapped,
        otherAddress: this.other,
        mapping: this.isDirect ? 'direct' : this.mapping,
        filtering: this.filtering,
        hairpin: this.hairpin,
        rttMs: this.rttMs,
      },
    });
  }
}

function changeOf(step: Step): ChangeRequestFlags | undefined {
  if (step === 'filtering-other-address') return { changeIp: true, changePort: true };
  return step === 'filtering-other-port' ? { changeIp: false, changePort: true } : undefined;
}

function isSame(a: TransportAddress | undefined, b: TransportAddress | undefined): boolean {
  return a !== undefined && b !== undefined && a.address === b.address && a.port === b.port;
}
