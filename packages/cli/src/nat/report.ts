import type { BehaviourReport } from '@maru/protocol/stun';

/** One address of this machine. */
export interface LocalAddress {
  readonly interfaceName: string;
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  /** Whether the address itself is one that the internet routes. */
  readonly isGlobal: boolean;
}

/** What one server did for us. */
export interface ServerReport {
  readonly url: string;
  /** `ok`: it did what its kind of URL promises. */
  readonly outcome: 'ok' | 'name-not-found' | 'no-answer' | 'refused' | 'tls-failed' | 'credentials-missing' | 'unusable-url';
  /** In words: what came, or what to do about it. */
  readonly detail: string;
  /** Of the first answer. */
  readonly rttMs: number | undefined;
  /** As which address and port the server sees us. */
  readonly mapped: { readonly address: string; readonly port: number } | undefined;
  /** Where a TURN server relays for us. */
  readonly relayed: { readonly address: string; readonly port: number } | undefined;
  /** Time for a packet to go through the relay and come back; undefined where it did not, or was not tried. */
  readonly relayRttMs: number | undefined;
  /** What a STUN server over UDP let us find out of the NAT (RFC 5780). */
  readonly behaviour: BehaviourReport | undefined;
}

/** All that `maru nat` found out. The shape of its --json. */
export interface NatReport {
  readonly addresses: readonly LocalAddress[];
  readonly servers: readonly ServerReport[];
  /** Whether a packet of ours came back over UDP; undefined when no server over UDP was asked. */
  readonly udp: 'works' | 'blocked' | undefined;
  readonly nat: Pick<BehaviourReport, 'mapping' | 'filtering' | 'hairpin'> | undefined;
  readonly ipv6: 'global' | 'local-only' | 'none';
  readonly conclusions: readonly Conclusion[];
}

/** What follows for a person. `code` is stable, `text` is for reading. */
export interface Conclusion {
  readonly code: string;
  readonly level: 'good' | 'note' | 'problem';
  readonly text: string;
}
