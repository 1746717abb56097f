import type { TransportAddress } from '@maru/protocol/stun';

/** What a real allocation consists of, in the order in which it is tried. */
export type StepName = 'url' | 'resolve' | 'connect' | 'tls' | 'challenge' | 'allocate' | 'permission' | 'relay';

/** One step: what came of it, and what to do if that is not what it should be. */
export interface Step {
  readonly name: StepName;
  /** `note`: it works, but somebody may want to know. */
  readonly state: 'ok' | 'note' | 'problem';
  readonly detail: string;
  readonly cure?: string;
  /** How long it took; absent where nothing was waited for. */
  readonly ms?: number;
}

/** All that `maru turn check` found out. The shape of its --json. */
export interface CheckReport {
  readonly url: string;
  /** Whether a packet went through the relay and back, and nothing stands in the way of browsers. */
  readonly works: boolean;
  readonly steps: readonly Step[];
  readonly address?: string;
  readonly mapped?: TransportAddress;
  readonly relayed?: TransportAddress;
  /** Time for a packet through the relay and back. */
  readonly relayRttMs?: number;
}
