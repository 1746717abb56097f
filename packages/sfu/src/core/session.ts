import { type Instant, NEVER } from '@maru/protocol/core';
import type { Refusal } from './description.js';
import type { DataChannelClass, ForwardedMessage } from './events.js';
import type { Participant, ParticipantOptions } from './participant.js';
import type { PublishedTrack } from './published-track.js';
import type { Router } from './router.js';
import { Speakers } from './speakers.js';

/** The place where participants meet: what one publishes, others may subscribe to. */
export class Session {
  readonly participants = new Map<string, Participant>();
  readonly tracks = new Map<string, PublishedTrack>();
  readonly speakers = new Speakers();
  dueAt: Instant = NEVER;
  heapIndex = -1;
  isTouched = false;
  isClosed = false;

  constructor(
    readonly router: Router,
    readonly id: string,
  ) {}

  join(options: ParticipantOptions): Participant | Refusal {
    const { limits } = this.router;
    if (this.participants.has(options.id)) return { code: 'media/name-taken', detail: `${options.id} is in the session` };
    if (this.participants.size >= limits.participants && !options.isPiped)
      return { code: 'media/session-full', detail: `${limits.participants} participants at most` };
    if (this.router.seats >= limits.participantsInAll)
      return { code: 'media/overload', detail: `${limits.participantsInAll} participants at most in all sessions` };
    const participant = this.router.seat(this, options);
    this.participants.set(participant.id, participant);
    return participant;
  }

  /** Everybody leaves. Idempotent. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const participant of [...this.participants.values()]) participant.leave();
    this.router.forget(this);
  }

  /**
   * A message of a participant, to all others or to those that are named; it counts in the budget of who sends it: false where it is beyond that.
   * `bytes` are copied.
   */
  sendData(
    now: Instant,
    from: Participant,
    channel: DataChannelClass,
    bytes: Uint8Array,
    isText: boolean,
    to?: readonly string[],
  ): boolean {
    if (!from.takeMessage(now, channel, bytes.length)) return false;
    const message = { from: from.id, channel, bytes: new Uint8Array(bytes), isText };
    if (to) {
      for (const id of to) {
        const participant = this.participants.get(id);
        if (participant && participant !== from) this.router.queueData(participant, message);
      }
      return true;
    }
    for (const participant of this.participants.values()) if (participant !== from) this.router.queueData(participant, message);
    return true;
  }

  /** A message that a participant at another router sent, for all who are at this one. */
  deliver(message: ForwardedMessage): void {
    for (const participant of this.participants.values()) this.router.queueData(participant, message);
  }

  /** Audio came. */
  heard(now: Instant): void {
    if (this.speakers.deadline !== NEVER) return;
    this.speakers.wake(now);
    this.router.touch(this);
  }

  get deadline(): Instant {
    return this.speakers.deadline;
  }

  advance(now: Instant): void {
    if (this.speakers.advance(now)) for (const participant of this.participants.values()) participant.reconsider();
    if (!this.speakers.takeChange(now)) return;
    const speakers = this.speakers.speaking(now).map(({ publisher }) => publisher.id);
    this.router.tell({ type: 'speakers-changed', session: this.id, speakers });
  }

  forget(participant: Participant): void {
    this.participants.delete(participant.id);
    this.router.unseat(participant);
  }
}
