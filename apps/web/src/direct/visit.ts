import { type Call, type CloseReason, MaruError } from '@maru/client';
import { Store } from '../ui/store.js';

/** What a visit needs of a direct call: `DirectCall` has it, and so have tests' own. */
export interface DirectCallLike extends Call {
  createInvite(): Promise<string>;
  acceptInvite(invite: string): Promise<string>;
  complete(answer: string): Promise<void>;
}

/** Why a step did not go on, by what the person can do about it. */
export type DirectProblem =
  /** It is no code, or one that lost a part on its way. */
  | 'not-a-code'
  /** An answer where an invitation was expected. */
  | 'needs-invite'
  /** An invitation, perhaps one's own, where an answer was expected. */
  | 'needs-answer'
  /** An answer to another invitation. */
  | 'not-ours'
  /** Made by a newer version of this page. */
  | 'too-new'
  /** The codes were good, and still no way was found between the two. */
  | 'no-way'
  /** The browser lacks what a call needs. */
  | 'unsupported';

/** Where two people stand on their way to each other. */
export type DirectStep =
  | { readonly name: 'start'; readonly problem?: DirectProblem }
  /** First person: addresses are being looked for. */
  | { readonly name: 'inviting' }
  /** First person: the invitation goes out, the answer comes in. */
  | { readonly name: 'invited'; readonly invite: string; readonly problem?: DirectProblem }
  /** Second person: has an invitation and may look at themselves before answering. */
  | { readonly name: 'was-invited'; readonly invite: string }
  | { readonly name: 'answering' }
  /** Second person: the answer goes out; the call begins by itself. */
  | { readonly name: 'answered'; readonly answer: string }
  /** First person: has the answer; the two are looking for a way. */
  | { readonly name: 'connecting' }
  | { readonly name: 'joined' }
  | { readonly name: 'over'; readonly reason: CloseReason };

/** The steps of a call without a server, each entered in one place. Owns the call; a new one for each attempt. */
export class DirectVisit extends Store {
  step: DirectStep = { name: 'start' };
  call: DirectCallLike | undefined;
  /** Called with each new call, before it does anything, so that media can be published on it. */
  onCall: ((call: DirectCallLike) => void) | undefined;

  constructor(
    private readonly makeCall: () => DirectCallLike,
    private readonly kindOf: (code: string) => 'invite' | 'answer' | undefined,
  ) {
    super();
  }

  /** First person: makes an invitation. */
  async invite(): Promise<void> {
    this.enter({ name: 'inviting' });
    const call = this.begin();
    try {
      const invite = await call.createInvite();
      if (this.call === call) this.enter({ name: 'invited', invite });
    } catch (error) {
      if (this.call === call) this.fail(problemOf(error));
    }
  }

  /** Takes whatever code there is: an invitation at the start, an answer to ours later. Says whether it was of use. */
  async take(code: string): Promise<boolean> {
    const kind = this.kindOf(code);
    const { step } = this;
    if (step.name === 'start') {
      if (kind === 'invite') this.enter({ name: 'was-invited', invite: code });
      else this.enter({ name: 'start', problem: kind === 'answer' ? 'needs-invite' : 'not-a-code' });
      return kind === 'invite';
    }
    if (step.name !== 'invited') return false;
    if (kind === 'answer') return this.complete(step.invite, code);
    this.enter({ ...step, problem: kind === 'invite' ? 'needs-answer' : 'not-a-code' });
    return false;
  }

  /** Second person: answers the invitation that was taken. */
  async answer(): Promise<void> {
    const { step } = this;
    if (step.name !== 'was-invited') return;
    this.enter({ name: 'answering' });
    const call = this.begin();
    try {
      const answer = await call.acceptInvite(step.invite);
      if (this.call === call && this.step.name === 'answering') this.enter({ name: 'answered', answer });
    } catch (error) {
      if (this.call === call) this.fail(problemOf(error));
    }
  }

  /** Lets everything go and begins anew. */
  restart(): void {
    const { call } = this;
    this.call = undefined;
    void call?.leave();
    this.enter({ name: 'start' });
  }

  /** Ends the call that is going on. */
  leave(): void {
    void this.call?.leave();
  }

  private async complete(invite: string, answer: string): Promise<boolean> {
    const { call } = this;
    if (!call) return false;
    this.enter({ name: 'connecting' });
    try {
      await call.complete(answer);
      return true;
    } catch (error) {
      if (this.call !== call) return false;
      if (call.state === 'closed') this.fail('no-way');
      else this.enter({ name: 'invited', invite, problem: problemOf(error) });
      return false;
    }
  }

  private begin(): DirectCallLike {
    const call = this.makeCall();
    this.call = call;
    call.on('state-changed', ({ state }) => {
      if (this.call === call && state === 'joined' && this.step.name !== 'joined') this.enter({ name: 'joined' });
    });
    call.on('closed', ({ reason }) => {
      if (this.call !== call) return;
      if (this.step.name === 'joined') this.enter({ name: 'over', reason });
      else this.fail('no-way');
    });
    this.onCall?.(call);
    return call;
  }

  private fail(problem: DirectProblem): void {
    const { call } = this;
    this.call = undefined;
    void call?.leave();
    this.enter({ name: 'start', problem });
  }

  private enter(step: DirectStep): void {
    this.step = step;
    this.changed();
  }
}

function problemOf(error: unknown): DirectProblem {
  if (!(error instanceof MaruError)) throw error;
  switch (error.code) {
    case 'direct/invalid-code':
      return 'not-a-code';
    case 'direct/wrong-kind-of-code':
      return 'not-ours';
    case 'direct/code-too-new':
      return 'too-new';
    case 'sdk/unsupported-browser':
      return 'unsupported';
    default:
      return 'no-way';
  }
}
