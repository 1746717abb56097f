import type { Instant } from '../core/index.js';
import { NEVER } from '../core/index.js';
import { ReconfigResult, type Reconfiguration } from './chunks/re-config.js';

/** Most streams in one request; a longer list is asked for in several. */
const MAX_STREAMS_PER_REQUEST = 256;

type ResetRequest = Extract<Reconfiguration, { type: 'outgoing-reset' }>;
type Request = ResetRequest | Extract<Reconfiguration, { type: 'add-outgoing-streams' }>;

/** What {@link StreamResets} needs to know and to have done. */
export interface StreamResetHost {
  /** Whether everything sent so far on the stream has a TSN. */
  isDrained(streamId: number): boolean;
  lastAssignedTsn(): number;
  /** Up to which TSN of ours the peer has everything. */
  acknowledgedTsn(): number;
  /** Up to which TSN of the peer we have everything. */
  receivedTsn(): number;
  inboundStreams(): number;
  outboundStreams(): number;
  readonly maxStreams: number;
  /** The peer's side of these streams starts anew; empty: all. */
  resetInbound(streamIds: readonly number[]): void;
  /** Our side of these streams starts anew, or, refused, stays as it was. */
  resetOutbound(streamIds: readonly number[], isAccepted: boolean): void;
  /** The peer asks us to reset; the host calls {@link StreamResets.request} if it agrees. */
  resetRequested(streamIds: readonly number[]): void;
  addStreams(inbound: number, outbound: number): void;
}

/** Re-configuration of streams (RFC 6525): one request of ours at a time, and the peer's in sequence. */
export class StreamResets {
  /** When the request in flight is sent again. */
  deadline: Instant = NEVER;

  private readonly waiting = new Set<number>();
  private streamsToAdd = 0;
  private request: Request | undefined;
  private attempts = 0;
  private isRequestPending = false;
  private readonly responses: Reconfiguration[] = [];

  /** The last request of the peer and what became of it, for when our response is lost. */
  private lastPeerResult: number = ReconfigResult.nothingToDo;

  constructor(
    /** Our next request's number; starts at our initial TSN (RFC 6525 §4.1). */
    private nextSequence: number,
    /** The peer's next request's number. */
    private peerSequence: number,
    private readonly host: StreamResetHost,
  ) {}

  /** Our side of these streams is to start anew, as soon as what was queued on them has left. */
  reset(streamIds: readonly number[]): void {
    for (const streamId of streamIds) this.waiting.add(streamId);
  }

  /** We want `count` more streams to send on (RFC 6525 §5.1.5). */
  addOutbound(count: number): void {
    this.streamsToAdd += count;
  }

  /** What to send now; undefined for nothing. */
  take(now: Instant, rtoMs: number): readonly Reconfiguration[] | undefined {
    if (!this.request) this.begin();
    if (this.isRequestPending && this.request) {
      this.isRequestPending = false;
      this.deadline = now + rtoMs * 2 ** Math.min(this.attempts++, 6);
      const response = this.responses.shift();
      return response ? [this.request, response] : [this.request];
    }
    const response = this.responses.shift();
    return response ? [response] : undefined;
  }

  advance(now: Instant): void {
    if (now < this.deadline) return;
    this.deadline = NEVER;
    this.isRequestPending = this.request !== undefined;
  }

  /** The peer acknowledged more: a request that it could not serve yet may be served now. */
  acknowledged(now: Instant): void {
    if (!this.isDeferredByPeer || this.request?.type !== 'outgoing-reset') return;
    if (((this.host.acknowledgedTsn() - this.request.lastAssignedTsn) | 0) < 0) return;
    this.isDeferredByPeer = false;
    this.deadline = now;
  }

  private isDeferredByPeer = false;

  receive(parameters: readonly Reconfiguration[]): void {
    for (const parameter of parameters) {
      if (parameter.type === 'response') this.answered(parameter.responseSequence, parameter.result);
      else this.answer(parameter);
    }
  }

  private begin(): void {
    if (this.streamsToAdd > 0) {
      this.enter({ type: 'add-outgoing-streams', requestSequence: this.nextSequence, newStreams: this.streamsToAdd });
      this.streamsToAdd = 0;
      return;
    }
    if (this.waiting.size === 0) return;
    const streamIds = [...this.waiting].filter((id) => this.host.isDrained(id)).slice(0, MAX_STREAMS_PER_REQUEST);
    if (streamIds.length === 0) return;
    for (const streamId of streamIds) this.waiting.delete(streamId);
    this.enter({
      type: 'outgoing-reset',
      requestSequence: this.nextSequence,
      responseSequence: (this.peerSequence - 1) >>> 0,
      lastAssignedTsn: this.host.lastAssignedTsn(),
      streamIds,
    });
  }

  private enter(request: Request): void {
    this.request = request;
    this.nextSequence = (this.nextSequence + 1) >>> 0;
    this.attempts = 0;
    this.isRequestPending = true;
    this.isDeferredByPeer = false;
  }

  private answered(sequence: number, result: number): void {
    const { request } = this;
    if (!request || request.requestSequence !== sequence) return; // an answer that came twice
    if (result === ReconfigResult.inProgress || result === ReconfigResult.requestInProgress) {
      this.isDeferredByPeer = true;
      return;
    }
    this.request = undefined;
    this.isRequestPending = false;
    this.deadline = NEVER;
    const isAccepted = result === ReconfigResult.performed || result === ReconfigResult.nothingToDo;
    if (request.type === 'outgoing-reset') this.host.resetOutbound(request.streamIds, isAccepted);
    else if (isAccepted) this.host.addStreams(0, request.newStreams);
  }

  private answer(request: Exclude<Reconfiguration, { type: 'response' }>): void {
    const { requestSequence } = request;
    let result: number;
    if (requestSequence === this.peerSequence) {
      result = this.perform(request);
      if (result !== ReconfigResult.inProgress) {
        this.peerSequence = (this.peerSequence + 1) >>> 0;
        this.lastPeerResult = result;
      }
    } else if (requestSequence === (this.peerSequence - 1) >>> 0) result = this.lastPeerResult;
    else result = ReconfigResult.badSequenceNumber;
    if (this.responses.length < 2) this.responses.push({ type: 'response', responseSequence: requestSequence, result });
  }

  private perform(request: Exclude<Reconfiguration, { type: 'response' }>): number {
    switch (request.type) {
      case 'outgoing-reset':
        return this.performReset(request);
      case 'incoming-reset':
        if (!this.areBelow(request.streamIds, this.host.outboundStreams())) return ReconfigResult.denied;
        this.host.resetRequested(request.streamIds);
        return ReconfigResult.performed;
      case 'add-outgoing-streams':
        return this.grant(this.host.inboundStreams(), request.newStreams, () => this.host.addStreams(request.newStreams, 0));
      case 'add-incoming-streams':
        return this.grant(this.host.outboundStreams(), request.newStreams, () => this.addOutbound(request.newStreams));
      case 'ssn-tsn-reset':
        return ReconfigResult.denied; // WebRTC has no use for it (RFC 8831 §6.2)
    }
  }

  private performReset(request: ResetRequest): number {
    if (!this.areBelow(request.streamIds, this.host.inboundStreams())) return ReconfigResult.denied;
    // Until all is here that was sent before the reset, it waits, and the peer asks again (RFC 6525 §5.2.2 E2).
    if (((this.host.receivedTsn() - request.lastAssignedTsn) | 0) < 0) return ReconfigResult.inProgress;
    this.host.resetInbound(request.streamIds);
    return ReconfigResult.performed;
  }

  private grant(streams: number, more: number, perform: () => void): number {
    if (more === 0 || streams + more > this.host.maxStreams) return ReconfigResult.denied;
    perform();
    return ReconfigResult.performed;
  }

  private areBelow(streamIds: readonly number[], streams: number): boolean {
    return streamIds.every((streamId) => streamId < streams);
  }
}
