import { ByteReader } from '../bytes/index.js';
import {
  assert,
  type CoreContext,
  type Instant,
  NEVER,
  type Path,
  type ProtocolCore,
  ReplayWindow,
  TimerTable,
} from '../core/index.js';
import { ALERT_FATAL, ALERT_WARNING, Alert, type AlertMessage, decodeAlert } from './alert.js';
import { BoundedDatagrams } from './bounded-datagrams.js';
import { ClientHandshake } from './client-handshake.js';
import { completeConfig, type DtlsConfig, type DtlsOptions } from './config.js';
import { DropCounter, type DropReason } from './drop-counter.js';
import type { DtlsEvent, DtlsFailure, DtlsOutputs, DtlsRole, DtlsState } from './events.js';
import type { Fingerprint } from './fingerprint.js';
import { FlightRepeater } from './flight-repeater.js';
import { FlightSender, MIN_MTU_BYTES } from './flight-sender.js';
import type { Flight } from './flights/flight.js';
import type { Handshake, HandshakeHost, HandshakeResult } from './handshake.js';
import { type Fragment, HandshakeType, readFragment } from './handshake-message.js';
import type { SessionSecrets } from './key-schedule.js';
import { DtlsOutputQueue } from './output-queue.js';
import { PeerApproval } from './peer-approval.js';
import { HandshakeReassembly } from './reassembly.js';
import { ContentType, MAX_PLAINTEXT_BYTES, MAX_PROTECTED_BYTES, RECORD_HEADER_BYTES, RecordHeader } from './record.js';
import { MAX_RECORD_OVERHEAD_BYTES, RecordProtection } from './record-protection.js';
import { RecordWriter } from './record-writer.js';
import type { Refusal } from './refusal.js';
import { ServerHandshake } from './server-handshake.js';
import { SRTP_PROFILES, type SrtpKeyingMaterial, type SrtpMasterKey } from './srtp-profile.js';
import type { DtlsStats } from './stats.js';
import { DtlsTimer } from './timer.js';
import { DTLS_1_2 } from './version.js';
import type { X509Certificate } from './x509/certificate.js';

/** Datagrams kept before {@link DtlsConnection.start}: a ClientHello in several, a few times over. */
const EARLY_DATAGRAMS = { count: 16, bytes: 16_384 };
/** Records kept because they overtook the handshake messages that make them readable. */
const EARLY_RECORDS = { count: 32, bytes: 65_536 };
/** How long a plaintext alert, which anyone may have written, is given to be belied by the handshake going on. */
const ALERT_GRACE_MS = 1_000;
const EXPORTER_LABEL_SRTP = 'EXTRACTOR-dtls_srtp';

/** What is true of a connection, phase by phase. */
type Phase =
  | { readonly name: 'new'; readonly early: BoundedDatagrams }
  | { readonly name: 'connecting'; readonly handshake: Handshake; readonly reassembly: HandshakeReassembly }
  | { readonly name: 'connected'; readonly result: HandshakeResult }
  | { readonly name: 'closed' }
  | { readonly name: 'failed'; readonly failure: DtlsFailure };

/**
 * One DTLS association, either side of it, as a pure core (RFC 6347, RFC 5764). The handshake stops before its last step
 * until the owner has approved the peer's certificate; nothing is delivered, exported or sent before.
 */
export class DtlsConnection implements ProtocolCore<DtlsEvent> {
  private readonly config: DtlsConfig;
  private readonly queue: DtlsOutputQueue;
  private readonly writer = new RecordWriter();
  private readonly repeater: FlightRepeater;
  private readonly approval: PeerApproval;
  private readonly timers = new TimerTable(DtlsTimer);
  private readonly header = new RecordHeader();
  private readonly earlyRecords = new BoundedDatagrams(EARLY_RECORDS.count, EARLY_RECORDS.bytes);
  private readonly window = new ReplayWindow();
  private readonly drops = new DropCounter();

  private phase: Phase = { name: 'new', early: new BoundedDatagrams(EARLY_DATAGRAMS.count, EARLY_DATAGRAMS.bytes) };
  private currentRole: DtlsRole | undefined;
  private opening: RecordProtection | undefined;
  private hasReadableEarlyRecords = false;
  private hintedAlert: number | undefined;
  /** The instant and path of the input that is being handled. */
  private now: Instant = 0;
  private peerPath: Path;

  private datagramsSent = 0;
  private bytesSent = 0;
  private datagramsReceived = 0;
  private bytesReceived = 0;

  constructor(
    options: DtlsOptions,
    private readonly context: CoreContext,
  ) {
    this.config = completeConfig(options, context.crypto);
    this.peerPath = this.config.path;
    this.queue = new DtlsOutputQueue(this.config.path);
    const sender = new FlightSender(this.writer, this.queue, (bytes) => this.countSent(bytes));
    this.repeater = new FlightRepeater(sender, this.config.retransmission, checkedMtu(this.config.mtuBytes));
    this.approval = new PeerApproval(context.crypto);
  }

  get state(): DtlsState {
    return this.phase.name;
  }

  /** Undefined until {@link start}. */
  get role(): DtlsRole | undefined {
    return this.currentRole;
  }

  /** The certificates that the peer showed and proved to own, its own first. Empty before. */
  get peerCertificates(): readonly X509Certificate[] {
    return this.approval.chain;
  }

  get deadline(): Instant {
    return Math.min(this.timers.next, this.repeater.deadline);
  }

  /**
   * Begins: a client sends its ClientHello, a server answers the one that it may have been sent already. Call it when
   * datagrams can flow. Datagrams that came before are kept (a few) and count now. `rttMs`, if ICE has measured it, keeps
   * the first retransmission from coming before an answer can.
   */
  start(now: Instant, role: DtlsRole, rttMs = 0): void {
    if (this.phase.name !== 'new') return;
    this.now = now;
    this.currentRole = role;
    this.repeater.considerRoundTrip(rttMs);
    const early = this.phase.early.takeAll();
    const host = this.asHost();
    const handshake = role === 'client' ? new ClientHandshake(host) : new ServerHandshake(host, () => this.peerPath);
    this.enter({ name: 'connecting', handshake, reassembly: new HandshakeReassembly() });
    if (role === 'client') this.armHandshakeTimeout();
    for (const datagram of early) this.receiveRecords(datagram);
    this.openEarlyRecords();
  }

  /** Something has come from the peer. */
  get hasHeard(): boolean {
    return this.datagramsReceived > 0;
  }

  /** What was said since {@link start} leaves only now: its answer is waited for from now on, and not sooner than `rttMs`. */
  pathFound(now: Instant, rttMs = 0): void {
    this.now = now;
    this.repeater.considerRoundTrip(rttMs);
    this.repeater.countFrom(now);
    if (this.timers.at(DtlsTimer.handshakeTimeout) !== NEVER) this.armHandshakeTimeout();
  }

  /**
   * Which certificates the signaling channel vouches for. May be called at any time; until then the handshake waits. On a
   * connection that stands, a set that does not name the peer's certificate ends it.
   */
  expectFingerprints(now: Instant, fingerprints: readonly Fingerprint[]): void {
    this.now = now;
    this.approval.expect(fingerprints);
    this.judge();
    this.openEarlyRecords();
  }

  /** A verdict by other means than fingerprints (a certificate chain that the owner checked). */
  judgePeer(now: Instant, verdict: 'accept' | 'reject'): void {
    this.now = now;
    this.approval.judge(verdict);
    this.judge();
    this.openEarlyRecords();
  }

  /** What the path takes, for flights sent from now on. */
  setMtu(mtuBytes: number): void {
    this.repeater.mtuBytes = checkedMtu(mtuBytes);
  }

  receive(now: Instant, bytes: Uint8Array, path: Path): void {
    this.now = now;
    this.peerPath = path;
    this.datagramsReceived += 1;
    this.bytesReceived += bytes.length;
    if (this.phase.name === 'new') {
      if (!this.phase.early.keep(bytes)) this.drops.add('too-early');
      return;
    }
    this.receiveRecords(bytes);
    if (this.hasReadableEarlyRecords) this.openEarlyRecords();
  }

  advance(now: Instant): void {
    this.now = now;
    if (this.timers.take(DtlsTimer.alertGrace, now) && this.hintedAlert !== undefined) this.endByAlert(this.hintedAlert);
    if (this.timers.take(DtlsTimer.handshakeTimeout, now)) this.failByTimeout();
    this.repeater.advance(now);
  }

  drain(outputs: DtlsOutputs): void {
    this.queue.drain(outputs);
  }

  /** Bytes that a record adds to what {@link send} is given; 37 before the cipher is known, which no suite exceeds. */
  get recordOverheadBytes(): number {
    return this.opening?.overheadBytes ?? MAX_RECORD_OVERHEAD_BYTES;
  }

  /**
   * Sends `bytes` (borrowed) as one record in one datagram. False when the state is not `connected`: nothing was sent.
   * Throws a RangeError above 2^14 bytes, which no record can hold.
   */
  send(bytes: Uint8Array): boolean {
    if (this.phase.name !== 'connected') return false;
    if (bytes.length > MAX_PLAINTEXT_BYTES)
      throw new RangeError(`A record holds ${MAX_PLAINTEXT_BYTES} bytes, not ${bytes.length}.`);
    const out = this.queue.reserve(bytes.length + MAX_RECORD_OVERHEAD_BYTES);
    const written = this.writer.write(1, ContentType.applicationData, bytes, out, 0);
    if (written === 0) {
      this.fail({ code: 'dtls/sequence-exhausted', message: 'the epoch has no record number left' });
      return false;
    }
    this.queue.commit('datagram', written);
    this.countSent(written);
    return true;
  }

  /** Says goodbye (close_notify) and ends. Closing what has ended changes nothing. */
  close(now: Instant): void {
    this.now = now;
    if (this.hasEnded) return;
    this.end({ name: 'closed' }, ALERT_WARNING, Alert.closeNotify);
    this.queue.event({ type: 'closed', by: 'us' });
  }

  /** Keys for SRTP; undefined unless connected with a profile in common (RFC 5764 §4.2). */
  srtpKeyingMaterial(): SrtpKeyingMaterial | undefined {
    if (this.phase.name !== 'connected' || !this.phase.result.srtpProfile) return undefined;
    const profile = this.phase.result.srtpProfile;
    const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
    const material = this.phase.result.secrets.export(EXPORTER_LABEL_SRTP, 2 * (keyBytes + saltBytes));
    const salts = 2 * keyBytes;
    const client: SrtpMasterKey = { key: material.subarray(0, keyBytes), salt: material.subarray(salts, salts + saltBytes) };
    const server: SrtpMasterKey = { key: material.subarray(keyBytes, salts), salt: material.subarray(salts + saltBytes) };
    return this.currentRole === 'client'
      ? { profile, local: client, remote: server }
      : { profile, local: server, remote: client };
  }

  /** Keying material for another protocol; undefined unless connected (RFC 5705 §4). */
  exportKeyingMaterial(label: string, length: number, context?: Uint8Array): Uint8Array | undefined {
    return this.phase.name === 'connected' ? this.phase.result.secrets.export(label, length, context) : undefined;
  }

  stats(): DtlsStats {
    const result = this.phase.name === 'connected' ? this.phase.result : undefined;
    return {
      state: this.state,
      role: this.currentRole,
      tlsVersion: result ? 'FEFD' : undefined,
      cipherSuite: result?.suite.name,
      group: result?.group,
      srtpProfile: result?.srtpProfile,
      datagramsSent: this.datagramsSent,
      bytesSent: this.bytesSent,
      datagramsReceived: this.datagramsReceived,
      bytesReceived: this.bytesReceived,
      flightsRetransmitted: this.repeater.retransmitted,
      recordsDropped: this.drops.snapshot(),
    };
  }

  private get hasEnded(): boolean {
    return this.phase.name === 'closed' || this.phase.name === 'failed';
  }

  /** Every record of a datagram. One that is no good is dropped alone (RFC 6347 §4.1.2.7). */
  private receiveRecords(bytes: Uint8Array): void {
    const { header } = this;
    let at = 0;
    while (at < bytes.length && !this.hasEnded) {
      if (!header.read(bytes, at)) return this.drops.add('malformed');
      const next = at + RECORD_HEADER_BYTES + header.length; // handling may reuse the header for records that were kept
      const refused = this.receiveRecord(bytes, at);
      if (refused) this.drops.add(refused);
      at = next;
    }
  }

  private receiveRecord(bytes: Uint8Array, at: number): DropReason | undefined {
    const { header } = this;
    const start = at + RECORD_HEADER_BYTES;
    if (header.length > MAX_PROTECTED_BYTES) return 'oversized';
    if (header.epoch === 0) return this.receivePlain(bytes.subarray(start, start + header.length));
    if (header.version !== DTLS_1_2) return 'wrong-version';
    if (header.epoch !== 1) return 'wrong-epoch';
    const isTooEarly = header.type === ContentType.applicationData && this.phase.name !== 'connected';
    if (!this.opening || isTooEarly) {
      return this.earlyRecords.keep(bytes.subarray(at, start + header.length)) ? undefined : 'too-early';
    }
    return this.receiveProtected(this.opening, bytes.subarray(start, start + header.length));
  }

  /** A record of epoch 1: fresh, then authentic, and only then seen (RFC 6347 §4.1.2.6). */
  private receiveProtected(opening: RecordProtection, body: Uint8Array): DropReason | undefined {
    const { type, epoch, sequence } = this.header;
    if (!this.window.isFresh(sequence)) return 'replayed';
    const out = this.queue.reserve(body.length);
    const length = opening.open(type, epoch, sequence, body, out);
    if (length < 0) return 'not-authentic';
    this.window.accept(sequence);
    if (type === ContentType.applicationData) {
      this.repeater.heardData();
      if (length > 0) this.queue.commit('data', length);
      return undefined;
    }
    const plain = out.slice(0, length); // handling it may reserve the same slot
    if (type === ContentType.alert) return this.onAlert(decodeAlert(plain));
    return type === ContentType.handshake ? this.onHandshakeRecord(plain, 1) : 'unknown-type';
  }

  /** A record that anyone may have written: only the handshake listens to such. */
  private receivePlain(body: Uint8Array): DropReason | undefined {
    const { type, version } = this.header;
    if (this.phase.name !== 'connecting') return 'plaintext-after-handshake';
    if (version >>> 8 !== 0xfe) return 'wrong-version';
    if (type === ContentType.handshake) return this.onHandshakeRecord(body, 0);
    if (type === ContentType.alert) return this.onPlainAlert(decodeAlert(body));
    // The epoch of a record says what ChangeCipherSpec would.
    return type === ContentType.changeCipherSpec ? undefined : 'unknown-type';
  }

  private onHandshakeRecord(body: Uint8Array, epoch: 0 | 1): DropReason | undefined {
    const reader = new ByteReader(body);
    let refused: DropReason | undefined = body.length === 0 ? 'malformed' : undefined;
    while (reader.remaining > 0) {
      const fragment = readFragment(reader);
      if (!fragment) return 'malformed';
      if (this.phase.name === 'connected') this.onLateMessage(fragment);
      else if (this.phase.name === 'connecting') refused = this.onFragment(fragment, epoch, this.phase) ?? refused;
    }
    return refused;
  }

  private onFragment(
    fragment: Fragment,
    epoch: 0 | 1,
    { handshake, reassembly }: Phase & { name: 'connecting' },
  ): DropReason | undefined {
    // Finished is the one message under the new keys, and only there.
    if ((fragment.type === HandshakeType.finished) !== (epoch === 1)) return 'fragment-refused';
    if (handshake instanceof ServerHandshake) this.followCookieExchange(fragment, handshake, reassembly);
    const outcome = reassembly.receive(fragment, epoch);
    if (outcome === 'refused') return 'fragment-refused';
    if (outcome === 'repeated') this.onRepeated(fragment, reassembly);
    else if (this.timers.at(DtlsTimer.handshakeTimeout) === NEVER) this.armHandshakeTimeout();
    for (let message = reassembly.take(); message && this.phase.name === 'connecting'; message = reassembly.take()) {
      handshake.receive(message);
    }
    return undefined;
  }

  /** Where cookies are asked for, numbers follow the client's: its first hello may have been answered before we existed. */
  private followCookieExchange(fragment: Fragment, handshake: ServerHandshake, reassembly: HandshakeReassembly): void {
    if (!this.config.cookies || !handshake.isUntouched || fragment.type !== HandshakeType.clientHello) return;
    this.writer.raisePlainSequence(this.header.sequence);
    if (fragment.messageSequence === 1 && reassembly.nextSequence === 0) reassembly.skipTo(1);
  }

  /** The peer says its flight again, since ours was lost: once per time that it does, at its last byte (RFC 6347 §4.2.4). */
  private onRepeated({ messageSequence, offset, length, body }: Fragment, reassembly: HandshakeReassembly): void {
    if (messageSequence === reassembly.nextSequence - 1 && offset + body.length === length) this.repeater.repeatAsked(this.now);
  }

  /** Handshake messages after the handshake: the peer has missed our last flight, or wants to renegotiate. */
  private onLateMessage({ type }: Fragment): void {
    if (type === HandshakeType.finished) this.repeater.repeatAsked(this.now);
    if (type === HandshakeType.helloRequest || type === HandshakeType.clientHello) {
      this.sendAlert(ALERT_WARNING, Alert.noRenegotiation);
    }
  }

  private onAlert(alert: AlertMessage | undefined): DropReason | undefined {
    if (!alert) return 'malformed';
    if (alert.isFatal || alert.description === Alert.closeNotify) this.endByAlert(alert.description);
    return undefined;
  }

  /** Believed only if the handshake does not go on: else one forged datagram would end any connection. */
  private onPlainAlert(alert: AlertMessage | undefined): DropReason | undefined {
    if (!alert) return 'malformed';
    if (!alert.isFatal && alert.description !== Alert.closeNotify) return undefined;
    this.hintedAlert = alert.description;
    if (this.timers.at(DtlsTimer.alertGrace) === NEVER) this.timers.set(DtlsTimer.alertGrace, this.now + ALERT_GRACE_MS);
    return undefined;
  }

  private asHost(): HandshakeHost {
    return {
      config: this.config,
      context: this.context,
      send: (flight) => this.sendFlight(flight),
      flightAnswered: () => this.onFlightAnswered(),
      useKeys: (secrets) => this.useKeys(secrets),
      provePeer: (chain) => this.onPeerProved(chain),
      refuse: (refusal) => this.failByRefusal(refusal),
      complete: (result) => this.onComplete(result),
    };
  }

  private sendFlight(flight: Flight): void {
    this.context.log.debug('dtls/flight-sent', { flight: flight.name });
    this.repeater.send(this.now, flight);
  }

  private onFlightAnswered(): void {
    this.repeater.answered();
    this.timers.cancel(DtlsTimer.alertGrace);
  }

  private useKeys(secrets: SessionSecrets): void {
    const { client, server } = secrets.trafficKeys();
    const [local, remote] = this.currentRole === 'client' ? [client, server] : [server, client];
    this.writer.protect(new RecordProtection(this.context.crypto, secrets.suite, local));
    this.opening = new RecordProtection(this.context.crypto, secrets.suite, remote);
    this.hasReadableEarlyRecords = true;
  }

  /**
   * Records that overtook what makes them readable; those that are still too early are kept again. Never in the middle of
   * a handshake message, whose handling must have ended before the next one's begins.
   */
  private openEarlyRecords(): void {
    while (this.hasReadableEarlyRecords) {
      this.hasReadableEarlyRecords = false;
      for (const record of this.earlyRecords.takeAll()) this.receiveRecords(record);
    }
  }

  private onPeerProved(chain: readonly X509Certificate[]): void {
    this.approval.prove(chain);
    this.queue.event({ type: 'peer-certificate', chain });
    this.armHandshakeTimeout();
    this.judge();
  }

  private judge(): void {
    const { outcome } = this.approval;
    if (this.hasEnded || outcome === 'pending') return;
    if (outcome !== 'approved') return this.fail(outcome);
    this.armHandshakeTimeout();
    if (this.phase.name === 'connecting') this.phase.handshake.approve();
  }

  private onComplete(result: HandshakeResult): void {
    const isAnonymous = this.currentRole === 'server' && !this.config.requiresClientCertificate;
    assert(isAnonymous || this.approval.outcome === 'approved', 'a peer is approved before a connection stands');
    this.timers.cancel(DtlsTimer.handshakeTimeout);
    this.timers.cancel(DtlsTimer.alertGrace);
    this.enter({ name: 'connected', result });
    this.queue.event({ type: 'connected', srtpProfile: result.srtpProfile });
    this.hasReadableEarlyRecords = true;
  }

  private armHandshakeTimeout(): void {
    if (this.phase.name !== 'connected') this.timers.set(DtlsTimer.handshakeTimeout, this.now + this.config.handshakeTimeoutMs);
  }

  private failByTimeout(): void {
    this.fail({ code: 'dtls/handshake-timeout', message: `no handshake within ${this.config.handshakeTimeoutMs} ms` });
  }

  private failByRefusal({ alert, reason }: Refusal): void {
    this.fail({ code: 'dtls/handshake-refused', message: reason, sentAlert: alert });
  }

  private endByAlert(description: number): void {
    if (description === Alert.closeNotify) {
      this.end({ name: 'closed' }, ALERT_WARNING, Alert.closeNotify);
      this.queue.event({ type: 'closed', by: 'peer' });
      return;
    }
    this.fail({ code: 'dtls/alert-received', message: `the peer sent alert ${description}`, receivedAlert: description });
  }

  private fail(failure: DtlsFailure): void {
    if (this.hasEnded) return;
    this.context.log.warn('dtls/failed', { code: failure.code, message: failure.message });
    if (failure.sentAlert === undefined) this.end({ name: 'failed', failure });
    else this.end({ name: 'failed', failure }, ALERT_FATAL, failure.sentAlert);
    this.queue.event({ type: 'failed', failure });
  }

  /** Leaves for good: says `alert`, forgets keys, timers and whatever was kept. */
  private end(phase: Phase, level?: number, alert?: number): void {
    if (level !== undefined && alert !== undefined) this.sendAlert(level, alert);
    this.timers.cancelAll();
    this.repeater.answered();
    this.opening = undefined;
    this.writer.forgetKeys();
    this.earlyRecords.takeAll();
    this.enter(phase);
  }

  /** Protected once the peer can read it: after the handshake, or after our Finished. */
  private sendAlert(level: number, description: number): void {
    if (this.phase.name === 'new' || this.hasEnded) return;
    const isProtected = this.phase.name === 'connected' || this.repeater.current?.name === 'flight-5';
    const out = this.queue.reserve(MAX_RECORD_OVERHEAD_BYTES + 2);
    const written = this.writer.write(isProtected ? 1 : 0, ContentType.alert, Uint8Array.of(level, description), out, 0);
    if (written === 0) return;
    this.queue.commit('datagram', written);
    this.countSent(written);
  }

  private enter(phase: Phase): void {
    this.context.log.debug('dtls/state-changed', { from: this.phase.name, to: phase.name });
    this.phase = phase;
    this.queue.event({ type: 'state-changed', state: phase.name });
  }

  private countSent(bytes: number): void {
    this.datagramsSent += 1;
    this.bytesSent += bytes;
  }
}

function checkedMtu(mtuBytes: number): number {
  if (mtuBytes < MIN_MTU_BYTES) throw new RangeError(`DTLS needs an MTU of ${MIN_MTU_BYTES} bytes, not ${mtuBytes}.`);
  return mtuBytes;
}
