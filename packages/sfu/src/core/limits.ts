/** What one participant, one session and one router may take; each can be set (security budgets). */
export interface RouterLimits {
  /** Of packets from one publisher; beyond it they are dropped (S-56). */
  readonly publisherBps: number;
  readonly publisherPacketsPerSecond: number;
  readonly tracks: number;
  readonly encodings: number;
  readonly slots: number;
  readonly subscriptions: number;
  /** Labels, protocols and kinds of channels that one may send messages on: others get a channel for each (S-68). */
  readonly dataChannels: number;
  /** SSRCs of one publisher (S-49). */
  readonly sources: number;
  readonly participants: number;
  /** Of all sessions of the router together. */
  readonly participantsInAll: number;
  /** Voices that are forwarded where many are there, and pictures. */
  readonly lastNAudio: number;
  readonly lastNVideo: number;
}

export const DEFAULT_LIMITS: RouterLimits = {
  publisherBps: 20_000_000,
  publisherPacketsPerSecond: 5_000,
  tracks: 32,
  encodings: 3,
  slots: 128,
  subscriptions: 4_000,
  dataChannels: 32,
  sources: 64,
  participants: 1_000,
  participantsInAll: 10_000,
  lastNAudio: 8,
  lastNVideo: 128,
};
