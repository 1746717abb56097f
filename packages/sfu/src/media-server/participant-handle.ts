import type { Answers, OfferOutcome, Question, WorkerCommand } from '../worker/messages.js';
import type { ParticipantEvent, ParticipantState } from './events.js';
import type {
  JoinRequest,
  MediaAnswer,
  MediaOffer,
  MediaParticipant,
  MediaPermissions,
  PublishedStream,
  Tile,
} from './participant.js';
import { MediaRefusal } from './refusal.js';
import type { ConnectionLogEntry, ParticipantStats, SubscriptionWhy } from './reports.js';

/** What may be said of a participant; the number is filled in. */
type Order = WorkerCommand extends infer Command
  ? Command extends { participant: number }
    ? Omit<Command, 'participant'>
    : never
  : never;

/** What a handle needs of the server. */
export interface HandleOwner {
  tell(participant: ParticipantHandle, order: Order): void;
  offer(participant: ParticipantHandle, offer: MediaOffer): Promise<OfferOutcome>;
  ask<Of extends Question['of']>(participant: ParticipantHandle, question: Extract<Question, { of: Of }>): Promise<Answers[Of]>;
}

export class ParticipantHandle implements MediaParticipant {
  readonly session: string;
  readonly connection: string;
  state: ParticipantState = 'new';
  isClosed = false;
  private readonly onEvent: (event: ParticipantEvent) => void;

  constructor(
    private readonly owner: HandleOwner,
    readonly number: number,
    readonly worker: number,
    { session, connection, onEvent }: JoinRequest,
  ) {
    this.session = session;
    this.connection = connection;
    this.onEvent = onEvent;
  }

  async offer(offer: MediaOffer): Promise<MediaAnswer | MediaRefusal> {
    if (this.isClosed) return new MediaRefusal('media/closed', 'the connection takes part no more');
    const outcome = await this.owner.offer(this, offer);
    return 'sdp' in outcome ? outcome : new MediaRefusal(outcome.code, outcome.detail);
  }

  addCandidate(_candidate: string): void {
    this.tell({ type: 'candidate' });
  }

  reset(): void {
    this.tell({ type: 'reset' });
  }

  publish(stream: PublishedStream): void {
    this.tell({ type: 'publish', stream });
  }

  unpublish(stream: string): void {
    this.tell({ type: 'unpublish', stream });
  }

  subscribe(stream: string, wanted: { readonly audio: boolean; readonly video: boolean }): void {
    this.tell({ type: 'subscribe', stream, wanted });
  }

  view(tiles: readonly Tile[]): void {
    this.tell({ type: 'view', tiles });
  }

  setPermissions(permissions: MediaPermissions): void {
    this.tell({ type: 'permit', permissions });
  }

  stats(): Promise<ParticipantStats> {
    return this.owner.ask(this, { of: 'stats' });
  }

  why(stream?: string): Promise<readonly SubscriptionWhy[]> {
    return this.owner.ask(this, { of: 'why', ...(stream !== undefined && { stream }) });
  }

  log(): Promise<readonly ConnectionLogEntry[]> {
    return this.owner.ask(this, { of: 'log' });
  }

  close(): void {
    this.tell({ type: 'leave', reason: 'left' });
  }

  /** From the worker. */
  deliver(event: ParticipantEvent): void {
    if (this.isClosed) return;
    if (event.type === 'state-changed') this.state = event.state;
    if (event.type === 'closed') this.isClosed = true;
    this.onEvent(event);
  }

  private tell(order: Order): void {
    if (!this.isClosed) this.owner.tell(this, order);
  }
}
