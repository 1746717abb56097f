import type { Instant } from '@maru/protocol/core';

/** Which track of whom a slot carries from now on. */
export interface SlotSource {
  readonly mid: string;
  /** Undefined: nothing. */
  readonly track: string | undefined;
  readonly publisher: string | undefined;
}

/** What a router has to tell its owner. Participants, sessions and tracks are named by their ids. */
export type RouterEvent =
  /** Slots of a participant carry something else; only those that changed. */
  | {
      readonly type: 'slots-changed';
      readonly session: string;
      readonly participant: string;
      readonly slots: readonly SlotSource[];
    }
  /** The participant could use so many slots of each kind in all. */
  | {
      readonly type: 'slots-wanted';
      readonly session: string;
      readonly participant: string;
      readonly audio: number;
      readonly video: number;
    }
  /** Which encodings of a track anybody wants, by their order. Those that nobody does need not be sent. */
  | {
      readonly type: 'encodings-wanted';
      readonly session: string;
      readonly participant: string;
      readonly track: string;
      readonly wanted: readonly boolean[];
    }
  /** Who speaks, the loudest first. */
  | { readonly type: 'speakers-changed'; readonly session: string; readonly speakers: readonly string[] }
  /** A participant does more than it may, and what happens about it. */
  | {
      readonly type: 'limited';
      readonly session: string;
      readonly participant: string;
      readonly code: LimitCode;
      readonly isLimited: boolean;
    };

/**
 * `media/publisher-budget`: packets, and then encodings, beyond the budget are dropped. `media/data-slow`: takes messages slower than
 * they come; reliable ones that come until it is not limited any more are lost to it.
 */
export type LimitCode = 'media/publisher-budget' | 'media/data-slow';

/** A message on its way to a participant. */
export interface ForwardedMessage {
  readonly from: string;
  readonly channel: DataChannelClass;
  readonly bytes: Uint8Array;
  readonly isText: boolean;
}

/** The channel that a message came on, and leaves on: of the same label, protocol and reliability. */
export interface DataChannelClass {
  readonly label: string;
  readonly protocol: string;
  readonly isReliable: boolean;
  readonly isOrdered: boolean;
}

/** Where the outputs of a router go. Called only from `Router.drain`. */
export interface RouterOutputs {
  /** A plain RTCP datagram for the participant with this handle; lent. */
  rtcp(participant: number, bytes: Uint8Array): void;
  /** A message for the participant; its bytes are kept until then, and belong to the receiver of this call. */
  data(participant: number, message: ForwardedMessage): void;
  event(event: RouterEvent): void;
  /** An invariant does not hold for this participant: it is to be ended. Nobody else has noticed. */
  broken(participant: number, error: unknown): void;
}

/** One moment of a subscription's history. */
export interface WhyMoment {
  readonly at: Instant;
  readonly encoding: string | undefined;
  readonly bitrateBps: number;
  readonly estimateBps: number;
  readonly lossShare: number;
  readonly limitedBy: LimitingFactor;
}

/** What keeps a subscriber from getting more than it does. */
export type LimitingFactor =
  | 'nothing'
  | 'network'
  | 'tile'
  | 'hidden'
  | 'publisher'
  | 'codec'
  | 'server'
  | 'muted'
  | 'unsubscribed'
  | 'no-slot';

/** The layer that a subscriber gets. */
export interface ShownLayer {
  /** The RID, or the place of the encoding. */
  readonly encoding: string;
  readonly spatialId: number;
  readonly temporalId: number;
  /** 0 where it is not known. */
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly bitrateBps: number;
}

/** Why a subscriber sees a track as it does. */
export interface Why {
  readonly track: string;
  readonly publisher: string;
  readonly mid: string | undefined;
  /** Undefined: nothing is sent. */
  readonly layer: ShownLayer | undefined;
  /** What it would get if its way carried everything; undefined where it wants nothing, or nothing is sent. */
  readonly best: ShownLayer | undefined;
  readonly view: { readonly width: number; readonly height: number; readonly isVisible: boolean; readonly priority: number };
  /** What the path to the subscriber is thought to carry. */
  readonly estimateBps: number;
  readonly limitedBy: LimitingFactor;
  /** The last ten minutes, one entry for each change and for each ten seconds, the oldest first. */
  readonly history: readonly WhyMoment[];
}
