import { type ClientMessage, type ConnectionInfo, isShallow, type Signal, validateClientMessage } from '@maru/signaling';
import { browserEnvironment, type Environment } from '../environment/environment.js';
import { MaruError } from '../errors.js';
import { isRecord } from '../json.js';
import { Conversation } from '../session/conversation.js';
import type { RemoteSeat } from '../session/remote-seat.js';
import { parseText } from '../signaling/parse-text.js';
import { readChannelSdp, writeChannelSdp } from './channel-sdp.js';
import { type DirectCode, decodeDirectCode, encodeDirectCode } from './direct-code.js';
import { Exchange } from './exchange.js';
import type { DirectCallOptions } from './options.js';

const GATHERING_TIMEOUT_MS = 5_000;
/** From the answer to the open channel; ICE itself gives up earlier as a rule. */
const CONNECT_TIMEOUT_MS = 40_000;
/** A way that broke may come back by itself; nothing can be told to the other side meanwhile. */
const BROKEN_PATIENCE_MS = 30_000;
/** So long may the farewell take to leave before the line is cut. */
const FAREWELL_MS = 150;
/** How long the invited side leaves the first offer of media to the other. */
const TURN_MS = 1_500;
/** Longest text of the other side that is looked at: a description is the longest there is. */
const MAX_TEXT_CHARS = 256 * 1024;

const IDS = { invite: 'first', answer: 'second' } as const;

/**
 * A call of two without any server: one code goes each way, by link, QR code or word of mouth.
 * The codes open a data channel; audio, video and everything else is negotiated over that channel, so codes stay short.
 */
export class DirectCall extends Conversation {
  private readonly options: DirectCallOptions;
  private role: DirectCode['kind'] | undefined;
  private callId = 0;
  private other: RemoteSeat | undefined;
  private exchange: Exchange | undefined;
  private completing: { resolve(): void; reject(error: MaruError): void } | undefined;
  private answered = false;
  /**
   * Whether the invited side may offer media. Both begin at the same moment here, so both would offer at once, every time; and Chromium cannot
   * take its own offer back entirely: header extensions keep the numbers that it gave them, and Firefox's offer is refused for giving others.
   */
  private isOurTurn = false;
  private leaving = false;
  private stopWatching: (() => void) | undefined;
  private cancelPatience: (() => void) | undefined;
  /** What the browser has found so far for the code. */
  private readonly found: { sdp: string | undefined; candidates: string[]; complete: boolean } = {
    sdp: undefined,
    candidates: [],
    complete: false,
  };
  private foundMore: (() => void) | undefined;

  constructor(options: DirectCallOptions = {}, environment: Environment = browserEnvironment()) {
    super({ environment, iceTransportPolicy: options.iceTransportPolicy, files: options.files });
    this.options = options;
    this.setIceServers(options.iceServers ?? []);
  }

  /** First person: makes the code to hand over. Then waits for {@link complete}. */
  async createInvite(): Promise<string> {
    this.begin('invite', this.environment.random.uint32());
    return this.makeCode();
  }

  /** Second person: reads the invite and makes the answer to hand back. Joins by itself once the first person has it. */
  async acceptInvite(invite: string): Promise<string> {
    const code = decodeDirectCode(invite);
    if (code.kind !== 'invite') throw new MaruError('direct/wrong-kind-of-code', 'expected an invite, got an answer');
    this.begin('answer', code.callId);
    this.inspector.note('wire-in', 'invite', code.offer.candidates.length, { key: 'invite-read', params: {} }, IDS.invite);
    this.give(code, 'offer');
    return this.makeCode();
  }

  /** First person: takes the answer. Resolves when the two are connected; may be tried again after a code that was not one. */
  async complete(answer: string): Promise<void> {
    const code = decodeDirectCode(answer);
    if (this.role !== 'invite' || this.state !== 'joining' || this.answered) {
      throw new MaruError('sdk/invalid-state', 'there is no invite that waits for an answer');
    }
    if (code.kind !== 'answer' || code.callId !== this.callId) {
      throw new MaruError('direct/wrong-kind-of-code', `expected the answer to this invite, got an ${code.kind} of another call`);
    }
    this.answered = true;
    this.inspector.note('wire-in', 'answer', code.offer.candidates.length, { key: 'invite-read', params: {} }, IDS.answer);
    this.giveUpAfter(CONNECT_TIMEOUT_MS, 'direct/no-path', 'no way to the other browser was found');
    await new Promise<void>((resolve, reject) => {
      this.completing = { resolve, reject };
      this.give(code, 'answer');
    });
  }

  async leave(): Promise<void> {
    if (this.state === 'joined' && !this.leaving) {
      this.leaving = true;
      this.post({ type: 'leave' });
      await new Promise<void>((resolve) => this.after(FAREWELL_MS, resolve));
    }
    this.close({ type: 'left' });
  }

  protected post(message: ClientMessage): boolean {
    if (this.state === 'closed' || !this.other) return false;
    const { ref, ...rest } = message as ClientMessage & { ref?: number };
    this.inspector.wire('out', message, 'datachannel');
    this.other.peer?.sendText(JSON.stringify({ type: 'say', message: rest }));
    // what the channel took will arrive; there is nobody else to ask
    const at = new Date(this.environment.wallTime()).toISOString();
    if (ref !== undefined) queueMicrotask(() => this.receive({ type: 'done', ref, at }));
    return true;
  }

  protected override sendSignal(to: string, signal: Signal): void {
    if (this.exchange) return super.sendSignal(to, signal);
    if (signal.kind === 'description') this.found.sdp = signal.description.sdp;
    if (signal.kind === 'candidate' && signal.candidate) this.found.candidates.push(signal.candidate.candidate);
    if (signal.kind === 'candidate' && signal.candidate === null) this.found.complete = true;
    this.foundMore?.();
  }

  /** Codes carry no media: it comes when the two can talk, from the one who invited first. */
  protected override get mediaMayFlow(): boolean {
    return this.exchange !== undefined && (this.role === 'invite' || this.isOurTurn);
  }

  protected override controlOpened(remote: RemoteSeat): void {
    const metadata = this.options.metadata ?? {};
    remote.peer?.sendText(JSON.stringify({ type: 'hello', metadata, presence: this.self?.presence ?? {} }));
    super.controlOpened(remote);
  }

  protected override controlClosed(): void {
    this.close(this.leaving ? { type: 'left' } : { type: 'ended', detail: 'closed' });
  }

  protected override gaveUp(): void {
    this.failed('direct/no-path', 'the browsers could not agree');
  }

  protected override pathChanged(remote: RemoteSeat): void {
    const { state } = remote.path;
    if (state === 'connected') this.cancelPatience?.();
    else if (state === 'failed' && this.state === 'joining')
      this.failed('direct/no-path', 'no way to the other browser was found');
    else if (this.state === 'joined' && state !== 'connecting')
      this.giveUpAfter(BROKEN_PATIENCE_MS, 'direct/path-lost', 'the way to the other browser broke');
    if (this.exchange) super.pathChanged(remote);
  }

  protected override textReceived(remote: RemoteSeat, text: string): void {
    if (text.length > MAX_TEXT_CHARS) return;
    const value = parseText(text);
    if (!isRecord(value)) return;
    if (value['type'] === 'hello') return this.greeted(remote, value);
    if (value['type'] !== 'say') return super.textReceived(remote, text);
    const message = validateClientMessage(value['message']);
    if (!message.ok) return;
    this.inspector.wire('in', message.value, 'datachannel');
    const meaning = this.exchange?.received(message.value);
    if (meaning?.type === 'signal' && meaning.signal.kind === 'description') this.takeTurnWithTheirOffer();
    if (meaning) this.receive(meaning);
  }

  protected released(): void {
    this.stopWatching?.();
    this.cancelPatience?.();
    this.foundMore?.();
    const { completing, closeReason: reason } = this;
    this.completing = undefined;
    const code = reason && 'code' in reason ? reason.code : 'sdk/invalid-state';
    completing?.reject(new MaruError(code, (reason && 'detail' in reason && reason.detail) || 'left while connecting'));
    if (!this.exchange) this.other?.peer?.close();
  }

  private begin(role: DirectCode['kind'], callId: number): void {
    if (this.state !== 'new') throw new MaruError('sdk/invalid-state', `a direct call is made once; this one is ${this.state}`);
    this.enter('joining');
    this.role = role;
    this.callId = callId;
    this.stopWatching = this.environment.watch({
      networkChanged: () => undefined, // a new way could not be told to the other side; if the old one works, it goes on
      wentOffline: () => undefined,
      woke: () => undefined,
      leaving: () => this.close({ type: 'left' }),
    });
    const otherRole = role === 'invite' ? 'answer' : 'invite';
    this.takeSeat('direct', this.infoOf(role));
    this.other = this.makeSeat(this.infoOf(otherRole));
    this.startPeer(this.other, { starts: role === 'invite' ? 'now' : 'on-offer', mayBeginAnew: false });
  }

  private infoOf(role: DirectCode['kind']): ConnectionInfo {
    return {
      id: IDS[role],
      order: role === 'invite' ? 1 : 2,
      role: 'publisher',
      metadata: role === this.role ? { ...this.options.metadata } : {},
      presence: {},
      away: false,
      joinedAt: new Date(this.environment.wallTime()).toISOString(),
      streams: [],
    };
  }

  /** Waits for candidates, within bounds, and packs what there is. */
  private async makeCode(): Promise<string> {
    const { found, role = 'invite' } = this;
    await new Promise<void>((resolve) => {
      this.foundMore = () => ((found.complete && found.sdp !== undefined) || this.state === 'closed' ? resolve() : undefined);
      this.after(this.options.gatheringTimeoutMs ?? GATHERING_TIMEOUT_MS, resolve);
      this.foundMore();
    });
    this.foundMore = undefined;
    if (this.state === 'closed') throw new MaruError('sdk/invalid-state', 'left while the code was made');
    const offer = readChannelSdp(found.sdp ?? '', found.candidates);
    if (!offer) {
      this.close({ type: 'lost', code: 'sdk/unsupported-browser', detail: 'the browser made no usable description' });
      throw new MaruError('sdk/unsupported-browser', 'the browser made no usable description');
    }
    this.inspector.note('wire-out', role, offer.candidates.length, { key: 'invite-made', params: {} }, this.other?.id);
    return encodeDirectCode({ kind: role, callId: this.callId, offer });
  }

  /** Hands what a code says to the pair, as if it had come by signaling. */
  private give({ offer }: DirectCode, type: 'offer' | 'answer'): void {
    const sdp = writeChannelSdp(offer);
    const answers = type === 'answer' ? { answers: 1 } : {};
    this.other?.peer?.receiveSignal({ kind: 'description', generation: 1, ...answers, description: { type, sdp } });
  }

  /** The other side is there: the conversation begins. */
  private greeted(remote: RemoteSeat, { metadata, presence }: Record<string, unknown>): void {
    if (this.exchange) return;
    const plain = (value: unknown): Record<string, unknown> => (isRecord(value) && isShallow(value) ? value : {});
    remote.update({ metadata: plain(metadata), presence: plain(presence) });
    this.exchange = new Exchange(remote.id, () => this.environment.wallTime());
    this.cancelPatience?.();
    if (this.role === 'answer') this.after(TURN_MS, () => this.takeTurn());
    this.seatedWith([remote]);
    this.completing?.resolve();
    this.completing = undefined;
  }

  /** Their offer is here: our tracks go into the answer. */
  private takeTurnWithTheirOffer(): void {
    if (this.role !== 'answer' || this.isOurTurn) return;
    this.isOurTurn = true;
    this.outgoingPrepared();
  }

  /** They have nothing to offer: we do. */
  private takeTurn(): void {
    if (this.isOurTurn) return;
    this.isOurTurn = true;
    this.outgoingChanged();
  }

  private failed(code: string, detail: string): void {
    this.close({ type: 'lost', code, detail });
  }

  private giveUpAfter(afterMs: number, code: string, detail: string): void {
    this.cancelPatience?.();
    this.cancelPatience = this.after(afterMs, () => this.failed(code, detail));
  }

  private after(afterMs: number, task: () => void): () => void {
    const { clock } = this.environment;
    return clock.schedule(clock.now() + afterMs, task);
  }
}
