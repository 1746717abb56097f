import type { CryptoProvider } from './crypto.js';

/** Milliseconds on a monotonic clock of arbitrary origin. Only differences mean anything. */
export type Instant = number;

/** The deadline of a core that waits for nothing. */
export const NEVER: Instant = Infinity;

/** The two ends a datagram travels between. Interned by the driver: the same path is the same object. */
export interface Path {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** Where a core's outputs go. Called only from {@link ProtocolCore.drain}, never in the middle of an input. */
export interface Outputs<Event> {
  /** Send these bytes. They are borrowed: whoever needs them after returning copies them. */
  transmit(bytes: Uint8Array, path: Path): void;
  /** Tell the owner what happened. The owner may feed inputs to the core from here. */
  event(event: Event): void;
}

/** A protocol as a deterministic machine: same inputs, same instants, same seed; same outputs. */
export interface ProtocolCore<Event> {
  /** Takes one datagram. `bytes` are borrowed for the call. Hostile input is counted and dropped, never thrown. */
  receive(now: Instant, bytes: Uint8Array, path: Path): void;
  /** Lets time pass: runs every timer due at or before `now`. Calling early or late is harmless. */
  advance(now: Instant): void;
  /** When {@link advance} is next worth calling; {@link NEVER} when nothing is pending. O(1), no side effect. */
  readonly deadline: Instant;
  /** Hands every pending output to `outputs`, those produced meanwhile included. Call after each input. */
  drain(outputs: Outputs<Event>): void;
}

/** What a core is given at birth besides its configuration. It gets no clock: time arrives with each input. */
export interface CoreContext {
  readonly random: RandomSource;
  readonly crypto: CryptoProvider;
  readonly log: Log;
}

/** Where unpredictable numbers come from: the operating system in production, a seed in tests. */
export interface RandomSource {
  /** Fills all of `target`, which stays the caller's. */
  fill(target: Uint8Array): void;
  /** An integer from 0 to 2^32 - 1. */
  uint32(): number;
}

/** Where decisions are written down. Event names are stable and searchable; fields hold no secrets. */
export interface Log {
  debug(event: string, fields?: object): void;
  info(event: string, fields?: object): void;
  warn(event: string, fields?: object): void;
}

/** A log that keeps nothing. */
export const SILENT_LOG: Log = { debug() {}, info() {}, warn() {} };
