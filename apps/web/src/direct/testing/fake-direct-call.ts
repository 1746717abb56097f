import { type CallEvents, type CallState, type CloseReason, Emitter, MaruError } from '@maru/client';
import type { DirectCallLike } from '../visit.js';

/** A direct call that behaves: it knows which answer belongs to its invitation, joins when told, and can be lost. */
export class FakeDirectCall extends Emitter<CallEvents> implements DirectCallLike {
  state: CallState = 'new';
  closeReason: CloseReason | undefined;
  readonly self = undefined;
  readonly connections = new Map();
  readonly streams = new Map();
  readonly media = { way: 'p2p', epoch: 0, stage: 'settled' } as const;
  readonly why = async (): Promise<[]> => [];
  left = false;

  constructor(private readonly failure?: MaruError) {
    super();
  }

  get files(): never {
    throw new Error('no files here');
  }
  get inspector(): never {
    throw new Error('nothing to look into');
  }

  async createInvite(): Promise<string> {
    if (this.failure) throw this.failure;
    return 'invite-1';
  }
  async acceptInvite(invite: string): Promise<string> {
    if (this.failure) throw this.failure;
    return `answer-to-${invite}`;
  }
  async complete(answer: string): Promise<void> {
    if (answer !== 'answer-to-invite-1') throw new MaruError('direct/wrong-kind-of-code', 'an answer to another invitation');
    this.connect();
  }

  connect(): void {
    this.state = 'joined';
    this.emit('state-changed', { state: 'joined', previous: 'joining' });
  }
  lose(): void {
    this.state = 'closed';
    this.closeReason = { type: 'lost', code: 'direct/no-path', detail: '' };
    this.emit('closed', { reason: this.closeReason });
  }

  async publish(): Promise<never> {
    throw new Error('nothing to publish');
  }
  async send(): Promise<void> {}
  async updatePresence(): Promise<void> {}
  stats(): never {
    throw new Error('no figures');
  }
  async leave(): Promise<void> {
    this.left = true;
  }
}
